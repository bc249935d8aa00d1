"""How long a caller waited for the first words."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.events import StepTimed, TextDelta, TurnEvent
from yingda.turns.types import Turn


def with_first_text_timed(answer: Answerer, clock: Clock) -> Answerer:
    """Adds the step `first_token` behind the first text; stand it outermost, where the turn begins."""

    async def answer_and_time(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        started_s, is_timed = clock.monotonic(), False
        async with aclosing(answer(turn)) as events:
            async for event in events:
                yield event
                if not is_timed and isinstance(event, TextDelta):
                    is_timed = True
                    elapsed_ms = (clock.monotonic() - started_s) * 1000
                    yield StepTimed(step="first_token", elapsed_ms=elapsed_ms)

    return answer_and_time
