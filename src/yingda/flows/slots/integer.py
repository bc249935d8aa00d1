"""A whole number: counted (三辆), bare where it is asked for, or one of the flow's own words for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar

from yingda.flows.slots.amends import meant_in
from yingda.flows.slots.slot import Hearing, Reading
from yingda.turns.events import Scalar
from yingda.understanding.values import alike
from yingda.understanding.values.mention import Mention
from yingda.understanding.values.numbers import numbers
from yingda.understanding.values.numerals import neighbours

_CONTRACTED = {"俩": 2, "仨": 3}
_BESIDE = re.compile(
    r"(?:[和跟与被]|另外?|还有|[撞碰刮][了到上]?|追尾了?|[前后旁对][面边]的?|别的)(?:还有)?$"
)
"""Before a count of others than the caller."""
_DENIED = re.compile(r"(?:不是|没有?|不到)$")
_ADDED = re.compile(r"[和跟与]|还有|加上?|另外")
_AROUND = re.compile(r"^(?:是|有|就|一共|总共|共|大概|应该|差不多)*|(?:个|吧|啊|呢|了|的|个人|位)*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer:
    """Between `min` and `max`; `words` say a number by themselves, `units` follow one (三辆, 两车)."""

    name: ClassVar[str] = "integer"
    min: int | None = None
    max: int | None = None
    words: Mapping[str, int] = field(default_factory=dict)
    units: tuple[str, ...] = ("辆", "台车", "部车", "个车", "车")

    def read(self, hearing: Hearing) -> Reading | None:
        """What is counted wins over the flow's words, those over a bare number; 两三辆 is none."""
        texts = meant_in(hearing.text)
        for text in texts:
            if named := self._named(text):
                return named
        is_answer = hearing.is_asked or self._is_put_right(texts[0], len(texts) > 1, hearing)
        return self._answer(texts[0]) if is_answer else None

    def _named(self, text: str) -> Reading | None:
        """A count, or a word of the flow that stands for one."""
        counts = list(self._counts(text))
        if own := [count for count in counts if not count.is_beside]:
            quote = text[own[0].start : counts[-1].end]
            return Reading(value=sum(count.value for count in _joined(text, own[0], counts)), quote=quote)
        word = max((word for word in self.words if word in text), key=len, default="")
        return Reading(value=self.words[word], quote=word) if word else None

    def _answer(self, text: str) -> Reading | None:
        """Others beside the caller, a bare number, or a digit misheard."""
        if beside := list(self._counts(text)):
            total = 1 + sum(count.value for count in beside)
            quote = text[beside[0].start : beside[-1].end]
            return Reading(value=total, quote=quote, needs_read_back=True)
        bare = next(_whole_numbers(text), None)
        return Reading(value=bare.value, quote=text[bare.start : bare.end]) if bare else self._misheard(text)

    def _counts(self, text: str) -> Iterator[_Count]:
        for one in _whole_numbers(text):
            if text.startswith(self.units, one.end) and not _DENIED.search(text[: one.start]):
                is_beside = _BESIDE.search(text[: one.start]) is not None
                yield _Count(one.value, one.start, one.end, is_beside)

    def _is_put_right(self, text: str, is_change: bool, hearing: Hearing) -> bool:
        """The known number is corrected, and the new one is all that was said."""
        is_known = isinstance(hearing.known, int) and not isinstance(hearing.known, bool)
        bare = _AROUND.sub("", text)
        return (
            is_change and is_known and any(one.end - one.start == len(bare) for one in _whole_numbers(bare))
        )

    def _misheard(self, text: str) -> Reading | None:
        """A character that sounds like a digit, before a unit or all alone."""
        bare = _AROUND.sub("", text)
        units = "|".join(map(re.escape, self.units)) or "(?!)"
        misheard = re.search(rf"([{''.join(alike.DIGITS)}])(?={units})", text)
        char = misheard[1] if misheard else bare
        if char not in alike.DIGITS:
            return None
        return Reading(value=int(alike.DIGITS[char]), quote=char, needs_read_back=True)

    def object_to(self, value: Scalar, hearing: Hearing) -> str | None:
        """`too_small`, `too_large`, or `no_integer` for half a vehicle."""
        if not isinstance(value, int) or isinstance(value, bool):
            return "no_integer"
        if self.min is not None and value < self.min:
            return "too_small"
        return "too_large" if self.max is not None and value > self.max else None

    def say(self, value: Scalar) -> str:
        """In figures."""
        return str(value)


@dataclass(frozen=True, slots=True)
class _Count:
    value: int
    start: int
    end: int
    is_beside: bool


def _joined(text: str, first: _Count, counts: list[_Count]) -> Iterator[_Count]:
    """The first count and those that are added to it: 一辆面包车和一辆轿车."""
    yield first
    for before, count in pairwise(counts):
        if before.start >= first.start and _ADDED.search(text[before.end : count.start]):
            yield count


def _whole_numbers(text: str) -> Iterator[Mention[int]]:
    for contracted, value in _CONTRACTED.items():
        for found in re.finditer(contracted, text):
            yield Mention(value, found.start(), found.end())
    for one in numbers(text):
        if one.value == int(one.value) and neighbours(text[one.start : one.end]) is None:
            yield Mention(int(one.value), one.start, one.end)
