"""What a dialogue remembers between turns; a port, filled from the store of conversations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from yingda.turns.types import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """The state that the last completed turn wrote down, and the facts pushed since the call began."""

    state_json: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    caller_id: str | None = None


class Memory(Protocol):
    """Turns that were interrupted or deleted never were, to a dialogue."""

    async def recall(self, turn: Turn) -> Remembered:
        """Raises `errors.StoreUnavailable`."""
        ...
