"""The archive on PostgreSQL, over the connections of the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from yingda.conversations import archive_sql as sql
from yingda.conversations import postgres_sql
from yingda.conversations.archive import (
    NOTHING,
    ConversationSummary,
    Counts,
    Deleted,
    Listing,
    Page,
    UserCount,
    check_deletable,
    is_foreign,
)
from yingda.conversations.postgres import PostgresConversations
from yingda.conversations.rows import Row, turn_from
from yingda.conversations.store import StoredTurn
from yingda.turns.types import Principal


class PostgresArchive:
    """`Archive` in the database of that store."""

    def __init__(self, store: PostgresConversations, step_count: int = 200) -> None:
        self._store = store
        self._step_count = step_count

    async def turns(
        self, principal: Principal, dialect: str, external_id: str, *, offset: int, limit: int
    ) -> Page[StoredTurn]:
        (found,) = await self._rows(sql.found(principal, dialect, external_id))
        if not found:
            return Page(items=(), total=0)
        conversation_id, turn_count = found[0][:2]
        (rows,) = await self._rows((postgres_sql.TURNS, (conversation_id, limit, offset)))
        items = tuple(turn_from(row, row[13] or ()) for row in reversed(rows))
        return Page(items=items, total=turn_count)

    async def turns_of_each(
        self, principal: Principal, dialect: str, external_ids: Sequence[str], *, limit: int
    ) -> dict[str, tuple[StoredTurn, ...]]:
        named = (principal.tenant, dialect, list(external_ids), limit, principal.user_id)
        (rows,) = await self._rows((postgres_sql.TURNS_OF_EACH, named))
        return {
            name: tuple(turn_from(row, row[13] or ()) for row in of_one)
            for name, of_one in groupby(rows, key=lambda row: row[14])
        }

    async def conversations(
        self, principal: Principal, dialect: str, listing: Listing
    ) -> Page[ConversationSummary]:
        if is_foreign(principal, listing.user_id):
            return Page(items=(), total=0)
        (((total,),),) = await self._rows(sql.total(principal, dialect, listing))
        (rows,) = await self._rows(sql.page(principal, dialect, listing, "id", total))
        return Page(items=tuple(map(sql.summary_from, rows)), total=total)

    async def conversation(
        self, principal: Principal, dialect: str, external_id: str
    ) -> ConversationSummary | None:
        (rows,) = await self._rows(sql.summary(principal, dialect, external_id))
        return sql.summary_from(rows[0]) if rows else None

    async def rename(self, principal: Principal, dialect: str, external_id: str, title: str) -> bool:
        (rows,) = await self._rows(sql.rename(principal, dialect, external_id, title))
        return bool(rows)

    async def delete(self, principal: Principal, dialect: str, external_id: str) -> Deleted:
        text, values = sql.found(principal, dialect, external_id)
        async with self._store.connection() as connection, connection.transaction():
            # Locked first, looked at then: else a turn could begin in between.
            await connection.fetch(f"{text} FOR UPDATE", *values)
            row = await connection.fetchrow(text, *values)
            if row is None:
                return NOTHING
            conversation_id, _turns, message_count, handoff, is_open = row
            check_deletable(handoff, is_open=is_open)
            await connection.execute(postgres_sql.DELETE, [conversation_id])
            return Deleted(conversations=1, messages=message_count)

    async def delete_oldest(
        self, principal: Principal, dialect: str, user_id: str | None, keep: int
    ) -> Deleted:
        if is_foreign(principal, user_id):
            return NOTHING
        return await self._delete_in_steps(
            sql.oldest(principal, dialect, user_id, keep, self._step_count, "id")
        )

    async def delete_idle(
        self, principal: Principal, dialect: str, user_id: str | None, before: datetime
    ) -> Deleted:
        if is_foreign(principal, user_id):
            return NOTHING
        return await self._delete_in_steps(sql.idle(principal, dialect, user_id, before, self._step_count))

    async def _delete_in_steps(self, some: sql.Query) -> Deleted:
        conversations = messages = 0
        while True:  # in steps, each within the time any call may take
            found, rows = await self._delete_found(some)
            conversations += len(rows)
            messages += sum(message_count for _id, message_count in rows)
            if found < self._step_count:
                return Deleted(conversations=conversations, messages=messages)

    async def counts(self, principal: Principal, dialect: str, *, active_since: datetime) -> Counts:
        ((row,),) = await self._rows(sql.counts(principal, dialect, active_since))
        return sql.counts_from(row)

    async def users(
        self, principal: Principal, dialect: str, *, over: int = 0, limit: int = 1000
    ) -> tuple[UserCount, ...]:
        (rows,) = await self._rows(sql.users(principal, dialect, over, limit))
        return tuple(UserCount(user_id=user_id, conversations=count) for user_id, count in rows)

    async def _delete_found(self, some: sql.Query) -> tuple[int, list[Row]]:
        """How many were found, and those that nobody has begun a turn in since."""
        text, values = some
        async with self._store.connection() as connection, connection.transaction():
            found = [row[0] for row in await connection.fetch(text, *values)]
            rows = await connection.fetch(postgres_sql.LOCK_FREE, found)
            await connection.execute(postgres_sql.DELETE, [row[0] for row in rows])
        return len(found), rows

    async def _rows(self, *queries: sql.Query) -> list[list[Row]]:
        async with self._store.connection() as connection:
            return [await connection.fetch(text, *values) for text, values in queries]
