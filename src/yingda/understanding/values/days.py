"""Days, weeks, months and years as people name them: 上周三, 下个月5号, 2024年3月5号, last Friday."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from yingda.understanding.values.dates import Date, shifted
from yingda.understanding.values.numerals import worth
from yingda.understanding.values.when import Span

Named = Date | tuple[Span, ...]
"""What is still to be found relative to a day, or already is."""
Reader = Callable[[re.Match[str], datetime], Named]

_DIGIT = "零〇一二三四五六七八九"
_YEAR = (
    rf"\d{{4}}|[{_DIGIT}]{{4}}|[二两]千[零〇]?[一二三四五六七八九十]{{0,3}}|[09]\d|[{_DIGIT}]{{2}}"
    r"|\d\d(?=\s*年\s*\d{1,2}\s*月)"
)
_MONTH = r"1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九正冬腊]"
_DAY = (
    r"3[01]|[12]\d|0?[1-9]|初[一二三四五六七八九十]|廿[一二三四五六七八九]?|三十一?|二?十[一二三四五六七八九]?"
    r"|[一二三四五六七八九]"
)
_NUMBERED = r"(?![线楼门馆厅窗柜院桌机床位码店仓舱公车站本报常])"
"""No day: 3号线, 日本."""
_REPUBLIC = 1911
_RELATIVE_YEAR = {"大前": -3, "前": -2, "去": -1, "今": 0, "本": 0, "明": 1, "后": 2}
_RELATIVE = {"上上": -2, "上": -1, "这": 0, "本": 0, "当": 0, "下": 1, "下下": 2}
_RELATIVE_DAY = {"大前": -3, "前": -2, "昨": -1, "今": 0, "当": 0, "明": 1, "后": 2, "大后": 3}
_THIRDS = {
    "初": (0, 10), "上旬": (0, 10), "中": (10, 20), "中旬": (10, 20),
    "下旬": (20, 31), "底": (20, 31), "末": (20, 31),
}  # fmt: skip
_WEEKDAYS = "一二三四五六日"
_CENTURY_PIVOT = 20
"""A year of two digits lies at most so far ahead."""

_ISO = re.compile(
    r"(?<![\d.-])(?P<y>\d{4}|\d\d(?=-\d\d-\d\d))(?P<sep>[-/.])(?P<m>1[0-2]|0?[1-9])(?P=sep)(?P<d>3[01]|[12]\d|0?[1-9])"
    r"(?![\d-]|\.\d)"
)
_DATE = re.compile(
    r"(?P<lunar>农历|阴历)?\s*(?:公元)?"
    rf"(?:民国(?P<republic>[元一二三四五六七八九十\d]+)\s*年\s*|(?P<y>{_YEAR})\s*年\s*|(?P<ry>大前|前|去|今|本|明|后)年\s*的?)?"
    rf"(?<![\d第])(?P<m>{_MONTH})\s*月(?![亮饼球票])份?的?"
    rf"(?:\s*(?P<d>{_DAY})(?:\s*[日号]{_NUMBERED}|(?![\d点时个:年天月%半块元万千百多几辆])))?"
)
_MONTHS_OFF = re.compile(
    r"(?P<off>上上|上|下下|下|这|本|当)个?月份?的?"
    rf"(?:(?P<third>初|中旬?|上旬|下旬|底|末)|\s*(?P<d>{_DAY})\s*[日号]{_NUMBERED})?"
)
_YEARS = re.compile(
    rf"(?:公元)?(?:民国(?P<republic>[元一二三四五六七八九十\d]+)年|(?<!\d)(?P<y>{_YEAR})\s*年(?![代级])"
    r"|(?P<ry>大前|前|去|今|本|明|后)年)"
    r"的?(?:(?P<half>[上下])半年|第?(?P<quarter>[一二三四1-4])季度)?"
)
_DECADE = re.compile(
    r"(?P<century>[一二三四五六七八九十]+|\d\d?)\s*世纪\s*(?:(?P<d1>[一二三四五六七八九]十|\d0)年代)?"
    r"|(?P<d2>[一二三四五六七八九]十|\d0)年代"
)
_DAYS_OFF = re.compile(
    r"(?P<off>大前|大后|前|昨|今|当|明|(?<![以之])后)(?:天|日(?![本报常])|儿个?|(?<![前后])(?=[早晚夜](?!点)))"
)
_WEEK = re.compile(
    rf"(?P<off>上上|上|下下|下|这|本)?个?(?:周|星期|礼拜)(?P<day>[{_WEEKDAYS}天末])"
    r"|(?P<only>上上|上|下下|下|这|本)个?(?:周|星期|礼拜)"
)
_ONLY_DAY = re.compile(rf"(?<![\d.月第零〇一二三四五六七八九十])(?P<d>{_DAY})\s*[日号]{_NUMBERED}")
_LATELY = re.compile(r"最近(?!的?[一二三四五六七八九十几两\d])|近日|近期")


def one_day(now: datetime, days_on: int = 0) -> tuple[Span, ...]:
    """The day some days from now."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days_on)
    return (Span(day, day + timedelta(days=1)),)


