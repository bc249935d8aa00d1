"""The numbers that Word prints before paragraphs: counted here, since the file holds only their rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

_LEVELS = 9
_MAX_NUMBER = 9_999
_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_COUNTING = ("零一二三四五六七八九", "十百千")
_LEGAL = ("零壹贰叁肆伍陆柒捌玖", "拾佰仟")
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_FIRST_CIRCLED = 0x2460
_LAST_CIRCLED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    """`text` holds `%1` to `%9` where the numbers of the levels stand."""

    shape: str = "decimal"
    text: str = "%1."
    start: int = 1


class Numbering:
    """Counts through one document: ask for every numbered paragraph once, in order."""

    def __init__(self, definitions: BaseOxmlElement | None) -> None:
        self._lists: dict[str, str] = {}
        self._levels: dict[tuple[str, int], _Level] = {}
        self._restarts: dict[tuple[str, int], int] = {}
        self._counts: dict[str, list[int | None]] = {}
        if definitions is not None:
            self._read(definitions)

    def marker(self, number_id: str, level: int) -> str:
        """What stands before the next paragraph of that list at that level from 0; `-` for any bullet."""
        kind = self._lists.get(number_id)
        if kind is None or not 0 <= level < _LEVELS:
            return "-"
        counts = self._counts.setdefault(kind, [None] * _LEVELS)
        self._count(counts, number_id, level)
        rule = self._rule(number_id, level)
        if rule.shape == "bullet":
            return "-"
        return _PLACE.sub(lambda place: self._shown(counts, number_id, int(place[1]) - 1), rule.text).strip()

    def _count(self, counts: list[int | None], number_id: str, level: int) -> None:
        for above in range(level):
            if counts[above] is None:
                counts[above] = self._rule(number_id, above).start
        restart = self._restarts.pop((number_id, level), None)
        now = counts[level]
        if restart is not None:
            counts[level] = restart
        else:
            counts[level] = self._rule(number_id, level).start if now is None else now + 1
        counts[level + 1 :] = [None] * (_LEVELS - level - 1)

    def _shown(self, counts: list[int | None], number_id: str, level: int) -> str:
        number = counts[level]
        shape = _SHAPES.get(self._rule(number_id, level).shape, str)
        return "" if number is None else shape(number) if 0 < number <= _MAX_NUMBER else str(number)

    def _rule(self, number_id: str, level: int) -> _Level:
        own = self._levels.get((f"num {number_id}", level))
        return own or self._levels.get((self._lists[number_id], level)) or _Level()

    def _read(self, definitions: BaseOxmlElement) -> None:
        kinds = {}
        linked = {}
        for kind in definitions.findall(qn("w:abstractNum")):
            name = kinds[kind.get(qn("w:abstractNumId"), "")] = f"kind {kind.get(qn('w:abstractNumId'))}"
            self._read_levels(kind, name)
            if style := _value(kind, "w:styleLink"):
                linked[style] = name
        for kind in definitions.findall(qn("w:abstractNum")):
            if (style := _value(kind, "w:numStyleLink")) in linked:
                kinds[kind.get(qn("w:abstractNumId"), "")] = linked[style]
        for number in definitions.findall(qn("w:num")):
            self._read_list(number, kinds)

    def _read_list(self, number: BaseOxmlElement, kinds: dict[str, str]) -> None:
        name = number.get(qn("w:numId"), "")
        self._lists[name] = kinds.get(_value(number, "w:abstractNumId"), "kind ?")
        for override in number.findall(qn("w:lvlOverride")):
            self._read_levels(override, f"num {name}")
            if start := _value(override, "w:startOverride"):
                self._restarts[name, _whole(override.get(qn("w:ilvl"), "0"))] = _whole(start)

    def _read_levels(self, parent: BaseOxmlElement, name: str) -> None:
        for level in parent.findall(qn("w:lvl")):
            self._levels[name, _whole(level.get(qn("w:ilvl"), "0"))] = _Level(
                shape=_value(level, "w:numFmt") or "decimal",
                text=_value(level, "w:lvlText"),
                start=_whole(_value(level, "w:start") or "1"),
            )


def _value(parent: BaseOxmlElement, tag: str) -> str:
    child = parent.find(qn(tag))
    return "" if child is None else str(child.get(qn("w:val"), ""))


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _letters(number: int) -> str:
    """Word goes on after z with aa, bb, cc."""
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _roman(number: int) -> str:
    said = ""
    for value, letters in _ROMAN:
        said += letters * (number // value)
        number %= value
    return said


def _chinese(number: int, digits: str, units: str) -> str:
    """Up to 9,999, with one 零 for any run of zeros inside."""
    said = ""
    for place, digit in zip(range(len(str(number)) - 1, -1, -1), str(number), strict=True):
        if digit != "0":
            said += digits[int(digit)] + (units[place - 1] if place else "")
        elif said and not said.endswith(digits[0]):
            said += digits[0]
    return said.rstrip(digits[0]) or digits[0]


def _counting(number: int) -> str:
    said = _chinese(number, *_COUNTING)
    return said[1:] if 10 <= number < 20 else said


def _circled(number: int) -> str:
    return chr(_FIRST_CIRCLED + number - 1) if number <= _LAST_CIRCLED else str(number)


_SHAPES: dict[str, Callable[[int], str]] = {
    "decimalZero": "{:02d}".format,
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "chineseCounting": _counting,
    "chineseCountingThousand": _counting,
    "japaneseCounting": _counting,
    "taiwaneseCounting": _counting,
    "taiwaneseCountingThousand": _counting,
    "chineseLegalSimplified": lambda number: _chinese(number, *_LEGAL),
    "ideographDigital": lambda number: "".join(_COUNTING[0][int(digit)] for digit in str(number)),
    "ideographTraditional": lambda number: _STEMS[number - 1] if number <= len(_STEMS) else str(number),
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "none": lambda number: "",
}
