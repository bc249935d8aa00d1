"""`/api/v1/agent`: the operators' desk (helpdesk 1.3), and giving back, the next one, the log."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from yingda.conversations.archive import Archive, ConversationSummary
from yingda.dialects.helpdesk import desk as shapes
from yingda.dialects.helpdesk.routes.feeds import After, LastEventId, frames_after
from yingda.handoff.assist import BusinessAssist
from yingda.handoff.bells import Bells
from yingda.handoff.log import DeskLog
from yingda.handoff.operating import Acting, OperatorDesk
from yingda.handoff.queue import Handoff, NoSuchConversation
from yingda.handoff.solutions import Found, Solutions
from yingda.knowledge.types import Retriever
from yingda.turns.clock import Clock
from yingda.turns.types import DEFAULT_COLLECTION, Passage, Principal
from yingda.web.auth import DeskCaller
from yingda.web.feed import FeedStream, cursor_from
from yingda.web.respond import json_response

HISTORY_TURNS = 100
HISTORY_EVENTS = 1000
RECOMMEND_S = 2.0
DIALECT = "helpdesk"

SessionName = Annotated[str, Path(min_length=1, max_length=128)]
OperatorName = Annotated[str, Path(min_length=1, max_length=128)]
ACCEPT = shapes.AcceptRequest()
NO_NOTE = shapes.NoteRequest()
ALIVE = shapes.HeartbeatRequest()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskParts:
    """What the desk works with."""

    desk: OperatorDesk
    log: DeskLog
    bells: Bells
    archive: Archive
    retriever: Retriever
    solutions: Solutions
    business: BusinessAssist
    clock: Clock


def agent_routes(parts: DeskParts) -> APIRouter:
    """The queue, and what is done with one conversation of it."""
    router = APIRouter(prefix="/api/v1/agent", tags=["desk"])
    desk, rooms = parts.desk, _Rooms(parts)

    @router.get("/sessions/pending")
    async def pending(
        caller: DeskCaller,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> Response:
        """Who waits for a human, most urgent first, then longest."""
        waiting = await desk.waiting(caller, limit=limit, offset=offset)
        return json_response([shapes.summary_body(one) for one in waiting])

    @router.post("/sessions/claim")
    async def claim_next(caller: DeskCaller, body: shapes.AcceptRequest = ACCEPT) -> Response:
        """Take the most urgent conversation that the operator can do; 204 where nobody waits."""
        taken = await desk.claim_next(caller, body.agent_id)
        return Response(status_code=204) if taken is None else await rooms.shown(caller, taken)

    @router.get("/sessions/{session_id}")
    async def session(caller: DeskCaller, session_id: SessionName) -> Response:
        """A conversation with its card and all that was said."""
        return await rooms.shown(caller, await rooms.newest(caller, session_id), session_id)

    @router.post("/sessions/{session_id}/accept")
    async def accept(
        caller: DeskCaller, session_id: SessionName, body: shapes.AcceptRequest = ACCEPT
    ) -> Response:
        """Take a conversation that waits; of several who try one gets it, the others 409."""
        await rooms.newest(caller, session_id)
        return await rooms.shown(caller, await desk.claim(caller, session_id, body.agent_id))

    @router.post("/sessions/{session_id}/messages")
    async def message(caller: DeskCaller, session_id: SessionName, body: shapes.MessageRequest) -> Response:
        """Tell the customer something; it is in their feed at once, and in the history for ever."""
        await rooms.newest(caller, session_id)
        number = await desk.say(Acting(principal=caller, operator_id=body.agent_id), session_id, body.content)
        return json_response(
            {
                "message_id": f"{session_id}-{number}",
                "timestamp": parts.clock.now().isoformat(),
                "role": "assistant",
            }
        )

    @router.post("/sessions/{session_id}/heartbeat")
    async def heartbeat(
        caller: DeskCaller, session_id: SessionName, body: shapes.HeartbeatRequest = ALIVE
    ) -> Response:
        """Keep the conversation for another lease without saying anything."""
        await rooms.newest(caller, session_id)
        kept = await desk.renew(Acting(principal=caller, operator_id=body.agent_id), session_id)
        return json_response({"session_id": session_id, "lease_until": _moment(kept)})

    @router.post("/sessions/{session_id}/release")
    async def release(
        caller: DeskCaller, session_id: SessionName, body: shapes.NoteRequest = NO_NOTE
    ) -> Response:
        """Give a conversation back to the queue, where it keeps its age."""
        await rooms.newest(caller, session_id)
        acting = Acting(principal=caller, operator_id=body.agent_id)
        return await rooms.shown(caller, await desk.release(acting, session_id, body.note or ""))

    @router.post("/sessions/{session_id}/return")
    async def give_to_bot(
        caller: DeskCaller, session_id: SessionName, body: shapes.NoteRequest = NO_NOTE
    ) -> Response:
        """Let the bot go on; the note is a summary that it reads as part of the conversation."""
        await rooms.newest(caller, session_id)
        acting = Acting(principal=caller, operator_id=body.agent_id)
        return await rooms.shown(caller, await desk.finish(acting, session_id, "returned", body.note or ""))

    @router.post("/sessions/{session_id}/resolve")
    async def resolve(
        caller: DeskCaller, session_id: SessionName, body: shapes.NoteRequest = NO_NOTE
    ) -> Response:
        """The matter is settled; the note is for the desk only."""
        await rooms.newest(caller, session_id)
        acting = Acting(principal=caller, operator_id=body.agent_id)
        closed = await desk.finish(acting, session_id, "resolved", body.note or "")
        resolved_at = closed.closed_at.isoformat() if closed.closed_at else None
        return json_response(
            {"session_id": session_id, "agent_status": closed.status, "resolved_at": resolved_at}
        )

    return router


def assist_routes(parts: DeskParts) -> APIRouter:
    """What helps an operator in a conversation, and what happened to it."""
    router = APIRouter(prefix="/api/v1/agent", tags=["desk"])
    rooms = _Rooms(parts)

    @router.post("/sessions/{session_id}/knowledge-recommend")
    async def recommend(
        caller: DeskCaller, session_id: SessionName, body: shapes.RecommendRequest
    ) -> Response:
        """What the documents say about it, with scores of 0 to 1; nothing is said to the customer."""
        await rooms.newest(caller, session_id)
        by_s = parts.clock.monotonic() + RECOMMEND_S
        found = await parts.retriever.at(0.0).retrieve(
            caller, DEFAULT_COLLECTION, body.query, by_s=by_s, limit=body.top_k
        )
        chunks = [shapes.chunk_body(passage) for passage in _best(found.passages)]
        return json_response({"chunks": chunks, "total": len(chunks), "degraded": list(found.degraded)})

    @router.post("/sessions/{session_id}/business-assist")
    async def business(caller: DeskCaller, session_id: SessionName, body: shapes.AssistRequest) -> Response:
        """What the shop knows of this customer's own affairs, particulars masked; nothing is changed."""
        customer_id = await rooms.customer(caller, session_id)
        return json_response(shapes.assist_body(await parts.business.ask(body.query, customer_id)))

    @router.post("/sessions/{session_id}/solution")
    async def solution(caller: DeskCaller, session_id: SessionName, body: shapes.SolutionRequest) -> Response:
        """Keep what was found out, until somebody makes a curated answer of it."""
        await rooms.newest(caller, session_id)
        found = Found(
            question=body.question, solution=body.solution, intent=body.intent, conversation_id=session_id
        )
        return json_response(shapes.solution_body(await parts.solutions.add(caller, found)))

    @router.get("/sessions/{session_id}/events")
    async def events(caller: DeskCaller, session_id: SessionName, after: After = 0) -> Response:
        """All that happened to the conversation at the desk: who did what, when, with which key."""
        await rooms.newest(caller, session_id)
        found = await parts.log.after(caller, session_id, after)
        cursor = found[-1].number if found else after
        return json_response({"items": [shapes.desk_event(one) for one in found], "cursor": cursor})

    @router.get("/sessions/{session_id}/feed", response_class=Response)
    async def feed(
        caller: DeskCaller, session_id: SessionName, after: After = 0, last: LastEventId = None
    ) -> Any:
        """The same as a stream: what the customer writes comes as it is written."""
        await rooms.newest(caller, session_id)
        read_on = partial(frames_after, parts.log, caller, session_id, shapes.desk_event)
        bells = parts.bells
        return FeedStream(
            bells.listening(session_id), read_on, cursor_from(last, after), lambda: bells.is_closing
        )

    return router


