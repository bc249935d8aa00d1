"""Answers a question again from the cache; equal questions at once are answered once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from yingda.answer_cache.cache import AnswerCache, CachedAnswer
from yingda.answer_cache.key import CacheKey, KeyOf
from yingda.turns.answerer import Answerer
from yingda.turns.events import (
    AnswerDegraded,
    AnswerMissed,
    CacheHit,
    HandoffRequested,
    StepTimed,
    TurnEvent,
    UsageReported,
)
from yingda.turns.types import Turn

NOT_RESOLVED = (AnswerMissed, AnswerDegraded, HandoffRequested)
NOT_REPLAYED = (UsageReported, StepTimed)
"""A replay costs no tokens and took none of those steps."""


def with_cache(answer: Answerer, cache: AnswerCache, key_of: KeyOf) -> Answerer:
    """Keeps resolved answers only: a failure, a stop or a stopgap never gets in.

    While one turn works on a question, others with the same key wait for its outcome; if it comes to nothing,
    each of them answers for itself.
    """
    working: dict[CacheKey, asyncio.Event] = {}

    async def replay_or_answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        key = key_of(turn)
        hit = await cache.get(key)
        if hit is None and key in working:
            await working[key].wait()
            hit = await cache.get(key)
        if hit is not None:
            yield CacheHit(age_s=max(0.0, cache.now_s() - hit.stored_s))
            for event in hit.events:
                yield event
            return
        done = working.setdefault(key, asyncio.Event())
        seen: list[TurnEvent] = []
        try:
            async with aclosing(answer(turn)) as events:
                async for event in events:
                    seen.append(event)
                    yield event
            if not any(isinstance(event, NOT_RESOLVED) for event in seen):
                kept = tuple(event for event in seen if not isinstance(event, NOT_REPLAYED))
                await cache.put(key, CachedAnswer(events=kept, stored_s=cache.now_s()))
        finally:
            done.set()
            if working.get(key) is done:
                del working[key]

    return replay_or_answer
