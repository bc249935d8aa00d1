"""Lengths of time: 三天, 两个半小时, 1小时20分钟, 半年, half an hour."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from yingda.understanding.values.dates import shifted
from yingda.understanding.values.mention import Mention
from yingda.understanding.values.numerals import NUMERAL, neighbours, worth
from yingda.understanding.values.width import plain

_UNITS = {
    "年": (12, 0), "个月": (1, 0), "月": (1, 0), "周": (0, 604800), "星期": (0, 604800), "礼拜": (0, 604800),
    "天": (0, 86400), "日": (0, 86400), "小时": (0, 3600), "钟头": (0, 3600), "刻钟": (0, 900),
    "分": (0, 60), "分钟": (0, 60), "秒": (0, 1), "秒钟": (0, 1),
    "year": (12, 0), "month": (1, 0), "week": (0, 604800), "day": (0, 86400), "hour": (0, 3600),
    "minute": (0, 60), "min": (0, 60), "second": (0, 1), "sec": (0, 1),
}  # fmt: skip
_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
          "eight": 8, "nine": 9, "ten": 10, "couple": 2}  # fmt: skip
_PART = re.compile(
    rf"(?P<n>{NUMERAL}|半|(?<![a-z])(?<!half )(?:{'|'.join(_WORDS)})(?: of)? )\s*"
    r"[多来几]?个?(?P<half>(?<=个)半)?多?\s*"
    r"(?P<unit>年(?!级|[初底终末代]|中(?!国))|(?<=个)月|(?<=个半)月|周(?![一二三四五六日末])"
    r"|(?:星期|礼拜)(?![一二三四五六日天])|天|日(?=[前后内])|小时|钟头|刻钟|分钟?|秒钟?"
    r"|(?:year|month|week|day|hour|minute|min|second|sec)s?(?![a-z]))(?P<plus>半(?!年|天|个))?",
    re.IGNORECASE,
)
_HALF_AN = re.compile(r"(?<![a-z])half (?:an? )?(?P<unit>hour|day|year|minute)(?![a-z])", re.IGNORECASE)
_GAP = re.compile(r"[零又\s]*(?:and )?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """Months are kept apart: they have no fixed length."""

    months: int = 0
    seconds: float = 0

    def before(self, moment: datetime) -> datetime:
        """That long ago, seen from `moment`."""
        return shifted(moment, -self.months) - timedelta(seconds=self.seconds)

    def after(self, moment: datetime) -> datetime:
        """That long after `moment`."""
        return shifted(moment, self.months) + timedelta(seconds=self.seconds)


def durations(text: str) -> list[Mention[Duration]]:
    """Every length of time; neighbours of falling size are one."""
    found: list[Mention[Duration]] = []
    flat = plain(text)
    for part in sorted([*_PART.finditer(flat), *_HALF_AN.finditer(flat)], key=re.Match.start):
        length = _length(part)
        if length is None:
            continue
        last = found[-1] if found else None
        if last and _GAP.fullmatch(flat, last.end, part.start()):
            total = Duration(
                months=last.value.months + length.months, seconds=last.value.seconds + length.seconds
            )
            found[-1] = Mention(total, last.start, part.end())
        else:
            found.append(Mention(length, part.start(), part.end()))
    return found


def _length(part: re.Match[str]) -> Duration | None:
    groups = part.groupdict()
    unit = part["unit"].lower()
    months, seconds = _UNITS[unit.rstrip("s") if unit.isascii() else unit]
    count = _count(groups.get("n"))
    is_calendar_year = (
        unit == "年" and count is not None and (count >= 1000 or str(part["n"]).startswith("0"))
    )
    if count is None or is_calendar_year:
        return None
    count += Decimal("0.5") * sum(bool(groups.get(half)) for half in ("half", "plus"))
    whole_months = count * months
    rest = (whole_months % 1) * 30 * 86400
    return Duration(months=int(whole_months), seconds=float(count * seconds + rest))


def _count(numeral: str | None) -> Decimal | None:
    if numeral is None or numeral == "半":
        return Decimal("0.5")
    if len(numeral) == 2 and (about := neighbours(numeral)):
        return about
    word = numeral.strip().lower().removesuffix(" of")
    return Decimal(_WORDS[word]) if word in _WORDS else worth(numeral)
