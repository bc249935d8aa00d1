"""Where something is: the caller's words, with the parts by which it can be found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from yingda.flows.slots.amends import change_in
from yingda.flows.slots.slot import Hearing, Reading
from yingda.turns.events import Scalar
from yingda.understanding.values.places import PlacePart, places

_TELLING = frozenset(("road", "crossing", "km_post", "landmark"))
"""Without one of these it is no place that somebody could mean without being asked for it."""
_LEAD = re.compile(
    r"^(?:(?:我们?|车|事故|现在|人|就|大概|应该|位置|地点|地址|是|发生|出事|出险|可能|好像|停|撞)的?(?:了|呢)?[,、\s]*)*"
    r"(?:在|位于|到了?|于)[,、\s]*(?:一个|这个|那个)?"
)
_TRAIL = re.compile(r"[,。.!！\s]*(?:吧|啊|呢|呀|哈|了|的)?[,。.!！\s]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Canonical as it was said; one of `need_any` parts must be in it, and `min_chars` characters."""

    name: ClassVar[str] = "location"
    min_chars: int = 2
    need_any: tuple[PlacePart, ...] = ()

    def read(self, hearing: Hearing) -> Reading | None:
        """The words for the place; where it is asked for also a place without a known kind of part."""
        change = change_in(hearing.text)
        text = change.right if change and places(change.right) else hearing.text
        found = [place for place in places(text) if hearing.is_asked or _TELLING & place.value.parts.keys()]
        if found:
            place = max(found, key=lambda one: (len(one.value.parts), one.end - one.start))
            return _reading(place.value.text, hearing)
        lead = _LEAD.search(text) if hearing.is_asked else None
        if not hearing.is_asked or (lead is None and self.need_any):
            return None
        said = _TRAIL.sub("", text[lead.end() :] if lead else text)
        return _reading(said, hearing) if said else None

    def object_to(self, value: Scalar, hearing: Hearing) -> str | None:
        """`too_short`, or `no_place` where nothing in it leads there."""
        text = str(value)
        if self.need_any and not any(
            part in place.value.parts for place in places(text) for part in self.need_any
        ):
            return "no_place"
        return "too_short" if len(text) < self.min_chars else None

    def say(self, value: Scalar) -> str:
        """As it was said."""
        return str(value)


def _reading(said: str, hearing: Hearing) -> Reading:
    """Behind what earlier turns gave."""
    whole = hearing.pieces + said if hearing.pieces and hearing.pieces not in said else said
    return Reading(value=whole, quote=said)
