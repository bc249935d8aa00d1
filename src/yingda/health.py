"""The state of each part in a few words, for the health endpoint and `yingda check`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from yingda.app import Parts
from yingda.errors import AnswerError

Read = Callable[[], Awaitable[str]]

LONGEST_S = 2.0
"""A part that does not answer by then is unavailable; a probe must not hang on one."""


def health_parts(parts: Parts) -> dict[str, Read]:
    """Name → reader; each returns `ok`, `off`, or `degraded: why` / `unavailable: why`, and never raises."""
    readers: dict[str, Read] = {
        "conversations": lambda: _conversations(parts),
        "knowledge": lambda: _knowledge(parts),
        "model": lambda: _model(parts),
        "embedding": lambda: _configured(parts.settings.embedding_base_url),
        "rerank": lambda: _configured(parts.settings.rerank_base_url),
    }
    return {name: _bounded(read) for name, read in readers.items()}


def _bounded(read: Read) -> Read:
    async def bounded() -> str:
        try:
            return await asyncio.wait_for(read(), LONGEST_S)
        except TimeoutError:
            return "unavailable: no answer"
        except AnswerError as error:
            return f"unavailable: {error.code}"

    return bounded


async def _conversations(parts: Parts) -> str:
    await parts.stores.conversations.ping()
    waiting = parts.engine.unsaved_turns
    return f"degraded: {waiting} turns wait to be saved" if waiting else "ok"


async def _knowledge(parts: Parts) -> str:
    is_whole = parts.knowledge.library.healed.is_set()
    return "ok" if is_whole else "degraded: the index is being brought up to date"


async def _model(parts: Parts) -> str:
    if parts.gateway is None:
        return "off"
    if any(breaker.snapshot().state == "open" for breaker in parts.gateway.breakers.values()):
        return "degraded: a breaker is open, answers are extractive"
    reached = await parts.gateway.probe()
    return "ok" if reached.is_reachable else f"degraded: {reached.message}"


async def _configured(address: str) -> str:
    return "ok" if address else "off"
