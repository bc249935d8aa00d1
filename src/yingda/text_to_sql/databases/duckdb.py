"""DuckDB files, opened read-only and without any way to other files or hosts."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

from yingda.errors import StoreUnavailable
from yingda.text_to_sql.databases.database import DatabaseConfig, Fetched
from yingda.text_to_sql.failures import Kind, SqlFailed
from yingda.text_to_sql.model import DataType

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "lock_configuration": "true",
}
_ZONED = "TIMESTAMP WITH TIME ZONE"
_INTEGERS = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
)
_TYPES: tuple[tuple[tuple[str, ...], DataType], ...] = (
    (("BOOLEAN",), "boolean"),
    (_INTEGERS, "integer"),
    (("DECIMAL", "DOUBLE", "FLOAT"), "number"),
    (("TIMESTAMP",), "datetime"),
    (("DATE",), "date"),
)


class DuckdbDatabase:
    """One open file, a cursor per statement in a thread; a late or left statement is interrupted."""

    dialect = "duckdb"

    def __init__(self, path: Path, config: DatabaseConfig) -> None:
        self._path = path
        self._config = config
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._opening = threading.Lock()
        self._threads = ThreadPoolExecutor(config.pool_size, thread_name_prefix="duckdb-reader")

    async def fetch(self, sql: str, timeout_s: float | None = None) -> Fetched:
        loop = asyncio.get_running_loop()
        cursor = await loop.run_in_executor(self._threads, self._cursor)
        work = loop.run_in_executor(self._threads, _fetch, cursor, sql)
        try:
            async with asyncio.timeout(timeout_s or self._config.statement_timeout_s):
                return await asyncio.shield(work)
        except TimeoutError:
            await _interrupted(cursor, work)
            raise SqlFailed("timeout", "the statement took too long and was stopped") from None
        except asyncio.CancelledError:
            await _interrupted(cursor, work)
            raise

    async def cost(self, sql: str) -> float | None:
        return None  # it has no costs, only guesses of row counts

    async def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        if self._connection is not None:
            self._connection.close()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._opening:
            try:
                if self._connection is None:
                    self._connection = duckdb.connect(str(self._path), read_only=True, config=_SETTINGS)
                return self._connection.cursor()
            except duckdb.Error as error:
                raise StoreUnavailable(f"the database cannot be opened: {error}") from None


def _fetch(cursor: duckdb.DuckDBPyConnection, sql: str) -> Fetched:
    try:
        statements = cursor.extract_statements(sql)
        if len(statements) != 1:
            raise SqlFailed("syntax", f"{len(statements)} statements where one is run")
        cursor.execute(statements[0])
        described: list[Any] = cursor.description or []
        types = [str(one[1]) for one in described]
        if _ZONED in types:
            cursor.execute(_without_zones(sql, types))
        return Fetched(
            columns=tuple(one[0] for one in described),
            data_types=tuple(map(_data_type, types)),
            rows=cursor.fetchall(),
        )
    except duckdb.Error as error:
        raise _failure(error) from None
    finally:
        cursor.close()


def _without_zones(sql: str, types: list[str]) -> str:
    """Moments with a zone as text: the driver makes objects of them only with a package of its own."""
    shown = (f"CAST(#{at} AS VARCHAR)" if one == _ZONED else f"#{at}" for at, one in enumerate(types, 1))
    return f"SELECT {', '.join(shown)} FROM ({sql.rstrip().rstrip(';')}) AS zoned"  # noqa: S608


async def _interrupted(cursor: duckdb.DuckDBPyConnection, work: asyncio.Future[Fetched]) -> None:
    """Ask until it has stopped: an interrupt before the statement began is forgotten."""
    while not work.done():
        with suppress(duckdb.Error):
            cursor.interrupt()
        await asyncio.wait([work], timeout=0.05)
    with suppress(SqlFailed):
        work.result()


def _data_type(name: str) -> DataType:
    return next((kind for starts, kind in _TYPES if name.upper().startswith(starts)), "string")


def _failure(error: duckdb.Error) -> SqlFailed:
    text = str(error)
    kind: Kind = "unknown"
    if isinstance(error, duckdb.InterruptException):
        kind = "timeout"
    elif isinstance(error, duckdb.ParserException):
        kind = "syntax"
    elif isinstance(error, duckdb.CatalogException) and "Table" in text:
        kind = "table_not_found"
    elif isinstance(error, duckdb.BinderException) and "column" in text:
        kind = "column_not_found"
    elif isinstance(error, duckdb.PermissionException) or "read-only" in text:
        kind = "permission"
    return SqlFailed(kind, text.splitlines()[0])
