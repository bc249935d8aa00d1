"""Dates by year, month and day, any of which may be left out, found relative to a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from yingda.understanding.values.when import Span

_YEARS_TO_TRY = 9
"""A 29th of February is at most eight years away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Date:
    """What was said of a date; at least one of the three is there."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    is_lunar: bool = False

    def completed_by(self, earlier: Date) -> Date:
        """The end of a range takes from its beginning what it leaves out before its first own part."""
        if self.year is not None:
            return self
        if self.month is not None:
            is_next_year = earlier.month is not None and self.month < earlier.month
            year = None if earlier.year is None else earlier.year + is_next_year
            return replace(self, year=year)
        return replace(self, year=earlier.year, month=earlier.month)

    def spans(self, now: datetime) -> tuple[Span, ...]:
        """The last and the next stretch of time that it names; none where there is no such day."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.year is not None:
            only = self._in(midnight, self.year, self.month)
            return (only,) if only else ()
        past = next((span for span in self._around(midnight, -1) if span.start <= now), None)
        coming = next((span for span in self._around(midnight, 1) if span.start > now), None)
        return tuple(span for span in (past, coming) if span)

    def _around(self, midnight: datetime, step: int) -> Iterator[Span]:
        if self.month is not None:
            months = [(midnight.year + step * n, self.month) for n in range(-1, _YEARS_TO_TRY)]
        else:
            now = midnight.year * 12 + midnight.month - 1
            months = [divmod(now + step * n, 12) for n in range(-1, 4)]
            months = [(year, month + 1) for year, month in months]
        return (span for year, month in months if (span := self._in(midnight, year, month)))

    def _in(self, midnight: datetime, year: int, month: int | None) -> Span | None:
        try:
            start = midnight.replace(year=year, month=month or 1, day=self.day or 1)
            if self.day:
                return Span(start, start + timedelta(days=1))
            return Span(start, shifted(start, 1 if month else 12))
        except ValueError:
            return None


def shifted(moment: datetime, months: int) -> datetime:
    """The same day some months on, or the last day of that month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    for day in (moment.day, 30, 29, 28):
        try:
            return moment.replace(year=year, month=month + 1, day=min(day, moment.day))
        except ValueError:
            continue
    raise ValueError(f"no month {month + 1} in {year}")
