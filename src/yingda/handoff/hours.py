"""When people are at the desk: pure functions of a moment and a calendar."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EVERY_DAY = frozenset(range(1, 8))
_LOOK_AHEAD_DAYS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """From `start_hour` until before `end_hour`, local time; a night shift has the larger hour first.

    `days` count from Monday, 1, to Sunday, 7. A holiday is closed whatever day it is, a day in `extra_days`
    is open: where a weekend is worked to make up for a holiday.
    """

    start_hour: int = 0
    end_hour: int = 24
    days: frozenset[int] = EVERY_DAY
    holidays: frozenset[date] = frozenset()
    extra_days: frozenset[date] = frozenset()
    zone: str = "Asia/Shanghai"


ALWAYS = WorkingHours()


def is_open(hours: WorkingHours, at: datetime) -> bool:
    """Whether somebody works at that moment."""
    local = at.astimezone(ZoneInfo(hours.zone))
    if not _is_worked(hours, local.date()):
        return False
    start, end, hour = hours.start_hour, hours.end_hour, local.hour
    return start <= hour < end if start < end else hour >= start or hour < end


def opens_at(hours: WorkingHours, at: datetime) -> datetime | None:
    """The moment itself where it is open, else the next opening, in local time; None where there is none."""
    local = at.astimezone(ZoneInfo(hours.zone))
    if is_open(hours, at):
        return local
    for days in range(_LOOK_AHEAD_DAYS):
        day = local.date() + timedelta(days=days)
        opening = datetime.combine(day, time(hours.start_hour % 24), local.tzinfo)
        if opening > local and _is_worked(hours, day):
            return opening
    return None


def _is_worked(hours: WorkingHours, day: date) -> bool:
    if day in hours.extra_days:
        return True
    return day not in hours.holidays and day.isoweekday() in hours.days


def dates_from(texts: Iterable[str]) -> frozenset[date]:
    """From `2026-10-01` or a stretch `2026-10-01..2026-10-07`; raises ValueError."""
    found: set[date] = set()
    for text in texts:
        first, _, last = text.partition("..")
        begin, end = date.fromisoformat(first), date.fromisoformat(last or first)
        if end < begin or (end - begin).days > _LOOK_AHEAD_DAYS:
            raise ValueError(f"{text!r} is no stretch of days")
        found |= {begin + timedelta(days=n) for n in range((end - begin).days + 1)}
    return frozenset(found)
