"""Work that goes on beside the turns for as long as the server is up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

from yingda.conversations.store import Conversations
from yingda.errors import AnswerError
from yingda.flows.facts import Facts
from yingda.settings import Settings
from yingda.turns.clock import Clock

log = logging.getLogger(__name__)


async def sweep(settings: Settings, conversations: Conversations, facts: Facts, clock: Clock) -> None:
    """Delete conversations and facts of calls past their retention, now and then, until cancelled."""
    while True:
        await asyncio.sleep(settings.session_cleanup_interval_s)
        before = clock.now() - timedelta(days=settings.retention_days)
        for store in (conversations, facts):
            with suppress(AnswerError):
                await store.sweep(before)


@asynccontextmanager
async def background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    task.add_done_callback(_tell_if_it_died)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _tell_if_it_died(task: asyncio.Task[None]) -> None:
    """A server without its journal or its watch is broken: that must not wait for the exit to be seen."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("background work ended: %r", error, exc_info=error)
