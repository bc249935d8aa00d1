"""A second answerer for when the first cannot: the model is away, fails half-way, or runs out of time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from yingda.errors import DeadlineExceeded, ModelUnavailable, Overloaded
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.events import AnswerDegraded, TextDelta, TurnEvent
from yingda.turns.options import Language
from yingda.turns.types import Turn
from yingda.understanding.language import language_of_turn

BRIDGE: dict[Language, str] = {
    "zh": "\n\n（回答中断，以下摘自资料：）\n",
    "en": "\n\n(The answer broke off; the following is quoted from the documents:)\n",
    "ja": "\n\n（回答が途中で途切れました。以下は資料からの引用です。）\n",
    "ko": "\n\n(답변이 중간에 끊겼습니다. 다음은 자료에서 인용한 내용입니다.)\n",
    "th": "\n\n(คำตอบขาดช่วง ข้อความต่อไปนี้คัดมาจากเอกสาร)\n",
}
"""Stands between the text of a broken answer and what follows it: text that has left is never taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackConfig:
    """`on_overload`: a full server raises `Overloaded` ("error") or switches, too ("extractive")."""

    on_overload: Literal["error", "extractive"] = "error"


DEFAULTS = FallbackConfig()


def with_fallback(
    answer: Answerer,
    other: Answerer,
    clock: Clock,
    config: FallbackConfig = DEFAULTS,
    bridge: Mapping[Language, str] = BRIDGE,
) -> Answerer:
    """Runs `answer`; on `ModelUnavailable`, or at `turn.answer_by_s`, `other` takes over, visibly marked.

    The first generator is closed before `other` starts, so its socket is gone by then. Any other exception
    passes through. `other` is under no deadline: it must be fast by itself.
    """

    async def answer_or_other(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        said = False
        deadline = Deadline(turn.answer_by_s - clock.monotonic())
        try:
            async with aclosing(answer(turn)) as events:
                while (event := await deadline.next(events)) is not None:
                    said = said or (type(event) is TextDelta and bool(event.text))
                    yield event
            return
        except (ModelUnavailable, DeadlineExceeded) as error:
            reason = error.code
        except Overloaded as error:
            if config.on_overload == "error":
                raise
            reason = error.code
        finally:
            deadline.forget()
        yield AnswerDegraded(reason=reason)
        if said:
            yield TextDelta(text=bridge[language_of_turn(turn)])
        async with aclosing(other(turn)) as events:
            async for event in events:
                yield event

    return answer_or_other


class Deadline:
    """One timer over many waits, and none over a yield; `asyncio.timeout` would need one timer for each."""

    __slots__ = ("_driver", "_is_over", "_is_waiting", "_timer")

    def __init__(self, left_s: float) -> None:
        self._is_over = False
        self._driver = asyncio.current_task()  # the engine's own task drives a turn from first to last
        self._is_waiting = False
        self._timer = asyncio.get_running_loop().call_later(left_s, self._strike)

    def forget(self) -> None:
        """Call it on every path: the timer keeps the turn alive."""
        self._timer.cancel()

    async def next(self, events: AsyncGenerator[TurnEvent, None]) -> TurnEvent | None:
        """The next event, None at the end; `DeadlineExceeded` once the time is over."""
        if self._is_over:
            raise DeadlineExceeded
        assert self._driver is not None
        cancelling = self._driver.cancelling()
        self._is_waiting = True
        try:
            return await anext(events, None)
        except asyncio.CancelledError:
            # Where somebody else cancelled as well, that is what happened.
            if self._is_over and self._driver.uncancel() <= cancelling:
                raise DeadlineExceeded from None
            raise
        finally:
            self._is_waiting = False

    def _strike(self) -> None:
        self._is_over = True
        if self._is_waiting and self._driver is not None:
            self._driver.cancel()
