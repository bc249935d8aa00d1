"""The clinic in a real database of each kind, as an address and the model drafted from it."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from tests.servers import Server, binary
from tests.text_to_sql.schemas import CLINIC, clinic_file
from yarl import URL

ENGINES = [
    "sqlite",
    "duckdb",
    pytest.param("postgres", marks=pytest.mark.integration),
    pytest.param("mysql", marks=pytest.mark.integration),
]

_POSTGRES_READER = """
DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
"""
_TABLES = ("doctors", "patients", "clinic_visits")


@pytest.fixture
def sqlite_clinic(tmp_path: Path) -> str:
    """A SQLite file with the clinic."""
    return "sqlite:///" + clinic_file(tmp_path / "clinic.sqlite")


@pytest.fixture
def duckdb_clinic(tmp_path: Path) -> str:
    """A DuckDB file with the clinic."""
    path = tmp_path / "clinic.duckdb"
    connection = duckdb.connect(str(path))
    connection.execute(CLINIC)
    connection.close()
    return f"duckdb:///{path}"


@pytest.fixture
def postgres_clinic(empty_postgres: str) -> str:
    """A PostgreSQL database with the clinic."""
    psql(empty_postgres, CLINIC)
    return empty_postgres


@pytest.fixture
def reader_url(clinic_url: str) -> str:
    """The clinic for an account that may only read, as an operator is told to make one."""
    place = URL(clinic_url)
    if place.scheme == "postgresql":
        psql(clinic_url, _POSTGRES_READER)
        return str(place.with_user("reader"))
    if place.scheme == "mysql":
        mariadb(clinic_url, "GRANT SELECT ON test.* TO reader@'%' IDENTIFIED BY ''")
        return str(place.with_user("reader"))
    return clinic_url


@pytest.fixture
def mysql_clinic(mariadb_server: Server) -> str:
    """A MariaDB database with the clinic, made anew."""
    mariadb(mariadb_server.url, f"DROP TABLE IF EXISTS {', '.join(_TABLES)}; {CLINIC}")
    return mariadb_server.url


@pytest.fixture
def clinic_url(request: pytest.FixtureRequest) -> str:
    """The clinic in the engine that the test names as its parameter."""
    url: str = request.getfixturevalue(f"{request.param}_clinic")
    return url


def psql(url: str, sql: str) -> str:
    """Run statements as the owner; returns what they print."""
    command = [binary("psql"), "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url]
    return subprocess.run(command, input=sql, check=True, capture_output=True, text=True).stdout


def mariadb(url: str, sql: str) -> str:
    """Run statements as root; returns what they print."""
    place = URL(url)
    command = [
        binary("mariadb"),
        "--no-defaults",
        "-h",
        str(place.host),
        "-P",
        str(place.port),
        "-u",
        "root",
        "-N",
    ]
    done = subprocess.run(
        [*command, "--default-character-set=utf8mb4", place.path.strip("/")],
        input=sql,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def content_of(engine: str, url: str) -> str:
    """A hash over all that is stored: the file's bytes, or a dump of all tables, users and functions."""
    dumps: dict[str, Callable[[], bytes]] = {
        "sqlite": lambda: Path(url.removeprefix("sqlite:///")).read_bytes(),
        "duckdb": lambda: Path(url.removeprefix("duckdb:///")).read_bytes(),
        "postgres": lambda: _dumped([binary("pg_dump"), "--restrict-key=k", "-d", url]),
        "mysql": lambda: mariadb(url, _MARIADB_CONTENT).encode(),
    }
    return hashlib.sha256(dumps[engine]()).hexdigest()


_MARIADB_CONTENT = (
    "; ".join(f"SELECT * FROM {table} ORDER BY 1" for table in _TABLES)
    + "; SHOW TABLES; SHOW DATABASES; SELECT user, host FROM mysql.user ORDER BY 1, 2;"
    + "SELECT routine_name FROM information_schema.routines WHERE routine_schema = 'test';"
    + "SELECT @@global.max_connections, @@global.general_log, @@global.read_only;"
)


def _dumped(command: list[str]) -> bytes:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        done = subprocess.run(
            [one for one in command if "restrict" not in one], capture_output=True, check=True
        )
    lines = done.stdout.splitlines()
    return b"\n".join(line for line in lines if not line.startswith((b"\\restrict", b"\\unrestrict")))
