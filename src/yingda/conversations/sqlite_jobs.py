"""What the SQLite store does inside a transaction of its threads: one job a call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from sqlite3 import Connection
from typing import Any

from yingda.conversations import sqlite_sql as sql
from yingda.conversations.admission import (
    IDEMPOTENCY_LIFE_S,
    begun_anew,
    check_fingerprint,
    is_expired,
    is_visible,
    key_scope,
    owner_of,
    spare_name,
)
from yingda.conversations.rows import (
    Row,
    conversation_from,
    history_from,
    microseconds,
    roles_text,
    turn_from,
)
from yingda.conversations.store import Batch, Begun, Conversation, FinishedTurn, Lease, NewTurn, StoredTurn
from yingda.errors import ConversationBusy, StoreUnavailable
from yingda.turns.types import Message, Principal, TurnId

ROWS_AT_ONCE = 32
"""Each count up to here is a statement of its own, kept prepared."""

Completed = tuple[NewTurn, Begun, FinishedTurn]
"""The only turn so far of a fresh conversation, from its beginning to its end."""


def begin(connection: Connection, new: NewTurn) -> Begun:
    """Admit a turn, see `Conversations.begin`."""
    if new.idempotency_key is not None and (repeated := _repeated(connection, new)) is not None:
        return repeated
    begun = _next(connection, new)
    if begun.number == 1:
        _insert(connection, sql.ADD_CONVERSATIONS, [_conversation_row(new, begun, None)])
    _insert(connection, sql.ADD_TURNS, [_turn_row(new, begun, None)])
    if new.idempotency_key is not None:
        expires_at = microseconds(new.at) + round(IDEMPOTENCY_LIFE_S * 1e6)
        connection.execute(sql.KEEP_KEY, (*_key(new), new.turn_id, new.fingerprint, expires_at))
    return begun


def _key(new: NewTurn) -> tuple[str, str, str, str | None]:
    return new.principal.tenant, new.dialect, key_scope(new), new.idempotency_key


def _repeated(connection: Connection, new: NewTurn) -> Begun | None:
    row = connection.execute(sql.FIND_KEY, (*_key(new), microseconds(new.at))).fetchone()
    if row is None:
        return None
    found = connection.execute(sql.OF_TURN, (row[0], new.principal.tenant)).fetchone()
    if found is None:
        return None
    check_fingerprint(new, row[1])
    conversation, number = conversation_from(found), found[12]
    history = _history(connection, conversation, number, new.history_turns)
    return Begun(conversation=conversation, number=number, history=history, repeated=TurnId(row[0]))


def _next(connection: Connection, new: NewTurn) -> Begun:
    """The next turn of the conversation of that name, or the first one of a conversation to be written."""
    name = new.principal.tenant, new.dialect, new.external_id
    row = None if new.external_id is None else connection.execute(sql.FIND, name).fetchone()
    if row is None:
        return begun_anew(new, None)
    conversation, lease_until = conversation_from(row), row[12]
    if not is_visible(new.principal, conversation.user_id):
        return begun_anew(new, conversation)
    at = microseconds(new.at)
    if lease_until is not None and lease_until > at:
        raise ConversationBusy("another turn of this conversation is still running")
    if is_expired(conversation, new):
        if new.adopts_name:
            connection.execute(sql.RELEASE_NAME, (spare_name(conversation, new), conversation.id))
        return begun_anew(new, conversation)
    number = conversation.turn_count + 1
    connection.execute(sql.CONTINUE, (at, new.turn_id, conversation.id))
    history = _history(connection, conversation, number, new.history_turns)
    return Begun(conversation=conversation, number=number, history=history)


def _history(
    connection: Connection, conversation: Conversation, before: int, turns: int
) -> tuple[Message, ...]:
    said = connection.execute(sql.HISTORY, (conversation.id, before, turns)).fetchall()
    return history_from(said + connection.execute(sql.NOTES, (conversation.id, turns)).fetchall())


def _insert(connection: Connection, insert: str, rows: Sequence[Row]) -> None:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[start : start + ROWS_AT_ONCE]
        values = list(chain.from_iterable(some))
        connection.execute(sql.with_rows(insert, len(some), len(some[0])), values)


def _conversation_row(new: NewTurn, begun: Begun, end: FinishedTurn | None) -> Row:
    at = microseconds(new.at)
    external_id = begun.conversation.external_id
    name = (new.fresh_id, new.principal.tenant, new.dialect, external_id, new.channel, owner_of(new), 1)
    if end is None:
        return (*name, 0, None, None, None, at, at, new.turn_id, 1)
    state = (end.failed_attempts, end.intent, end.emotion_score, end.handoff)
    return (*name, *state, at, max(at, microseconds(end.at)), None, 1 + bool(end.answer))


def _turn_row(new: NewTurn, begun: Begun, end: FinishedTurn | None) -> Row:
    principal = new.principal
    record = (
        (None, None, None, None) if end is None else (end.ending, microseconds(end.at), end.answer, end.lines)
    )
    return (
        new.turn_id,
        begun.conversation.id,
        begun.number,
        principal.tenant,
        principal.key_id,
        roles_text(principal.roles),
        principal.user_id,
        begun.conversation.user_id,
        new.dialect,
        new.text,
        microseconds(new.at),
        new.lease.owner,
        microseconds(new.lease.until),
        *record,
    )


def complete(connection: Connection, turns: Sequence[Completed]) -> None:
    """`begin` of fresh conversations and `finish` of their turns, written as one."""
    _insert(connection, sql.ADD_CONVERSATIONS, [_conversation_row(*turn) for turn in turns])
    _insert(connection, sql.ADD_TURNS, [_turn_row(new, begun, end) for new, begun, end in turns])


def journal(connection: Connection, batches: Sequence[Batch], owner: Lease) -> None:
    """Append to open turns what they do not have yet, and renew the owner's leases."""
    rows = [(batch.first, batch.lines, batch.turn_id) for batch in batches]
    connection.executemany(sql.JOURNAL, rows)
    connection.execute(sql.RENEW, (microseconds(owner.until), owner.owner))


