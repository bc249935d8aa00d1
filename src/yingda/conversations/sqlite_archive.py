"""The archive in the SQLite file: read by a thread of its own, so that no list keeps a turn waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from typing import TypeVar

from yingda.conversations import archive_sql as sql
from yingda.conversations import sqlite_jobs as jobs
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
    user_of,
)
from yingda.conversations.rows import Row
from yingda.conversations.sqlite import SqliteConfig, SqliteConversations
from yingda.conversations.store import StoredTurn
from yingda.storage.group_commit import GroupCommit, Statement
from yingda.turns.types import Principal

T = TypeVar("T")


class SqliteArchive:
    """`Archive` beside the store that writes the file; made by `open_sqlite_archive`."""

    def __init__(self, store: SqliteConversations, reader: GroupCommit, step_count: int) -> None:
        self._store = store
        self._reader = reader
        self._step_count = step_count

    async def turns(
        self, principal: Principal, dialect: str, external_id: str, *, offset: int, limit: int
    ) -> Page[StoredTurn]:
        found = sql.found(principal, dialect, external_id)
        return await self._read(lambda connection: _turns(connection, found, offset, limit))

    async def turns_of_each(
        self, principal: Principal, dialect: str, external_ids: Sequence[str], *, limit: int
    ) -> dict[str, tuple[StoredTurn, ...]]:
        found = {name: sql.found(principal, dialect, name) for name in external_ids}

        def read(connection: Connection) -> dict[str, tuple[StoredTurn, ...]]:
            pages = {name: _turns(connection, query, 0, limit) for name, query in found.items()}
            return {name: page.items for name, page in pages.items() if page.total}

        return await self._read(read)

    async def conversations(
        self, principal: Principal, dialect: str, listing: Listing
    ) -> Page[ConversationSummary]:
        if is_foreign(principal, listing.user_id):
            return Page(items=(), total=0)
        return await self._read(lambda connection: _page(connection, principal, dialect, listing))

    async def conversation(
        self, principal: Principal, dialect: str, external_id: str
    ) -> ConversationSummary | None:
        (rows,) = await self._rows(sql.summary(principal, dialect, external_id))
        return sql.summary_from(rows[0]) if rows else None

    async def rename(self, principal: Principal, dialect: str, external_id: str, title: str) -> bool:
        query = sql.rename(principal, dialect, external_id, title)
        return bool(await self._store.write(lambda connection: jobs.fetch(connection, query)))

    async def delete(self, principal: Principal, dialect: str, external_id: str) -> Deleted:
        found = sql.found(principal, dialect, external_id)
        return await self._store.write(lambda connection: _delete(connection, found))

    async def delete_oldest(
        self, principal: Principal, dialect: str, user_id: str | None, keep: int
    ) -> Deleted:
        if is_foreign(principal, user_id):
            return NOTHING
        oldest = sql.oldest(principal, dialect, user_id, keep, self._step_count, "rowid")
        return await self._delete_in_steps(oldest)

    async def delete_idle(
        self, principal: Principal, dialect: str, user_id: str | None, before: datetime
    ) -> Deleted:
        if is_foreign(principal, user_id):
            return NOTHING
        return await self._delete_in_steps(sql.idle(principal, dialect, user_id, before, self._step_count))

    async def counts(self, principal: Principal, dialect: str, *, active_since: datetime) -> Counts:
        ((row,),) = await self._rows(sql.counts(principal, dialect, active_since))
        return sql.counts_from(row)

    async def users(
        self, principal: Principal, dialect: str, *, over: int = 0, limit: int = 1000
    ) -> tuple[UserCount, ...]:
        (rows,) = await self._rows(sql.users(principal, dialect, over, limit))
        return tuple(UserCount(user_id=user_id, conversations=count) for user_id, count in rows)

    async def _delete_in_steps(self, some: sql.Query) -> Deleted:
        conversations = messages = 0
        while True:  # in steps, so that turns find the writer free in between
            rows = await self._store.write(lambda connection: _delete_found(connection, some))
            conversations += len(rows)
            messages += sum(message_count for _id, message_count in rows)
            if len(rows) < self._step_count:
                return Deleted(conversations=conversations, messages=messages)

    async def _rows(self, *queries: sql.Query) -> list[list[Row]]:
        """What the queries find, all at the same moment."""
        return await self._read(lambda connection: [jobs.fetch(connection, query) for query in queries])

    async def _read(self, job: Statement[T]) -> T:
        await self._store.all_written()
        return await self._reader.submit(job)


@asynccontextmanager
async def open_sqlite_archive(
    path: Path, store: SqliteConversations, config: SqliteConfig | None = None
) -> AsyncIterator[SqliteArchive]:
    """Open the file of that store once more, to read."""
    config = config or SqliteConfig()
    reader = GroupCommit(path, config.commit, only_reads=True)
    reader.start()
    try:
        yield SqliteArchive(store, reader, config.sweep_step_count)
    finally:
        await reader.close()


def _page(
    connection: Connection, principal: Principal, dialect: str, listing: Listing
) -> Page[ConversationSummary]:
    is_kept = user_of(principal, listing.user_id) is None and listing.status is None
    query = sql.kept_total(principal, dialect) if is_kept else sql.total(principal, dialect, listing)
    ((total,),) = jobs.fetch(connection, query)
    rows = jobs.fetch(connection, sql.page(principal, dialect, listing, "rowid", total))
    return Page(items=tuple(map(sql.summary_from, rows)), total=total)


def _turns(connection: Connection, found: sql.Query, offset: int, limit: int) -> Page[StoredTurn]:
    rows = jobs.fetch(connection, found)
    if not rows:
        return Page(items=(), total=0)
    conversation_id, turn_count = rows[0][:2]
    return Page(items=jobs.turns(connection, conversation_id, offset, limit), total=turn_count)


def _delete(connection: Connection, found: sql.Query) -> Deleted:
    rows = jobs.fetch(connection, found)
    if not rows:
        return NOTHING
    conversation_id, _turns, message_count, handoff, is_open = rows[0]
    check_deletable(handoff, is_open=bool(is_open))
    jobs.delete(connection, [conversation_id])
    return Deleted(conversations=1, messages=message_count)


def _delete_found(connection: Connection, some: sql.Query) -> list[Row]:
    rows = jobs.fetch(connection, some)
    jobs.delete(connection, [conversation_id for conversation_id, _messages in rows])
    return rows
