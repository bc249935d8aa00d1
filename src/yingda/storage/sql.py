"""The SQL database behind everything that is not measured in microseconds: one code path, two engines.

A transaction can be a block of statements, each awaited, or one function of the connection (`Database.write`,
`Database.read`). SQLite has one write lock, and conversations wait for it too: what writes often or much is a
function, which on SQLite runs from begin to commit in a thread and never waits for the event loop meanwhile.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import URL, Connection, Engine, MetaData, create_engine, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

T = TypeVar("T")
Work = Callable[[Connection], T]
"""What is done in one transaction; on SQLite in a thread, so it must not touch what lives on the loop."""

Dialect = Literal["sqlite", "postgresql"]

_TURNING_S = 0.005

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of the product; modules declare theirs on it, migrations create them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlConfig:
    """How long to wait for the database: for a lock, for a connection, for a statement."""

    busy_timeout_s: float = 5.0
    connect_timeout_s: float = 5.0
    command_timeout_s: float = 10.0
    pool_size: int = 5
    reading_threads: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Threads:
    """Where functions of a SQLite connection run; one thread writes, so all is written in order."""

    engine: Engine
    hasty: Engine
    reader: Engine
    writing: ThreadPoolExecutor
    reading: ThreadPoolExecutor


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An open database. `engine` is for work that writes, `reader` for work that only reads.

    On SQLite a transaction of `engine` takes the write lock when it begins, so it never fails halfway because
    another writer came first; one of `reader` takes none. Both share one pool.
    """

    engine: AsyncEngine
    reader: AsyncEngine
    dialect: Dialect
    threads: _Threads | None = None

    async def write(self, work: Work[T], *, is_lasting: bool = True) -> T:
        """Run it as one transaction; on SQLite it goes on to its end when the caller is cancelled.

        What is not `is_lasting` is not waited for until it is on the disk: a crash of the process loses none
        of it, a machine without power may lose the last of it. For what can be done again.
        """
        if self.threads is not None:
            engine = self.threads.engine if is_lasting else self.threads.hasty
            return await _in_thread(self.threads.writing, engine, work)
        async with self.engine.begin() as connection:
            if not is_lasting:
                await connection.execute(text("SET LOCAL synchronous_commit = off"))
            return await connection.run_sync(work)

    async def read(self, work: Work[T]) -> T:
        """Run it over one snapshot, without the write lock."""
        if self.threads is not None:
            return await _in_thread(self.threads.reading, self.threads.reader, work)
        async with self.reader.begin() as connection:
            return await connection.run_sync(work)


async def _in_thread(pool: ThreadPoolExecutor, engine: Engine, work: Work[T]) -> T:
    def run() -> T:
        with engine.begin() as connection:
            return work(connection)

    return await asyncio.get_running_loop().run_in_executor(pool, run)


@asynccontextmanager
async def open_database(url: str, config: SqlConfig | None = None) -> AsyncIterator[Database]:
    """Connect, lazily, to a SQLite file (a path or `sqlite:///path`) or to `postgresql://...`."""
    config = config or SqlConfig()
    address = database_url(url)
    engine = _sqlite(address, config) if is_sqlite(address) else _postgresql(address, config)
    threads = _threads(address, config) if is_sqlite(address) else None
    try:
        yield Database(
            engine=engine,
            reader=engine.execution_options(only_reads=True),
            dialect="sqlite" if is_sqlite(address) else "postgresql",
            threads=threads,
        )
    finally:
        await engine.dispose()
        if threads is not None:
            await asyncio.to_thread(_close, threads)


def database_url(url: str) -> URL:
    """The address with its async driver; what has no scheme is the path of a SQLite file."""
    if "://" not in url:
        return URL.create("sqlite+aiosqlite", database=url)
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+asyncpg")
        case other:
            raise ValueError(f"a database of kind {other!r} is not supported: use SQLite or PostgreSQL")


def is_sqlite(address: URL) -> bool:
    """Whether the address names a file of the embedded engine."""
    return address.drivername == "sqlite+aiosqlite"


def sqlite_path(address: URL) -> Path:
    """The database file; a database in memory is refused, since nothing in it outlives its connection."""
    if not address.database or address.database == ":memory:":
        raise ValueError("a SQLite database needs a file")
    return Path(address.database)


def _sqlite(address: URL, config: SqlConfig) -> AsyncEngine:
    sqlite_path(address)
    engine = create_async_engine(
        address, pool_size=config.pool_size, connect_args={"timeout": config.busy_timeout_s}
    )
    _listen(engine.sync_engine, config)
    return engine


def _threads(address: URL, config: SqlConfig) -> _Threads:
    engine = create_engine(
        address.set(drivername="sqlite"),
        pool_size=1 + config.reading_threads,
        connect_args={"timeout": config.busy_timeout_s},
    )
    _listen(engine, config)
    return _Threads(
        engine=engine,
        hasty=engine.execution_options(is_hasty=True),
        reader=engine.execution_options(only_reads=True),
        writing=ThreadPoolExecutor(1, "sql-write"),
        reading=ThreadPoolExecutor(config.reading_threads, "sql-read"),
    )


def _close(threads: _Threads) -> None:
    threads.writing.shutdown()
    threads.reading.shutdown()
    threads.engine.dispose()


def _listen(engine: Engine, config: SqlConfig) -> None:
    def prepare(connection: Any, _record: object) -> None:
        _prepare_sqlite(connection, config.busy_timeout_s)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: Any, busy_timeout_s: float) -> None:
    # The driver's implicit transactions would leave DDL and SELECT outside: we begin them ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor, time.monotonic() + busy_timeout_s)
    for pragma in ("foreign_keys=ON", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: Any, deadline_s: float) -> None:
    """Waits for others that do the same to a new file: SQLite's own time-out does not hold for this."""
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() >= deadline_s:
                raise
            time.sleep(_TURNING_S)


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("only_reads", False):
        connection.exec_driver_sql("BEGIN")
        return
    # Not inside the transaction, where it has no effect; the connection may come from one of the other kind.
    connection.exec_driver_sql(f"PRAGMA synchronous={'NORMAL' if options.get('is_hasty', False) else 'FULL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgresql(address: URL, config: SqlConfig) -> AsyncEngine:
    return create_async_engine(
        address,
        pool_size=config.pool_size,
        pool_pre_ping=True,
        connect_args={"timeout": config.connect_timeout_s, "command_timeout": config.command_timeout_s},
    )
