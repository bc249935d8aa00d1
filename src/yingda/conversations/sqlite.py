"""The embedded store: one file, one writing thread, one reading thread."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from yingda.conversations import sqlite_jobs as jobs
from yingda.conversations.store import Batch, Begun, Conversation, FinishedTurn, Lease, NewTurn, StoredTurn
from yingda.storage.group_commit import GroupCommit, GroupCommitConfig
from yingda.turns.clock import Clock
from yingda.turns.types import Principal, TurnId


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteConfig:
    """How the file is written, and how many conversations one step of a sweep deletes."""

    commit: GroupCommitConfig = field(default_factory=GroupCommitConfig)
    sweep_step_count: int = 200


class SqliteConversations:
    """`Conversations` in one SQLite file, each method one job of a thread; made by `open_sqlite`."""

    def __init__(self, writer: GroupCommit, reader: GroupCommit, clock: Clock, config: SqliteConfig) -> None:
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._config = config

    async def begin(self, new: NewTurn) -> Begun:
        return await self._writer.submit(lambda connection: jobs.begin(connection, new), early=True)

    async def journal(self, batches: Sequence[Batch], owner: Lease) -> None:
        await self._writer.submit(lambda connection: jobs.journal(connection, batches, owner))

    async def finish(self, turn: FinishedTurn) -> None:
        await self._writer.submit(lambda connection: jobs.finish(connection, turn))

    async def turn(self, principal: Principal, turn_id: TurnId) -> StoredTurn | None:
        await self._writer.settled()
        return await self._reader.submit(lambda connection: jobs.turn(connection, principal, turn_id))

    async def conversation(self, principal: Principal, dialect: str, external_id: str) -> Conversation | None:
        await self._writer.settled()
        return await self._reader.submit(
            lambda connection: jobs.conversation(connection, principal, dialect, external_id)
        )

    async def abandoned(self, now: datetime) -> list[StoredTurn]:
        await self._writer.settled()
        return await self._reader.submit(lambda connection: jobs.abandoned(connection, now))

    async def sweep(self, idle_before: datetime) -> int:
        step = self._config.sweep_step_count
        await self._writer.submit(lambda connection: jobs.expire_keys(connection, self._clock.now()))
        swept = 0
        while True:  # in steps, so that turns find the writer free in between
            deleted = await self._writer.submit(lambda connection: jobs.sweep(connection, idle_before, step))
            swept += deleted
            if deleted < step:
                return swept

    async def ping(self) -> None:
        await self._writer.submit(jobs.ping)


@asynccontextmanager
async def open_sqlite(
    path: Path, clock: Clock, config: SqliteConfig | None = None
) -> AsyncIterator[SqliteConversations]:
    """Open a migrated file; what was submitted is written before it closes."""
    config = config or SqliteConfig()
    writer = GroupCommit(path, config.commit)
    reader = GroupCommit(path, config.commit, only_reads=True)
    writer.start()
    reader.start()
    try:
        yield SqliteConversations(writer, reader, clock, config)
    finally:
        await reader.close()
        await writer.close()
