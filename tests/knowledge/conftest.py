"""The engines and homes that the knowledge base is tested on."""

import pytest
from sqlalchemy import text
from tests.knowledge.shelving import open_knowledge

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
async def knowledge(database, tmp_path):
    """An open knowledge base with nothing in it."""
    async with open_knowledge(database, tmp_path / "home") as opened:
        yield opened
