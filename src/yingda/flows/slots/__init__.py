"""The types that slots can have, by the names that flows call them (callflow F.3)."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from yingda.flows.slots.enum import Enum
from yingda.flows.slots.integer import Integer
from yingda.flows.slots.location import Location
from yingda.flows.slots.mobile import Mobile
from yingda.flows.slots.moment import Moment
from yingda.flows.slots.plate import Plate
from yingda.flows.slots.slot import SlotType
from yingda.flows.slots.text import Digits, Text
from yingda.flows.slots.yesno import YesNo

_KINDS: Mapping[str, type] = {
    kind.name: kind for kind in (Plate, Mobile, Moment, Location, YesNo, Integer, Enum, Text, Digits)
}


def slot_type(kind: str, options: Mapping[str, Any]) -> SlotType:
    """The type of that name; raises ValueError that names an unknown kind or option, or a wrong value."""
    maker = _KINDS.get(kind)
    if maker is None:
        raise ValueError(f"no type {kind!r}{_near(kind, _KINDS)}")
    known = [field.name for field in fields(maker)]
    for name in options:
        if name not in known:
            raise ValueError(f"{kind} has no option {name!r}{_near(name, known)}")
    try:
        made: SlotType = TypeAdapter(maker).validate_python(dict(options))
    except ValidationError as error:
        raise ValueError("; ".join(_problem(one) for one in error.errors())) from None
    return made


def _problem(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    message = error["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _near(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""
