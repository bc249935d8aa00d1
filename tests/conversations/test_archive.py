"""The archive keeps its promises on all three engines."""

from __future__ import annotations

import asyncpg
import pytest

from yingda.conversations.postgres import open_postgres
from yingda.conversations.postgres_archive import PostgresArchive
from yingda.conversations.sqlite import open_sqlite
from yingda.conversations.sqlite_archive import open_sqlite_archive
from yingda.storage.schema import migrate
from yingda.testing.archive_suite import ArchiveSuite
from yingda.testing.clock import FrozenClock


class TestSqliteArchive(ArchiveSuite):
    """Beside a file."""

    @pytest.fixture
    async def path(self, tmp_path):
        await migrate(str(tmp_path / "yingda.db"))
        return tmp_path / "yingda.db"

    @pytest.fixture
    async def store(self, path):
        async with open_sqlite(path, FrozenClock()) as store:
            yield store

    @pytest.fixture
    async def archive(self, path, store):
        async with open_sqlite_archive(path, store) as archive:
            yield archive


class TestPostgresArchive(ArchiveSuite):
    """In a real server."""

    @pytest.fixture
    async def store(self, postgres_server):
        connection = await asyncpg.connect(postgres_server.url)
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        await connection.close()
        await migrate(postgres_server.url)
        async with open_postgres(postgres_server.url, FrozenClock()) as store:
            yield store

    @pytest.fixture
    def archive(self, store):
        return PostgresArchive(store)