def weekday(now: datetime, number: int, weeks_on: int | None) -> tuple[Span, ...]:
    """That day of a week some weeks from this one; the last and the next such day where no week was named."""
    off = number - now.weekday()
    if weeks_on is not None:
        return one_day(now, off + 7 * weeks_on)
    past = off if off <= 0 else off - 7
    return (*one_day(now, past), *one_day(now, past + 7))


def _year(found: re.Match[str], now: datetime) -> int | None:
    groups = found.groupdict()
    if republic := groups.get("republic"):
        return _REPUBLIC + int(worth(republic.replace("元", "1")) or 1)
    if groups.get("ry"):
        return now.year + _RELATIVE_YEAR[groups["ry"]]
    said = groups.get("y")
    if not said:
        return None
    year = int(worth(said) or 0)
    if len(said) != 2:
        return year
    century = now.year - now.year % 100
    return century + year if year <= now.year % 100 + _CENTURY_PIVOT else century - 100 + year


def _month_number(said: str) -> int:
    return {"正": 1, "冬": 11, "腊": 12}.get(said) or int(worth(said) or 0)


def _day_number(said: str | None) -> int | None:
    return int(worth(said.removeprefix("初")) or 0) if said else None


def _read_date(found: re.Match[str], now: datetime) -> Named:
    is_lunar = bool(found.groupdict().get("lunar")) or found["m"] in tuple("正冬腊")
    is_lunar = is_lunar or (found["d"] or "").startswith(("初", "廿"))
    month, day = _month_number(found["m"]), _day_number(found["d"])
    return Date(year=_year(found, now), month=month, day=day, is_lunar=is_lunar)


def _read_months_off(found: re.Match[str], now: datetime) -> Named:
    first = shifted(one_day(now)[0].start.replace(day=1), _RELATIVE[found["off"]])
    if found["d"]:
        return Date(year=first.year, month=first.month, day=_day_number(found["d"]))
    last = shifted(first, 1)
    begin, end = _THIRDS.get(found["third"] or "", (0, 31))
    return (Span(first + timedelta(days=begin), min(last, first + timedelta(days=end))),)


def _read_year(found: re.Match[str], now: datetime) -> Named:
    year = _year(found, now) or now.year
    if not found["half"] and not found["quarter"]:
        return Date(year=year)
    months = 6 if found["half"] else 3
    place = "上下".index(found["half"]) if found["half"] else int(worth(found["quarter"]) or 1) - 1
    first = one_day(now)[0].start.replace(year=year, month=1 + months * place, day=1)
    return (Span(first, shifted(first, months)),)


def _read_decade(found: re.Match[str], now: datetime) -> Named:
    midnight = one_day(now)[0].start.replace(month=1, day=1)
    said = found["d1"] or found["d2"]
    tens = int(worth(said) or 0) if said else 0
    if found["century"]:
        first = midnight.replace(year=(int(worth(found["century"]) or 1) - 1) * 100 + tens or 1)
        return (Span(first, shifted(first, 120 if said else 1200)),)
    past = now.year - (now.year - tens) % 100
    starts = (midnight.replace(year=past), midnight.replace(year=past + 100))
    return tuple(Span(first, shifted(first, 120)) for first in starts)


def _read_days_off(found: re.Match[str], now: datetime) -> Named:
    return one_day(now, _RELATIVE_DAY[found["off"]])


def _read_week(found: re.Match[str], now: datetime) -> Named:
    if found["only"]:
        monday = weekday(now, 0, _RELATIVE[found["only"]])[0].start
        return (Span(monday, monday + timedelta(weeks=1)),)
    weeks_on = _RELATIVE[found["off"]] if found["off"] else None
    if found["day"] == "末":
        saturday = weekday(now, 5, weeks_on or 0)[0].start
        return (Span(saturday, saturday + timedelta(days=2)),)
    return weekday(now, _WEEKDAYS.index(found["day"].replace("天", "日")), weeks_on)


def _read_only_day(found: re.Match[str], now: datetime) -> Named:
    return Date(day=_day_number(found["d"]))


def _read_lately(found: re.Match[str], now: datetime) -> Named:
    return one_day(now)


CHINESE: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (_ISO, _read_date),
    (_DATE, _read_date),
    (_MONTHS_OFF, _read_months_off),
    (_YEARS, _read_year),
    (_DECADE, _read_decade),
    (_DAYS_OFF, _read_days_off),
    (_WEEK, _read_week),
    (_ONLY_DAY, _read_only_day),
    (_LATELY, _read_lately),
)
