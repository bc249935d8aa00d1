"""Days and times of day as they stand in a text, each day with the time that belongs to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from yingda.understanding.values.clocks import Clock, clocks
from yingda.understanding.values.days import CHINESE, Named
from yingda.understanding.values.english_days import ENGLISH
from yingda.understanding.values.mention import Mention

_JOINT = re.compile(
    r"[\s,的吧啊呢]*(?:就是说?|[那这]个)*(?:大概|大约|差不多|可能|应该|好像)?是?在?\s*(?:at\s+)?"
)
_BACKWARDS = re.compile(r"(?:,|\s)*(?:on\s+)?")
_LATIN = re.compile("[A-Za-z]")
_HAN = re.compile("[\u4e00-\u9fff]")
_WEEKDAY_AFTER = re.compile(r"[\s,(]*(?:周|星期|礼拜)[一二三四五六日天]\)?")


@dataclass(frozen=True, slots=True)
class Piece:
    """A day, a time of day, or both, as said."""

    start: int
    end: int
    day: Named | None = None
    clock: Clock | None = None


def pieces(text: str, now: datetime) -> list[Piece]:
    """In order; a time of day belongs to the day right before it, in English also to the one after it."""
    named, hours = _days(text, now), list(clocks(text))
    found, taken = list[Piece](), set[int]()
    for day in named:
        hour = _hour_of(text, day, [one for one in hours if one.start not in taken])
        if hour is None:
            found.append(Piece(day.start, day.end, day.value))
            continue
        taken.add(hour.start)
        found.append(Piece(min(day.start, hour.start), max(day.end, hour.end), day.value, hour.value))
    for hour in hours:
        is_free = not any(piece.start < hour.end and hour.start < piece.end for piece in found)
        if is_free:
            found.append(Piece(hour.start, hour.end, clock=hour.value))
    return sorted(found, key=lambda piece: piece.start)


def _days(text: str, now: datetime) -> list[Mention[Named]]:
    """Of two readings of one place the longer; a weekday behind a date says nothing new."""
    readers = (CHINESE if _HAN.search(text) else CHINESE[:1]) + (ENGLISH if _LATIN.search(text) else ())
    matches = [(match, read) for pattern, read in readers for match in pattern.finditer(text)]
    found, at = list[Mention[Named]](), 0
    for match, read in sorted(matches, key=lambda one: (one[0].start(), -one[0].end())):
        if match.start() < at:
            continue
        weekday = _WEEKDAY_AFTER.match(text, match.end())
        at = weekday.end() if weekday else match.end()
        found.append(Mention(read(match, now), match.start(), at))
    return found


def _hour_of(text: str, day: Mention[Named], hours: list[Mention[Clock]]) -> Mention[Clock] | None:
    for hour in hours:
        if hour.start >= day.end and _JOINT.fullmatch(text, day.end, hour.start):
            return hour
        is_english = text[day.start].isascii()
        if is_english and hour.end <= day.start and _BACKWARDS.fullmatch(text, hour.end, day.start):
            return hour
    return None
