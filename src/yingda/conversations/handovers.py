"""The port to conversations in human hands: their status outside a turn, and what operators say in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from yingda.turns.types import ConversationId, HandoffStatus, Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What an operator said between the turns; `author` is who, in the desk's own words."""

    at: datetime
    author: str
    text: str


class Handovers(Protocol):
    """Every method raises `NotFound` where the conversation is not the principal's to see.

    And `errors.StoreUnavailable` when the engine behind it does not answer in time.
    """

    async def hand_over(
        self,
        principal: Principal,
        conversation_id: ConversationId,
        status: HandoffStatus | None,
        *,
        expected: HandoffStatus | None,
    ) -> bool:
        """Set the status if it still is `expected`: of several who claim a conversation, one is told True.

        A turn that is running keeps running, and may ask for a human again.
        """
        ...

    async def add_note(self, principal: Principal, conversation_id: ConversationId, note: Note) -> None:
        """Keep what was said: `Conversations.begin` has it in the history, as a message of the operator's."""
        ...

    async def notes(self, principal: Principal, conversation_id: ConversationId) -> tuple[Note, ...]:
        """All that operators said in the conversation, in the order they said it."""
        ...
