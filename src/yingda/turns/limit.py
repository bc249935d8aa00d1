"""How long a piece of work may take, and how it is cut short."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable


class Limit:
    """Of one piece of work; `cut` may come before it, during it, and after it."""

    __slots__ = ("_timeout", "_was_cut")

    def __init__(self) -> None:
        self._was_cut = False
        self._timeout: asyncio.Timeout | None = None

    @property
    def is_over(self) -> bool:
        """Whether the work is to end; one who took no notice of being cancelled learns it here."""
        return self._timeout is not None and self._timeout.expired()

    def cut(self) -> None:
        """Cancel the work in its next wait."""
        self._was_cut = True
        if self._timeout is not None and not self._timeout.expired():
            self._timeout.reschedule(0.0)

    async def hold(self, work: Awaitable[None], until_s: float) -> bool:
        """Wait for the work until it is cut, or `until_s` in the loop's time; whether it was done."""
        timeout = asyncio.timeout_at(0.0 if self._was_cut else until_s)
        try:
            async with timeout:
                self._timeout = timeout
                await work
        except TimeoutError:
            if not timeout.expired():
                raise
            return False
        finally:
            self._timeout = None
        return True
