"""The SQL database behind everything that is not measured in microseconds: one code path, two engines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, MetaData, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

Dialect = Literal["sqlite", "postgresql"]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An open database. `engine` is for work that writes, `reader` for work that only reads.

    On SQLite a transaction of `engine` takes the write lock when it begins, so it never fails halfway because
    another writer came first; one of `reader` takes none. Both share one pool.
    """

    engine: AsyncEngine
    reader: AsyncEngine
    dialect: Dialect


@asynccontextmanager
async def open_database(url: str, config: SqlConfig | None = None) -> AsyncIterator[Database]:
    """Connect, lazily, to a SQLite file (a path or `sqlite:///path`) or to `postgresql://...`."""
    config = config or SqlConfig()
    address = database_url(url)
    engine = _sqlite(address, config) if is_sqlite(address) else _postgresql(address, config)
    try:
        yield Database(
            engine=engine,
            reader=engine.execution_options(only_reads=True),
            dialect="sqlite" if is_sqlite(address) else "postgresql",
        )
    finally:
        await engine.dispose()


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
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's implicit transactions would leave DDL and SELECT outside: we begin them ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get("only_reads", False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


def _postgresql(address: URL, config: SqlConfig) -> AsyncEngine:
    return create_async_engine(
        address,
        pool_size=config.pool_size,
        pool_pre_ping=True,
        connect_args={"timeout": config.connect_timeout_s, "command_timeout": config.command_timeout_s},
    )
