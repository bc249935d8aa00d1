"""The embedded store: one file, one writing thread, one reading thread.

The first turn of a fresh conversation needs nothing from the file, so it is admitted in memory and waits
there for a moment: if the turn ends meanwhile, as one from the cache does, both are written as one job.
All that could notice the difference (another turn of that conversation, a look, the journal) writes it first.
While the file refuses writes nothing is admitted in memory.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from yingda.conversations import sqlite_jobs as jobs
from yingda.conversations.admission import fresh
from yingda.conversations.store import Batch, Begun, Conversation, FinishedTurn, Lease, NewTurn, StoredTurn
from yingda.errors import StoreUnavailable
from yingda.storage.group_commit import GroupCommit, GroupCommitConfig, Statement
from yingda.turns.clock import Clock
from yingda.turns.types import ConversationId, Principal, TurnId

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteConfig:
    """How the file is written, how long a fresh turn may wait in memory, how big a sweep's steps are."""

    commit: GroupCommitConfig = field(default_factory=GroupCommitConfig)
    fresh_wait_s: float = 0.05
    sweep_step_count: int = 200


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A turn that waits in memory since then on the loop's scale; for ever if the file refused it."""

    new: NewTurn
    begun: Begun
    since_s: float


class SqliteConversations:
    """`Conversations` in one SQLite file, each method one job of a thread; made by `open_sqlite`."""

    def __init__(self, writer: GroupCommit, reader: GroupCommit, clock: Clock, config: SqliteConfig) -> None:
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._config = config
        self._loop = asyncio.get_running_loop()
        self._fresh: dict[ConversationId, _Fresh] = {}
        self._writing: set[asyncio.Future[Begun]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def begin(self, new: NewTurn) -> Begun:
        if new.external_id is None and new.idempotency_key is None and self._writer.is_healthy:
            return self._admit_fresh(new)
        if new.external_id in self._fresh:
            self.write_fresh()
        return await self._writer.submit(lambda connection: jobs.begin(connection, new))

    async def journal(self, batches: Sequence[Batch], owner: Lease) -> None:
        self.write_fresh()
        await self._writer.submit(lambda connection: jobs.journal(connection, batches, owner))

    async def finish(self, turn: FinishedTurn) -> None:
        waiting = self._fresh.get(turn.conversation_id)
        if waiting is None:
            await self._writer.submit(lambda connection: jobs.finish(connection, turn))
        elif (waiting.new.turn_id, waiting.new.principal.tenant) == (turn.turn_id, turn.principal.tenant):
            await self._complete(waiting, turn)
        else:
            self.write_fresh()
            await self._writer.submit(lambda connection: jobs.finish(connection, turn))

    async def turn(self, principal: Principal, turn_id: TurnId) -> StoredTurn | None:
        return await self.read(lambda connection: jobs.turn(connection, principal, turn_id))

    async def conversation(self, principal: Principal, dialect: str, external_id: str) -> Conversation | None:
        return await self.read(
            lambda connection: jobs.conversation(connection, principal, dialect, external_id)
        )

    async def abandoned(self, now: datetime) -> list[StoredTurn]:
        return await self.read(lambda connection: jobs.abandoned(connection, now))

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

    async def write(self, job: Statement[T]) -> T:
        """Do the job of another module, after all that waits in memory."""
        self.write_fresh()
        return await self._writer.submit(job)

    async def read(self, job: Statement[T]) -> T:
        """Do a job of another module that only reads, and misses nothing that was admitted."""
        await self.all_written()
        return await self._reader.submit(job)

    async def all_written(self) -> None:
        """Return once a look at the file misses nothing that was admitted."""
        self.write_fresh()
        if self._writing:
            await asyncio.wait(self._writing)

    def write_fresh(self) -> None:
        """Hand every turn that waits in memory to the writer; its commit makes them durable."""
        self._write(list(self._fresh.values()))

    def _write(self, waiting: Iterable[_Fresh]) -> None:
        for one in waiting:
            del self._fresh[one.new.fresh_id]
            writing = self._writer.submit(partial(jobs.begin, new=one.new))
            self._writing.add(writing)
            writing.add_done_callback(partial(self._written, one))

    def _written(self, one: _Fresh, writing: asyncio.Future[Begun]) -> None:
        self._writing.discard(writing)
        if not writing.cancelled() and (error := writing.exception()) is not None:
            # It is being answered already: it waits in memory again, for the next write or for its ending.
            log.error("a turn could not be written yet: %s", error)
            self._fresh[one.new.fresh_id] = _Fresh(one.new, one.begun, math.inf)

    async def _complete(self, waiting: _Fresh, turn: FinishedTurn) -> None:
        del self._fresh[turn.conversation_id]
        try:
            await self._writer.submit_item(jobs.complete, (waiting.new, waiting.begun, turn))
        except StoreUnavailable:
            self._fresh[turn.conversation_id] = waiting  # for the next try
            raise

    def _admit_fresh(self, new: NewTurn) -> Begun:
        begun = Begun(conversation=fresh(new), number=1, history=())
        self._fresh[new.fresh_id] = _Fresh(new, begun, self._loop.time())
        if self._timer is None:
            self._timer = self._loop.call_later(self._config.fresh_wait_s, self._write_due)
        return begun

    def _write_due(self) -> None:
        """Write the turns whose moment is over; the others keep theirs, or most would be written twice."""
        due_s = self._loop.time() - self._config.fresh_wait_s
        self._write([one for one in self._fresh.values() if one.since_s <= due_s])
        oldest_s = min((one.since_s for one in self._fresh.values()), default=math.inf)
        self._timer = None
        if oldest_s < math.inf:
            self._timer = self._loop.call_at(oldest_s + self._config.fresh_wait_s, self._write_due)


@asynccontextmanager
async def open_sqlite(
    path: Path, clock: Clock, config: SqliteConfig | None = None
) -> AsyncIterator[SqliteConversations]:
    """Open a migrated file, or raise `StoreUnavailable`; what was submitted is written before it closes."""
    config = config or SqliteConfig()
    writer = GroupCommit(path, config.commit)
    reader = GroupCommit(path, config.commit, only_reads=True)
    writer.start()
    reader.start()
    store = SqliteConversations(writer, reader, clock, config)
    try:
        await asyncio.gather(writer.submit(jobs.ping), reader.submit(jobs.ping))
        yield store
    finally:
        store.write_fresh()
        await reader.close()
        await writer.close()
