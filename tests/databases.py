"""An empty database for every test: no row, no lock and no worker of another test, nor of a server's.

The schema is made once. A SQLite file is then copied; a PostgreSQL database is emptied, since copying one
takes longer than most tests, and a server process gets one that no test empties.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from tests.servers import Server, binary
from yarl import URL

from yingda.storage.schema import migrate

MakeDatabase = Callable[[], str]

_EMPTIED = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$ BEGIN EXECUTE (
    SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ',') || ' RESTART IDENTITY' FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
); END $$
"""


def migrated_file(path: Path) -> str:
    """A SQLite file there with our schema, and no rows if it is new; returns its name."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_pattern(), path)
    return str(path)


@cache
def _pattern() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="yingda-pattern-"))
    _migrate(str(folder / "yingda.db"))
    return folder / "yingda.db"


def _migrate(url: str) -> None:
    """From anywhere: the thread has an event loop of its own, whatever runs here."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(lambda: asyncio.run(migrate(url))).result()


def _sql(url: str, statements: str) -> None:
    command = [binary("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-d", url]
    subprocess.run([*command, "-c", statements], check=True)


@pytest.fixture(scope="session")
def make_database(postgres_process: Server) -> MakeDatabase:
    """`make_database()` returns the address of one more PostgreSQL database, without tables."""
    numbers = itertools.count()

    def make() -> str:
        address = URL(postgres_process.url).with_path(f"test{next(numbers)}")
        _sql(postgres_process.url, f"CREATE DATABASE {address.name} TEMPLATE template0")
        return str(address)

    return make


@pytest.fixture(scope="session")
def lasting_postgres(make_database: MakeDatabase) -> str:
    """The database that one test after the other uses."""
    url = make_database()
    _migrate(url)
    return url


@pytest.fixture
def empty_postgres(postgres_server: Server, make_database: MakeDatabase) -> str:
    """The address of a PostgreSQL database without tables."""
    return make_database()


@pytest.fixture
def migrated_postgres(postgres_server: Server, lasting_postgres: str) -> str:
    """The address of a PostgreSQL database with our schema and no rows."""
    _sql(lasting_postgres, _EMPTIED)
    return lasting_postgres


@pytest.fixture
def migrated_sqlite(tmp_path: Path) -> str:
    """The path of a SQLite file with our schema and no rows."""
    return migrated_file(tmp_path / "yingda.db")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.integration)])
def migrated_database(request: pytest.FixtureRequest) -> str:
    """The address of one of each kind, with our schema and no rows."""
    address: str = request.getfixturevalue(f"migrated_{request.param}")
    return address