def operator_routes(desk: OperatorDesk) -> APIRouter:
    """Who works at the desk."""
    router = APIRouter(prefix="/api/v1/agent/operators", tags=["desk"])

    @router.get("")
    async def operators(caller: DeskCaller) -> Response:
        """All who ever worked here, with what they hold now."""
        return json_response([shapes.operator_body(one) for one in await desk.operators(caller)])

    @router.put("/{agent_id}")
    async def enlist(caller: DeskCaller, agent_id: OperatorName, body: shapes.OperatorRequest) -> Response:
        """Make an operator known, or change what they can do and how much at once."""
        name = body.name or agent_id
        await desk.enlist(caller, agent_id, name=name, capacity=body.capacity, skills=body.skills)
        known = await desk.operators(caller)
        return json_response(next(shapes.operator_body(one) for one in known if one.id == agent_id))

    return router


class _Rooms:
    """Conversations as the desk shows them."""

    def __init__(self, parts: DeskParts) -> None:
        self._parts = parts

    async def newest(self, caller: Principal, session_id: str) -> Handoff | None:
        """The last hand-off, None for a conversation that had none; NotFound where there is neither."""
        handoff = await self._parts.desk.newest(caller, session_id)
        if handoff is None and await self._known(caller, DIALECT, session_id) is None:
            raise NoSuchConversation(f"Session {session_id} not found")
        return handoff

    async def customer(self, caller: Principal, session_id: str) -> str | None:
        """Whose conversation it is."""
        handoff = await self.newest(caller, session_id)
        known = None if handoff else await self._known(caller, DIALECT, session_id)
        return handoff.user_id if handoff else known.user_id if known else None

    async def shown(self, caller: Principal, handoff: Handoff | None, session_id: str = "") -> Response:
        """The contract's detail."""
        dialect = handoff.dialect if handoff else DIALECT
        name = handoff.external_id if handoff else session_id
        known = await self._known(caller, dialect, name)
        page = await self._parts.archive.turns(caller, dialect, name, offset=0, limit=HISTORY_TURNS)
        conversation_id = handoff.conversation_id if handoff else session_id
        events = await self._parts.log.after(caller, conversation_id, 0, HISTORY_EVENTS)
        history = shapes.history_of(page.items, events)
        return json_response(shapes.detail_body(handoff, known, history))

    async def _known(self, caller: Principal, dialect: str, name: str) -> ConversationSummary | None:
        return await self._parts.archive.conversation(caller, dialect, name)


def _best(passages: tuple[Passage, ...]) -> list[Passage]:
    return [passage for passage in passages if passage.score > 0]


def _moment(handoff: Handoff) -> str | None:
    return handoff.lease_until.isoformat() if handoff.lease_until else None
