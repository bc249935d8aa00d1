"""A store of curated answers on each engine, and one on a file where the engine does not matter."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from tests.curated.desk import Desk, open_desk

from yingda.storage.schema import migrate
from yingda.storage.sql import open_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
async def url(request, tmp_path):
    """An empty migrated database of each kind."""
    if request.param == "sqlite":
        address = str(tmp_path / "yingda.db")
    else:
        address = request.getfixturevalue("postgres_server").url
        async with open_database(address) as database, database.engine.begin() as connection:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
    await migrate(address)
    return address


@pytest.fixture
async def database(url):
    async with open_database(url) as opened:
        yield opened


@pytest.fixture
async def desk(database) -> Desk:
    """On each engine in turn."""
    return open_desk(database)


@pytest.fixture
async def file_desk(tmp_path):
    """On a SQLite file."""
    await migrate(str(tmp_path / "yingda.db"))
    async with open_database(str(tmp_path / "yingda.db")) as opened:
        yield open_desk(opened)
