"""What a time expression means: one stretch of time, or two where past and future are both possible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Grain = Literal["clock", "moment", "day", "period"]


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to, not including, `end`; both are the same for an instant."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """`spans`: the last one that has begun and the next one, or the only one.

    A `clock` has a time of day and no day, a `moment` both. `may_be_later`: it was said on twelve hours, and
    without a part of the day twelve hours later is as good. `is_lunar`: month and day are those of the lunar
    calendar and stand there as if they were ours.
    """

    grain: Grain
    spans: tuple[Span, ...]
    may_be_later: bool = False
    is_lunar: bool = False

    @property
    def last(self) -> Span:
        """The latest that is not to come, where there is a choice."""
        return self.spans[0]

    @property
    def next(self) -> Span:
        """The earliest that is to come, where there is a choice."""
        return self.spans[-1]
