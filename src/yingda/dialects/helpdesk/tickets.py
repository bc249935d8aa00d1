"""Tickets in the words of the helpdesk contract (helpdesk 2.12)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from yingda.dialects.helpdesk.wire import Name, Text
from yingda.tickets.filing import category_of, priority_of
from yingda.tickets.ticket import (
    DESCRIPTION_CHARS,
    TITLE_CHARS,
    Category,
    Change,
    Comment,
    NewTicket,
    Priority,
    Status,
    Ticket,
)


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


Description = Annotated[Text, Field(max_length=DESCRIPTION_CHARS), AfterValidator(_said)]
Title = Annotated[Text, Field(max_length=TITLE_CHARS), AfterValidator(_said)]


class TicketRequest(BaseModel):
    """A new ticket; category and priority are read from the description where they are not sent."""

    model_config = ConfigDict(extra="ignore")

    description: Description
    title: Title | None = None
    category: Category | None = None
    priority: Priority | None = None
    user_id: Name | None = None
    session_id: Name | None = None
    related_order: Name | None = None
    related_product: Name | None = None
    contact: Name | None = None
    promised_at: AwareDatetime | None = None


class TicketChange(BaseModel):
    """What becomes another; the rest stays."""

    model_config = ConfigDict(extra="ignore")

    status: Status | None = None
    priority: Priority | None = None
    category: Category | None = None
    assignee: Name | None = None
    title: Title | None = None


class TicketQuery(BaseModel):
    """Which tickets to list; what is not sent means any."""

    user_id: Name | None = None
    session_id: Name | None = None
    status: Status | None = None
    category: Category | None = None
    priority: Priority | None = None
    q: Annotated[Text, Field(max_length=128, description="Words that must all stand in it.")] = ""
    limit: int = Field(20, ge=1, le=200)
    offset: int = Field(0, ge=0, le=1_000_000)


class CommentRequest(BaseModel):
    """Something to say of a ticket."""

    model_config = ConfigDict(extra="ignore")

    content: Annotated[Text, Field(max_length=2000), AfterValidator(_said)]
    author: Name | None = None


def ticket_from_body(body: TicketRequest, user_id: str | None, key: str | None) -> NewTicket:
    """`user_id` is whose it may be; `key` is the Idempotency-Key header."""
    return NewTicket(
        title=body.title or " ".join(body.description.split())[:TITLE_CHARS],
        description=body.description,
        category=body.category or category_of(body.description),
        priority=body.priority or priority_of(body.description),
        user_id=user_id,
        conversation_id=body.session_id,
        related_order=body.related_order,
        related_product=body.related_product,
        contact=body.contact,
        promised_at=body.promised_at,
        idempotency_key=key,
    )


def change_from_body(body: TicketChange) -> Change:
    """As it came."""
    return Change(
        status=body.status,
        priority=body.priority,
        category=body.category,
        assignee=body.assignee,
        title=body.title,
    )


def ticket_body(ticket: Ticket) -> dict[str, Any]:
    """The contract's fields; from `session_id` on ours."""
    about = ticket.about
    return {
        "ticket_id": ticket.id,
        "user_id": about.user_id,
        "title": about.title,
        "description": about.description,
        "category": about.category,
        "priority": about.priority,
        "status": ticket.status,
        "related_order": about.related_order,
        "related_product": about.related_product,
        "contact": about.contact,
        "created_at": _iso(ticket.created_at),
        "updated_at": _iso(ticket.updated_at),
        "session_id": about.conversation_id,
        "assignee": ticket.assignee,
        "promised_at": _iso(about.promised_at),
        "closed_at": _iso(ticket.closed_at),
        "comment_count": ticket.comment_count,
    }


def comment_body(comment: Comment) -> dict[str, Any]:
    """`kind` tells a comment from a change."""
    return {
        "number": comment.number,
        "kind": comment.kind,
        "author": comment.author,
        "content": comment.text,
        "timestamp": _iso(comment.at),
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
