"""A second answerer takes over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from yingda.agents.fallback import BRIDGE, FallbackConfig, with_fallback
from yingda.errors import ModelUnavailable, Overloaded
from yingda.testing import FrozenClock, collect, turn
from yingda.turns.answerer import Answerer
from yingda.turns.events import AnswerDegraded, ReasoningDelta, TextDelta, TurnEvent
from yingda.turns.types import Turn

OTHER = TextDelta(text="摘录。")


async def other(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
    yield OTHER


def scripted(*steps: TurnEvent | BaseException | asyncio.Event, closed: list[bool] | None = None) -> Answerer:
    async def play(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        try:
            for step in steps:
                if isinstance(step, BaseException):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                    continue
                yield step
        finally:
            if closed is not None:
                closed.append(True)

    return play


class BreakerOpen(ModelUnavailable):
    code = "breaker_open"


def fallback(answer: Answerer, config: FallbackConfig | None = None) -> Answerer:
    return with_fallback(answer, other, FrozenClock(), config or FallbackConfig())


async def test_leaves_a_whole_answer_alone() -> None:
    assert await collect(fallback(scripted(TextDelta(text="好。"))), turn("问")) == [TextDelta(text="好。")]


@pytest.mark.parametrize(
    ("error", "reason"), [(ModelUnavailable(), "model_unavailable"), (BreakerOpen(), "breaker_open")]
)
async def test_switches_before_the_first_word(error: ModelUnavailable, reason: str) -> None:
    thought = ReasoningDelta(text="嗯")
    assert await collect(fallback(scripted(thought, error)), turn("问")) == [
        thought,
        AnswerDegraded(reason=reason),
        OTHER,
    ]


@pytest.mark.parametrize(("text", "bridge"), [("能退吗", BRIDGE["zh"]), ("Can I return?", BRIDGE["en"])])
async def test_bridges_a_broken_answer(text: str, bridge: str) -> None:
    half = TextDelta(text="七天")
    assert await collect(fallback(scripted(half, ModelUnavailable())), turn(text)) == [
        half,
        AnswerDegraded(reason="model_unavailable"),
        TextDelta(text=bridge),
        OTHER,
    ]


async def test_switches_when_time_is_up_and_closes_the_first() -> None:
    closed: list[bool] = []
    hanging = scripted(TextDelta(text="七天"), asyncio.Event(), closed=closed)
    events = await collect(fallback(hanging), turn("问", answer_by_s=1000.02))
    assert (closed, events) == (
        [True],
        [
            TextDelta(text="七天"),
            AnswerDegraded(reason="deadline_exceeded"),
            TextDelta(text=BRIDGE["zh"]),
            OTHER,
        ],
    )


async def test_raises_overload_by_default() -> None:
    with pytest.raises(Overloaded):
        await collect(fallback(scripted(Overloaded())), turn("问"))


async def test_switches_on_overload_where_set() -> None:
    answer = fallback(scripted(Overloaded()), FallbackConfig(on_overload="extractive"))
    assert await collect(answer, turn("问")) == [AnswerDegraded(reason="overloaded"), OTHER]


@pytest.mark.parametrize("error", [ValueError("bug"), TimeoutError("theirs")])
async def test_other_errors_pass(error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)):
        await collect(fallback(scripted(error)), turn("问"))


async def test_a_cancelled_reader_closes_the_first() -> None:
    closed: list[bool] = []
    hanging = scripted(asyncio.Event(), closed=closed)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await collect(fallback(hanging), turn("问"))
    assert closed == [True]
