"""MySQL and MariaDB through asyncmy: a read-only transaction per statement, killed when left."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncmy
from asyncmy.constants import FIELD_TYPE
from asyncmy.errors import Error, OperationalError
from yarl import URL

from yingda.errors import StoreUnavailable
from yingda.text_to_sql.databases.database import DatabaseConfig, Fetched
from yingda.text_to_sql.failures import Kind, SqlFailed
from yingda.text_to_sql.model import DataType

_DEFAULT_PORT = 3306
_INTEGERS = ("TINY", "SHORT", "LONG", "LONGLONG", "INT24", "YEAR")
_TYPES: dict[int, DataType] = {
    **{getattr(FIELD_TYPE, name): "integer" for name in _INTEGERS},
    **{getattr(FIELD_TYPE, name): "number" for name in ("DECIMAL", "NEWDECIMAL", "FLOAT", "DOUBLE")},
    **{getattr(FIELD_TYPE, name): "datetime" for name in ("DATETIME", "TIMESTAMP")},
    FIELD_TYPE.DATE: "date",
}
_KINDS: dict[int, Kind] = {
    1064: "syntax",
    1146: "table_not_found",
    1051: "table_not_found",
    1054: "column_not_found",
    1142: "permission",
    1143: "permission",
    1044: "permission",
    1227: "permission",
    1792: "permission",
    1290: "permission",
    1317: "timeout",
    1969: "timeout",
    3024: "timeout",
    1205: "timeout",
}
_GONE = frozenset({1040, 1053, 1152, 2002, 2003, 2006, 2013, 2014, 2055})


class MysqlDatabase:
    """Connections that are kept while they are well; a broken one is thrown away and made anew."""

    dialect = "mysql"

    def __init__(self, url: URL, config: DatabaseConfig) -> None:
        self._url = url
        self._config = config
        self._idle: list[Any] = []
        self._free = asyncio.Semaphore(config.pool_size)

    async def fetch(self, sql: str, timeout_s: float | None = None) -> Fetched:
        limit_s = timeout_s or self._config.statement_timeout_s
        try:
            async with self._connection() as connection:
                return await self._within(connection, sql, limit_s)
        except Error as error:
            raise _failure(error) from None
        except (OSError, asyncio.IncompleteReadError) as error:
            raise StoreUnavailable(f"the database cannot be reached: {error}") from None

    async def cost(self, sql: str) -> float | None:
        found = await self.fetch(f"EXPLAIN FORMAT=JSON {sql}")
        block = json.loads(found.rows[0][0])["query_block"]
        told = block.get("cost_info", {}).get("query_cost", block.get("cost"))
        return float(told) if told is not None else _rows_looked_at(block)

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().ensure_closed()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        """One that works; it goes back only if nothing went wrong and nobody left."""
        async with self._free:
            connection = await self._taken()
            is_well = False
            try:
                yield connection
                is_well = True
            except Error as error:
                is_well = _code(error) not in _GONE
                raise
            finally:
                if is_well:
                    self._idle.append(connection)
                else:
                    connection.close()

    async def _taken(self) -> Any:
        while self._idle:
            connection = self._idle.pop()
            with suppress(Error, OSError, asyncio.IncompleteReadError):
                await connection.ping(reconnect=False)
                return connection
            connection.close()
        return await self._connected()

    async def _connected(self) -> Any:
        try:
            connection = await asyncmy.connect(
                host=self._url.host or "127.0.0.1",
                port=self._url.port or _DEFAULT_PORT,
                user=self._url.user or "root",
                password=self._url.password or "",
                db=self._url.path.strip("/"),
                charset="utf8mb4",
                connect_timeout=self._config.connect_timeout_s,
                autocommit=True,
                local_infile=False,
            )
            await _bound(connection, self._config.statement_timeout_s)
            return connection
        except (Error, OSError, TimeoutError) as error:
            raise StoreUnavailable(f"the database cannot be reached: {error}") from None

    async def _within(self, connection: Any, sql: str, limit_s: float) -> Fetched:
        work = asyncio.ensure_future(_fetched(connection, sql))
        try:
            async with asyncio.timeout(limit_s):
                return await asyncio.shield(work)
        except TimeoutError:
            await self._killed(connection, work)
            raise SqlFailed("timeout", "the statement took too long and was stopped") from None
        except asyncio.CancelledError:
            await asyncio.shield(self._killed(connection, work))
            raise

    async def _killed(self, connection: Any, work: asyncio.Future[Fetched]) -> None:
        """Stop the statement from a second connection, then take what is left of its answer."""
        with suppress(Error, OSError, StoreUnavailable):
            other = await self._connected()
            try:
                async with other.cursor() as cursor:
                    await cursor.execute(f"KILL QUERY {int(connection.thread_id())}")
            finally:
                other.close()
        await asyncio.wait([work], timeout=self._config.connect_timeout_s)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def _bound(connection: Any, limit_s: float) -> None:
    """The server's own limit, for when nobody is left to stop a statement; each server calls it otherwise."""
    async with connection.cursor() as cursor:
        await cursor.execute("SELECT VERSION()")
        (version,) = await cursor.fetchone()
        if "MariaDB" in version:
            await cursor.execute(f"SET SESSION max_statement_time = {float(limit_s)}")
        else:
            await cursor.execute(f"SET SESSION max_execution_time = {int(limit_s * 1000)}")


async def _fetched(connection: Any, sql: str) -> Fetched:
    async with connection.cursor() as cursor:
        await cursor.execute("START TRANSACTION READ ONLY")
        try:
            await cursor.execute(sql)
            described = cursor.description or ()
            rows = [tuple(row) for row in await cursor.fetchall()]
        finally:
            await cursor.execute("ROLLBACK")
    return Fetched(
        columns=tuple(one[0] for one in described),
        data_types=tuple(_TYPES.get(one[1], "string") for one in described),
        rows=rows,
    )


def _rows_looked_at(block: object) -> float:
    """What MariaDB tells instead of a cost: the rows of each table, multiplied where they are nested."""
    if isinstance(block, dict):
        own = float(block["rows"]) if isinstance(block.get("rows"), int | float) else 1.0
        for part in block.values():
            own *= max(1.0, _rows_looked_at(part))
        return own
    if isinstance(block, list):
        total = 1.0
        for part in block:
            total *= max(1.0, _rows_looked_at(part))
        return total
    return 1.0


def _code(error: Exception) -> int:
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


def _failure(error: Exception) -> SqlFailed | StoreUnavailable:
    code = _code(error)
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    if code in _GONE or (code == 0 and isinstance(error, OperationalError)):
        return StoreUnavailable(f"the database cannot be reached: {text}")
    return SqlFailed(_KINDS.get(code, "unknown"), text)
