"""Conversations and cached answers on the engines that the settings name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis

from yingda.answer_cache.cache import AnswerCache, MemoryAnswerCache
from yingda.answer_cache.redis import RedisAnswerCache
from yingda.conversations.postgres import open_postgres
from yingda.conversations.redis import open_redis
from yingda.conversations.sqlite import open_sqlite
from yingda.conversations.store import Conversations
from yingda.settings import Settings
from yingda.turns.clock import Clock

CACHE_ANSWER_S = 0.25
"""A cache that takes longer than that is no help."""


def sqlite_path(settings: Settings) -> Path:
    """The embedded database."""
    return settings.home / "yingda.db"


@asynccontextmanager
async def open_conversations(settings: Settings, clock: Clock) -> AsyncIterator[Conversations]:
    if redis_url := settings.redis_url.get_secret_value():
        async with open_redis(redis_url) as in_redis:
            yield in_redis
    elif database_url := settings.database_url.get_secret_value():
        async with open_postgres(database_url, clock) as in_postgres:
            yield in_postgres
    else:
        async with open_sqlite(sqlite_path(settings), clock) as in_sqlite:
            yield in_sqlite


@asynccontextmanager
async def open_cache(settings: Settings, clock: Clock) -> AsyncIterator[AnswerCache]:
    if redis_url := settings.redis_url.get_secret_value():
        async with Redis.from_url(redis_url, socket_timeout=CACHE_ANSWER_S) as redis:
            yield RedisAnswerCache(redis, ttl_s=settings.hot_cache_ttl_s)
    else:
        yield MemoryAnswerCache(clock, max_size=settings.hot_cache_max_size, ttl_s=settings.hot_cache_ttl_s)
