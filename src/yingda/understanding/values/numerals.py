"""How numbers are written, in figures, Chinese characters or both, and what each is worth: 3万4, 二百五."""

from __future__ import annotations

import re
from decimal import Decimal

DIGITS = dict(
    zip(
        "零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖廿卅",
        [0, 0, 1, 2, *range(2, 10), *range(1, 10), 20, 30],
        strict=True,
    )
)
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10**4, "亿": 10**8, "兆": 10**12}
_SCALES = "".join([*_SMALL, *_LARGE])
_HAN = "".join(DIGITS)

FIGURES = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<!\d)\.\d+"
_ABOUT = r"(?:[余多几]\s*(?=[万亿]))"
NUMERAL = (
    rf"(?:(?:{FIGURES}|[{_HAN}{_SCALES}])"
    rf"(?:(?:(?<=[{_SCALES}])\s*{_ABOUT}?|(?<=[\d{_HAN}])\s*{_ABOUT}|\s*(?=[{_SCALES}])|(?<=[{_HAN}])(?=[{_HAN}])|(?<=[零〇])(?=\d))"
    rf"(?:{FIGURES}|[{_HAN}{_SCALES}]))*"
    rf"(?:\s*点\s*[{_HAN}\d]+)?)"
)
"""A pattern for one number without sign; what fits need not be one: ask `worth`."""

_TOKEN = re.compile(rf"(?P<figures>{FIGURES})|(?P<digit>[{_HAN}])|(?P<scale>[{_SCALES}])|[余多几\s]")


def worth(numeral: str) -> Decimal | None:
    """The value of what fits `NUMERAL`; None where the characters make no number (万, 百三百)."""
    whole, point, fraction = numeral.partition("点")
    value = _whole(whole.strip())
    if value is None or not point:
        return value
    decimals = "".join(str(DIGITS.get(char, char)) for char in fraction.strip())
    return value + Decimal(f"0.{decimals}")


def neighbours(numeral: str) -> Decimal | None:
    """The middle of two digits that mean about so many, 两三 or 七八; None for any other numeral."""
    first, second = (DIGITS.get(char) for char in numeral) if len(numeral) == 2 else (None, None)
    if first is None or second is None or second != first + 1 or not first:
        return None
    return Decimal(first + second) / 2


def _whole(numeral: str) -> Decimal | None:
    if spelt := _spelt(numeral):
        return Decimal(spelt)
    total = section = Decimal(0)
    pending: Decimal | None = None
    scale, largest, is_exact = 1, 0, False
    for token in _TOKEN.finditer(numeral):
        if token["figures"] or token["digit"]:
            if pending and not (pending in (20, 30) and token["digit"]):
                return None
            pending = (pending or 0) + Decimal(
                token[0].replace(",", "") if token["figures"] else DIGITS[token[0]]
            )
            is_exact = is_exact or pending == 0 or pending >= 10
        elif token["scale"] in _SMALL:
            scale, is_exact = _SMALL[token[0]], False
            section, pending = section + (pending or 1) * scale, None
        elif token["scale"]:
            scale, is_exact = _LARGE[token[0]], False
            section, pending = section + (pending or 0), None
            if not total and not section:
                return None
            if largest and scale >= largest:
                total, section = (total + section) * scale, Decimal(0)
            else:
                total, section = total + section * scale, Decimal(0)
            largest = max(largest, scale)
    shortened = scale // 10 if scale > 10 and not is_exact else 1
    return total + section + (pending or 0) * shortened


def _spelt(numeral: str) -> str:
    """Digits one after the other, 二零零八; empty where scales are in it."""
    if not all(char in DIGITS for char in numeral) or any(DIGITS[char] > 9 for char in numeral):
        return ""
    return "".join(str(DIGITS[char]) for char in numeral)
