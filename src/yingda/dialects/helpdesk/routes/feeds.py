"""`/api/v1/chat/sessions/...`: what reaches the customer between their messages, polled or streamed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query
from starlette.responses import Response

from yingda.conversations.archive import Archive
from yingda.dialects.helpdesk import desk as shapes
from yingda.handoff.bells import Bells
from yingda.handoff.desk import Desk
from yingda.handoff.log import DeskEvent, DeskLog
from yingda.handoff.queue import NoSuchConversation
from yingda.turns.types import Principal
from yingda.web.auth import ChatCaller
from yingda.web.feed import FeedStream, cursor_from
from yingda.web.respond import json_response

SessionName = Annotated[str, Path(min_length=1, max_length=128)]
After = Annotated[int, Query(ge=0, le=2_000_000_000, description="The last event that the client has.")]
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", max_length=32)]

Shape = Callable[[DeskEvent], dict[str, Any] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedParts:
    """What a feed is read from."""

    desk: Desk
    log: DeskLog
    bells: Bells
    archive: Archive


def feed_routes(parts: FeedParts) -> APIRouter:
    """The customer's two ways to hear an operator."""
    router = APIRouter(prefix="/api/v1/chat/sessions", tags=["chat"])

    @router.get("/{session_id}/events")
    async def events(caller: ChatCaller, session_id: SessionName, after: After = 0) -> Response:
        """What operators said and who is there, behind a cursor; and the place in the queue as it is now."""
        handoff = await _status(parts, caller, session_id)
        found = await parts.log.after(caller, session_id, after)
        items = [shown for event in found if (shown := shapes.customer_event(event))]
        return json_response(
            {
                "items": items,
                "cursor": found[-1].number if found else after,
                "agent_status": handoff,
                "queue_position": await parts.desk.position(caller, session_id),
            }
        )

    @router.get("/{session_id}/feed", response_class=Response)
    async def feed(
        caller: ChatCaller, session_id: SessionName, after: After = 0, last: LastEventId = None
    ) -> Any:
        """The same as server-sent events without an end, `message` and `status`; resumed by Last-Event-ID."""
        await _status(parts, caller, session_id)
        read_on = partial(frames_after, parts.log, caller, session_id, shapes.customer_event)
        bells = parts.bells
        return FeedStream(
            bells.listening(session_id), read_on, cursor_from(last, after), lambda: bells.is_closing
        )

    return router


async def _status(parts: FeedParts, caller: Principal, session_id: str) -> str | None:
    """Of a conversation that is the caller's to see."""
    known = await parts.archive.conversation(caller, "helpdesk", session_id)
    if known is None:
        raise NoSuchConversation(f"Session {session_id} not found")
    return known.handoff


async def frames_after(
    log: DeskLog, caller: Principal, session_id: str, shape: Shape, after: int
) -> tuple[int, bytes]:
    """The cursor behind what there is by now, and its frames."""
    found = await log.after(caller, session_id, after)
    shown = [body for event in found if (body := shape(event))]
    frames = b"".join(shapes.feed_frame(body.get("type", "event"), body) for body in shown)
    return (found[-1].number if found else after), frames
