"""When something happened or is to happen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yingda.flows.slots.amends import change_in
from yingda.flows.slots.slot import Hearing, Reading
from yingda.turns.events import Scalar
from yingda.understanding.values.durations import durations
from yingda.understanding.values.mention import Mention
from yingda.understanding.values.times import times
from yingda.understanding.values.when import Span, When

_BEST_FIRST = ("moment", "clock", "period", "day")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?")
_TWELVE_HOURS = timedelta(hours=12)
_EARLIEST_HOUR = 7
"""A bare hour before it on another day is one of the afternoon: 昨天三点."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Canonical in ISO format with the offset of `timezone`; `past_only` refuses what is still to come."""

    name: ClassVar[str] = "datetime"
    timezone: str = "Asia/Shanghai"
    past_only: bool = False
    max_age_h: float | None = None

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"timezone: no zone {self.timezone!r}") from None

    def read(self, hearing: Hearing) -> Reading | None:
        """An explicit time wherever it stands; 刚才, or a day without an hour, only where it is asked for."""
        now = hearing.at.astimezone(ZoneInfo(self.timezone)).replace(second=0, microsecond=0)
        if _ISO.fullmatch(hearing.text):
            return self._written(hearing.text)
        change = change_in(hearing.text)
        text = change.right if change and times(change.right, now) else hearing.text
        found = times(f"{hearing.pieces}{text}", now)
        if not hearing.is_asked:
            found = [one for one in found if _is_explicit(one.value, now)]
        if not found:
            return self._since(text, now) if hearing.is_asked and self.past_only else None
        best = min(found, key=lambda one: _BEST_FIRST.index(one.value.grain))
        said = f"{hearing.pieces}{text}"[best.start : best.end]
        if best.value.grain == "day":
            return Reading(value=said, quote=said.removeprefix(hearing.pieces), is_partial=True)
        at = self._chosen(best, now)
        is_rough = best.value.grain == "period" or best.value.may_be_later
        return Reading(
            value=at.replace(second=0).isoformat(),
            quote=said.removeprefix(hearing.pieces),
            needs_read_back=is_rough,
        )

    def _written(self, text: str) -> Reading | None:
        """As programs and models write it; without an offset it is local."""
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return None
        at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(self.timezone))
        return Reading(value=at.isoformat(), quote=text)

    def _since(self, text: str, now: datetime) -> Reading | None:
        """So long as it has been: "有半个小时了"."""
        lengths = durations(text)
        if not lengths:
            return None
        first = lengths[0]
        at = first.value.before(now)
        return Reading(value=at.isoformat(), quote=text[first.start : first.end], needs_read_back=True)

    def object_to(self, value: Scalar, hearing: Hearing) -> str | None:
        """`future` or `too_old` by the slot's options, `no_time` for what is no time."""
        try:
            at = datetime.fromisoformat(str(value))
            at.astimezone(hearing.at.tzinfo)
        except (ValueError, OverflowError):
            return "no_time"
        if at.tzinfo is None:
            return "no_time"
        if self.past_only and at > hearing.at:
            return "future"
        is_old = self.max_age_h is not None and hearing.at - at > timedelta(hours=self.max_age_h)
        return "too_old" if is_old else None

    def say(self, value: Scalar) -> str:
        """Month, day and clock time."""
        at = datetime.fromisoformat(str(value))
        minute = f"{at.minute:02}分" if at.minute else "整"
        return f"{at.month}月{at.day}日{at.hour}点{minute}"

    def _chosen(self, found: Mention[When], now: datetime) -> datetime:
        """Of all that the words may mean the likeliest: what is past and nearest, or what comes next."""
        when = found.value
        if not self.past_only:
            return _starts(when, when.next)[0] if when.next.start >= now else _starts(when, when.next)[-1]
        past = [at for span in when.spans for at in _starts(when, span) if at <= now]
        if not past:
            return when.last.start
        if when.grain == "moment" and when.may_be_later and when.last.start.date() < now.date():
            return past[-1] if when.last.start.hour < _EARLIEST_HOUR else past[0]
        return max(past)


def _is_explicit(when: When, now: datetime) -> bool:
    return when.grain in ("moment", "clock") and when.last.start != now


def _starts(when: When, span: Span) -> list[datetime]:
    if not when.may_be_later:
        return [span.start]
    first = [span.start - _TWELVE_HOURS] if when.grain == "clock" else []
    return [*first, span.start, span.start + _TWELVE_HOURS]
