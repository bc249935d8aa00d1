"""What happens to a conversation in human hands, as numbered events: one log for feed and audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, insert, select, update

from yingda.handoff import tables as t
from yingda.storage.sql import Database
from yingda.storage.transaction import read
from yingda.turns.types import Principal

Kind = Literal[
    "requested", "claimed", "operator", "customer", "assist", "released", "requeued", "returned", "resolved"
]
"""`operator` and `customer` are what they said; `assist` is help that an operator asked for."""

CUSTOMER_KINDS: tuple[Kind, ...] = (
    "requested",
    "claimed",
    "operator",
    "released",
    "requeued",
    "returned",
    "resolved",
)
"""What the customer may know of."""

DESK = "the desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskEvent:
    """`number` counts within the conversation; `actor` is the operator, the user, or empty for the server."""

    conversation_id: str
    number: int
    at: datetime
    kind: Kind
    actor: str
    key_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event before it has its number."""

    kind: Kind
    at: datetime
    actor: str = ""
    key_id: str = ""
    text: str = ""


def append(connection: Connection, handoff_id: str, happening: Happening) -> int:
    """Write it down as the conversation's next event; the hand-off's row is locked until the commit."""
    counted = (
        update(t.handoffs)
        .where(t.handoffs.c.id == handoff_id)
        .values(event_count=t.handoffs.c.event_count + 1)
        .returning(t.handoffs.c.event_count, t.handoffs.c.tenant, t.handoffs.c.conversation_id)
    )
    number, tenant, conversation_id = connection.execute(counted).one()
    write_down(connection, (tenant, conversation_id, number), handoff_id, happening)
    return int(number)


def write_down(
    connection: Connection, place: tuple[str, str, int], handoff_id: str, happening: Happening
) -> None:
    """As the event of that tenant, conversation and number, which the hand-off's row has counted."""
    connection.execute(
        insert(t.events).values(
            tenant=place[0],
            conversation_id=place[1],
            number=place[2],
            handoff_id=handoff_id,
            at=happening.at,
            kind=happening.kind,
            actor=happening.actor,
            key_id=happening.key_id,
            text=happening.text,
        )
    )


def last_number(connection: Connection, tenant: str, conversation_id: str) -> int:
    """Of the conversation's events so far; 0 where there is none."""
    query = select(func.max(t.events.c.number)).where(
        t.events.c.tenant == tenant, t.events.c.conversation_id == conversation_id
    )
    return connection.scalar(query) or 0


class DeskLog:
    """Reads the events of a conversation; who may see it is checked before."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def after(
        self, principal: Principal, conversation_id: str, number: int, limit: int = 200
    ) -> tuple[DeskEvent, ...]:
        """The events that follow that one, in order."""
        query = (
            select(t.events)
            .where(
                t.events.c.tenant == principal.tenant,
                t.events.c.conversation_id == conversation_id,
                t.events.c.number > number,
            )
            .order_by(t.events.c.number)
            .limit(limit)
        )
        return await read(
            self._database, lambda connection: tuple(map(_event, connection.execute(query))), DESK
        )

    async def newest(self, since: datetime) -> dict[tuple[str, str], int]:
        """Of every conversation with an event since then, by tenant and id: the last number."""
        place = t.events.c.tenant, t.events.c.conversation_id
        query = select(*place, func.max(t.events.c.number)).where(t.events.c.at >= since).group_by(*place)

        def found(connection: Connection) -> dict[tuple[str, str], int]:
            rows = connection.execute(query)
            return {(tenant, conversation_id): number for tenant, conversation_id, number in rows}

        return await read(self._database, found, DESK)


def _event(row: Row[Any]) -> DeskEvent:
    return DeskEvent(
        conversation_id=row.conversation_id,
        number=row.number,
        at=row.at,
        kind=row.kind,
        actor=row.actor,
        key_id=row.key_id,
        text=row.text,
    )
