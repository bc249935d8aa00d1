"""Work that goes on beside the turns for as long as the server is up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, Protocol

from yingda.errors import AnswerError
from yingda.settings import Settings
from yingda.turns.clock import Clock

log = logging.getLogger(__name__)


class Swept(Protocol):
    """A store that forgets what is older than its retention."""

    async def sweep(self, before: datetime, /) -> int: ...


async def sweep(settings: Settings, stores: Sequence[Swept], clock: Clock) -> None:
    """Delete what is past its retention, now and then, until cancelled."""
    while True:
        await asyncio.sleep(settings.session_cleanup_interval_s)
        before = clock.now() - timedelta(days=settings.retention_days)
        for store in stores:
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
