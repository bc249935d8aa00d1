"""SQLite files, opened so that nothing but reading is possible."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from yingda.errors import StoreUnavailable
from yingda.text_to_sql.databases.database import DatabaseConfig, Fetched
from yingda.text_to_sql.failures import Kind, SqlFailed

_STEPS_BETWEEN_LOOKS = 2_000
_LONGEST_BYTES = 16_000_000
_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE})
_HARMLESS_PRAGMAS = frozenset({"table_xinfo", "foreign_key_list", "index_list", "index_info"})
# Fails on a file that is no database, and sets up the tables behind pragmas: making them looks like a write.
_FIRST = "SELECT 1 FROM sqlite_master, pragma_table_xinfo('') AS a, pragma_foreign_key_list('') AS b"
_NO_FUNCTIONS = frozenset({"load_extension", "fts3_tokenizer", "writefile", "readfile", "edit"})

_KINDS: tuple[tuple[str, Kind], ...] = (
    ("no such table", "table_not_found"),
    ("no such column", "column_not_found"),
    ("syntax error", "syntax"),
    ("incomplete input", "syntax"),
    ("unrecognized token", "syntax"),
    ("one statement at a time", "syntax"),
    ("interrupted", "timeout"),
    ("not authorized", "permission"),
    ("prohibited", "permission"),
    ("readonly", "permission"),
)


class _Running:
    """One statement: its deadline, and whether its caller has gone."""

    def __init__(self, timeout_s: float) -> None:
        self.until = time.monotonic() + timeout_s
        self.is_left = False

    def must_stop(self) -> bool:
        return self.is_left or time.monotonic() > self.until


@dataclass(slots=True)
class _Pool:
    path: Path
    timeout_s: float
    idle: list[sqlite3.Connection]

    def take(self) -> sqlite3.Connection:
        return self.idle.pop() if self.idle else _connected(self.path, self.timeout_s)


class SqliteDatabase:
    """Threads with a connection each; a statement that is left or late is interrupted."""

    dialect = "sqlite"

    def __init__(self, path: Path, config: DatabaseConfig) -> None:
        self._config = config
        self._pool = _Pool(path, config.connect_timeout_s, [])
        self._threads = ThreadPoolExecutor(config.pool_size, thread_name_prefix="sqlite-reader")

    async def fetch(self, sql: str, timeout_s: float | None = None) -> Fetched:
        running = _Running(timeout_s or self._config.statement_timeout_s)
        work = asyncio.get_running_loop().run_in_executor(self._threads, self._fetch, sql, running)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            running.is_left = True
            with suppress(SqlFailed, StoreUnavailable):
                await work
            raise

    async def cost(self, sql: str) -> float | None:
        return None  # its planner tells no number that means the same in two databases

    async def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        for connection in self._pool.idle:
            connection.close()

    def _fetch(self, sql: str, running: _Running) -> Fetched:
        if running.must_stop():
            raise SqlFailed("timeout", "the statement waited too long for its turn")
        try:
            connection = self._pool.take()
        except sqlite3.Error as error:
            raise StoreUnavailable(f"the database cannot be opened: {error}") from None
        connection.set_progress_handler(running.must_stop, _STEPS_BETWEEN_LOOKS)
        try:
            cursor = connection.execute(sql)
            columns = tuple(one[0] for one in cursor.description or ())
            return Fetched(columns=columns, data_types=(None,) * len(columns), rows=cursor.fetchall())
        except sqlite3.Error as error:
            raise _failure(error) from None
        finally:
            connection.set_progress_handler(None, 0)
            self._pool.idle.append(connection)


def _connected(path: Path, timeout_s: float) -> sqlite3.Connection:
    address = f"file:{quote(str(path))}?mode=ro"
    connection = sqlite3.connect(
        address, uri=True, timeout=timeout_s, check_same_thread=False, isolation_level=None
    )
    connection.execute("PRAGMA query_only = ON")
    connection.execute(_FIRST).fetchone()
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_BYTES)
    connection.set_authorizer(_may)
    return connection


def _may(action: int, first: str | None, second: str | None, *_place: str | None) -> int:
    if action in _READING:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() not in _NO_FUNCTIONS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first in _HARMLESS_PRAGMAS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _failure(error: sqlite3.Error) -> SqlFailed | StoreUnavailable:
    text = str(error)
    if "unable to open" in text or "disk I/O" in text or "malformed" in text or "locked" in text:
        return StoreUnavailable(f"the database cannot be read: {text}")
    kinds = (kind for sign, kind in _KINDS if sign in text)
    return SqlFailed(next(kinds, "unknown"), text)
