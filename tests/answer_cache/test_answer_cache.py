"""Resolved answers only, under all that they depend on; equal questions at once are answered once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from yingda.answer_cache.answerer import with_cache, with_single_flight
from yingda.answer_cache.cache import CachedAnswer, MemoryAnswerCache
from yingda.answer_cache.key import cache_key
from yingda.answer_cache.redis import RedisAnswerCache
from yingda.errors import ModelUnavailable
from yingda.testing import FrozenClock, collect, turn
from yingda.turns.clock import SystemClock
from yingda.turns.events import (
    AnswerDegraded,
    AnswerMissed,
    CacheHit,
    PassageCited,
    PassagesFound,
    StepTimed,
    TextDelta,
    TurnEvent,
    UsageReported,
)
from yingda.turns.types import Turn, Usage

FOUND = PassagesFound(passages=())
TEXT = TextDelta(text="七天")
CITED = PassageCited(passage_id="p1", quote="七天", start=0, end=2)
USAGE = UsageReported(usage=Usage(model="m", prompt_tokens=1, completion_tokens=1))
STEP = StepTimed(step="lexical", elapsed_ms=1.0)


class Counting:
    """Yields its events, and counts how often it was asked."""

    def __init__(self, *events: object) -> None:
        self.events = events
        self.asked = 0

    async def __call__(self, turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        self.asked += 1
        for event in self.events:
            if isinstance(event, BaseException):
                raise event
            if isinstance(event, asyncio.Event):
                await event.wait()
            else:
                yield event


def key_of(turn: Turn) -> str:
    return cache_key(turn, 1, "m")


@pytest.fixture(params=["memory", "redis"])
async def cache(request):
    if request.param == "memory":
        yield MemoryAnswerCache(SystemClock())
        return
    redis = request.getfixturevalue("redis_server")
    async with Redis.from_url(redis.url) as client:
        await client.flushdb()
        yield RedisAnswerCache(client)


async def test_a_repeat_is_replayed_without_steps_and_usage(cache):
    inner = Counting(STEP, FOUND, TEXT, USAGE)
    answer = with_cache(inner, cache, key_of)
    assert await collect(answer, turn("退货?")) == [STEP, FOUND, TEXT, USAGE]
    hit, *content = await collect(answer, turn("退货?"))
    assert (type(hit), content, inner.asked) == (CacheHit, [FOUND, TEXT], 1)


async def test_a_replay_says_at_once_what_came_in_pieces(cache):
    answer = with_cache(Counting(TEXT, TEXT, CITED, TEXT), cache, key_of)
    await collect(answer, turn("退货?"))
    _, *content = await collect(answer, turn("退货?"))
    assert content == [TextDelta(text="七天七天"), CITED, TEXT]


@pytest.mark.parametrize("unresolved", [AnswerMissed(reason="x"), AnswerDegraded(reason="x")])
async def test_what_is_not_resolved_is_not_kept(cache, unresolved):
    inner = Counting(TEXT, unresolved)
    answer = with_cache(inner, cache, key_of)
    await collect(answer, turn("退货?"))
    await collect(answer, turn("退货?"))
    assert inner.asked == 2


async def test_a_failure_is_not_kept(cache):
    answer = with_cache(Counting(TEXT, ModelUnavailable()), cache, key_of)
    for _ in range(2):
        with pytest.raises(ModelUnavailable):
            await collect(answer, turn("退货?"))


async def test_equal_questions_at_once_are_answered_once():
    go = asyncio.Event()
    inner = Counting(go, TEXT, USAGE)
    answer = with_single_flight(inner, key_of)
    asked = [asyncio.ensure_future(collect(answer, turn("退货?"))) for _ in range(4)]
    await asyncio.sleep(0.02)
    go.set()
    first, *others = await asyncio.gather(*asked)
    assert inner.asked == 1
    assert (first, others) == ([TEXT, USAGE], [[CacheHit(age_s=0.0), TEXT]] * 3)


@pytest.mark.parametrize("failure", [ModelUnavailable(), AnswerMissed(reason="x")])
async def test_a_failure_is_not_shared_with_those_who_waited(failure):
    go = asyncio.Event()
    inner = Counting(go, failure)
    answer = with_single_flight(inner, key_of)
    asked = [asyncio.ensure_future(collect(answer, turn("退货?"))) for _ in range(3)]
    await asyncio.sleep(0.02)
    go.set()
    await asyncio.gather(*asked, return_exceptions=True)
    assert inner.asked == 3


async def test_when_the_first_is_stopped_the_next_works_in_its_place():
    go = asyncio.Event()
    inner = Counting(go, TEXT)
    answer = with_single_flight(inner, key_of)
    asked = [asyncio.ensure_future(collect(answer, turn("退货?"))) for _ in range(3)]
    await asyncio.sleep(0.02)
    asked[0].cancel()
    await asyncio.sleep(0.02)
    go.set()
    assert [await one for one in asked[1:]] == [[TEXT], [CacheHit(age_s=0.0), TEXT]]
    assert inner.asked == 2


async def test_clearing_says_how_many_there_were(cache):
    answer = with_cache(Counting(TEXT), cache, key_of)
    await collect(answer, turn("一"))
    await collect(answer, turn("二"))
    assert (await cache.stats()).size == 2
    assert await cache.clear() == 2
    stats = await cache.stats()
    assert (stats.size, stats.misses, stats.hits, stats.hit_rate) == (0, 2, 0, 0.0)


async def test_lists_what_was_kept_last(cache):
    assert await cache.entries(5) == ()
    for number, name in enumerate("ab"):
        kept = CachedAnswer(events=(TEXT,), stored_s=cache.now_s() - 9 + number, question=f"{name}?")
        await cache.put(name, kept)
    newest, oldest = await cache.entries(5)
    assert (newest.key, newest.question, newest.events) == ("b", "b?", (TEXT,))
    assert (oldest.key, round(oldest.age_s), len(await cache.entries(1))) == ("a", 9, 1)


async def test_old_answers_go_first_for_want_of_room():
    cache = MemoryAnswerCache(FrozenClock(), max_size=2)
    for name in "abc":
        await cache.put(name, CachedAnswer(events=(TEXT,), stored_s=0.0))
    assert [await cache.get(name) is None for name in "abc"] == [True, False, False]
    assert (await cache.stats()).evicted == 1


async def test_an_answer_grows_old():
    clock = FrozenClock()
    cache = MemoryAnswerCache(clock, ttl_s=300.0)
    await cache.put("a", CachedAnswer(events=(TEXT,), stored_s=0.0))
    clock.advance(299)
    assert await cache.get("a") is not None
    clock.advance(2)
    assert await cache.get("a") is None


async def test_a_redis_that_is_away_is_an_empty_cache():
    async with Redis.from_url("redis://127.0.0.1:1/0") as nowhere:
        cache = RedisAnswerCache(nowhere)
        inner = Counting(TEXT)
        answer = with_cache(inner, cache, key_of)
        assert await collect(answer, turn("退货?")) == await collect(answer, turn("退货?")) == [TEXT]
        assert await cache.clear() == 0


def test_the_key_holds_all_that_an_answer_depends_on():
    asked = turn("退货?", user_id="u1")
    key = cache_key(asked, 1, "m")
    assert cache_key(replace(asked, question=" 退货？ "), 1, "m") == key, "width and outer blanks are nothing"
    others = [
        cache_key(replace(asked, question="换货?"), 1, "m"),
        cache_key(replace(asked, user_id="u2"), 1, "m"),
        cache_key(replace(asked, principal=replace(asked.principal, tenant="other")), 1, "m"),
        cache_key(replace(asked, principal=replace(asked.principal, user_id="u1")), 1, "m"),
        cache_key(asked, 2, "m"),
        cache_key(asked, 1, "n"),
    ]
    assert len({key, *others}) == 7
