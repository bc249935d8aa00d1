"""What the back end of a call does beside answering: take facts, tell them, forget a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from yingda.errors import InvalidRequest
from yingda.turns.events import Scalar
from yingda.turns.types import Principal, TurnId


class FactRefused(InvalidRequest):
    """The slot of that name cannot take the value; the message is the reason, as a slug."""

    code = "fact_refused"


class Backend(Protocol):
    """A call is named by `external_id`; every method raises `errors.Unavailable` while it cannot be done."""

    async def set_info(self, principal: Principal, external_id: str, key: str, value: str) -> None:
        """Keep a fact that others know: it counts from the next turn on, and may come before the first.

        Makes no turn and calls no model. Raises FactRefused, or InvalidRequest beyond a limit.
        """
        ...

    async def get_info(self, principal: Principal, external_id: str) -> Mapping[str, Scalar]:
        """All facts and values that are known of the call by now; empty for one that nobody knows."""
        ...

    async def forget(self, principal: Principal, external_id: str) -> None:
        """Erase what is kept of the call outside its conversation; nothing happens where there is nothing."""
        ...

    async def take_back(self, principal: Principal, external_id: str, turn_id: TurnId) -> None:
        """Erase what is kept of the turn outside the conversation; nothing happens where that is nothing."""
        ...
