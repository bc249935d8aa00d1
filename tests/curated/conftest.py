"""A store of curated answers on each engine, and one on a file where the engine does not matter."""

from __future__ import annotations

import pytest
from tests.curated.desk import Desk, open_desk

from yingda.storage.sql import open_database


@pytest.fixture
async def database(migrated_database):
    async with open_database(migrated_database) as opened:
        yield opened


@pytest.fixture
async def desk(database) -> Desk:
    """On each engine in turn."""
    return open_desk(database)


@pytest.fixture
async def file_desk(migrated_sqlite):
    """On a SQLite file."""
    async with open_database(migrated_sqlite) as opened:
        yield open_desk(opened)
