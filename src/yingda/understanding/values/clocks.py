"""Times of day: 早上八点一刻, 差五分九点, 17:55:23, 5:30 pm, and parts of the day (下午, 昨晚's 晚)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from yingda.understanding.values.mention import Mention
from yingda.understanding.values.numerals import worth

_PARTS: tuple[tuple[str, int, int], ...] = (
    ("凌晨|半夜|后半夜|深更半夜", 0, 6),
    ("清晨|清早|大清早|一大早|早晨|早上|早间|上午|(?<=[今明昨])早|morning", 8, 12),
    ("中午|正午|晌午|noon", 11, 14),
    ("下午|午后|afternoon", 12, 18),
    ("傍晚|黄昏", 17, 19),
    ("晚上|晚间|夜晚|夜里|夜间|深夜|午夜|(?<=[今明昨当天])[晚夜]|evening|tonight|night", 18, 24),
)
_PART = "|".join(f"(?P<p{n}>{words})" for n, (words, _, _) in enumerate(_PARTS))
_HOUR = r"(?:2[0-4]|1\d|0?\d|二十[一二三四]?|十[一二三四五六七八九]?|[零〇一二两三四五六七八九])"
_SIXTY = r"(?:[0-5]?\d|[二三四五]?十[一二三四五六七八九]?|[零〇]?[一二三四五六七八九])"
_O_CLOCK = (
    r"(?<![慢快好大小多少早晚有轻重高低差]一)(?<!一(?=点[都也儿不没小意]))"
    r"点钟?(?![\d一二两三四五六七八九]+[%折成倍])"
)
"""一点 is mostly "a little"."""
_CLOCK = re.compile(
    rf"(?:(?P<part>{_PART})\s*的?\s*)?"
    r"(?:"
    rf"(?:差(?P<less>一刻|{_SIXTY})分?钟?)?(?<![\d.:第])(?P<h>{_HOUR})\s*(?:{_O_CLOCK}|时(?![候间]))"
    rf"(?:\s*(?P<mid>半)|\s*(?P<q>[一三1-3])刻|\s*过?(?P<m>{_SIXTY})(?![天个岁块元点])\s*分?钟?(?:\s*(?P<s>{_SIXTY})秒)?|整)?"
    rf"(?:差(?P<less2>一刻|{_SIXTY})分?)?"
    r"|(?<![\d.:])(?P<h2>2[0-4]|[01]?\d):(?P<m2>[0-5]\d)(?::(?P<s2>[0-5]\d))?(?![\d:])"
    r"|(?<![\d.:])(?P<h3>1[0-2]|0?[1-9])(?=\s*[ap]\.?m)"
    r"|(?<=at )(?P<h4>1[0-2]|0?[1-9])(?=(?: o'clock)?(?![\d:]))"
    r")(?:\s*(?P<ap>[ap])\.?m(?![a-z])\.?)?|" + _PART.replace("<p", "<q"),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A time of day, or without `hour` a part of the day."""

    hour: int | None = None
    minute: int = 0
    second: int = 0
    part: tuple[int, int] | None = None
    is_on_twelve: bool = False

    def on(self, midnight: datetime) -> tuple[datetime, datetime]:
        """Begin and end, seen from a `midnight`; the small hours of an evening are the next day's."""
        if self.hour is None:
            first, last = self.part or (0, 24)
            return midnight + timedelta(hours=first), midnight + timedelta(hours=last)
        at = midnight + timedelta(hours=self.hour, minutes=self.minute, seconds=self.second)
        return at, at

    def completed_by(self, earlier: Clock) -> Clock:
        """The end of a range lies in its beginning's half of the day: 下午两点到四点."""
        is_afternoon = (earlier.hour or 0) >= 12 and earlier.part is not None
        if self.is_on_twelve and is_afternoon and self.hour is not None and self.hour < 12:
            return replace(self, hour=self.hour + 12, is_on_twelve=False)
        return self


def clocks(text: str) -> Iterator[Mention[Clock]]:
    """Every time of day in a plain text."""
    for found in _CLOCK.finditer(text):
        if clock := _clock(found):
            yield Mention(clock, found.start(), found.end())


def _clock(found: re.Match[str]) -> Clock | None:
    part = _part_of(found)
    spoken = found["h"] or found["h2"] or found["h3"] or found["h4"]
    if spoken is None:
        return Clock(part=part) if part else None
    hour, minute = int(worth(spoken) or 0), _minute(found)
    second = int(worth(found["s"] or found["s2"] or "0") or 0)
    is_on_twelve = part is None and found["ap"] is None and not found["h2"] and 1 <= hour <= 12
    is_on_twelve = is_on_twelve or (bool(found["h2"]) and part is None and not found["ap"] and 1 <= hour < 12)
    moved = _moved(hour, part, found["ap"])
    total = moved * 60 + minute
    if total < 0 or moved > 26:
        return None
    return Clock(hour=total // 60, minute=total % 60, second=second, part=part, is_on_twelve=is_on_twelve)


def _part_of(found: re.Match[str]) -> tuple[int, int] | None:
    for n, (_, first, last) in enumerate(_PARTS):
        if found[f"p{n}"] or found[f"q{n}"]:
            return first, last
    return None


def _minute(found: re.Match[str]) -> int:
    minute = 30 if found["mid"] else int(worth(found["m"] or found["m2"] or "0") or 0)
    if found["q"]:
        minute = 15 * int(worth(found["q"]) or 0)
    if less := found["less"] or found["less2"]:
        minute -= 15 if less == "一刻" else int(worth(less) or 0)
    return minute


def _moved(hour: int, part: tuple[int, int] | None, half: str | None) -> int:
    """The hour on the day's full count."""
    if half:
        return hour % 12 + (12 if half.lower() == "p" else 0)
    if part is None or hour > 12:
        return hour
    if part == (0, 6):
        return hour % 12
    if part[0] >= 17 and hour in (0, 12):
        return 24
    if part[0] >= 18 and 1 <= hour <= 4:
        return hour + 24 if hour <= 2 else hour
    if part[0] >= 11 and hour < 12 and not (part[0] == 11 and hour >= 10):
        return hour + 12
    return hour
