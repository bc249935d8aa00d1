"""Stop asking a model that fails or crawls; try it again later, with one call.

    closed ──too many failures or slow calls──▶ open ──open_s──▶ half_open ──enough successes──▶ closed
                                                 ▲                   │
                                                 └──any failure──────┘

A call's outcome counts only in the state the call began in: what started before the breaker opened says
nothing about the provider's health now.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

from yingda.errors import ModelUnavailable
from yingda.llm.failures import BreakerOpen, ModelMisconfigured, ModelRejected
from yingda.llm.model import StreamedModel
from yingda.llm.types import ChatModel, Chunk, Prompt
from yingda.turns.clock import Clock

State = Literal["closed", "open", "half_open"]
Outcome = Literal["success", "slow", "failure", "none"]
"""`slow` succeeded, but its first chunk was late; `none` says nothing: cancelled, overloaded, bad prompt."""

Epoch = NewType("Epoch", int)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerConfig:
    """Opens on `failure_threshold` failures in a row, or on a share of the last `window_calls` calls.

    The shares count from `min_calls` calls on. `slow_s` is when a first chunk is late. `probe_wait_s` is the
    advice to those who come while all `max_probes` probes are out.
    """

    failure_threshold: int = 5
    success_threshold: int = 2
    open_s: float = 30.0
    max_probes: int = 1
    window_calls: int = 20
    min_calls: int = 10
    failure_share: float = 0.5
    slow_share: float = 0.8
    slow_s: float = 10.0
    probe_wait_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerSnapshot:
    """A breaker as helpdesk 1.9 reports it, field for field; `recovery_timeout` is in seconds.

    `failure_count` is the row of failures while closed, `success_count` that of successes while half-open.
    """

    name: str
    state: State
    failure_threshold: int
    recovery_timeout: float
    success_threshold: int
    failure_count: int
    success_count: int
    total_failures: int
    total_successes: int
    last_opened_at: datetime | None
    last_failure_at: datetime | None
    last_success_at: datetime | None


class Breaker:
    """The state machine: `enter` before a call, `settle` once after it, on every path."""

    def __init__(self, name: str, config: BreakerConfig, clock: Clock) -> None:
        self.name = name
        self.config = config
        self.clock = clock
        self._state: State = "closed"
        self._epoch = 0
        self._opened_s = 0.0
        self._probes = 0
        self._failures_in_row = 0
        self._successes_in_row = 0
        self._window: deque[Outcome] = deque(maxlen=config.window_calls)
        self._total_failures = 0
        self._total_successes = 0
        self._last_opened_at: datetime | None = None
        self._last_failure_at: datetime | None = None
        self._last_success_at: datetime | None = None

    def enter(self) -> Epoch:
        """Admit a call, or raise `BreakerOpen` with the time until it is worth trying."""
        self._recover()
        if self._state == "open":
            raise self._refusal(self._opened_s + self.config.open_s - self.clock.monotonic())
        if self._state == "half_open":
            if self._probes >= self.config.max_probes:
                raise self._refusal(self.config.probe_wait_s)
            self._probes += 1
        return Epoch(self._epoch)

    def settle(self, epoch: Epoch, outcome: Outcome) -> None:
        """Count how the call that `enter` admitted came out."""
        self._tally(outcome)
        if epoch != self._epoch:
            return
        if self._state == "half_open":
            self._settle_probe(outcome)
        elif outcome != "none":
            self._failures_in_row = self._failures_in_row + 1 if outcome == "failure" else 0
            self._window.append(outcome)
            if self._is_too_bad():
                self._become("open")

    def reset(self) -> None:
        """Close it by hand; totals and times stay."""
        self._become("closed")

    def snapshot(self) -> BreakerSnapshot:
        """The state as of now; an open breaker whose time has run out reads half-open."""
        self._recover()
        return BreakerSnapshot(
            name=self.name,
            state=self._state,
            failure_threshold=self.config.failure_threshold,
            recovery_timeout=self.config.open_s,
            success_threshold=self.config.success_threshold,
            failure_count=self._failures_in_row,
            success_count=self._successes_in_row,
            total_failures=self._total_failures,
            total_successes=self._total_successes,
            last_opened_at=self._last_opened_at,
            last_failure_at=self._last_failure_at,
            last_success_at=self._last_success_at,
        )

    def _settle_probe(self, outcome: Outcome) -> None:
        self._probes -= 1
        if outcome in ("failure", "slow"):
            self._become("open")
        elif outcome == "success":
            self._successes_in_row += 1
            if self._successes_in_row >= self.config.success_threshold:
                self._become("closed")

    def _tally(self, outcome: Outcome) -> None:
        if outcome == "failure":
            self._total_failures += 1
            self._last_failure_at = self.clock.now()
        elif outcome != "none":
            self._total_successes += 1
            self._last_success_at = self.clock.now()

    def _is_too_bad(self) -> bool:
        if self._failures_in_row >= self.config.failure_threshold:
            return True
        calls = len(self._window)
        return calls >= self.config.min_calls and (
            self._window.count("failure") >= self.config.failure_share * calls
            or self._window.count("slow") >= self.config.slow_share * calls
        )

    def _recover(self) -> None:
        if self._state == "open" and self.clock.monotonic() >= self._opened_s + self.config.open_s:
            self._become("half_open")

    def _become(self, state: State) -> None:
        self._state = state
        self._epoch += 1
        self._probes = self._failures_in_row = self._successes_in_row = 0
        self._window.clear()
        if state == "open":
            self._opened_s = self.clock.monotonic()
            self._last_opened_at = self.clock.now()

    def _refusal(self, wait_s: float) -> BreakerOpen:
        return BreakerOpen(f"model endpoint {self.name!r} is given a rest", retry_after_s=max(0.0, wait_s))


def with_breaker(model: ChatModel, breaker: Breaker) -> ChatModel:
    """The model behind the breaker.

    A call that its caller cancels counts for nothing, unless its first chunk was late by then: giving up on a
    crawling model must not hide that it crawls.
    """

    async def stream(prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        epoch = breaker.enter()
        late_s = breaker.clock.monotonic() + breaker.config.slow_s
        said: Outcome = "none"
        outcome: Outcome = "none"
        try:
            async with aclosing(model.stream(prompt)) as chunks:
                del prompt
                async for chunk in chunks:
                    if said == "none":
                        said = _by_now(breaker, late_s)
                    yield chunk
            outcome = said if said != "none" else _by_now(breaker, late_s)
        except (asyncio.CancelledError, GeneratorExit):
            if said != "success" and _by_now(breaker, late_s) == "slow":
                outcome = "slow"
            raise
        except ModelUnavailable as failure:
            outcome = _blame(failure)
            raise
        finally:
            breaker.settle(epoch, outcome)

    return StreamedModel(model.name, stream)


def _by_now(breaker: Breaker, late_s: float) -> Outcome:
    return "slow" if breaker.clock.monotonic() >= late_s else "success"


def _blame(failure: ModelUnavailable) -> Outcome:
    """A refused prompt says nothing about the provider; a refused key does."""
    is_prompts_fault = isinstance(failure, ModelRejected) and not isinstance(failure, ModelMisconfigured)
    return "none" if is_prompts_fault else "failure"
