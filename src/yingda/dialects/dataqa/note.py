"""What a caller asked for beside the question; it rides with the turn and comes back to the encoder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from yingda.dialects.dataqa.wire import Status
from yingda.turns.options import Routing

_MARK = '{"dataqa":'


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`conversation` is its name on the wire, `requested` an id that could not be gone on with.

    `is_degraded`: the store was away when the turn began, so that earlier turns were out of reach.
    """

    conversation: str
    user_id: str
    session_id: str | None
    is_guest: bool
    status: Status
    requested: str | None = None
    routing: Routing = "hybrid"
    routing_source: Literal["api", "config"] = "config"
    is_degraded: bool = False

    def dump(self) -> str:
        """One line; equal notes give equal ones."""
        return f"{_MARK}{json.dumps(asdict(self), separators=(',', ':'))}}}"


def note_from(wire: str) -> Note | None:
    """What `dump` wrote; None for a turn of another dialect."""
    return Note(**json.loads(wire)["dataqa"]) if wire.startswith(_MARK) else None
