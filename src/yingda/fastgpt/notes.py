"""The port to notes of pushes under way: whoever crashed in between left records to be taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Protocol

from yingda.turns.types import Principal


class Notes(Protocol):
    """Every method raises `errors.StoreUnavailable` when what is behind it does not answer in time."""

    async def write(self, principal: Principal, session: str, note: str) -> None:
        """Durable on return."""
        ...

    async def read(self, principal: Principal, session: str) -> Collection[str]:
        """All notes of a session."""
        ...

    async def erase(self, principal: Principal, session: str, note: str) -> None:
        """Nothing happens where there is no such note."""
        ...


class MemoryNotes:
    """Notes that a crash forgets, for tests and for servers without a database."""

    def __init__(self) -> None:
        self._notes: defaultdict[tuple[str, str | None, str], set[str]] = defaultdict(set)

    async def write(self, principal: Principal, session: str, note: str) -> None:
        self._notes[principal.tenant, principal.user_id, session].add(note)

    async def read(self, principal: Principal, session: str) -> Collection[str]:
        return tuple(self._notes.get((principal.tenant, principal.user_id, session), ()))

    async def erase(self, principal: Principal, session: str, note: str) -> None:
        key = (principal.tenant, principal.user_id, session)
        self._notes[key].discard(note)
        if not self._notes[key]:
            del self._notes[key]
