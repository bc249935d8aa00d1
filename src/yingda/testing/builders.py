"""Short ways to a turn and to all that an answerer says to it."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import Any

from yingda.testing.clock import START
from yingda.turns.answerer import Answerer
from yingda.turns.events import TurnEvent
from yingda.turns.types import ALL_ROLES, ConversationId, Principal, Turn, TurnId

PRINCIPAL = Principal(tenant="default", key_id="test", roles=ALL_ROLES)
"""Somebody who may do everything in the default tenant."""


def turn(text: str, **overrides: Any) -> Turn:
    """A first turn of a new conversation; `question` is the text unless overridden, as are all other fields.

    Its marks lie on the scale of a `FrozenClock` that has not moved: 150 ms to route, 25 s to answer.
    """
    plain = Turn(
        id=TurnId("t1"),
        conversation_id=ConversationId("c1"),
        number=1,
        principal=PRINCIPAL,
        dialect="helpdesk",
        channel="api",
        text=text,
        question=text,
        started_at=START,
        route_by_s=1000.15,
        answer_by_s=1025.0,
    )
    return replace(plain, **overrides)


async def collect(answer: Answerer, turn: Turn) -> list[TurnEvent]:
    """Drive the answerer to its end, as the engine would; what it raises comes through."""
    async with aclosing(answer(turn)) as events:
        return [event async for event in events]
