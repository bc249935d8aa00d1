"""The operators' side of the desk as statements: claim, hold, give back; one code path for both engines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, Select, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from yingda.errors import AnswerError, NotFound
from yingda.handoff import tables as t
from yingda.handoff.log import Happening, write_down
from yingda.turns.types import ConversationId, HandoffCard, HandoffStatus, Principal


class NoSuchConversation(NotFound):
    code = "no_such_session"


class NotInThatState(AnswerError):
    """The conversation is not, or no longer, in the state that the action needs."""

    code, status = "handoff_conflict", 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """A request for a human and what became of it."""

    id: str
    tenant: str
    dialect: str
    conversation_id: ConversationId
    external_id: str
    user_id: str | None
    status: HandoffStatus
    skill: str
    card: HandoffCard
    requested_at: datetime
    operator_id: str | None
    claimed_at: datetime | None
    lease_until: datetime | None
    closed_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Somebody who works at the desk; no skills means all of them."""

    id: str
    name: str
    capacity: int
    skills: tuple[str, ...]
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who wants a conversation, when, and until when it is theirs without a further sign of life."""

    operator_id: str
    key_id: str
    at: datetime
    lease_until: datetime
    default_capacity: int


def waiting(principal: Principal, limit: int, offset: int) -> Select[Any]:
    """The queue in its order."""
    queue = t.handoffs.c
    return (
        select(t.handoffs)
        .where(queue.tenant == principal.tenant, queue.status == "pending")
        .order_by(queue.rank.desc(), queue.requested_at, queue.id)
        .limit(limit)
        .offset(offset)
    )


def newest(connection: Connection, principal: Principal, conversation_id: str) -> Handoff | None:
    """The conversation's last hand-off; None where it never had one."""
    query = (
        select(t.handoffs)
        .where(t.handoffs.c.tenant == principal.tenant, t.handoffs.c.conversation_id == conversation_id)
        .order_by(t.handoffs.c.requested_at.desc(), t.handoffs.c.event_count.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else handoff_from(row)


def claim(
    connection: Connection, principal: Principal, conversation_id: str, wanted: Claim
) -> Handoff | None:
    """That conversation, if it still waits: of several who want it one gets it."""
    this = select(t.handoffs.c.id).where(
        t.handoffs.c.tenant == principal.tenant,
        t.handoffs.c.conversation_id == conversation_id,
        t.handoffs.c.status == "pending",
    )
    _check_room(connection, principal, wanted)
    return _take(connection, this.with_for_update(), wanted)


def claim_next(connection: Connection, principal: Principal, wanted: Claim) -> Handoff | None:
    """The most urgent one that waits and that the operator can do; nobody waits for anybody's lock."""
    operator = _check_room(connection, principal, wanted)
    first = waiting(principal, 1, 0).with_only_columns(t.handoffs.c.id)
    if operator.skills:
        first = first.where(t.handoffs.c.skill.in_(("", *operator.skills)))
    return _take(connection, first.with_for_update(skip_locked=True), wanted)


def _take(connection: Connection, which: Select[Any], wanted: Claim) -> Handoff | None:
    taken = (
        update(t.handoffs)
        .where(t.handoffs.c.id == which.scalar_subquery(), t.handoffs.c.status == "pending")
        .values(
            status="assigned",
            operator_id=wanted.operator_id,
            claimed_at=wanted.at,
            lease_until=wanted.lease_until,
            event_count=t.handoffs.c.event_count + 1,
        )
        .returning(*t.handoffs.c)
    )
    row = connection.execute(taken).first()
    if row is None:
        return None
    claimed = Happening(kind="claimed", at=wanted.at, actor=wanted.operator_id, key_id=wanted.key_id)
    write_down(connection, (row.tenant, row.conversation_id, row.event_count), row.id, claimed)
    return handoff_from(row)


def _check_room(connection: Connection, principal: Principal, wanted: Claim) -> Operator:
    """The operator, made known and locked; raises `NotInThatState` where they hold as many as they can."""
    mine = (
        select(t.operators)
        .where(t.operators.c.tenant == principal.tenant, t.operators.c.id == wanted.operator_id)
        .with_for_update()
    )
    row = connection.execute(mine).first()
    if row is None:
        _enlist(connection, principal, wanted)
        row = connection.execute(mine).one()
    held = connection.scalar(held_by(principal, wanted.operator_id)) or 0
    if held >= row.capacity:
        raise NotInThatState(f"operator {row.id} holds {held} of at most {row.capacity} conversations")
    return operator_from(row, held)


def _enlist(connection: Connection, principal: Principal, wanted: Claim) -> None:
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    unknown = {
        "tenant": principal.tenant,
        "id": wanted.operator_id,
        "name": wanted.operator_id,
        "capacity": wanted.default_capacity,
        "skills": [],
        "updated_at": wanted.at,
    }
    connection.execute(make(t.operators).values(unknown).on_conflict_do_nothing())


def held_by(principal: Principal, operator_id: str) -> Select[int]:
    """How many conversations an operator holds."""
    return select(func.count()).where(
        t.handoffs.c.tenant == principal.tenant,
        t.handoffs.c.status == "assigned",
        t.handoffs.c.operator_id == operator_id,
    )


def held(
    connection: Connection, principal: Principal, conversation_id: str, operator_id: str | None
) -> Handoff:
    """The conversation, locked, if that operator, or for None anyone, holds it; else says what is."""
    query = (
        select(t.handoffs)
        .where(
            t.handoffs.c.tenant == principal.tenant,
            t.handoffs.c.conversation_id == conversation_id,
            t.handoffs.c.status == "assigned",
        )
        .with_for_update()
    )
    row = connection.execute(query).first()
    if row is None or operator_id not in (None, row.operator_id):
        raise refusal(newest(connection, principal, conversation_id), conversation_id, "assigned")
    return handoff_from(row)


def refusal(found: Handoff | None, conversation_id: str, wanted: HandoffStatus) -> NotInThatState:
    """In the words of the contract: the state as it is, and who holds it."""
    if found is None:
        return NotInThatState(f"Session {conversation_id} was never escalated, expected {wanted}")
    holder = f" by {found.operator_id}" if found.status == "assigned" else ""
    return NotInThatState(f"Session {conversation_id} is {found.status}{holder}, expected {wanted}")


def handoff_from(row: Row[Any]) -> Handoff:
    """From all columns."""
    return Handoff(
        id=row.id,
        tenant=row.tenant,
        dialect=row.dialect,
        conversation_id=row.conversation_id,
        external_id=row.external_id or row.conversation_id,
        user_id=row.user_id,
        status=row.status,
        skill=row.skill,
        card=_cards().validate_python(row.card),
        requested_at=row.requested_at,
        operator_id=row.operator_id,
        claimed_at=row.claimed_at,
        lease_until=row.lease_until,
        closed_at=row.closed_at,
        note=row.note,
    )


def operator_from(row: Row[Any], held: int) -> Operator:
    """From all columns."""
    return Operator(id=row.id, name=row.name, capacity=row.capacity, skills=tuple(row.skills), held=held)


@cache
def _cards() -> TypeAdapter[HandoffCard]:
    return TypeAdapter(HandoffCard)
