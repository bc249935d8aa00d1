"""A second answerer for when the first cannot: the model is away, fails half-way, or runs out of time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from yingda.errors import DeadlineExceeded, ModelUnavailable, Overloaded
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.events import AnswerDegraded, TextDelta, TurnEvent
from yingda.turns.types import Turn
from yingda.understanding.language import Language, language_of

BRIDGE: dict[Language, str] = {
    "zh": "\n\n（回答中断，以下摘自资料：）\n",
    "en": "\n\n(The answer broke off; the following is quoted from the documents:)\n",
}
"""Stands between the text of a broken answer and what follows it: text that has left is never taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackConfig:
    """`on_overload`: a full server raises `Overloaded` ("error") or switches, too ("extractive")."""

    on_overload: Literal["error", "extractive"] = "error"


DEFAULTS = FallbackConfig()


def with_fallback(
    answer: Answerer, other: Answerer, clock: Clock, config: FallbackConfig = DEFAULTS
) -> Answerer:
    """Runs `answer`; on `ModelUnavailable`, or at `turn.answer_by_s`, `other` takes over, visibly marked.

    The first generator is closed before `other` starts, so its socket is gone by then. Any other exception
    passes through. `other` is under no deadline: it must be fast by itself.
    """

    async def answer_or_other(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        said = False
        try:
            due_s = asyncio.get_running_loop().time() + turn.answer_by_s - clock.monotonic()
            async with aclosing(answer(turn)) as events:
                while (event := await _next(events, due_s)) is not None:
                    said = said or (type(event) is TextDelta and bool(event.text))
                    yield event
            return
        except (ModelUnavailable, DeadlineExceeded) as error:
            reason = error.code
        except Overloaded as error:
            if config.on_overload == "error":
                raise
            reason = error.code
        yield AnswerDegraded(reason=reason)
        if said:
            yield TextDelta(text=BRIDGE[language_of(turn.text)])
        async with aclosing(other(turn)) as events:
            async for event in events:
                yield event

    return answer_or_other


async def _next(events: AsyncGenerator[TurnEvent, None], due_s: float) -> TurnEvent | None:
    """The next event, None at the end; `DeadlineExceeded` at `due_s`, on the loop's own time."""
    scope = asyncio.timeout_at(due_s)
    try:
        async with scope:
            return await anext(events, None)
    except TimeoutError:
        if scope.expired():
            raise DeadlineExceeded from None
        raise
