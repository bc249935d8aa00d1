"""Telephone numbers: mobiles also as they are spoken, landlines and foreign ones as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from yingda.understanding.values.digits import digit_runs
from yingda.understanding.values.mention import Mention
from yingda.understanding.values.width import plain

_MOBILE = re.compile(r"(?:(?:00)?86)?(1[3-9]\d{9})")
_LENGTH = 11
_EXTENSION = r"(?:\s?(?:-|x|ext\.?|转|分机号?)\s?\d{1,5})?"
_AREA = r"0(?:10|2\d|[3-9]\d{2})"
_FOREIGN = (
    r"(?:\(\s?(?:\+|00)\d{1,3}\s?\)|(?:\+|00)\d{1,3})"
    r"(?:[\s-]?\(\s?\d{1,4}\s?\))?(?:\s?[/-]?\s?\d){5,14}"
)
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("mobile", r"(?:\(?(?:\+|00)?86\)?[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}"),
    ("service", r"[48]00[\s-]?\d{3}[\s-]?\d{4}|[48]00[\s-]?\d{4}[\s-]?\d{3}|[48]00-\d-\d{3}-\d{3}"),
    ("foreign", rf"{_FOREIGN}|\d{{2,4}}(?:-\d{{1,4}}){{3,4}}"),
    ("landline", rf"(?:\({_AREA}\)|{_AREA})[\s-]?[2-9]\d{{2,3}}[\s-]?\d{{4}}{_EXTENSION}"),
    (
        "landline",
        rf"\(?\s?\(?\d{{2,5}}\s?\)[\s-]?\d{{3,5}}[\s-]?\d{{3,5}}{_EXTENSION}|\(\d{{2,5}}\)\s?-?\d{{5,8}}",
    ),
    ("landline", rf"\d{{3}}[\s-]\d{{3}}[\s-]\d{{4}}{_EXTENSION}"),
    (
        "service",
        r"(?:(?<=拨打)|(?<=热线)|(?<=电话)|(?<=客服))[是为:]?\s?(?:1(?:1\d|2\d|6\d{3}|2\d{3}|0\d{3})|9\d{4,5})",
    ),
    ("landline", r"(?:(?<=座机)|(?<=固话)|(?<=电话)|(?<=电话号码)|(?<=拨打))[是为:]?\s?[2-9]\d{6,7}"),
)
_WRITTEN = re.compile(
    "(?<![A-Za-z\\d.=/])(?:"
    + "|".join(f"(?P<k{n}>{pattern})" for n, (_, pattern) in enumerate(_PATTERNS))
    + ")(?![A-Za-z\\d=])(?![-/]\\d)"
)
Kind = Literal["mobile", "landline", "service", "foreign"]


@dataclass(frozen=True, slots=True)
class Phone:
    """`digits` without separators, a leading plus kept; a mobile without its country."""

    kind: Kind
    digits: str


def phones(text: str) -> list[Mention[Phone]]:
    """Every number that is written as one, and every mobile that is spoken."""
    flat = plain(text)
    written = [
        Mention(
            _phone(_PATTERNS[int((found.lastgroup or "k0")[1:])][0], found[0]), found.start(), found.end()
        )
        for found in _WRITTEN.finditer(flat)
    ]
    spoken = [
        Mention(Phone("mobile", one.value), one.start, one.end, one.is_guess)
        for one in mobiles(text)
        if not any(one.start < other.end and other.start < one.end for other in written)
    ]
    return sorted([*written, *spoken], key=lambda one: one.start)


def mobiles(text: str) -> list[Mention[str]]:
    """Mainland mobile numbers as eleven digits, without the country's."""
    found = (_first_mobile(run.stretches()) for run in digit_runs(text))
    return [mobile for mobile in found if mobile]


def _first_mobile(stretches: Iterable[Mention[str]]) -> Mention[str] | None:
    for stretch in stretches:
        if whole := _MOBILE.fullmatch(stretch.value):
            return Mention(whole[1], stretch.start, stretch.end, stretch.is_guess)
        if restarted := _restarted(stretch.value):
            return Mention(restarted, stretch.start, stretch.end, is_guess=True)
    return None


def _restarted(digits: str) -> str | None:
    """The number that was begun, broken off and begun again."""
    begun, number = digits[:-_LENGTH], digits[-_LENGTH:]
    return number if begun and number.startswith(begun) and _MOBILE.fullmatch(number) else None


def _phone(kind: str, text: str) -> Phone:
    digits = re.sub(r"[^\d+]", "", text)
    mobile = _MOBILE.fullmatch(digits.removeprefix("+"))
    if mobile:
        return Phone("mobile", mobile[1])
    match kind:
        case "service" | "foreign" | "landline":
            return Phone(kind, digits)
        case _:
            return Phone("mobile", digits)
