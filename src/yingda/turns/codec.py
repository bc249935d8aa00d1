"""Events as JSON lines, for the journal and the answer cache."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter

from yingda.turns.events import EVENTS, TurnEvent


def dump(events: Iterable[TurnEvent]) -> bytes:
    """One `[name, fields]` array a line, each ended by LF, so that batches join by concatenation."""
    return b"".join(
        [orjson.dumps([type(event).__name__, event], option=orjson.OPT_APPEND_NEWLINE) for event in events]
    )


def load(lines: bytes) -> list[TurnEvent]:
    """The events that `dump` wrote; equal to the originals."""
    return [_event(orjson.loads(line)) for line in lines.splitlines()]


def _event(named: list[Any]) -> TurnEvent:
    name, fields = named
    event: TurnEvent = _adapter(name).validate_python(fields)
    return event


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(EVENTS[name])
