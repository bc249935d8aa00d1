"""One writer of the index at a time, on the whole machine."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from yingda.errors import IndexUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterLockConfig:
    """How long to wait for another process, and how often to look."""

    wait_s: float = 60.0
    poll_s: float = 0.02


class WriterLock:
    """An `flock` on a file beside the index: the kernel releases it with its process, however that ends.

    Held only while writing, so `yingda ingest` and a server on the same home take turns.
    """

    def __init__(self, path: Path, config: WriterLockConfig | None = None) -> None:
        self._path = path
        self._config = config or WriterLockConfig()
        self._here = asyncio.Lock()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Raises `IndexUnavailable` when others keep it for longer than `wait_s`."""
        await self._in_time(self._here.acquire())
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                await self._in_time(self._lock(descriptor))
                yield
            finally:
                os.close(descriptor)
        finally:
            self._here.release()

    async def _lock(self, descriptor: int) -> None:
        while not _is_locked(descriptor):  # noqa: ASYNC110 - the kernel rings no bell for us
            await asyncio.sleep(self._config.poll_s)

    async def _in_time(self, taking: Awaitable[object]) -> None:
        try:
            await asyncio.wait_for(taking, self._config.wait_s)
        except TimeoutError:
            raise IndexUnavailable("the index is being written to", retry_after_s=5) from None


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
