"""The port to cached answers, its figures, and the embedded adapter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cachetools import TTLCache

from yingda.answer_cache.key import CacheKey
from yingda.turns.clock import Clock
from yingda.turns.events import TurnEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedAnswer:
    """A resolved answer's content events; `stored_s` is on the clock's own monotonic or wall scale.

    `question` is the stand-alone one, for those who look through the cache.
    """

    events: tuple[TurnEvent, ...]
    stored_s: float
    question: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry:
    """A kept answer as a list shows it: how long it has been kept, and how long it will be."""

    key: CacheKey
    question: str
    events: tuple[TurnEvent, ...]
    age_s: float
    left_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStats:
    """Figures since start (helpdesk 1.8)."""

    hits: int
    misses: int
    size: int
    max_size: int
    evicted: int
    ttl_seconds: float

    @property
    def hit_rate(self) -> float:
        asked = self.hits + self.misses
        return self.hits / asked if asked else 0.0


class AnswerCache(Protocol):
    """Answers by key; a cache that is away answers like an empty one."""

    async def get(self, key: CacheKey) -> CachedAnswer | None: ...

    async def put(self, key: CacheKey, answer: CachedAnswer) -> None: ...

    async def clear(self) -> int:
        """Forget all answers; how many there were."""
        ...

    async def stats(self) -> CacheStats: ...

    async def entries(self, limit: int) -> tuple[CacheEntry, ...]:
        """The answers kept last, the newest first."""
        ...

    def now_s(self) -> float:
        """The scale of `CachedAnswer.stored_s`."""
        ...


class MemoryAnswerCache:
    """At most `max_size` answers for `ttl_s` each, least recently used out first; one process's own."""

    def __init__(self, clock: Clock, *, max_size: int = 1000, ttl_s: float = 300.0) -> None:
        self._clock = clock
        self._max_size = max_size
        self._ttl_s = ttl_s
        self._answers = _CountingTTLCache(max_size, ttl_s, timer=clock.monotonic)
        self._hits = self._misses = 0

    async def get(self, key: CacheKey) -> CachedAnswer | None:
        answer = self._answers.get(key)
        if answer is None:
            self._misses += 1
        else:
            self._hits += 1
        return answer

    async def put(self, key: CacheKey, answer: CachedAnswer) -> None:
        self._answers[key] = answer

    async def clear(self) -> int:
        self._answers.expire()
        count = len(self._answers)
        self._answers.forget()
        return count

    async def stats(self) -> CacheStats:
        self._answers.expire()
        return CacheStats(
            hits=self._hits,
            misses=self._misses,
            size=len(self._answers),
            max_size=self._max_size,
            evicted=self._answers.evicted,
            ttl_seconds=self._ttl_s,
        )

    async def entries(self, limit: int) -> tuple[CacheEntry, ...]:
        self._answers.expire()
        newest = sorted(self._answers.items(), key=lambda kept: kept[1].stored_s, reverse=True)
        return tuple(entry_of(key, answer, self.now_s(), self._ttl_s) for key, answer in newest[:limit])

    def now_s(self) -> float:
        return self._clock.monotonic()


def entry_of(key: CacheKey, answer: CachedAnswer, now_s: float, ttl_s: float) -> CacheEntry:
    """The answer as a list shows it."""
    age_s = max(0.0, now_s - answer.stored_s)
    left_s = max(0.0, ttl_s - age_s)
    return CacheEntry(key=key, question=answer.question, events=answer.events, age_s=age_s, left_s=left_s)


class _CountingTTLCache(TTLCache[CacheKey, CachedAnswer]):
    """Counts what had to go for want of room; being invalidated or growing old is not that."""

    evicted = 0

    def popitem(self) -> tuple[CacheKey, CachedAnswer]:
        self.evicted += 1
        return super().popitem()

    def forget(self) -> None:
        for key in list(self):
            del self[key]
