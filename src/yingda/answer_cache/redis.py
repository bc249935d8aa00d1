"""Cached answers shared by all processes of a deployment, in Redis."""

from __future__ import annotations

import logging
import time

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from yingda.answer_cache.cache import CachedAnswer, CacheEntry, CacheStats, entry_of
from yingda.answer_cache.key import CacheKey
from yingda.turns import codec

log = logging.getLogger(__name__)


class RedisAnswerCache:
    """One key an answer, with Redis's own expiry; an epoch in each key makes `clear` one increment.

    Size is what this deployment stored since the last clear and has not expired yet, kept as a sorted set of
    expiry times. Hits and misses are this process's own. `redis` must not decode responses.
    """

    def __init__(self, redis: Redis, *, prefix: str = "yingda", ttl_s: float = 300.0) -> None:
        self._redis = redis
        self._prefix = prefix
        self._ttl_s = ttl_s
        self._hits = self._misses = 0

    async def get(self, key: CacheKey) -> CachedAnswer | None:
        try:
            stored: bytes | None = await self._redis.get(await self._name(key))  # type: ignore[assignment]
        except RedisError as error:
            log.warning("the answer cache is away: %s", type(error).__name__)
            stored = None
        if stored is None:
            self._misses += 1
            return None
        self._hits += 1
        return _answer(stored)

    async def put(self, key: CacheKey, answer: CachedAnswer) -> None:
        head = b"%f %b" % (answer.stored_s, orjson.dumps(answer.question))
        value = b"%b\n%b" % (head, codec.dump(answer.events))
        try:
            await self._redis.set(await self._name(key), value, px=int(self._ttl_s * 1000))
            await self._redis.zadd(self._index, {key: self.now_s() + self._ttl_s})
        except RedisError as error:
            log.warning("the answer cache is away: %s", type(error).__name__)

    async def clear(self) -> int:
        try:
            count = await self._size()
            await self._redis.incr(f"{self._prefix}:answers:epoch")
            await self._redis.delete(self._index)
            return count
        except RedisError as error:
            log.warning("the answer cache is away: %s", type(error).__name__)
            return 0

    async def stats(self) -> CacheStats:
        try:
            size = await self._size()
        except RedisError:
            size = 0
        return CacheStats(
            hits=self._hits,
            misses=self._misses,
            size=size,
            max_size=0,
            evicted=0,
            ttl_seconds=self._ttl_s,
        )

    async def entries(self, limit: int) -> tuple[CacheEntry, ...]:
        try:
            newest: list[bytes] = await self._redis.zrevrange(self._index, 0, limit - 1)  # type: ignore[assignment]
            keys = [key.decode() for key in newest]
            first = (await self._name("")) if keys else ""
            stored: list[bytes | None] = await self._redis.mget([first + key for key in keys]) if keys else []  # type: ignore[assignment]
        except RedisError as error:
            log.warning("the answer cache is away: %s", type(error).__name__)
            return ()
        found = [(key, _answer(value)) for key, value in zip(keys, stored, strict=True) if value is not None]
        return tuple(entry_of(key, answer, self.now_s(), self._ttl_s) for key, answer in found)

    def now_s(self) -> float:
        return time.time()

    @property
    def _index(self) -> str:
        return f"{self._prefix}:answers:expiry"

    async def _name(self, key: CacheKey) -> str:
        epoch = await self._redis.get(f"{self._prefix}:answers:epoch")
        return f"{self._prefix}:answers:{int(epoch or 0)}:{key}"

    async def _size(self) -> int:
        await self._redis.zremrangebyscore(self._index, "-inf", self.now_s())
        return int(await self._redis.zcard(self._index))


def _answer(stored: bytes) -> CachedAnswer:
    """What `put` wrote, of releases that kept no question, too."""
    head, _, lines = stored.partition(b"\n")
    stored_at, _, question = head.partition(b" ")
    said = orjson.loads(question) if question else ""
    return CachedAnswer(events=tuple(codec.load(lines)), stored_s=float(stored_at), question=said)
