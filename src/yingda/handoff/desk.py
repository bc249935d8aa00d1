"""The customers' side of the desk: asking for a human, the place in the queue, and what is said meanwhile."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Select, func, insert, select

from yingda.handoff import tables as t
from yingda.handoff.bells import Bells
from yingda.handoff.log import DESK, Happening, append, last_number
from yingda.handoff.policy import RANK
from yingda.storage.sql import Database
from yingda.storage.transaction import read, write
from yingda.turns.types import HandoffCard, Principal

OPEN = ("pending", "assigned")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a customer wrote in a conversation that an operator may hold."""

    conversation_id: str
    text: str
    at: datetime
    user_id: str | None = None


class Desk:
    """Requests for a human, most urgent first, then in the order in which they came."""

    def __init__(self, database: Database, bells: Bells | None = None) -> None:
        self._database = database
        self._bells = bells

    async def request(
        self, principal: Principal, dialect: str, card: HandoffCard, at: datetime
    ) -> tuple[str, int]:
        """Queue a conversation and return (handoff id, position from 1).

        One that waits or is held already keeps its place: asking twice makes one request.
        """

        def queue(connection: Connection) -> tuple[str, int]:
            handoff_id = connection.scalar(_open(principal, card.session_id, t.handoffs.c.id))
            if handoff_id is None:
                handoff_id = _insert(connection, principal, dialect, card, at)
            return handoff_id, connection.scalar(_position(principal, handoff_id)) or 1

        queued = await write(self._database, queue, DESK)
        self._ring(card.session_id)
        return queued

    async def position(self, principal: Principal, conversation_id: str) -> int | None:
        """The waiting conversation's place from 1; None where it does not wait."""

        def place(connection: Connection) -> int | None:
            waiting = _open(principal, conversation_id, t.handoffs.c.id).where(
                t.handoffs.c.status == "pending"
            )
            handoff_id = connection.scalar(waiting)
            return None if handoff_id is None else connection.scalar(_position(principal, handoff_id))

        return await read(self._database, place, DESK)

    async def forward(self, principal: Principal, said: Said) -> str | None:
        """Pass it on to the operator who holds the conversation, and return who; None where nobody does."""
        holder = _open(principal, said.conversation_id, t.handoffs.c.operator_id).where(
            t.handoffs.c.status == "assigned"
        )
        held = holder.add_columns(t.handoffs.c.id)
        happening = Happening(
            kind="customer",
            at=said.at,
            actor=said.user_id or "",
            key_id=principal.key_id,
            text=said.text,
        )

        def pass_on(connection: Connection) -> str | None:
            row = connection.execute(held.with_for_update()).first()
            if row is None:
                return None
            append(connection, row.id, happening)
            return str(row.operator_id)

        operator_id = await write(self._database, pass_on, DESK)
        if operator_id is not None:
            self._ring(said.conversation_id)
        return operator_id

    def _ring(self, conversation_id: str) -> None:
        if self._bells is not None:
            self._bells.ring(conversation_id)


def _insert(
    connection: Connection, principal: Principal, dialect: str, card: HandoffCard, at: datetime
) -> str:
    handoff_id = uuid.uuid4().hex
    connection.execute(
        insert(t.handoffs).values(
            id=handoff_id,
            tenant=principal.tenant,
            dialect=dialect,
            conversation_id=card.session_id,
            external_id=card.details.call if card.details else card.session_id,
            user_id=card.user_id,
            skill=card.details.queue if card.details else "",
            status="pending",
            rank=RANK[card.priority],
            card=orjson.loads(orjson.dumps(card)),
            requested_at=at,
            event_count=last_number(connection, principal.tenant, card.session_id),
        )
    )
    asked = Happening(kind="requested", at=at, key_id=principal.key_id, text=card.escalate_reason)
    append(connection, handoff_id, asked)
    return handoff_id


def _open(principal: Principal, conversation_id: str, *columns: Any) -> Select[Any]:
    return select(*columns).where(
        t.handoffs.c.tenant == principal.tenant,
        t.handoffs.c.conversation_id == conversation_id,
        t.handoffs.c.status.in_(OPEN),
    )


def _position(principal: Principal, handoff_id: str) -> Select[int]:
    """How many of the tenant's waiting requests come before this one, plus itself."""
    mine = (
        select(t.handoffs.c.rank, t.handoffs.c.requested_at).where(t.handoffs.c.id == handoff_id).subquery()
    )
    first = t.handoffs.alias("first")
    is_ahead = (first.c.rank > mine.c.rank) | (
        (first.c.rank == mine.c.rank) & (first.c.requested_at <= mine.c.requested_at)
    )
    return select(func.count()).where(
        first.c.tenant == principal.tenant, first.c.status == "pending", is_ahead
    )
