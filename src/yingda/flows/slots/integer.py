"""A whole number: counted (三辆), bare where it is asked for, or one of the flow's own words for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

from yingda.flows.slots.amends import change_in
from yingda.flows.slots.slot import Hearing, Reading
from yingda.turns.events import Scalar
from yingda.understanding.values.mention import Mention
from yingda.understanding.values.numbers import numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer:
    """Between `min` and `max`; `words` say a number by themselves, `units` follow one (三辆, 两车)."""

    name: ClassVar[str] = "integer"
    min: int | None = None
    max: int | None = None
    words: Mapping[str, int] = field(default_factory=dict)
    units: tuple[str, ...] = ("辆", "台车", "部车", "个车", "车")

    def read(self, hearing: Hearing) -> Reading | None:
        """What is counted wins over the flow's words, those over a bare number."""
        change = change_in(hearing.text)
        text = change.right if change else hearing.text
        found = numbers(text)
        counted = [one for one in found if text.startswith(self.units, one.end)]
        if counted:
            return _reading(text, counted[-1])
        if word := max((word for word in self.words if word in text), key=len, default=""):
            return Reading(value=self.words[word], quote=word)
        is_answer = hearing.is_asked or (change is not None and self._is_known(change.wrong, hearing))
        return _reading(text, found[0]) if found and is_answer else None

    def _is_known(self, wrong: str, hearing: Hearing) -> bool:
        return any(one.value == hearing.known for one in numbers(wrong)) if wrong else False

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


def _reading(text: str, found: Mention[Decimal]) -> Reading | None:
    value = found.value
    if value != int(value):
        return None
    return Reading(value=int(value), quote=text[found.start : found.end])
