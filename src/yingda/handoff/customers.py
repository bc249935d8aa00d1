"""What is on record of a customer: for the rules, and for the card."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from yingda.errors import AnswerError
from yingda.tickets.filing import file_for
from yingda.tickets.store import Search, Tickets
from yingda.tickets.ticket import Ticket
from yingda.turns.types import Turn

log = logging.getLogger(__name__)

NORMAL = "normal"
LOOK_S = 0.5

MemberLevel = Callable[[str], Awaitable[str]]
"""The level of the member of that name, empty for nobody known; raises `AnswerError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer as the card shows them."""

    member_level: str = NORMAL
    ticket_count: int = 0


NOBODY = Customer()


class Customers:
    """Looks customers up; a system that is away or slow leaves a card with less on it."""

    def __init__(self, tickets: Tickets, level: MemberLevel) -> None:
        self._tickets = tickets
        self._level = level

    async def of(self, turn: Turn) -> Customer:
        """Whoever asks; what could not be found out in `LOOK_S` is as of nobody."""
        if turn.user_id is None:
            return NOBODY
        try:
            async with asyncio.timeout(LOOK_S):
                level = await self._level(turn.user_id) or NORMAL
                count = await self._tickets.count(turn.principal, turn.user_id)
        except (AnswerError, TimeoutError) as error:
            log.warning("nothing known of the customer of turn %s: %s", turn.id, error)
            return NOBODY
        return Customer(member_level=level, ticket_count=count)

    async def promise(self, turn: Turn, by: datetime | None) -> Ticket:
        """The conversation's ticket: the one that is open, else a new one that carries the promise."""
        search = Search(conversation_id=turn.conversation_id, status="pending", limit=1)
        if (open_ones := (await self._tickets.page(turn.principal, search)).items) != ():
            return open_ones[0]
        return await file_for(self._tickets, turn, by)
