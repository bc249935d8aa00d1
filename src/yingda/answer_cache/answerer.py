"""Answers a question again from the cache, and equal questions at once from one piece of work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import groupby

from yingda.answer_cache.cache import AnswerCache, CachedAnswer
from yingda.answer_cache.key import CacheKey, KeyOf
from yingda.turns.answerer import Answerer
from yingda.turns.events import (
    AnswerDegraded,
    AnswerMissed,
    CacheHit,
    HandoffRequested,
    StepTimed,
    TextDelta,
    TurnEvent,
    UsageReported,
)
from yingda.turns.types import Turn

NOT_RESOLVED = (AnswerMissed, AnswerDegraded, HandoffRequested)
NOT_REPLAYED = (UsageReported, StepTimed, CacheHit)
"""A replay costs no tokens and took none of those steps."""


def with_cache(answer: Answerer, cache: AnswerCache, key_of: KeyOf) -> Answerer:
    """Keeps resolved answers only: a failure, a stop or a stopgap never gets in."""

    async def replay_or_answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        key = key_of(turn)
        if (hit := await cache.get(key)) is not None:
            yield CacheHit(age_s=max(0.0, cache.now_s() - hit.stored_s))
            for event in hit.events:
                yield event
            return
        seen: list[TurnEvent] = []
        async with aclosing(answer(turn)) as events:
            async for event in events:
                seen.append(event)
                yield event
        if _is_resolved(seen):
            kept = CachedAnswer(events=_replayable(seen), stored_s=cache.now_s(), question=turn.question)
            await cache.put(key, kept)

    return replay_or_answer


def with_single_flight(answer: Answerer, key_of: KeyOf) -> Answerer:
    """While one turn works on an answer, others with the same key wait for it.

    If it comes to nothing, the next of them works in its place. Stands inside retrieval, so that those who
    wait can already say what was found.
    """
    working: dict[CacheKey, asyncio.Future[Sequence[TurnEvent] | None]] = {}

    async def share_or_answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        key = key_of(turn)
        while key in working:
            if (shared := await asyncio.shield(working[key])) is not None:
                yield CacheHit(age_s=0.0)
                for event in shared:
                    yield event
                return
        done = working[key] = asyncio.get_running_loop().create_future()
        seen: list[TurnEvent] = []
        is_whole = False
        try:
            async with aclosing(answer(turn)) as events:
                async for event in events:
                    seen.append(event)
                    yield event
            is_whole = _is_resolved(seen)
        finally:
            del working[key]
            done.set_result(_replayable(seen) if is_whole else None)

    return share_or_answer


def _is_resolved(seen: Sequence[TurnEvent]) -> bool:
    return not any(isinstance(event, NOT_RESOLVED) for event in seen)


def _replayable(seen: Sequence[TurnEvent]) -> tuple[TurnEvent, ...]:
    """Text that came in pieces is one piece now: nobody waits for it any more."""
    kept = [event for event in seen if not isinstance(event, NOT_REPLAYED)]
    whole: list[TurnEvent] = []
    for is_text, run in groupby(kept, key=_is_text):
        if is_text:
            whole.append(TextDelta(text="".join(map(_text_of, run))))
        else:
            whole.extend(run)
    return tuple(whole)


def _is_text(event: TurnEvent) -> bool:
    return isinstance(event, TextDelta)


def _text_of(event: TurnEvent) -> str:
    return event.text if isinstance(event, TextDelta) else ""
