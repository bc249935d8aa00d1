"""What a workflow remembers between turns; ports, filled from the store of conversations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from yingda.turns.types import Turn


class Remembered(Protocol):
    """The state that the last completed turn wrote down, and the facts pushed since the call began."""

    @property
    def state_json(self) -> str | None: ...

    @property
    def facts(self) -> Mapping[str, str]: ...


class Memory(Protocol):
    """Turns that were interrupted or deleted never were, to a workflow."""

    async def recall(self, turn: Turn) -> Remembered:
        """Raises `errors.StoreUnavailable`."""
        ...
