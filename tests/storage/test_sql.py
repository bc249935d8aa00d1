"""Databases are opened by address, and SQLite as durable and strict as it can be."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from yingda.storage.sql import database_url, open_database

NORMAL, FULL = 1, 2


@pytest.mark.parametrize(
    ("given", "driver", "database"),
    [
        ("var/yingda.db", "sqlite+aiosqlite", "var/yingda.db"),
        ("sqlite:////srv/yingda.db", "sqlite+aiosqlite", "/srv/yingda.db"),
        ("postgresql://u:p@127.0.0.1/shop", "postgresql+asyncpg", "shop"),
        ("postgres://127.0.0.1/shop", "postgresql+asyncpg", "shop"),
    ],
)
def test_addresses(given, driver, database):
    address = database_url(given)
    assert (address.drivername, address.database) == (driver, database)


def test_another_engine_is_refused():
    with pytest.raises(ValueError, match="mysql"):
        database_url("mysql://127.0.0.1/shop")


async def test_a_database_in_memory_is_refused():
    with pytest.raises(ValueError, match="needs a file"):
        async with open_database("sqlite://"):
            pass


async def test_sqlite_is_opened_durable_and_strict(tmp_path):
    async with open_database(str(tmp_path / "x.db")) as database, database.reader.connect() as connection:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = {name: await connection.scalar(text(f"PRAGMA {name}")) for name in names}
        assert (database.dialect, found) == (
            "sqlite",
            {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000},
        )


async def test_many_connect_to_a_new_file_at_once(tmp_path):
    async def connected() -> str:
        async with open_database(str(tmp_path / "x.db")) as database:
            return await database.read(lambda connection: connection.scalar(text("PRAGMA journal_mode")))

    assert await asyncio.gather(*(connected() for _ in range(24))) == ["wal"] * 24


async def test_a_function_is_one_transaction(tmp_path):
    def work(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE a (n INTEGER)"))
        connection.execute(text("INSERT INTO missing VALUES (1)"))

    async with open_database(str(tmp_path / "x.db")) as database:
        with suppress(OperationalError):
            await database.write(work)
        names = text("SELECT name FROM sqlite_master")
        assert await database.read(lambda connection: connection.execute(names).all()) == []


async def test_a_failed_transaction_leaves_nothing(tmp_path):
    async with open_database(str(tmp_path / "x.db")) as database:
        with suppress(OperationalError):
            async with database.engine.begin() as connection:
                await connection.execute(text("CREATE TABLE a (n INTEGER)"))
                await connection.execute(text("INSERT INTO missing VALUES (1)"))
        async with database.reader.connect() as connection:
            assert (await connection.execute(text("SELECT name FROM sqlite_master"))).all() == []


async def test_what_need_not_last_is_not_waited_for_and_the_rest_is(tmp_path):
    def synchronous(connection):
        return connection.exec_driver_sql("PRAGMA synchronous").scalar()

    async with open_database(str(tmp_path / "yingda.db")) as database:
        seen = [await database.write(synchronous, is_lasting=lasting) for lasting in (True, False, True)]
    assert seen == [FULL, NORMAL, FULL]


async def test_postgres_waits_for_the_disk_unless_told_not_to(empty_postgres):
    def commits(connection):
        return connection.exec_driver_sql("SHOW synchronous_commit").scalar()

    async with open_database(empty_postgres) as database:
        seen = [await database.write(commits, is_lasting=lasting) for lasting in (True, False, True)]
    assert seen == ["on", "off", "on"]
