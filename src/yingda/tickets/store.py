"""Tickets in the SQL database; a key that is bound to a user sees that user's own."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from yingda.errors import InvalidRequest, NotFound
from yingda.storage.sql import Database
from yingda.storage.transaction import read, write
from yingda.tickets import tables as t
from yingda.tickets.ticket import (
    Category,
    Change,
    Comment,
    NewTicket,
    Priority,
    Status,
    Ticket,
    TicketId,
    check_change,
    fingerprint,
    told,
)
from yingda.turns.clock import Clock
from yingda.turns.types import Principal

TICKETS = "the store of tickets"


class NoSuchTicket(NotFound):
    code = "no_such_ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which tickets to list; None means any. `words` must all stand in title, description or order."""

    user_id: str | None = None
    conversation_id: str | None = None
    status: Status | None = None
    category: Category | None = None
    priority: Priority | None = None
    words: str = ""
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPage:
    """Tickets, latest change first; `total` counts all that fit."""

    items: tuple[Ticket, ...]
    total: int


class Tickets:
    """Every method raises `StoreUnavailable`, and `NoSuchTicket` for what the principal does not see."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(self, principal: Principal, new: NewTicket) -> tuple[Ticket, bool]:
        """The ticket, and whether it is new; raises `InvalidRequest` for a key used for another ticket."""
        at, ticket_id = self._clock.now(), TicketId(f"TK-{uuid.uuid4().hex[:12]}")
        values = _values(principal, ticket_id, new) | {"created_at": at, "updated_at": at}

        def put(link: Connection) -> tuple[Ticket, bool]:
            make = postgresql.insert if link.dialect.name == "postgresql" else sqlite.insert
            made = link.execute(
                make(t.tickets).values(values).on_conflict_do_nothing().returning(*t.tickets.c)
            ).first()
            if made is not None:
                return _ticket(made), True
            keys = t.tickets.c.tenant == principal.tenant, t.tickets.c.idempotency_key == new.idempotency_key
            known = link.execute(select(t.tickets).where(*keys)).one()
            if known.fingerprint != fingerprint(new):
                raise InvalidRequest("this key was used for another ticket", field="Idempotency-Key")
            return _ticket(known), False

        return await write(self._database, put, TICKETS)

    async def ticket(self, principal: Principal, ticket_id: str) -> tuple[Ticket, tuple[Comment, ...]]:
        """One ticket with all that was said of it."""

        def find(link: Connection) -> tuple[Ticket, tuple[Comment, ...]]:
            found = _found(link, principal, ticket_id)
            said = select(t.comments).where(t.comments.c.ticket_id == ticket_id).order_by(t.comments.c.number)
            return found, tuple(map(_comment, link.execute(said)))

        return await read(self._database, find, TICKETS)

    async def page(self, principal: Principal, search: Search) -> TicketPage:
        """Those that fit."""
        fits = _fits(principal, search)
        items = (
            select(t.tickets)
            .where(*fits)
            .order_by(t.tickets.c.updated_at.desc(), t.tickets.c.id)
            .limit(search.limit)
            .offset(search.offset)
        )

        def find(link: Connection) -> TicketPage:
            total = link.scalar(select(func.count()).select_from(t.tickets).where(*fits))
            return TicketPage(items=tuple(map(_ticket, link.execute(items))), total=total or 0)

        return await read(self._database, find, TICKETS)

    async def count(self, principal: Principal, user_id: str) -> int:
        """How many tickets a user ever had."""
        return (await self.page(principal, Search(user_id=user_id, limit=1))).total

    async def change(self, principal: Principal, ticket_id: str, change: Change) -> Ticket:
        """The ticket as changed; raises `NotAllowedNow`. What changed is written down with it."""
        at = self._clock.now()
        wanted = {
            name: value
            for name in ("status", "priority", "category", "assignee", "title")
            if (value := getattr(change, name)) is not None
        }

        def apply(link: Connection) -> Ticket:
            known = _found(link, principal, ticket_id, lock=True)
            check_change(known, change)
            if text := told(known, change):
                ending = {"closed_at": at} if change.status == "closed" else {}
                _set(link, ticket_id, wanted | ending | {"updated_at": at})
                _say(link, known, Comment(number=0, at=at, author=principal.key_id, kind="change", text=text))
            return _found(link, principal, ticket_id)

        return await write(self._database, apply, TICKETS)

    async def comment(self, principal: Principal, ticket_id: str, author: str, text: str) -> Comment:
        """Say something of a ticket, also of a closed one."""
        said = Comment(number=0, at=self._clock.now(), author=author, kind="comment", text=text)

        def add(link: Connection) -> Comment:
            known = _found(link, principal, ticket_id, lock=True)
            _set(link, ticket_id, {"updated_at": said.at})
            return _say(link, known, said)

        return await write(self._database, add, TICKETS)


def _found(link: Connection, principal: Principal, ticket_id: str, *, lock: bool = False) -> Ticket:
    query = select(t.tickets).where(t.tickets.c.id == ticket_id, *_seen(principal))
    row = link.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NoSuchTicket(f"Ticket {ticket_id} not found")
    return _ticket(row)


def _seen(principal: Principal) -> Sequence[ColumnElement[bool]]:
    seen: list[ColumnElement[bool]] = [t.tickets.c.tenant == principal.tenant]
    if principal.user_id is not None:
        seen.append(t.tickets.c.user_id == principal.user_id)
    return seen


def _fits(principal: Principal, search: Search) -> Sequence[ColumnElement[bool]]:
    wanted = {
        t.tickets.c.user_id: search.user_id,
        t.tickets.c.conversation_id: search.conversation_id,
        t.tickets.c.status: search.status,
        t.tickets.c.category: search.category,
        t.tickets.c.priority: search.priority,
    }
    fits = [*_seen(principal), *(column == value for column, value in wanted.items() if value is not None)]
    return fits + [
        t.tickets.c.searched.contains(word, autoescape=True) for word in search.words.casefold().split()
    ]


def _set(link: Connection, ticket_id: str, values: dict[str, Any]) -> None:
    link.execute(update(t.tickets).where(t.tickets.c.id == ticket_id).values(values))


def _say(link: Connection, ticket: Ticket, said: Comment) -> Comment:
    """Numbered after those that are there; the ticket's row is locked."""
    number = ticket.comment_count + 1
    _set(link, ticket.id, {"comment_count": number})
    link.execute(
        insert(t.comments).values(
            ticket_id=ticket.id,
            number=number,
            at=said.at,
            author=said.author,
            kind=said.kind,
            text=said.text,
        )
    )
    return Comment(number=number, at=said.at, author=said.author, kind=said.kind, text=said.text)


