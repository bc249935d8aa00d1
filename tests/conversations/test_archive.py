"""Archive, hand-overs and undo keep their promises on all three engines."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from redis.asyncio import Redis

from yingda.conversations.archive import Listing, Page, UserCount
from yingda.conversations.postgres import open_postgres
from yingda.conversations.postgres_archive import PostgresArchive
from yingda.conversations.postgres_handovers import PostgresHandovers
from yingda.conversations.postgres_undo import PostgresUndo
from yingda.conversations.redis import open_redis
from yingda.conversations.redis_archive import RedisArchive
from yingda.conversations.redis_handovers import RedisHandovers
from yingda.conversations.redis_undo import RedisUndo
from yingda.conversations.sqlite import open_sqlite
from yingda.conversations.sqlite_archive import open_sqlite_archive
from yingda.conversations.sqlite_handovers import SqliteHandovers
from yingda.conversations.sqlite_undo import SqliteUndo
from yingda.storage.schema import migrate
from yingda.testing.archive_suite import ArchiveSuite, ended, listed, summary
from yingda.testing.clock import FrozenClock
from yingda.testing.conversations_suite import ANN, later
from yingda.testing.handovers_suite import HandoversSuite
from yingda.testing.undo_suite import UndoSuite


class SqliteFixtures:
    """A file, and what reads it."""

    @pytest.fixture
    def path(self, migrated_sqlite):
        return Path(migrated_sqlite)

    @pytest.fixture
    async def store(self, path):
        async with open_sqlite(path, FrozenClock()) as store:
            yield store

    @pytest.fixture
    async def archive(self, path, store):
        async with open_sqlite_archive(path, store) as archive:
            yield archive

    @pytest.fixture
    def handovers(self, store):
        return SqliteHandovers(store)

    @pytest.fixture
    def undo(self, store):
        return SqliteUndo(store)


class PostgresFixtures:
    """A migrated database without rows, and what reads it."""

    @pytest.fixture
    async def store(self, migrated_postgres):
        async with open_postgres(migrated_postgres, FrozenClock()) as store:
            yield store

    @pytest.fixture
    def archive(self, store):
        return PostgresArchive(store)

    @pytest.fixture
    def handovers(self, store):
        return PostgresHandovers(store)

    @pytest.fixture
    def undo(self, store):
        return PostgresUndo(store)


@pytest.fixture
async def client(redis_server):
    """A client of an empty Redis."""
    async with Redis.from_url(redis_server.url, decode_responses=True) as client:
        await client.flushall()
        yield client


class RedisFixtures:
    """An empty server, and what reads it in small steps."""

    @pytest.fixture
    async def store(self, client, redis_server):
        async with open_redis(redis_server.url) as store:
            yield store

    @pytest.fixture
    def archive(self, store):
        return RedisArchive(store, step_count=2)

    @pytest.fixture
    def handovers(self, store):
        return RedisHandovers(store)

    @pytest.fixture
    def undo(self, store):
        return RedisUndo(store)


class TestSqliteArchive(SqliteFixtures, ArchiveSuite):
    """Beside a file."""


class TestSqliteHandovers(SqliteFixtures, HandoversSuite):
    """In a file."""


class TestSqliteUndo(SqliteFixtures, UndoSuite):
    """In a file."""


class TestPostgresArchive(PostgresFixtures, ArchiveSuite):
    """In a real server."""


class TestPostgresHandovers(PostgresFixtures, HandoversSuite):
    """In a real server."""


class TestPostgresUndo(PostgresFixtures, UndoSuite):
    """In a real server."""


class TestRedisHandovers(RedisFixtures, HandoversSuite):
    """In a real server."""


class TestRedisUndo(RedisFixtures, UndoSuite):
    """In a real server."""


class TestRedisArchive(RedisFixtures, ArchiveSuite):
    """In a real server."""

    async def test_forgets_what_expired_by_itself(self, store, archive, client):
        await ended(store, "t1", user_id="u1")
        await ended(store, "t2", user_id="u2")
        await client.expire("{yingda}:c:c-t1", 0)
        assert await listed(archive) == (["c-t2"], 1)
        assert await archive.users(ANN, "helpdesk") == (UserCount(user_id="u2", conversations=1),)
        assert (await archive.counts(ANN, "helpdesk", active_since=later(0))).users == 1

    async def test_lists_what_was_there_before_once_it_is_touched(self, store, archive, client):
        await ended(store, "t1", user_id="u1")
        await client.delete(*[name async for name in client.scan_iter("{yingda}:[lbw]:*")])
        await client.hdel("{yingda}:c:c-t1", "message_count")
        assert await listed(archive) == ([], 0)
        assert await archive.rename(ANN, "helpdesk", "c-t1", "old")
        page = await archive.conversations(ANN, "helpdesk", Listing(user_id="u1"))
        assert page == Page(items=(summary("t1", user_id="u1", title="old"),), total=1)


async def test_a_deleted_conversation_leaves_no_key(client, redis_server):
    async with open_redis(redis_server.url) as store:
        await ended(store, "t1", user_id="u1", idempotency_key="i")
        await RedisArchive(store).delete(ANN, "helpdesk", "c-t1")
    assert [name async for name in client.scan_iter()] == []


async def test_conversations_of_an_older_file_are_counted(tmp_path):
    path = tmp_path / "yingda.db"
    await migrate(str(path), to="0007")
    with closing(sqlite3.connect(path)) as old, old:
        old.execute(
            "INSERT INTO conversations (id, tenant, dialect, external_id, channel, turn_count,"
            " failed_attempts, created_at, last_active_at)"
            " VALUES ('c', 'shop', 'helpdesk', 'c', 'web', 2, 0, 1, 2)"
        )
        old.executemany(
            "INSERT INTO turns (id, conversation_id, number, tenant, key_id, roles, dialect, text,"
            " started_at, owner, lease_until, ending, answer)"
            " VALUES (?, 'c', ?, 'shop', 'k', '', 'helpdesk', 'q', 1, 'o', 1, 'TurnCompleted', ?)",
            [("t1", 1, "a"), ("t2", 2, "")],
        )
    await migrate(str(path))
    async with open_sqlite(path, FrozenClock()) as store, open_sqlite_archive(path, store) as archive:
        page = await archive.conversations(ANN, "helpdesk", Listing())
    assert ([one.message_count for one in page.items], page.total) == ([3], 1)
