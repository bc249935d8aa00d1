"""The first words are timed, once."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from yingda.agents.first_text import with_first_text_timed
from yingda.testing.builders import collect, turn
from yingda.testing.clock import FrozenClock
from yingda.turns.events import PassagesFound, StepTimed, TextDelta, TurnEvent
from yingda.turns.types import Turn


async def test_the_first_text_is_timed_from_the_beginning():
    clock = FrozenClock()

    async def slow(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        yield PassagesFound(passages=())
        clock.advance(0.25)
        yield TextDelta(text="一")
        clock.advance(1.0)
        yield TextDelta(text="二")

    assert await collect(with_first_text_timed(slow, clock), turn("?")) == [
        PassagesFound(passages=()),
        TextDelta(text="一"),
        StepTimed(step="first_token", elapsed_ms=250.0),
        TextDelta(text="二"),
    ]
