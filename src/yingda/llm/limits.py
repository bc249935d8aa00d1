"""A cap on concurrent model calls: a short bounded wait, then a truthful refusal."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from yingda.errors import Overloaded
from yingda.llm.model import StreamedModel
from yingda.llm.types import ChatModel, Chunk, Prompt
from yingda.turns.clock import Clock

_REMEMBERED_HOLDS = 50
_SHORTEST_ADVICE_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsConfig:
    """`max_concurrent` calls at once; `max_waiting` more may wait, each for `wait_s` at most."""

    max_concurrent: int = 10
    max_waiting: int = 50
    wait_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotsSnapshot:
    """The cap as helpdesk 1.8 reports it; `peak` and `rejected` count since the start."""

    limit: int
    active: int
    waiting: int
    peak: int
    rejected: int


class Slots:
    """The cap itself: first come, first served; may be shared by any number of models."""

    def __init__(self, limit: int, max_waiting: int, clock: Clock) -> None:
        self._limit = limit
        self._max_waiting = max_waiting
        self._clock = clock
        self._held_since_s: dict[object, float] = {}
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._holds_s: deque[float] = deque(maxlen=_REMEMBERED_HOLDS)
        self._reserved = 0
        self._peak = 0
        self._rejected = 0

    @asynccontextmanager
    async def held(self, wait_s: float) -> AsyncIterator[None]:
        """Hold a slot inside the block; raises `Overloaded` where none comes free in time."""
        await self._take(wait_s)
        key = object()
        self._held_since_s[key] = self._clock.monotonic()
        self._peak = max(self._peak, len(self._held_since_s))
        try:
            yield
        finally:
            self._holds_s.append(self._clock.monotonic() - self._held_since_s.pop(key))
            self._pass_on()

    def snapshot(self) -> SlotsSnapshot:
        """The counts as of now."""
        return SlotsSnapshot(
            limit=self._limit,
            active=len(self._held_since_s),
            waiting=len(self._waiters),
            peak=self._peak,
            rejected=self._rejected,
        )

    def retry_after_s(self) -> float:
        """When a newcomer may expect a slot: those before it, times the usual hold, over the slots.

        The usual hold is the mean of the last 50, or the mean age of the calls in progress where that is
        more: a hanging provider shows before its first call has ended.
        """
        now_s = self._clock.monotonic()
        ages_s = [now_s - since_s for since_s in self._held_since_s.values()]
        hold_s = max(_mean(self._holds_s), _mean(ages_s))
        return max(_SHORTEST_ADVICE_S, hold_s * (len(self._waiters) + 1) / self._limit)

    async def _take(self, wait_s: float) -> None:
        if self._free() > 0 and not self._waiters:
            return
        if wait_s <= 0 or len(self._waiters) >= self._max_waiting:
            raise self._full()
        turn = asyncio.get_running_loop().create_future()
        self._waiters.append(turn)
        try:
            async with asyncio.timeout(wait_s):
                await turn
        except BaseException as error:
            self._give_up(turn)
            if isinstance(error, TimeoutError):
                raise self._full() from None
            raise
        self._reserved -= 1

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        """Leave the queue; a slot that was promised in the same moment goes to the next."""
        if turn.done() and not turn.cancelled():
            self._reserved -= 1
            self._pass_on()
        elif turn in self._waiters:
            self._waiters.remove(turn)

    def _pass_on(self) -> None:
        while self._waiters and self._free() > 0:
            turn = self._waiters.popleft()
            if not turn.done():
                self._reserved += 1
                turn.set_result(None)

    def _free(self) -> int:
        return self._limit - len(self._held_since_s) - self._reserved

    def _full(self) -> Overloaded:
        self._rejected += 1
        return Overloaded("too many model calls at once", retry_after_s=self.retry_after_s())


def with_limits(model: ChatModel, slots: Slots, wait_s: float) -> ChatModel:
    """The model, each call holding a slot from its start to its end, however it ends."""

    async def stream(prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        async with slots.held(wait_s), aclosing(model.stream(prompt)) as chunks:
            del prompt
            async for chunk in chunks:
                yield chunk

    return StreamedModel(model.name, stream)


def _mean(seconds: deque[float] | list[float]) -> float:
    return sum(seconds) / len(seconds) if seconds else 0.0
