"""One thread that owns a SQLite connection and commits all that waits for it at once.

Jobs are plain functions of the connection. The thread drains its queue, runs every job in one transaction
and syncs the disk once for all of them, so a thousand waiting callers cost one sync. The happy path takes no
savepoints: when a job fails halfway, the transaction is rolled back and run again with one savepoint a job,
and only the jobs that fail again are told so. Who is answered has it on disk.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from yingda.errors import AnswerError, StoreUnavailable

T = TypeVar("T")
Statement = Callable[[sqlite3.Connection], T]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCommitConfig:
    """How long to wait for another process's lock, and for an answer at all."""

    busy_timeout_s: float = 4.0
    answer_timeout_s: float = 10.0
    cached_statements_count: int = 64


class Job:
    """A function waiting for the connection, and the caller waiting for its result."""

    __slots__ = ("deadline_s", "error", "future", "result", "run")

    def __init__(self, run: Statement[Any], future: asyncio.Future[Any], deadline_s: float) -> None:
        self.run = run
        self.future = future
        self.deadline_s = deadline_s
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
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
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
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        if self._watchdog is not None:
            self._watchdog.cancel()

    def submit(self, run: Statement[T]) -> asyncio.Future[T]:
        """Queue a job; its future fails with `StoreUnavailable` where no answer comes in time."""
        loop = self._loop
        future: asyncio.Future[T] = loop.create_future()
        job = Job(run, future, loop.time() + self._config.answer_timeout_s)
        self._waiting.append(job)
        self._queue.put(job)
        if self._watchdog is None:
            self._watch()
        return future

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
            batch = [self._queue.get()]
            batch.extend(self._queue.get() for _ in range(self._queue.qsize()))
            is_open = None not in batch
            jobs = [job for job in batch if job is not None]
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
            for job in jobs:
                _run_bare(connection, job)
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


def _run_bare(connection: sqlite3.Connection, job: Job) -> None:
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
