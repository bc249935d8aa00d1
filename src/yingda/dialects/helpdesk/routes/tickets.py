"""`/api/v1/tickets`: customers file and follow their own, the desk works on all of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query
from starlette.responses import Response

from yingda.dialects.helpdesk import tickets as shapes
from yingda.errors import Forbidden
from yingda.tickets.store import Search, Tickets
from yingda.tickets.ticket import Change
from yingda.turns.types import Principal
from yingda.web.auth import DeskCaller, TicketCaller, require_own
from yingda.web.respond import json_response

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]
TicketName = Annotated[str, Path(min_length=1, max_length=32)]


def ticket_routes(tickets: Tickets) -> APIRouter:
    """The routes, over the tickets of the caller's tenant."""
    router = APIRouter(prefix="/api/v1/tickets", tags=["tickets"])

    @router.post("", status_code=201)
    async def create(
        caller: TicketCaller, body: shapes.TicketRequest, key: IdempotencyKey = None
    ) -> Response:
        """File a ticket; the same Idempotency-Key again gives the same ticket, with 200."""
        user_id = require_own(caller, body.user_id)
        ticket, is_new = await tickets.create(caller, shapes.ticket_from_body(body, user_id, key))
        return json_response(shapes.ticket_body(ticket), 201 if is_new else 200)

    @router.get("")
    async def search(caller: TicketCaller, query: Annotated[shapes.TicketQuery, Query()]) -> Response:
        """Tickets, latest change first. Without the role `desk` only those of a user who is named."""
        wanted = Search(
            user_id=_whose(caller, query.user_id),
            conversation_id=query.session_id,
            status=query.status,
            category=query.category,
            priority=query.priority,
            words=query.q,
            limit=query.limit,
            offset=query.offset,
        )
        page = await tickets.page(caller, wanted)
        items = [shapes.ticket_body(ticket) for ticket in page.items]
        return json_response(
            {"items": items, "total": page.total, "limit": query.limit, "offset": query.offset}
        )

    @router.get("/{ticket_id}")
    async def show(caller: TicketCaller, ticket_id: TicketName) -> Response:
        """A ticket with all that was said of it and done with it."""
        ticket, comments = await tickets.ticket(caller, ticket_id)
        said = [shapes.comment_body(comment) for comment in comments]
        return json_response({**shapes.ticket_body(ticket), "comments": said})

    @router.patch("/{ticket_id}")
    async def change(caller: DeskCaller, ticket_id: TicketName, body: shapes.TicketChange) -> Response:
        """Change state, urgency, category, title or who works on it; 409 where the states do not allow it."""
        return json_response(
            shapes.ticket_body(await tickets.change(caller, ticket_id, shapes.change_from_body(body)))
        )

    @router.post("/{ticket_id}/close")
    async def close(caller: DeskCaller, ticket_id: TicketName) -> Response:
        """Close it for good."""
        return json_response(
            shapes.ticket_body(await tickets.change(caller, ticket_id, Change(status="closed")))
        )

    @router.post("/{ticket_id}/comments", status_code=201)
    async def comment(caller: TicketCaller, ticket_id: TicketName, body: shapes.CommentRequest) -> Response:
        """Say something of a ticket."""
        author = caller.user_id or body.author or caller.key_id
        said = await tickets.comment(caller, ticket_id, author, body.content)
        return json_response(shapes.comment_body(said), 201)

    return router


def _whose(caller: Principal, user_id: str | None) -> str | None:
    whose = require_own(caller, user_id)
    if whose is None and "desk" not in caller.roles:
        raise Forbidden("name the user whose tickets are wanted", field="user_id")
    return whose
