"""The model gateway: endpoints behind their wrappers, as the rest of the server sees them.

    fallback( breaker( limits( retry( think( chat ) ) ) ), the same for the second endpoint )

The breaker stands outside the cap: an open one answers at once, even while hanging calls hold every slot. The
cap is one for all endpoints, and a call holds its slot over its retries, so `max_concurrent` bounds what the
providers see. The breaker counts a call once, after its retries; the wait for a slot is part of how slow a
call was, so `breaker.slow_s` belongs well above `limits.wait_s`. The small model falls back to the main one.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from yingda.llm.breaker import Breaker, BreakerConfig, with_breaker
from yingda.llm.fallback import with_fallback_model
from yingda.llm.limits import LimitsConfig, Slots, with_limits
from yingda.llm.openai_chat import EndpointConfig, OpenAIChat
from yingda.llm.probe import Probe, ProbeConfig, ProbeResult
from yingda.llm.retry import RetryConfig, Sleep, Uniform, with_retry
from yingda.llm.think import with_think_tags
from yingda.llm.types import ChatModel
from yingda.turns.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayConfig:
    """Which endpoints there are, and how all of them are handled; endpoint names must differ."""

    main: EndpointConfig
    fallback: EndpointConfig | None = None
    small: EndpointConfig | None = None
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    retry: RetryConfig = field(default_factory=RetryConfig)
    breaker: BreakerConfig = field(default_factory=BreakerConfig)
    probe: ProbeConfig = field(default_factory=ProbeConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """`small` is None where no small model is set; `breakers` are by endpoint name."""

    model: ChatModel
    small: ChatModel | None
    breakers: Mapping[str, Breaker]
    slots: Slots
    _probe: Probe

    async def probe(self) -> ProbeResult:
        """Whether some endpoint for answers can be reached; never a model call, and cached for a while."""
        return await self._probe.result()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Where time and chance come from; tests bring their own."""

    clock: Clock = field(default_factory=SystemClock)
    sleep: Sleep = asyncio.sleep
    draw: Uniform = random.uniform


def build_gateway(
    session: aiohttp.ClientSession, config: GatewayConfig, timing: Timing | None = None
) -> Gateway:
    """Compose the gateway over a session that the caller opens and closes."""
    timing = timing or Timing()
    slots = Slots(config.limits.max_concurrent, config.limits.max_waiting, timing.clock)
    given = [endpoint for endpoint in (config.main, config.fallback, config.small) if endpoint is not None]
    breakers = {endpoint.name: Breaker(endpoint.name, config.breaker, timing.clock) for endpoint in given}

    def guarded(endpoint: EndpointConfig) -> ChatModel:
        chat = with_think_tags(OpenAIChat(session, endpoint), opens_in_thought=endpoint.opens_in_thought)
        patient = with_retry(chat, config.retry, timing.clock, sleep=timing.sleep, draw=timing.draw)
        return with_breaker(with_limits(patient, slots, config.limits.wait_s), breakers[endpoint.name])

    model = guarded(config.main)
    if config.fallback is not None:
        model = with_fallback_model(model, guarded(config.fallback))
    small = with_fallback_model(guarded(config.small), model) if config.small is not None else None
    answering = tuple(endpoint for endpoint in (config.main, config.fallback) if endpoint is not None)
    probe = Probe(session, answering, config.probe, timing.clock)
    return Gateway(model=model, small=small, breakers=breakers, slots=slots, _probe=probe)
