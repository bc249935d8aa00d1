"""PostgreSQL through asyncpg: a read-only transaction per statement, cancelled in the server when left."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from yingda.errors import StoreUnavailable
from yingda.text_to_sql.databases.database import DatabaseConfig, Fetched
from yingda.text_to_sql.failures import Kind, SqlFailed
from yingda.text_to_sql.model import DataType

_TYPES: dict[str, DataType] = {
    "bool": "boolean",
    "int2": "integer",
    "int4": "integer",
    "int8": "integer",
    "numeric": "number",
    "float4": "number",
    "float8": "number",
    "date": "date",
    "timestamp": "datetime",
    "timestamptz": "datetime",
}
_STATES: tuple[tuple[str, Kind], ...] = (
    ("42P01", "table_not_found"),
    ("3F000", "table_not_found"),
    ("42703", "column_not_found"),
    ("42601", "syntax"),
    ("42501", "permission"),
    ("25006", "permission"),
    ("57014", "timeout"),
    ("55P03", "timeout"),
)
_GONE = ("08", "57P", "53")


class PostgresDatabase:
    """A pool that connects when it is first needed, and again after the server has restarted."""

    dialect = "postgres"

    def __init__(self, url: str, config: DatabaseConfig) -> None:
        self._url = url
        self._config = config
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()

    async def fetch(self, sql: str, timeout_s: float | None = None) -> Fetched:
        pool = await self._opened()
        timeout_ms = int((timeout_s or self._config.statement_timeout_s) * 1000)
        try:
            async with pool.acquire(timeout=self._config.connect_timeout_s) as connection:
                return await _fetched(connection, sql, timeout_ms)
        except asyncpg.PostgresError as error:
            raise _failure(error) from None
        except (OSError, TimeoutError, asyncpg.InterfaceError) as error:
            raise StoreUnavailable(f"the database cannot be reached: {error}") from None

    async def cost(self, sql: str) -> float | None:
        found = await self.fetch(f"EXPLAIN (FORMAT JSON) {sql}")
        return float(json.loads(found.rows[0][0])[0]["Plan"]["Total Cost"])

    async def close(self) -> None:
        if self._pool is not None:
            self._pool.terminate()

    async def _opened(self) -> asyncpg.Pool[asyncpg.Record]:
        async with self._opening:
            if self._pool is None:
                try:
                    self._pool = await asyncpg.create_pool(
                        self._url,
                        min_size=0,
                        max_size=self._config.pool_size,
                        timeout=self._config.connect_timeout_s,
                        server_settings={"default_transaction_read_only": "on", "application_name": "yingda"},
                        statement_cache_size=0,
                    )
                except (OSError, TimeoutError, asyncpg.PostgresError) as error:
                    raise StoreUnavailable(f"the database cannot be reached: {error}") from None
            return self._pool


async def _fetched(connection: Any, sql: str, timeout_ms: int) -> Fetched:
    """`SELECT 1` comes first: a transaction that has not read yet can be set writable by its statement.

    It is rolled back at its end: some functions write in spite of being told to read.
    """
    await connection.execute("BEGIN READ ONLY")
    try:
        await connection.execute(f"SET LOCAL statement_timeout = {timeout_ms}")
        await connection.execute("SELECT 1")
        statement = await connection.prepare(sql)
        attributes = statement.get_attributes()
        rows = await statement.fetch()
    finally:
        if connection.is_in_transaction():
            await asyncio.shield(connection.execute("ROLLBACK"))
    return Fetched(
        columns=tuple(one.name for one in attributes),
        data_types=tuple(_TYPES.get(one.type.name, "string") for one in attributes),
        rows=[tuple(row.values()) for row in rows],
    )


def _failure(error: asyncpg.PostgresError) -> SqlFailed | StoreUnavailable:
    state = getattr(error, "sqlstate", "") or ""
    for known, kind in _STATES:
        if state == known:
            return SqlFailed(kind, str(error))
    if state.startswith(_GONE):
        return StoreUnavailable(f"the database cannot be reached: {error}")
    return SqlFailed("unknown", str(error))
