"""A ticket: a customer's matter that is worked on outside the conversation; its states are a table."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType, get_args

import orjson

from yingda.errors import AnswerError

TicketId = NewType("TicketId", str)
Category = Literal["after_sale", "logistics", "product", "account", "complaint"]
Priority = Literal["urgent", "high", "medium", "low"]
Status = Literal["pending", "processing", "resolved", "closed"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
STATUSES: tuple[Status, ...] = get_args(Status)

TITLE_CHARS = 20
DESCRIPTION_CHARS = 500
"""Helpdesk 2.12."""

NEXT: dict[Status, frozenset[Status]] = {
    "pending": frozenset({"processing", "resolved", "closed"}),
    "processing": frozenset({"pending", "resolved", "closed"}),
    "resolved": frozenset({"processing", "closed"}),
    "closed": frozenset(),
}
"""What may follow what; closed is final."""


class NotAllowedNow(AnswerError):
    """The ticket is in a state that the change does not follow."""

    code, status = "ticket_conflict", 409


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """What a ticket is about; `promised_at` is by when the customer was told to hear of it.

    With an `idempotency_key` that was used before, the ticket of that time is meant.
    """

    title: str
    description: str
    category: Category = "after_sale"
    priority: Priority = "medium"
    user_id: str | None = None
    conversation_id: str | None = None
    related_order: str | None = None
    related_product: str | None = None
    contact: str | None = None
    promised_at: datetime | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What was said of a ticket, or how it changed; `number` counts from 1."""

    number: int
    at: datetime
    author: str
    kind: Literal["comment", "change"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket as it is kept."""

    id: TicketId
    about: NewTicket
    status: Status
    assignee: str | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    comment_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What of a ticket becomes another; None leaves it as it is."""

    status: Status | None = None
    priority: Priority | None = None
    category: Category | None = None
    assignee: str | None = None
    title: str | None = None


def check_change(ticket: Ticket, change: Change) -> None:
    """Raise `NotAllowedNow` where the table of states does not have it."""
    if ticket.status == "closed":
        raise NotAllowedNow(f"Ticket {ticket.id} is closed, and that is final")
    if change.status not in (None, ticket.status, *NEXT[ticket.status]):
        raise NotAllowedNow(f"Ticket {ticket.id} is {ticket.status}, which {change.status} does not follow")


def told(ticket: Ticket, change: Change) -> str:
    """The change in words, for the ticket's own record; empty where nothing changes."""
    about = ticket.about
    pairs = (
        ("status", ticket.status, change.status),
        ("priority", about.priority, change.priority),
        ("category", about.category, change.category),
        ("assignee", ticket.assignee, change.assignee),
        ("title", about.title, change.title),
    )
    return "; ".join(f"{name}: {was} -> {now}" for name, was, now in pairs if now is not None and now != was)


def fingerprint(new: NewTicket) -> str:
    """Equal for requests that ask for the same ticket."""
    said = (new.title, new.description, new.category, new.priority, new.user_id, new.conversation_id)
    return hashlib.sha256(orjson.dumps(said)).hexdigest()
