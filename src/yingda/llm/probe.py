"""Is a model endpoint there? Asked cheaply, and not often."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from yingda.llm.openai_chat import EndpointConfig
from yingda.turns.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeConfig:
    """`timeout_s` for one endpoint; a result is shared for `cached_s`."""

    timeout_s: float = 2.0
    cached_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What the health page says about the model."""

    is_reachable: bool
    message: str
    elapsed_ms: float
    checked_at: datetime


class Probe:
    """Asks `GET /models` of each endpoint until one answers; callers at the same time share one round."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        endpoints: tuple[EndpointConfig, ...],
        config: ProbeConfig,
        clock: Clock,
    ) -> None:
        self._session = session
        self._endpoints = endpoints
        self._config = config
        self._clock = clock
        self._lock = asyncio.Lock()
        self._last: ProbeResult | None = None
        self._asked_s = 0.0

    async def result(self) -> ProbeResult:
        """The last result while it is fresh, else a new one; never raises."""
        async with self._lock:
            if self._last is None or self._clock.monotonic() - self._asked_s >= self._config.cached_s:
                self._last = await self._ask_all()
                self._asked_s = self._clock.monotonic()
            return self._last

    async def _ask_all(self) -> ProbeResult:
        started_s, notes, is_reachable = self._clock.monotonic(), [], False
        for endpoint in self._endpoints:
            is_reachable, note = await self._ask(endpoint)
            notes.append(f"{endpoint.name}: {note}")
            if is_reachable:
                break
        return ProbeResult(
            is_reachable=is_reachable,
            message="; ".join(notes),
            elapsed_ms=(self._clock.monotonic() - started_s) * 1000,
            checked_at=self._clock.now(),
        )

    async def _ask(self, endpoint: EndpointConfig) -> tuple[bool, str]:
        """A refused key is no reach; a path that is not there is, because not everybody lists models."""
        timeout = aiohttp.ClientTimeout(total=self._config.timeout_s)
        try:
            async with self._session.get(
                endpoint.url("/models"), headers=endpoint.headers(), timeout=timeout, allow_redirects=False
            ) as response:
                status = response.status
        except (TimeoutError, aiohttp.ClientError) as error:
            return False, type(error).__name__
        return status < 500 and status not in (401, 403), f"answered {status}"
