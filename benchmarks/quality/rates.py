"""A rate with its count, its 95 % interval and what is required of it, as a line of a table."""

from __future__ import annotations

import math
from dataclasses import dataclass

_DEVIATIONS = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`right` of `total`; `least` or `most`, where set, is required of the share."""

    name: str
    right: int
    total: int
    least: float | None = None
    most: float | None = None

    @property
    def share(self) -> float:
        """0..1."""
        return self.right / self.total if self.total else 0.0

    @property
    def holds(self) -> bool:
        """Whether what is required is kept."""
        return (self.least is None or self.share >= self.least) and (
            self.most is None or self.share <= self.most
        )

    def interval(self) -> tuple[float, float]:
        """Wilson's score interval, which stays within 0..1 for few cases, too."""
        if not self.total:
            return 0.0, 1.0
        squared = _DEVIATIONS**2
        middle = self.share + squared / (2 * self.total)
        spread = _DEVIATIONS * math.sqrt(
            self.share * (1 - self.share) / self.total + squared / (4 * self.total**2)
        )
        whole = 1 + squared / self.total
        return (middle - spread) / whole, (middle + spread) / whole

    def line(self) -> str:
        """Name, share, interval, counts, requirement and whether it is kept."""
        low, high = self.interval()
        counts = f"{self.right}/{self.total}"
        told = f"{self.name:<34}{self.share:>8.4f}  [{low:.3f}, {high:.3f}]{counts:>12}"
        return told + required(self.least, self.most, holds=self.holds)


def required(least: float | None, most: float | None, *, holds: bool) -> str:
    """`  >= 0.72 kept`, or nothing where nothing is required."""
    if least is None and most is None:
        return ""
    bound = f">= {least}" if most is None else f"<= {most}"
    return f"  {bound} {'kept' if holds else 'MISSED'}"
