"""The archive's statements, for both SQL engines: `$1` is `?1` in SQLite, where rows have a `rowid`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from yingda.conversations.archive import ConversationSummary, Counts, Listing, user_of
from yingda.conversations.rows import Row, microseconds, moment
from yingda.turns.types import ConversationId, Principal

Query = tuple[str, tuple[Any, ...]]
Key = Literal["id", "rowid"]
"""What identifies a row at the least cost, and settles ties."""

EVERYTHING = 2**63 - 1
"""SQLite knows no OFFSET without a LIMIT."""

_ORDERS = {"last_active": "last_active_at", "created": "created_at"}
_SUMMARY = """
SELECT c.id, c.external_id, c.dialect, c.channel, c.user_id, c.title, substr(t.text, 1, 200),
       c.turn_count, c.message_count, c.handoff, c.open_turn, c.created_at, c.last_active_at
FROM conversations c LEFT JOIN turns t ON t.conversation_id = c.id AND t.number = 1
"""
_FOUND = """
SELECT id, turn_count, message_count, handoff,
       EXISTS (SELECT 1 FROM turns t WHERE t.conversation_id = conversations.id AND t.ending IS NULL)
FROM conversations WHERE
"""
_IS_FREE = """
coalesce(handoff, '') NOT IN ('pending', 'assigned')
AND NOT EXISTS (SELECT 1 FROM turns t WHERE t.conversation_id = o.id AND t.ending IS NULL)
"""


def summary_from(row: Row) -> ConversationSummary:
    """From the columns that `page` and `summary` read."""
    return ConversationSummary(
        id=ConversationId(row[0]),
        external_id=row[1],
        dialect=row[2],
        channel=row[3],
        user_id=row[4],
        title=row[5],
        preview=row[6] or "",
        turn_count=row[7],
        message_count=row[8],
        handoff=row[9],
        is_open=row[10] is not None,
        created_at=moment(row[11]),
        last_active_at=moment(row[12]),
    )


def counts_from(row: Row) -> Counts:
    """From the columns that `counts` reads."""
    return Counts(
        users=row[0], conversations=row[1], messages=row[2], active_users=row[3], active_conversations=row[4]
    )


def page(principal: Principal, dialect: str, listing: Listing, key: Key, total: int) -> Query:
    """The index finds the page's rows, from the nearer end, and only those are read."""
    where, values = _seen(principal, dialect, listing)
    order, n = _ORDERS[listing.sort], len(values)
    limit, offset, direction = max(0, min(listing.limit, total - listing.offset)), listing.offset, "DESC"
    if offset > total // 2:
        offset, direction = max(0, total - offset - limit), "ASC"
    text = _joined(
        f"WITH page AS (SELECT {key} AS place, {order} AS at",
        "FROM conversations WHERE",
        where,
        f"ORDER BY {order} {direction}, {key} {direction} LIMIT ${n + 1} OFFSET ${n + 2})",
        _SUMMARY,
        f"JOIN page ON c.{key} = page.place ORDER BY page.at DESC, page.place DESC",
    )
    return text, (*values, limit, offset)


def total(principal: Principal, dialect: str, listing: Listing) -> Query:
    """How many conversations the page is one of."""
    where, values = _seen(principal, dialect, listing)
    return _joined("SELECT count(*) FROM conversations WHERE", where), values


def kept_total(principal: Principal, dialect: str) -> Query:
    """How many conversations of everybody there are, as SQLite keeps it."""
    text = (
        "SELECT coalesce(sum(conversations), 0) FROM conversation_totals WHERE tenant = $1 AND dialect = $2"
    )
    return text, (principal.tenant, dialect)


def summary(principal: Principal, dialect: str, external_id: str) -> Query:
    """The conversation of that name, in the columns of a page."""
    where, values = _named(principal, dialect, external_id)
    return _joined(_SUMMARY, "WHERE c.id = (SELECT id FROM conversations WHERE", where, ")"), values


def found(principal: Principal, dialect: str, external_id: str) -> Query:
    """Id, turns, messages, hand-off, and whether any turn is open, of the conversation of that name."""
    where, values = _named(principal, dialect, external_id)
    return _joined(_FOUND, where), values


def rename(principal: Principal, dialect: str, external_id: str, title: str) -> Query:
    """Returns a row if there is a conversation of that name."""
    where, values = _named(principal, dialect, external_id)
    text = _joined("UPDATE conversations SET title =", f"${len(values) + 1} WHERE", where, "RETURNING id")
    return text, (*values, title)


def oldest(principal: Principal, dialect: str, user_id: str | None, keep: int, limit: int, key: Key) -> Query:
    """Id and messages of some that are neither open nor held, beyond the `keep` begun last."""
    where, values = _seen(principal, dialect, Listing(user_id=user_id))
    n = len(values)
    text = _joined(
        "SELECT o.id, o.message_count FROM (SELECT id, message_count, handoff FROM conversations WHERE",
        where,
        f"ORDER BY created_at DESC, {key} DESC LIMIT {EVERYTHING} OFFSET ${n + 1}) o WHERE",
        _IS_FREE,
        f"LIMIT ${n + 2}",
    )
    return text, (*values, keep, limit)


def idle(principal: Principal, dialect: str, user_id: str | None, before: datetime, limit: int) -> Query:
    """Id and messages of some that are neither open nor held, last active before that."""
    where, values = _seen(principal, dialect, Listing(user_id=user_id))
    n = len(values)
    text = _joined(
        "SELECT o.id, o.message_count FROM conversations o WHERE",
        where,
        f"AND last_active_at < ${n + 1} AND",
        _IS_FREE,
        f"LIMIT ${n + 2}",
    )
    return text, (*values, microseconds(before), limit)


def counts(principal: Principal, dialect: str, active_since: datetime) -> Query:
    """Users, conversations and messages, then users and conversations active since."""
    where, values = _seen(principal, dialect, Listing())
    is_active = f"(WHERE last_active_at >= ${len(values) + 1})"
    text = _joined(
        "SELECT count(DISTINCT user_id), count(*), coalesce(sum(message_count), 0),",
        f"count(DISTINCT user_id) FILTER {is_active}, count(*) FILTER {is_active}",
        "FROM conversations WHERE",
        where,
    )
    return text, (*values, microseconds(active_since))


def users(principal: Principal, dialect: str, over: int, limit: int) -> Query:
    """User and number of conversations, most first."""
    where, values = _seen(principal, dialect, Listing())
    n = len(values)
    text = _joined(
        "SELECT user_id, count(*) FROM conversations WHERE",
        where,
        "AND user_id IS NOT NULL GROUP BY user_id",
        f"HAVING count(*) > ${n + 1} ORDER BY count(*) DESC, user_id LIMIT ${n + 2}",
    )
    return text, (*values, over, limit)


def _joined(*parts: str) -> str:
    """One statement of parts that all stand in this module; values are never among them."""
    return " ".join(parts)


def _seen(principal: Principal, dialect: str, listing: Listing) -> Query:
    given = {"user_id": user_of(principal, listing.user_id), "handoff": listing.status}
    return _where({"tenant": principal.tenant, "dialect": dialect, **given})


def _named(principal: Principal, dialect: str, external_id: str) -> Query:
    name = {"tenant": principal.tenant, "dialect": dialect, "external_id": external_id}
    return _where({**name, "user_id": principal.user_id})


def _where(wanted: dict[str, str | None]) -> Query:
    """Columns that must have these values; None asks for nothing."""
    given = {column: value for column, value in wanted.items() if value is not None}
    text = " AND ".join(f"{column} = ${n}" for n, column in enumerate(given, 1))
    return text, tuple(given.values())
