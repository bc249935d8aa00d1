"""Ask again, as long as nothing was said yet."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from yingda.errors import ModelUnavailable
from yingda.llm.failures import BreakerOpen
from yingda.llm.model import StreamedModel
from yingda.llm.types import ChatModel, Chunk, Prompt
from yingda.turns.clock import Clock

Sleep = Callable[[float], Awaitable[None]]
Uniform = Callable[[float, float], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryConfig:
    """Exponential pauses with full jitter, between 0 and `base_s` doubled each time up to `cap_s`.

    A provider's Retry-After comes on top, and ends the attempts where it is beyond `retry_after_cap_s`. No
    attempt begins later than `budget_s` after the first.
    """

    max_attempts: int = 3
    base_s: float = 0.2
    cap_s: float = 2.0
    retry_after_cap_s: float = 5.0
    budget_s: float = 6.0

    def pause_s(
        self, failure: ModelUnavailable, *, attempt: int, elapsed_s: float, draw: Uniform
    ) -> float | None:
        """How long to wait after the failure of that attempt, from 1; None says give up."""
        asked_s = failure.retry_after_s or 0.0
        hopeless = not failure.retryable or isinstance(failure, BreakerOpen)
        if hopeless or attempt >= self.max_attempts or asked_s > self.retry_after_cap_s:
            return None
        pause_s = asked_s + draw(0.0, min(self.cap_s, self.base_s * 2 ** (attempt - 1)))
        return pause_s if elapsed_s + pause_s <= self.budget_s else None


def with_retry(
    model: ChatModel,
    config: RetryConfig,
    clock: Clock,
    *,
    sleep: Sleep = asyncio.sleep,
    draw: Uniform = random.uniform,
) -> ChatModel:
    """The model, asked again after failures that may pass, until its first chunk has left."""

    async def stream(prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        started_s = clock.monotonic()
        attempt = 1
        unanswered: Prompt | None = prompt
        del prompt
        while unanswered is not None:
            try:
                async with aclosing(model.stream(unanswered)) as chunks:
                    async for chunk in chunks:
                        unanswered = None
                        yield chunk
                return
            except ModelUnavailable as failure:
                elapsed_s = clock.monotonic() - started_s
                pause_s = config.pause_s(failure, attempt=attempt, elapsed_s=elapsed_s, draw=draw)
                if unanswered is None or pause_s is None:
                    raise
            await sleep(pause_s)
            attempt += 1

    return StreamedModel(model.name, stream)
