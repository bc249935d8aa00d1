"""`/api/v1/chat`, its stream, and the additions: stop, resume, and the passage behind a citation."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response

from yingda.dialects.dialect import Dialect
from yingda.dialects.helpdesk.wire import ChatRequest, ChatResponse, request_from_chat
from yingda.engine import Engine
from yingda.errors import NotFound
from yingda.turns.endings import failure_of
from yingda.turns.events import TurnStopped
from yingda.turns.live import LiveTurn
from yingda.turns.types import Citation, Principal, TurnId
from yingda.web.auth import ChatCaller, require_own
from yingda.web.direct import DirectRoute
from yingda.web.respond import ErrorResponses, json_response
from yingda.web.stream import HUNG_UP, EventStream, StreamWatch, frames_seen, wait_for_end

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", max_length=255)]
TurnName = Annotated[TurnId, Path(pattern="^[0-9a-f]{32}$")]


class SourceTexts(Protocol):
    """The text that a citation's span counts in; NotFound where it is gone or not the principal's."""

    async def __call__(self, principal: Principal, citation: Citation) -> str: ...


def chat_routes(
    engine: Engine, dialect: Dialect, watch: StreamWatch, texts: SourceTexts, errors: ErrorResponses
) -> APIRouter:
    """The routes, over an engine."""
    router = APIRouter(prefix="/api/v1/chat", tags=["chat"], route_class=DirectRoute)

    @router.post("", response_model=ChatResponse)
    async def chat(
        request: Request, caller: ChatCaller, body: ChatRequest, key: IdempotencyKey = None
    ) -> Response:
        """Answer once, as a whole."""
        live = await _start(engine, caller, body, stream=False, key=key)
        if not await wait_for_end(live, request.receive):
            return HUNG_UP
        return _answer(request, live, dialect, errors, trace=body.trace)

    @router.post("/stream", response_class=Response)
    async def stream(
        caller: ChatCaller, body: ChatRequest, key: IdempotencyKey = None, last: LastEventId = None
    ) -> Any:
        """Answer as server-sent events: `meta`, `token`..., then `done` or `error`."""
        turn_id = last.rpartition("-")[0] if last else ""
        if turn_id:
            live = await engine.attach(caller, TurnId(turn_id))
        else:
            live = await _start(engine, caller, body, stream=True, key=key)
        return _stream(live, dialect, watch, last, trace=body.trace)

    @router.get("/turns/{turn_id}/stream", response_class=Response)
    async def resume(
        caller: ChatCaller,
        turn_id: TurnName,
        last: LastEventId = None,
        after: Annotated[int | None, Query(ge=0, description="Frames that the client has.")] = None,
        trace: bool = False,
    ) -> Any:
        """Follow a turn from its first frame, or from behind the last one that the client has."""
        live = await engine.attach(caller, turn_id)
        return _stream(live, dialect, watch, last if after is None else f"{turn_id}-{after}", trace=trace)

    @router.post("/turns/{turn_id}/stop")
    async def stop(caller: ChatCaller, turn_id: TurnName) -> Response:
        """Stop a running turn; what was said by then is kept. A finished turn is left as it is."""
        live = await engine.stop(caller, turn_id, "user")
        stopped = isinstance(live.record.ending, TurnStopped)
        return json_response({"turn_id": turn_id, "stopped": stopped, "answer": live.record.text})

    @router.get("/turns/{turn_id}/citations/{number}")
    async def citation(caller: ChatCaller, turn_id: TurnName, number: Annotated[int, Path(ge=1)]) -> Response:
        """The document behind a citation of the caller's own turn, with the span that supports the answer."""
        live = await engine.attach(caller, turn_id)
        if number > len(live.record.citations):
            raise NotFound("no such citation")
        cited = live.record.citations[number - 1]
        return json_response(
            {
                "n": number,
                "source": cited.source,
                "heading": cited.heading,
                "page": cited.page,
                "version": cited.version,
                "start": cited.start,
                "end": cited.end,
                "quote": cited.quote,
                "text": await texts(caller, cited),
            }
        )

    return router


async def _start(
    engine: Engine, caller: Principal, body: ChatRequest, *, stream: bool, key: str | None
) -> LiveTurn:
    wanted = request_from_chat(body, stream=stream, key=key)
    if (user_id := require_own(caller, wanted.user_id)) != wanted.user_id:
        wanted = replace(wanted, user_id=user_id)
    return await engine.start(caller, wanted)


def _stream(
    live: LiveTurn, dialect: Dialect, watch: StreamWatch, last: str | None, *, trace: bool
) -> EventStream:
    encoder = dialect.encoder(trace=trace)
    return EventStream(live, encoder, dialect.keep_alive, watch, frames_seen(last, live.turn_id))


def _answer(
    request: Request, live: LiveTurn, dialect: Dialect, errors: ErrorResponses, *, trace: bool
) -> Response:
    if (failure := failure_of(live.record.ending)) is not None:
        return errors(request.scope, failure)
    return json_response(dialect.body(live.record, trace=trace))
