"""Conversations and cached answers on the engines that the settings name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from yingda.answer_cache.cache import AnswerCache, MemoryAnswerCache
from yingda.answer_cache.redis import RedisAnswerCache
from yingda.conversations.archive import Archive
from yingda.conversations.handovers import Handovers
from yingda.conversations.postgres import open_postgres
from yingda.conversations.postgres_archive import PostgresArchive
from yingda.conversations.postgres_handovers import PostgresHandovers
from yingda.conversations.postgres_undo import PostgresUndo
from yingda.conversations.redis import RedisConfig, open_redis
from yingda.conversations.redis_archive import RedisArchive
from yingda.conversations.redis_handovers import RedisHandovers
from yingda.conversations.redis_undo import RedisUndo
from yingda.conversations.sqlite import open_sqlite
from yingda.conversations.sqlite_archive import open_sqlite_archive
from yingda.conversations.sqlite_handovers import SqliteHandovers
from yingda.conversations.sqlite_undo import SqliteUndo
from yingda.conversations.store import Conversations
from yingda.conversations.undo import Undo
from yingda.settings import Settings
from yingda.turns.clock import Clock

CACHE_ANSWER_S = 0.25
"""A cache that takes longer than that is no help."""


def sqlite_path(settings: Settings) -> Path:
    """The embedded database."""
    return settings.home / "yingda.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """One engine's conversations: to drive, to read, in human hands, and taken back."""

    conversations: Conversations
    archive: Archive
    handovers: Handovers
    undo: Undo


@asynccontextmanager
async def open_conversations(settings: Settings, clock: Clock) -> AsyncIterator[Stores]:
    """The stores on the engine that is set."""
    if redis_url := settings.redis_url.get_secret_value():
        kept = RedisConfig(life_s=round((settings.retention_days + 1) * 24 * 3600))  # the sweep comes first
        async with open_redis(redis_url, kept) as in_redis:
            yield Stores(
                conversations=in_redis,
                archive=RedisArchive(in_redis),
                handovers=RedisHandovers(in_redis),
                undo=RedisUndo(in_redis),
            )
    elif database_url := settings.database_url.get_secret_value():
        async with open_postgres(database_url, clock) as in_postgres:
            yield Stores(
                conversations=in_postgres,
                archive=PostgresArchive(in_postgres),
                handovers=PostgresHandovers(in_postgres),
                undo=PostgresUndo(in_postgres),
            )
    else:
        path = sqlite_path(settings)
        async with open_sqlite(path, clock) as in_sqlite, open_sqlite_archive(path, in_sqlite) as archive:
            yield Stores(
                conversations=in_sqlite,
                archive=archive,
                handovers=SqliteHandovers(in_sqlite),
                undo=SqliteUndo(in_sqlite),
            )


@asynccontextmanager
async def open_cache(settings: Settings, clock: Clock) -> AsyncIterator[AnswerCache]:
    if redis_url := settings.redis_url.get_secret_value():
        async with Redis.from_url(redis_url, socket_timeout=CACHE_ANSWER_S) as redis:
            yield RedisAnswerCache(redis, ttl_s=settings.hot_cache_ttl_s)
    else:
        yield MemoryAnswerCache(clock, max_size=settings.hot_cache_max_size, ttl_s=settings.hot_cache_ttl_s)
