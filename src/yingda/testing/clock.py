"""A clock that stands still until told to move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""Where every frozen clock begins: a Monday morning."""


class FrozenClock:
    """Implements `turns.clock.Clock`; both scales move together, by `advance` or by `sleep` only."""

    def __init__(self, now: datetime = START, *, monotonic_s: float = 1000.0) -> None:
        self._now = now
        self._monotonic_s = monotonic_s
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        """Let time pass at once; wakes nobody."""
        self._now += timedelta(seconds=seconds)
        self._monotonic_s += seconds

    async def sleep(self, seconds: float) -> None:
        """Stands in for `asyncio.sleep`: returns at once, with the time gone and noted in `slept`."""
        self.slept.append(seconds)
        self.advance(seconds)
