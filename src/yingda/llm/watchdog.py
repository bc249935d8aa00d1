"""A time-out on reading that costs one timer a stream, not one a read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_RECHECK_S = 1.0


class Watchdog:
    """Calls `bite` once `by_s` (event loop time) has passed while `is_waiting`; both may be set at any time.

    A reader that is busy elsewhere, say held up by its own consumer, is not waiting and is left alone.
    """

    __slots__ = ("_bite", "_loop", "_timer", "by_s", "has_bitten", "is_waiting")

    def __init__(self, by_s: float, bite: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._bite = bite
        self.by_s = by_s
        self.is_waiting = False
        self.has_bitten = False
        self._timer = self._loop.call_at(min(by_s, self._loop.time() + _RECHECK_S), self._look)

    def stop(self) -> None:
        """Call it on every path: the timer keeps the stream alive."""
        self._timer.cancel()

    def allow(self, seconds: float) -> None:
        """Move the mark to `seconds` from now; a mark that comes nearer is looked at within a second."""
        self.by_s = self._loop.time() + seconds

    def _look(self) -> None:
        now_s = self._loop.time()
        if self.is_waiting and now_s >= self.by_s:
            self.has_bitten = True
            self._bite()
            return
        self._timer = self._loop.call_at(min(max(self.by_s, now_s + 0.05), now_s + _RECHECK_S), self._look)
