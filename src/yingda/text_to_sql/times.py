"""Ranges of days that a question names, as meant on the day it is asked; open where it says since."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from yingda.text_to_sql.grains import months_before
from yingda.understanding.values.times import times as spoken_times

_MONTHS = {name.lower(): index for index, name in enumerate(calendar.month_name) if name} | {
    name.lower(): index for index, name in enumerate(calendar.month_abbr) if name
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_COUNTS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "ten": 10,
    "twelve": 12,
}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_HAN_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_UNIT_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_YEAR = r"(?:19|20)\d\d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """`text[begin:stop]` names the days from `start` up to and without `end`; either may be open.

    `year` is set where nothing but a year is named.
    """

    begin: int
    stop: int
    start: date | None
    end: date | None
    year: int | None = None


Reader = Callable[[re.Match[str], date], tuple[date, date] | None]


def periods(text: str, today: date) -> tuple[Period, ...]:
    """All that are named in a text that is `flat`, in order, none overlapping another."""
    found = sorted(_all(text, today), key=lambda one: (one.begin, -one.stop))
    kept: list[Period] = []
    for one in found:
        if not kept or one.begin >= kept[-1].stop:
            kept.append(one)
        elif one.stop - one.begin > kept[-1].stop - kept[-1].begin:
            kept[-1] = one
    return tuple(_opened(text, one) for one in _joined(text, kept))


def _all(text: str, today: date) -> Iterator[Period]:
    for pattern, read in _PATTERNS:
        for match in pattern.finditer(text):
            if days := read(match, today):
                is_year = read is _read_year
                yield Period(
                    begin=match.start(),
                    stop=match.end(),
                    start=days[0],
                    end=days[1],
                    year=days[0].year if is_year else None,
                )
    if not text.isascii():
        yield from _spoken(text, today)


def _spoken(text: str, today: date) -> Iterator[Period]:
    now = datetime.combine(today, time())
    for mention in spoken_times(text, now):
        spans = [span for span in mention.value.spans if span.start <= now] or list(mention.value.spans)
        if mention.value.grain in ("day", "period") and spans:
            stop = mention.end - (text[mention.end - 1] == "的")
            year = re.fullmatch(rf"({_YEAR})\s*年", text[mention.start : stop])
            start, end = spans[-1].start.date(), spans[-1].end.date()
            if end == today and mention.value.grain == "period" and _ROLLING.match(text, mention.start):
                start, end = _until_now(start, today)
            yield Period(
                begin=mention.start,
                stop=stop,
                start=start,
                end=end,
                year=int(year[1]) if year else None,
            )


def _month(year: int, month: int, count: int = 1) -> tuple[date, date]:
    start = date(year, month, 1)
    return start, months_before(start, -count)


def _quarter(year: int, quarter: int) -> tuple[date, date]:
    return _month(year, 3 * quarter - 2, 3)


def _unit(today: date, unit: str, off: int) -> tuple[date, date]:
    """The week, month, quarter or year that lies `off` from the one today is in."""
    if unit == "day":
        day = today + timedelta(days=off)
        return day, day + timedelta(days=1)
    if unit == "week":
        start = today - timedelta(days=today.weekday()) + timedelta(weeks=off)
        return start, start + timedelta(weeks=1)
    months = _UNIT_MONTHS[unit]
    first = date(today.year, (today.month - 1) // months * months + 1, 1)
    start = months_before(first, -off * months)
    return start, months_before(start, -months)


def _read_year(match: re.Match[str], _today: date) -> tuple[date, date]:
    return _month(int(match["y"]), 1, 12)


def _read_month(match: re.Match[str], today: date) -> tuple[date, date]:
    month = _MONTHS[match["m"]]
    year = int(match["y"]) if match["y"] else today.year - (month > today.month)
    return _month(year, month)


def _read_day(match: re.Match[str], today: date) -> tuple[date, date] | None:
    month = _MONTHS[match["m"]]
    year = int(match["y"]) if match["y"] else today.year
    try:
        day = date(year, month, int(match["d"]))
    except ValueError:
        return None
    return day, day + timedelta(days=1)


def _read_quarter(match: re.Match[str], today: date) -> tuple[date, date]:
    said = match["q"]
    return _quarter(int(match["y"] or today.year), _ORDINALS.get(said) or _HAN_DIGITS[said[-1]])


def _read_half(match: re.Match[str], today: date) -> tuple[date, date]:
    year = {"去年": today.year - 1, "今年": today.year, None: today.year}.get(match["y"]) or int(
        match["y"][:4]
    )
    return _month(year, 1 if match["h"] == "上" else 7, 6)


def _read_this(match: re.Match[str], today: date) -> tuple[date, date]:
    off = {"this": 0, "current": 0, "last": -1, "previous": -1, "next": 1}[match["o"]]
    return _unit(today, match["u"], off)


def _read_this_han(match: re.Match[str], today: date) -> tuple[date, date]:
    off = {"上上": -2, "上": -1, "下": 1}.get(match["o"], 0)
    return _unit(today, "quarter", off)


def _read_named(match: re.Match[str], today: date) -> tuple[date, date]:
    return _unit(today, "day", {"today": 0, "yesterday": -1}[match[0]])


def _read_rolling(match: re.Match[str], today: date) -> tuple[date, date]:
    count = _COUNTS.get(match["n"] or "1") or int(match["n"] or 1)
    unit = match["u"]
    if unit in _UNIT_MONTHS:
        return _until_now(months_before(today, count * _UNIT_MONTHS[unit]), today)
    return _until_now(today - timedelta(days=count * (7 if unit == "week" else 1)), today)


def _until_now(start: date, today: date) -> tuple[date, date]:
    """A stretch that ends now: today is the last of its days."""
    return start + timedelta(days=1), today + timedelta(days=1)


def _read_iso(match: re.Match[str], _today: date) -> tuple[date, date] | None:
    try:
        if match["d"] is None:
            return _month(int(match["y"]), int(match["m"]))
        day = date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return None
    return day, day + timedelta(days=1)


_PATTERNS: tuple[tuple[re.Pattern[str], Reader], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (rf"(?<![\w-])(?P<y>{_YEAR})[-/.](?P<m>\d\d?)(?:[-/.](?P<d>\d\d?))?(?![\w-])", _read_iso),
        (rf"(?<![\w.,-])(?:(?:the )?years? )?(?P<y>{_YEAR})(?:\s*年度?)?(?![\w.%-])", _read_year),
        (rf"\b(?P<m>{_MONTH})\.?(?: of)?(?:,? (?P<y>{_YEAR}))?(?![\w-])", _read_month),
        (rf"\b(?P<m>{_MONTH})\.? (?P<d>\d\d?)(?:st|nd|rd|th)?(?:,? (?P<y>{_YEAR}))?(?!\d)", _read_day),
        (rf"\b(?P<q>q[1-4])(?: (?:of )?(?P<y>{_YEAR}))?(?!\w)", _read_quarter),
        (rf"(?P<y>{_YEAR})(?:\s*年)?\s*(?:的)?(?P<q>q[1-4])(?!\w)", _read_quarter),
        (rf"(?P<y>{_YEAR})\s*年\s*第?(?P<q>[一二三四1-4])季度?", _read_quarter),
        (
            r"(?P<y>今年)?第(?P<q>[一二三四1-4])季度",
            lambda found, today: _quarter(today.year, _HAN_DIGITS[found["q"]]),
        ),
        (
            r"\b(?:the )?(?P<q>" + "|".join(_ORDINALS) + rf") quarter(?: (?:of |in )?(?P<y>{_YEAR}))?",
            _read_quarter,
        ),
        (rf"(?P<y>(?:{_YEAR})\s*年|今年|去年)?(?P<h>[上下])半年(?![\w])?", _read_half),
        (r"\b(?:the )?(?P<o>this|current|last|previous|next) (?P<u>week|month|quarter|year)\b", _read_this),
        (r"(?P<o>上上|上|下|本|这|当)(?:一)?个?季度", _read_this_han),
        (r"\b(?:today|yesterday)\b", _read_named),
        (
            r"\b(?:the )?(?:last|past|previous|most recent) (?P<n>\d+|"
            + "|".join(_COUNTS)
            + r") (?P<u>day|week|month|quarter|year)s?\b",
            _read_rolling,
        ),
        (r"\b(?:the )?past (?P<n>)(?P<u>day|week|month|quarter|year)\b", _read_rolling),
    )
)
_ROLLING = re.compile(r"最近|近|过去|前(?!天)|last|past")
_TO = re.compile(r"\s*(?:to|until|till|through|-|~|到|至|and|和)\s*")
_FROM = re.compile(r"(?:from|between|从|自|介于|在)\s*$")
_BETWEEN = re.compile(r"(?:between|介于|在)\s*$")
_SINCE = re.compile(r"(?:since|starting(?: from| in)?|from|自从|自|从)\s*(?:the )?$")
_AFTER = re.compile(r"(?:after|later than)\s*(?:the )?$")
_BEFORE = re.compile(r"(?:before|prior to|earlier than|until)\s*(?:the )?$")
_ON = re.compile(r"\s*(?:以来|开始|起|至今|到现在|onwards?|or (?:after|later)|and (?:after|later))")
_THEN = re.compile(r"\s*(?:之后|以后|后)(?![天面])")
_BY_THEN = re.compile(r"\s*(?:之前|以前|前|or (?:before|earlier))(?![天面\d])")
_IN = re.compile(r"(?:\bin|\bon|\bduring|\bfor|\bwithin|\bof|在)\s*(?:the )?$")


def _joined(text: str, found: list[Period]) -> Iterator[Period]:
    """Two periods as the ends of one."""
    at = 0
    while at < len(found):
        first, second = found[at], found[at + 1] if at + 1 < len(found) else None
        lead = _FROM.search(text[: first.begin])
        link = _TO.fullmatch(text, first.stop, second.begin) if second else None
        if second and link and (lead or link[0].strip() not in ("and", "和")):
            first = _of_year(first, second)
            tail = re.compile(r"\s*(?:之间|期间)").match(text, second.stop)
            yield Period(
                begin=lead.start() if lead else first.begin,
                stop=tail.end() if tail else second.stop,
                start=first.start,
                end=second.end,
            )
            at += 2
            continue
        yield first
        at += 1


def _of_year(first: Period, second: Period) -> Period:
    """`between January and March 2024`: the first takes over the year of the second."""
    if first.start and second.start and first.end and first.start.year != second.start.year:
        moved = replace(first, start=first.start.replace(year=second.start.year, day=1))
        if first.start.day == 1 and moved.start and moved.start <= second.start and first.year is None:
            return moved
    return first


def _opened(text: str, one: Period) -> Period:
    """What stands before or after may leave an end open; what is closed keeps its year."""
    before = text[: one.begin]
    if lead := _SINCE.search(before):
        return replace(one, begin=lead.start(), end=None)
    if tail := _ON.match(text, one.stop):
        return replace(one, stop=tail.end(), end=None)
    if lead := _AFTER.search(before):
        return replace(one, begin=lead.start(), start=one.end, end=None)
    if lead := _BEFORE.search(before):
        return replace(one, begin=lead.start(), start=None, end=one.start)
    if tail := _THEN.match(text, one.stop):
        return replace(one, stop=tail.end(), start=one.end, end=None)
    if tail := _BY_THEN.match(text, one.stop):
        return replace(one, stop=tail.end(), start=None, end=one.start)
    if lead := _IN.search(before):
        return replace(one, begin=lead.start())
    return one
