"""The engines and homes that the knowledge base is tested on."""

import pytest
from tests.knowledge.shelving import open_knowledge

from yingda.storage.sql import open_database


@pytest.fixture
def url(migrated_database):
    """An empty database of each kind."""
    return migrated_database


@pytest.fixture
async def database(url):
    async with open_database(url) as opened:
        yield opened


@pytest.fixture
async def knowledge(database, tmp_path):
    """An open knowledge base with nothing in it."""
    async with open_knowledge(database, tmp_path / "home") as opened:
        yield opened
