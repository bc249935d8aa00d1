"""Answers a message that asks for several things part by part, in its order."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from yingda.turns.answerer import Answerer
from yingda.turns.events import QuestionRewritten, TextDelta, TurnEvent
from yingda.turns.types import Turn

PartsOf = Callable[[str], tuple[str, ...]]


def with_parts(answer: Answerer, parts_of: PartsOf) -> Answerer:
    """Each part is a turn of its own for the answerer inside, its question told before its agent.

    The answers stand one below the other. A message of one part passes untouched: the generator inside is
    handed out as it is.
    """

    def answer_parts(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        parts = parts_of(turn.question)
        return one_by_one(turn, parts) if len(parts) > 1 else answer(turn)

    async def one_by_one(turn: Turn, parts: tuple[str, ...]) -> AsyncGenerator[TurnEvent, None]:
        gap = ""
        for part in parts:
            yield QuestionRewritten(question=part, by="rules")
            async with aclosing(answer(replace(turn, text=part, question=part))) as events:
                async for event in events:
                    if gap and isinstance(event, TextDelta):
                        yield TextDelta(text=gap)
                        gap = ""
                    yield event
            gap = "\n\n"

    return answer_parts
