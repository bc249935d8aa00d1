"""Days as English names them: yesterday, last Friday, March 5 2024, the day after tomorrow."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from yingda.understanding.values.dates import Date, shifted
from yingda.understanding.values.days import Named, Reader, one_day, weekday
from yingda.understanding.values.when import Span

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OFF = {"last": -1, "this": 0, "next": 1}
_DAYS_OFF = {
    "yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1,
    "the day before yesterday": -2, "the day after tomorrow": 2,
}  # fmt: skip
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_NUMBER = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"(?<![a-z])(?:(?P<m1>{_MONTH})\s+(?P<d1>{_NUMBER})(?![\d:])(?:,?\s+(?P<y1>\d{{4}}))?"
    rf"|(?P<d2>{_NUMBER})(?: of)?\s+(?P<m2>{_MONTH})(?:,?\s+(?P<y2>\d{{4}}))?)(?![a-z])",
    re.IGNORECASE,
)
_DAY = re.compile(
    rf"(?<![a-z])(?P<off>{'|'.join(sorted(_DAYS_OFF, key=len, reverse=True))})(?![a-z])", re.IGNORECASE
)
_UNIT = re.compile(r"(?<![a-z])(?P<off>last|this|next)\s+(?P<unit>week|month|year)(?![a-z])", re.IGNORECASE)
_WEEKDAY = re.compile(
    r"(?<![a-z])(?:(?P<off>last|this|next)\s+)?"
    r"(?P<day>(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?(?![a-z])",
    re.IGNORECASE,
)


def _read_date(found: re.Match[str], now: datetime) -> Named:
    month = _MONTHS.index((found["m1"] or found["m2"])[:3].lower()) + 1
    year = found["y1"] or found["y2"]
    day = int((found["d1"] or found["d2"]).rstrip("stndrh"))
    return Date(year=int(year) if year else None, month=month, day=day)


def _read_day(found: re.Match[str], now: datetime) -> Named:
    return one_day(now, _DAYS_OFF[found["off"].lower()])


def _read_unit(found: re.Match[str], now: datetime) -> Named:
    off, unit = _OFF[found["off"].lower()], found["unit"].lower()
    if unit == "week":
        monday = weekday(now, 0, off)[0].start
        return (Span(monday, monday + timedelta(weeks=1)),)
    if unit == "year":
        return Date(year=now.year + off)
    first = shifted(one_day(now)[0].start.replace(day=1), off)
    return Date(year=first.year, month=first.month)


def _read_weekday(found: re.Match[str], now: datetime) -> Named:
    """ "Last Friday" is the one before today, "next Friday" the one after."""
    number = _WEEKDAYS.index(found["day"][:3].lower())
    off = (found["off"] or "").lower()
    if off == "this":
        return weekday(now, number, 0)
    if number == now.weekday() and off:
        return weekday(now, number, _OFF[off])
    past, coming = weekday(now, number, None)
    return {"last": (past,), "next": (coming,)}.get(off, (past, coming))


ENGLISH: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (_DATE, _read_date),
    (_DAY, _read_day),
    (_UNIT, _read_unit),
    (_WEEKDAY, _read_weekday),
)
