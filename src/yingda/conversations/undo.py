"""The port to a conversation's last turn, as one that can be taken back."""

from __future__ import annotations

from typing import Protocol

from yingda.turns.types import Principal


class Undo(Protocol):
    """Raises `errors.StoreUnavailable` when the engine behind it does not answer in time."""

    async def delete_last(
        self, principal: Principal, dialect: str, external_id: str, *, only_unfinished: bool
    ) -> bool:
        """Delete the newest turn as if it had never been; False where there is none to delete.

        `only_unfinished` leaves one alone that has completed. A conversation goes with its only turn. What
        is counted of a conversation besides turns and messages stays. Raises `ConversationBusy` where
        `Archive.delete` would.
        """
        ...


COMPLETED = "TurnCompleted"
"""The ending of a turn that `only_unfinished` leaves alone."""