def _values(principal: Principal, ticket_id: TicketId, new: NewTicket) -> dict[str, Any]:
    said = (new.title, new.description, new.related_order, new.related_product)
    return {
        "id": ticket_id,
        "tenant": principal.tenant,
        "user_id": new.user_id,
        "conversation_id": new.conversation_id,
        "title": new.title,
        "description": new.description,
        "category": new.category,
        "priority": new.priority,
        "status": "pending",
        "related_order": new.related_order,
        "related_product": new.related_product,
        "contact": new.contact,
        "promised_at": new.promised_at,
        "created_by": principal.key_id,
        "idempotency_key": new.idempotency_key,
        "fingerprint": fingerprint(new),
        "searched": "\n".join(text for text in (ticket_id, *said) if text).casefold(),
        "comment_count": 0,
    }


def _ticket(row: Row[Any]) -> Ticket:
    about = NewTicket(
        title=row.title,
        description=row.description,
        category=row.category,
        priority=row.priority,
        user_id=row.user_id,
        conversation_id=row.conversation_id,
        related_order=row.related_order,
        related_product=row.related_product,
        contact=row.contact,
        promised_at=row.promised_at,
        idempotency_key=row.idempotency_key,
    )
    return Ticket(
        id=row.id,
        about=about,
        status=row.status,
        assignee=row.assignee,
        created_at=row.created_at,
        updated_at=row.updated_at,
        closed_at=row.closed_at,
        comment_count=row.comment_count,
    )


def _comment(row: Row[Any]) -> Comment:
    return Comment(number=row.number, at=row.at, author=row.author, kind=row.kind, text=row.text)
