"""Spoken numbers put down as people write them: 二零零八年八月八日 → 2008/08/08, 三五百 → 300~500."""

from __future__ import annotations

import re
from collections.abc import Callable

from yingda.understanding.values.digits import SURE
from yingda.understanding.values.numerals import NUMERAL, worth
from yingda.understanding.values.width import plain

_ONE = "零〇一二三四五六七八九"
_CODE = "零〇一二两三四五六七八九幺洞拐勾柒玖叁伍陆捌壹贰"
_TEN = rf"[二三四五]?十[{_ONE[2:]}]?|[{_ONE[2:]}]"
_MONTH = "十[一二]?|[一二三四五六七八九]"
_DAY = f"[二三]?十[{_ONE[2:]}]?|[{_ONE[2:]}]"
_MINUTE = rf"[二三四五]?十[{_ONE[2:]}]?|零[{_ONE[2:]}]"
_KEPT_SCALE = 1_000_000
"""From here on 万 stays a word: 100万1111."""

_DATE = re.compile(
    rf"(?:(?<![千百])(?P<y>[{_ONE}]{{4}}|[{_ONE}]{{2}})年)?(?P<m>{_MONTH})月(?P<d>{_DAY})[日号]"
    rf"|(?<![千百])(?P<y2>[{_ONE}]{{4}}|[{_ONE}]{{2}})年(?P<m2>{_MONTH})月"
)
_YEAR = re.compile(rf"(?P<y>[{_ONE}]{{2,4}}|[二两]千零?[{_ONE}十]{{0,3}})(?=年)")
_CLOCK = re.compile(
    rf"(?P<part>凌晨|早上|上午|下午|晚上)?(?P<h>零|二?十[{_ONE[2:]}]?|[一两二三四五六七八九])点"
    rf"(?:(?P<half>半)|(?P<q>[一三])刻|(?P<m>{_MINUTE})分?(?:(?P<s>{_TEN}|零[{_ONE[2:]}])秒)?)"
)
_SHARE = re.compile(rf"百分之(?P<sign>负)?(?P<n>{NUMERAL})")
_DOTTED = re.compile(rf"(?<![{_CODE}])[{_CODE}]{{1,3}}(?:点[{_CODE}]{{1,3}}){{2,}}")
_ABOUT = re.compile(
    rf"(?P<lead>[{_ONE}百千万十]*?[百千万])??(?P<tens>[{_ONE[2:]}]?十)?"
    rf"(?P<a>[{_ONE[2:]}])(?P<b>[{_ONE[2:]}])(?P<unit>[十百千]?[万亿]?)(?![{_ONE}十百千点年月])"
)
_CODES = re.compile(rf"(?<![{_CODE}十百千万亿点])[{_CODE}]{{2,}}(?![{_CODE}十百千万亿点])")
_NUMBER = re.compile(rf"(?P<sign>负)?(?P<n>{NUMERAL})")

_FIGURE = re.compile(r"[0-9]")

Writer = Callable[[re.Match[str]], str | None]


def written(text: str) -> str:
    """Dates, times, shares and numbers in figures; single digits stay words inside a sentence."""
    flat = plain(text)
    for pattern, write in _WRITERS:
        flat = _replaced(pattern, write, flat)
    return flat


def _replaced(pattern: re.Pattern[str], write: Writer, text: str) -> str:
    """What a writer leaves alone stays as it was said."""

    def figures(found: re.Match[str]) -> str:
        put = write(found)
        return found[0] if put is None else put

    return pattern.sub(figures, text)


def _spelt(digits: str) -> str:
    return "".join(SURE[char] for char in digits)


def _two(numeral: str) -> str:
    return f"{int(worth(numeral) or 0):02}"


def _date(found: re.Match[str]) -> str | None:
    year, month, day = found["y"] or found["y2"], found["m"] or found["m2"], found["d"]
    parts = [_spelt(year)] if year else []
    return "/".join([*parts, _two(month), *([_two(day)] if day else [])])


def _year(found: re.Match[str]) -> str | None:
    return str(worth(found["y"])) if found["y"][0] in "二两" and "千" in found["y"] else _spelt(found["y"])


def _clock(found: re.Match[str]) -> str | None:
    hour = "00" if found["h"] == "零" else str(worth(found["h"]))
    minute = "30" if found["half"] else {"一": "15", "三": "45"}.get(found["q"] or "") or _two(found["m"])
    second = f":{_two(found['s'])}" if found["s"] else ""
    half = {"凌晨": "a.m.", "早上": "a.m.", "上午": "a.m.", "下午": "p.m.", "晚上": "p.m."}
    return f"{hour}:{minute}{second}{half.get(found['part'] or '', '')}"


def _share(found: re.Match[str]) -> str | None:
    value = worth(found["n"])
    return None if value is None else f"{'-' if found['sign'] else ''}{value:f}%"


def _dotted(found: re.Match[str]) -> str | None:
    return ".".join(_spelt(part) for part in found[0].split("点"))


def _about(found: re.Match[str]) -> str | None:
    """Two neighbouring digits that mean about so many: 三五百, 十五六, 一万六七."""
    low, high = SURE[found["a"]], SURE[found["b"]]
    lead, tens, unit = found["lead"] or "", found["tens"] or "", found["unit"]
    if low >= high or not (lead or tens or unit):
        return None
    small, large = unit.rstrip("万亿"), unit[len(unit.rstrip("万亿")) :]
    scale = {"": 1, "十": 10, "百": 100, "千": 1000}[small]
    before = int(worth(lead + tens) or 0) if lead or tens else 0
    if not before:
        return f"{int(low) * scale}~{int(high) * scale}{large}"
    if lead and not tens and not unit:
        scale = {"百": 10, "千": 100, "万": 1000}[lead[-1]]
        return f"{before + int(low) * scale}-{int(high) * scale}"
    return f"{before + int(low) * scale}-{int(high) * scale}{large}"


def _code(found: re.Match[str]) -> str | None:
    return _spelt(found[0])


def _number(found: re.Match[str]) -> str | None:
    numeral, sign = found["n"], "-" if found["sign"] else ""
    is_lone = len(numeral) == 1 and not sign and len(found.string) > 1
    value = worth(numeral)
    if value is None or is_lone or _FIGURE.search(numeral):
        return None
    if value >= _KEPT_SCALE and "万" in numeral and value == int(value):
        head, rest = divmod(int(value), 10_000)
        return f"{sign}{head}万{rest or ''}"
    return f"{sign}{value:f}"


_WRITERS: tuple[tuple[re.Pattern[str], Writer], ...] = (
    (_DATE, _date),
    (_YEAR, _year),
    (_CLOCK, _clock),
    (_SHARE, _share),
    (_DOTTED, _dotted),
    (_ABOUT, _about),
    (_CODES, _code),
    (_NUMBER, _number),
)
