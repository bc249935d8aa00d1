"""From an address to the engine behind it; drivers that are extras are asked for by name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from yarl import URL

from yingda.errors import InvalidRequest
from yingda.text_to_sql.databases.database import Database, DatabaseConfig
from yingda.text_to_sql.databases.postgres import PostgresDatabase
from yingda.text_to_sql.databases.sqlite import SqliteDatabase
from yingda.text_to_sql.failures import DriverMissing

_SQLITE_ENDINGS = {".sqlite", ".sqlite3", ".db"}
_DUCKDB_ENDINGS = {".duckdb", ".ddb"}


@asynccontextmanager
async def open_database(url: str, config: DatabaseConfig) -> AsyncIterator[Database]:
    """The database at `sqlite:///file`, `duckdb:///file`, `postgresql://...`, `mysql://...` or in a file.

    Raises `InvalidRequest` for any other address and `DriverMissing`. Nothing is connected yet.
    """
    database = _database(url, config)
    try:
        yield database
    finally:
        await database.close()


def _database(url: str, config: DatabaseConfig) -> Database:
    scheme, found, rest = url.partition("://")
    engine = scheme.partition("+")[0].lower() if found else _engine_of(Path(url))
    path = Path(rest.removeprefix("/") if found else url)
    if engine == "sqlite":
        return SqliteDatabase(path, config)
    if engine == "duckdb":
        return _duckdb(path, config)
    if engine in ("postgresql", "postgres"):
        return PostgresDatabase(str(URL(url).with_scheme("postgresql")), config)
    if engine in ("mysql", "mariadb"):
        return _mysql(URL(url), config)
    raise InvalidRequest(f"no engine for {scheme}: sqlite, duckdb, postgresql, mysql", field="url")


def _engine_of(path: Path) -> str:
    if path.suffix in _SQLITE_ENDINGS:
        return "sqlite"
    return "duckdb" if path.suffix in _DUCKDB_ENDINGS else "file"


def _duckdb(path: Path, config: DatabaseConfig) -> Database:
    try:
        from yingda.text_to_sql.databases.duckdb import DuckdbDatabase
    except ModuleNotFoundError:
        raise _missing("duckdb") from None
    return DuckdbDatabase(path, config)


def _mysql(url: URL, config: DatabaseConfig) -> Database:
    try:
        from yingda.text_to_sql.databases.mysql import MysqlDatabase
    except ModuleNotFoundError:
        raise _missing("mysql") from None
    return MysqlDatabase(url, config)


def _missing(extra: str) -> DriverMissing:
    return DriverMissing(f"this database needs a driver: pip install 'yingda[{extra}]'")
