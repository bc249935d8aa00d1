"""`/chat`: one turn of a call, whole or as server-sent events; and the addition that takes it back."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from yingda.dialects.callflow.calls import Calls
from yingda.dialects.callflow.encode import KEEP_ALIVE, CallflowEncoder, body
from yingda.dialects.callflow.respond import CHAT_PATH, envelope_of
from yingda.dialects.callflow.wire import (
    CallRequest,
    ChatAnswer,
    ChatRequest,
    Envelope,
    envelope,
    request_from_chat,
)
from yingda.errors import InvalidRequest
from yingda.turns.endings import failure_or_stop
from yingda.turns.events import TurnFailed, TurnStopped
from yingda.turns.live import LiveTurn
from yingda.web.auth import ChatCaller
from yingda.web.direct import DirectRoute
from yingda.web.respond import json_response
from yingda.web.stream import HUNG_UP, EventStream, StreamWatch, wait_for_end

_BOOLEAN = TypeAdapter(bool)


EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "The answer."}
}


STREAM_PARAMETER: dict[str, Any] = {
    "parameters": [
        {
            "name": "stream",
            "in": "query",
            "schema": {"type": "boolean", "default": False},
            "description": "Answer as server-sent events.",
        }
    ]
}
"""Read by hand, not by the framework: a route without a declared query can be called past it."""


class CallStream(EventStream):
    """Each event is a write of its own, and a small one: the contract's client reads 1,024 bytes at once."""

    joins_frames = False


def chat_routes(calls: Calls, watch: StreamWatch) -> APIRouter:
    """The routes, over the calls of an engine."""
    router = APIRouter(tags=["callflow"], route_class=DirectRoute)

    @router.post(CHAT_PATH, response_model=ChatAnswer, responses=EVENTS, openapi_extra=STREAM_PARAMETER)
    async def chat(request: Request, caller: ChatCaller, said: ChatRequest) -> Any:
        """Answer what a caller said: where the call stands, then what to say."""
        stream = _wants_stream(request)
        live = await calls.begin(caller, request_from_chat(said, stream=stream))
        if stream:
            return CallStream(live, CallflowEncoder(), KEEP_ALIVE, watch)
        return await _whole(request, live)

    @router.post("/delete_last_turn", response_model=Envelope)
    async def delete_last_turn(caller: ChatCaller, wanted: CallRequest) -> Response:
        """Take the last turn back, a running one included: the call stands where it stood before it."""
        deleted = await calls.take_back(caller, wanted.session_id)
        return json_response(envelope(wanted.session_id, wanted.time_stamp, {"deleted": deleted}))

    return router


def _wants_stream(request: Request) -> bool:
    """A field `stream` of the body counts for nothing."""
    sent = request.query_params.get("stream", "")
    try:
        return _BOOLEAN.validate_python(sent or False)
    except ValidationError:
        raise InvalidRequest("must be true or false", field="stream") from None


async def _whole(request: Request, live: LiveTurn) -> Response:
    if not await wait_for_end(live, request.receive):
        return HUNG_UP
    ending = live.record.ending
    if isinstance(ending, TurnFailed | TurnStopped):
        return envelope_of(request.scope, failure_or_stop(ending), live.turn_id)
    return json_response(body(live.record), headers={"X-Request-Id": live.turn_id})
