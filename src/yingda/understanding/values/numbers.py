"""Numbers and shares in running text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from yingda.understanding.values.mention import Mention
from yingda.understanding.values.numerals import NUMERAL, worth
from yingda.understanding.values.width import plain

_SIGN = r"(?:负\s*|(?<![\w)\u4e00-\u9fff-])-)"
_MAGNITUDES = {"k": 3, "K": 3, "M": 6, "m": 6, "G": 9, "g": 9, "B": 9, "b": 9, "T": 12, "t": 12}
_TIMES = (
    rf"(?:\s?(?P<magnitude>[{''.join(_MAGNITUDES)}])(?![A-Za-z\d])"
    r"|[eE](?P<power>[+-]?\d{1,3})(?![A-Za-z\d]))"
)
_NUMBER = re.compile(
    rf"(?<![A-Za-z_])(?P<sign>{_SIGN})?"
    rf"(?:(?:(?P<whole>{NUMERAL})\s*又\s*)?(?P<below>{NUMERAL})\s*分\s*之\s*(?P<sign2>{_SIGN})?(?P<above>{NUMERAL})"
    r"|(?:(?P<whole2>\d+)\s+)?(?P<above2>\d+)/(?P<below2>\d+)(?![/\d])"
    rf"|(?P<n>{NUMERAL}){_TIMES}?)(?!\s?[%‰])"
)
_NO_NUMBER = re.compile(
    r"一(?:些|下|起|样|般|定|直|旦|共|致|边|时|切|向|再|律|概|旁|路上|会儿?)|[统唯万同单专]一|四(?:川|处|周|面|肢)|五(?:台山|金|官|行)"
    r"|三(?:亚|明|门峡)|九(?:江|龙|寨)|六(?:安|盘水)|七(?:夕)|八(?:卦|成是)|百(?:度|姓|货|科)|千(?:万别|万不|万要)|十分(?![之钟])|不三不四|乱七八糟"
)
_SHARE = re.compile(
    rf"(?P<sign>{_SIGN})?(?:"
    rf"(?P<base>百|千|万)\s*分\s*之\s*(?P<sign2>{_SIGN})?(?P<n1>{NUMERAL})\s?(?P<k1>[kK])?"
    rf"|(?P<n2>{NUMERAL})\s?(?P<k2>[kK])?\s*(?:%|个\s*百\s*分\s*点)"
    r"|(?P<half>[半对])\s*(?P<unit0>[成折])"
    r"|(?P<n3>(?:[\d零一二两三四五六七八九]\s*){1,2})(?P<off>折)"
    rf"|(?P<n4>{NUMERAL})\s*(?P<unit>[成折])(?![就功立为本都员果人长分熟])"
    r")"
)
_BASES = {"百": Decimal(1), "千": Decimal("0.1"), "万": Decimal("0.01")}
_LONE_FORMAL = frozenset("陆肆伍拾佰仟")
"""By themselves these are names and verbs."""


def numbers(text: str) -> list[Mention[Decimal]]:
    """Every number with its value, shares (三成, 5%) left out."""
    flat = plain(text)
    stops = [(stop.start(), stop.end()) for stop in _NO_NUMBER.finditer(flat)]
    return [one for one in _numbers(flat) if not any(start <= one.start < end for start, end in stops)]


def _numbers(text: str) -> Iterator[Mention[Decimal]]:
    for found in _NUMBER.finditer(text):
        if found[0] in _LONE_FORMAL:
            continue
        value = _value(found)
        if value is not None:
            yield Mention(
                -value if bool(found["sign"]) != bool(found["sign2"]) else value, found.start(), found.end()
            )


def _value(found: re.Match[str]) -> Decimal | None:
    above, below = found["above"] or found["above2"], found["below"] or found["below2"]
    if above and below:
        whole = worth(found["whole"] or found["whole2"] or "0")
        over, under = worth(above), worth(below)
        if whole is None or over is None or not under:
            return None
        return whole + over / under
    value = worth(found["n"])
    power = _MAGNITUDES[found["magnitude"]] if found["magnitude"] else int(found["power"] or 0)
    return value.scaleb(power) if value is not None else None


def shares(text: str) -> list[Mention[Decimal]]:
    """Every share in percent: 百分之五, 千分之一, 三成, 75折, 二十个百分点."""
    found = []
    for share in _SHARE.finditer(plain(text)):
        percent = _percent(share)
        if percent is not None:
            negative = share["sign"] or share["sign2"]
            found.append(Mention(-percent if negative else percent, share.start(), share.end()))
    return found


def _percent(share: re.Match[str]) -> Decimal | None:
    if share["half"]:
        return Decimal(5 if share["half"] == "半" and share["unit0"] == "成" else 50)
    if share["off"]:
        digits = re.sub(r"\s", "", share["n3"])
        value = worth(digits)
        return None if value is None else value * 10 ** (2 - len(digits))
    value = worth(share["n1"] or share["n2"] or share["n4"])
    if value is None:
        return None
    if share["base"]:
        value *= _BASES[share["base"]]
    elif share["unit"]:
        value *= 10
    return value * 1000 if share["k1"] or share["k2"] else value
