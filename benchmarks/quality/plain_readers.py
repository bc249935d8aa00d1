"""Slot types that read words as they are written: what a flow would be without the normaliser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from yingda.flows.flow import Flow
from yingda.flows.hearing import types_of
from yingda.flows.slots.slot import Hearing, Reading, SlotType
from yingda.turns.events import Scalar

_PATTERNS = {
    "plate_cn": re.compile(r"[\u4e00-\u9fff][A-Z][A-Z0-9]{5,6}"),
    "mobile_cn": re.compile(r"1[3-9]\d{9}"),
    "integer": re.compile(r"\d+"),
    "location": re.compile(r".*(?:路|大道|高速|高架).*"),
    "datetime": re.compile(r"(昨天|今天)?.{0,2}?(\d{1,2})[点:](\d{1,2})?"),
    "yesno": re.compile(r"^(不|没有|没)|^(方便|对|是|有|可以|好)"),
}
_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class PlainReader:
    """Written forms only; objections and read-backs are those of the real type."""

    name: str
    real: SlotType

    def read(self, hearing: Hearing) -> Reading | None:
        """The first match of the kind's pattern."""
        found = _PATTERNS[self.name].search(hearing.raw)
        if found is None or (self.name == "yesno" and not hearing.is_asked):
            return None
        return Reading(value=_value(self.name, found, hearing.at), quote=found[0])

    def object_to(self, value: Scalar, hearing: Hearing) -> str | None:
        """As the real type does."""
        return self.real.object_to(value, hearing)

    def say(self, value: Scalar) -> str:
        """As the real type does."""
        return self.real.say(value)


def plain_types(flow: Flow) -> Mapping[str, SlotType]:
    """A plain reader for each slot."""
    return {name: PlainReader(real.name, real) for name, real in types_of(flow).items()}


def _value(kind: str, found: re.Match[str], at: datetime) -> Scalar:
    if kind == "integer":
        return int(found[0])
    if kind == "yesno":
        return found[1] is None
    if kind == "datetime":
        day = at.astimezone(_ZONE) - timedelta(days=found[1] == "昨天")
        hour, minute = int(found[2]) % 24, int(found[3] or 0) % 60
        return day.replace(hour=hour, minute=minute, second=0, microsecond=0).isoformat()
    return found[0]
