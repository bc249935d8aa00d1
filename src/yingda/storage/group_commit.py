"""One thread that owns a SQLite connection and commits all that waits for it at once.

Jobs are plain functions of the connection. The thread drains its queue, runs every job in one transaction
and syncs the disk once for all of them, so a thousand waiting callers cost one sync. Each statement hands the
interpreter lock to the loop and waits to get it back, so jobs of a kind that wait together can be done by one
call (`submit_item`), and what one round of the loop submits is handed over at once.

The happy path takes no savepoints: when a job fails halfway, the transaction is rolled back and run again
with one savepoint a job, and only the jobs that fail again are told so. Who is answered has it on disk.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from yingda.errors import AnswerError, StoreUnavailable

T = TypeVar("T")
Statement = Callable[[sqlite3.Connection], T]
WriteItems = Callable[[sqlite3.Connection, Sequence[T]], None]
"""Does for many items at once what else were a job for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCommitConfig:
    """How long to wait for another process's lock, and for an answer at all."""

    busy_timeout_s: float = 4.0
    answer_timeout_s: float = 10.0
    cached_statements_count: int = 64


class Job:
    """A function waiting for the connection, and the caller waiting for its result.

    `write` and `item` are set where one call can serve many jobs; `run` is then the call for this one alone.
    """

    __slots__ = ("deadline_s", "error", "future", "item", "result", "run", "write")

    def __init__(self, run: Statement[Any], future: asyncio.Future[Any], deadline_s: float) -> None:
        self.run = run
        self.future = future
        self.deadline_s = deadline_s
        self.write: WriteItems[Any] | None = None
        self.item: Any = None
        self.result: Any = None
        self.error: Exception | None = None

    def settle(self) -> None:
        """Tell the caller, in the caller's loop; one that was cancelled or gave up is past telling."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class GroupCommit:
    """Submits jobs from one event loop; `start` first, `close` last.

    `is_healthy` says whether the last transaction was committed.
    """

    def __init__(self, path: Path, config: GroupCommitConfig, *, only_reads: bool = False) -> None:
        self._path = path
        self._config = config
        self._begin = "BEGIN" if only_reads else "BEGIN IMMEDIATE"
        self._name = "sqlite-reader" if only_reads else "sqlite-writer"
        self._queue: SimpleQueue[list[Job] | None] = SimpleQueue()
        self._submitted: list[Job] = []
        self._waiting: deque[Job] = deque()
        self._watchdog: asyncio.TimerHandle | None = None
        self._connection: sqlite3.Connection | None = None
        self.is_healthy = True
        self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)

    def start(self) -> None:
        """Begin to serve the running loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def close(self) -> None:
        """Finish what was submitted, then end the thread."""
        self._hand_over()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        if self._watchdog is not None:
            self._watchdog.cancel()

    def submit(self, run: Statement[T]) -> asyncio.Future[T]:
        """Queue a job; its future fails with `StoreUnavailable` where no answer comes in time."""
        return self._queued(run).future

    def submit_item(self, write: WriteItems[T], item: T) -> asyncio.Future[None]:
        """Queue one item for `write`, which is called with all that follow each other in the queue."""
        job = self._queued(partial(_write_one, write, item))
        job.write, job.item = write, item
        return job.future

    def _queued(self, run: Statement[Any]) -> Job:
        loop = self._loop
        job = Job(run, loop.create_future(), loop.time() + self._config.answer_timeout_s)
        self._waiting.append(job)
        if not self._submitted:
            loop.call_soon(self._hand_over)
        self._submitted.append(job)
        if self._watchdog is None:
            self._watch()
        return job

    def _hand_over(self) -> None:
        if self._submitted:
            self._queue.put(self._submitted)
            self._submitted = []

    def _watch(self) -> None:
        # One timer for all callers: one each would cost more than the statements they wait for.
        now = self._loop.time()
        waiting = self._waiting
        while waiting and (waiting[0].future.done() or waiting[0].deadline_s <= now):
            job = waiting.popleft()
            job.error = StoreUnavailable("the database does not answer")
            job.settle()
        self._watchdog = self._loop.call_at(waiting[0].deadline_s, self._watch) if waiting else None

    def _answer(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            job.settle()
        waiting = self._waiting
        while waiting and waiting[0].future.done():
            waiting.popleft()

    def _tell(self, jobs: Sequence[Job]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._answer, jobs)
        except RuntimeError:
            if not self._loop.is_closed():  # a closed loop has nobody left to tell
                raise

    def _work(self) -> None:
        is_open = True
        while is_open:
            batches = [self._queue.get()]
            batches.extend(self._queue.get() for _ in range(self._queue.qsize()))
            is_open = None not in batches
            jobs = [job for batch in batches if batch is not None for job in batch]
            if jobs:
                self._run(jobs)
        if self._connection is not None:
            self._connection.close()

    def _run(self, jobs: list[Job]) -> None:
        try:
            self._transaction(jobs).execute("COMMIT")
            self.is_healthy = True
        except sqlite3.Error as error:
            self.is_healthy = False
            for job in jobs:
                job.error = unavailable(error)
            self._recover()
        self._tell(jobs)

    def _transaction(self, jobs: list[Job]) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self._path, self._config)
        connection = self._connection
        connection.execute(self._begin)
        try:
            for write, alike in groupby(jobs, key=_write_of):
                _run_bare(connection, write, list(alike))
        except Exception:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.execute(self._begin)
            for job in jobs:
                _run_guarded(connection, job)
        return connection

    def _recover(self) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.Error:  # whatever state it is in, a new one sees the last commit
            self._connection = None
            connection.close()


def connect(path: Path, config: GroupCommitConfig) -> sqlite3.Connection:
    """A connection whose transactions are begun and ended by hand, durable at each commit."""
    connection = sqlite3.connect(
        path,
        timeout=config.busy_timeout_s,
        isolation_level=None,
        cached_statements=config.cached_statements_count,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def unavailable(error: sqlite3.Error) -> StoreUnavailable:
    """The same trouble in the words of the port."""
    unavailable = StoreUnavailable(f"the database refused: {error}")
    unavailable.__cause__ = error
    return unavailable


def _write_of(job: Job) -> WriteItems[Any] | None:
    return job.write


def _write_one(write: WriteItems[T], item: T, connection: sqlite3.Connection) -> None:
    write(connection, (item,))


def _run_bare(connection: sqlite3.Connection, write: WriteItems[Any] | None, jobs: Sequence[Job]) -> None:
    if write is not None:
        return write(connection, [job.item for job in jobs])
    for job in jobs:
        try:
            job.result = job.run(connection)
        except AnswerError as refusal:  # raised before anything was written
            job.error = refusal


def _run_guarded(connection: sqlite3.Connection, job: Job) -> None:
    job.error = None
    connection.execute("SAVEPOINT job")
    try:
        job.result = job.run(connection)
    except AnswerError as refusal:
        job.error = refusal
    except (sqlite3.OperationalError, sqlite3.InternalError) as error:
        job.error = unavailable(error)
    except Exception as bug:
        job.error = bug
    if not connection.in_transaction:  # some failures, a full disk among them, end the whole transaction
        raise sqlite3.OperationalError(str(job.error))
    if job.error is not None:
        connection.execute("ROLLBACK TO job")
    connection.execute("RELEASE job")