def finish(connection: Connection, turn: FinishedTurn) -> None:
    """Close the turn; its conversation changes only where no newer turn has taken it over."""
    at = microseconds(turn.at)
    written = connection.execute(
        sql.FINISH, (turn.ending, at, turn.answer, turn.lines, turn.turn_id, turn.principal.tenant)
    )
    if written.rowcount == 0:
        if connection.execute(sql.OF_TURN, (turn.turn_id, turn.principal.tenant)).fetchone() is None:
            raise StoreUnavailable("the turn was never made durable, or is deleted")
        return
    answers, conversation_id = int(bool(turn.answer)), turn.conversation_id
    state = (turn.failed_attempts, turn.intent, turn.emotion_score, turn.handoff, at, answers)
    settled = connection.execute(sql.SETTLE, (*state, conversation_id, turn.turn_id))
    if settled.rowcount == 0:
        connection.execute(sql.COUNT_ANSWER, (answers, conversation_id))
    connection.execute(sql.DROP_JOURNAL, (turn.turn_id,))


def turn(connection: Connection, principal: Principal, turn_id: TurnId) -> StoredTurn | None:
    """The turn, if the principal may see it."""
    row = connection.execute(sql.TURN, (turn_id, principal.tenant)).fetchone()
    if row is None or not is_visible(principal, row[12]):
        return None
    return _stored(connection, row)


def _stored(connection: Connection, row: Row) -> StoredTurn:
    if row[10] is not None:
        return turn_from(row, ())
    return turn_from(row, [lines for (lines,) in connection.execute(sql.READ_JOURNAL, (row[0],))])


def turns(connection: Connection, conversation_id: str, offset: int, limit: int) -> tuple[StoredTurn, ...]:
    """The newest turns of a conversation but for `offset` still newer ones, oldest first."""
    rows = connection.execute(sql.TURNS, (conversation_id, limit, offset)).fetchall()
    return tuple(_stored(connection, row) for row in reversed(rows))


def conversation(
    connection: Connection, principal: Principal, dialect: str, external_id: str
) -> Conversation | None:
    """The conversation, if the principal may see it."""
    row = connection.execute(sql.FIND, (principal.tenant, dialect, external_id)).fetchone()
    if row is None or not is_visible(principal, row[4]):
        return None
    return conversation_from(row)


def abandoned(connection: Connection, now: datetime) -> list[StoredTurn]:
    """Open turns whose lease ran out, oldest first."""
    rows = connection.execute(
        sql.ABANDONED,
        (microseconds(now),),
    ).fetchall()
    return [_stored(connection, row) for row in rows]


def sweep(connection: Connection, idle_before: datetime, limit: int) -> int:
    """Delete at most so many idle conversations with all that belongs to them."""
    found = connection.execute(sql.SWEEPABLE, (microseconds(idle_before), limit)).fetchall()
    delete(connection, [conversation_id for (conversation_id,) in found])
    return len(found)


def fetch(connection: Connection, query: tuple[str, Sequence[Any]]) -> list[Row]:
    """What a statement finds that is written for both SQL engines."""
    text, values = query
    return connection.execute(text.replace("$", "?"), values).fetchall()


def delete(connection: Connection, conversation_ids: Sequence[str]) -> None:
    """Delete conversations with all that belongs to them."""
    for statement in sql.DELETE:
        connection.executemany(statement, [(conversation_id,) for conversation_id in conversation_ids])


def expire_keys(connection: Connection, now: datetime) -> None:
    """Forget the idempotency keys whose life is over."""
    connection.execute(sql.EXPIRE_KEYS, (microseconds(now),))


def ping(connection: Connection) -> None:
    """Read something that only an open, whole database has."""
    connection.execute(sql.PING).fetchone()
