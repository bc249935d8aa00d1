"""`/api/v0/ask_agent`, its stream, and the two older ways to ask (dataqa 2.10 to 2.12)."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import Response

from yingda.dialects.dataqa.asks import Asks
from yingda.dialects.dataqa.callers import DataCaller
from yingda.dialects.dataqa.encode import KEEP_ALIVE, DataqaEncoder, reply_from
from yingda.dialects.dataqa.wire import AskRequest, JsonBody, checked, described
from yingda.engine import Engine
from yingda.turns.live import LiveTurn
from yingda.turns.types import Principal, TurnId
from yingda.web.respond import json_response
from yingda.web.stream import HUNG_UP, EventStream, StreamWatch, frames_seen, wait_for_end

ASK_PATH = "/api/v0/ask_agent"
STREAM_PATH = "/api/v0/ask_agent_stream"
FRAMES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "The answer."}
}
ASKED = described(AskRequest)
ASKED_BY_QUERY: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "query", "schema": schema, "required": name == "question"}
        for name, schema in AskRequest.model_json_schema()["properties"].items()
    ]
}

LastEventId = Annotated[str | None, Header(alias="Last-Event-ID")]
Asked = Annotated[AskRequest, Depends(JsonBody(AskRequest))]


class Streams:
    """Turns as event streams: new ones, and ones to go on with by `Last-Event-ID`."""

    def __init__(self, engine: Engine, watch: StreamWatch, zone: ZoneInfo) -> None:
        self._engine = engine
        self._watch = watch
        self._zone = zone

    def open(self, live: LiveTurn, skip: int = 0) -> Response:
        """The frames of a turn but for the first `skip`."""
        return EventStream(live, DataqaEncoder(self._zone), KEEP_ALIVE, self._watch, skip)

    async def resume(self, caller: Principal, last: str) -> Response:
        """The frames after that one; 204, which ends a reconnecting client, once there are none."""
        turn_id = last.rpartition("-")[0]
        live = await self._engine.attach(caller, TurnId(turn_id))
        skip = frames_seen(last, turn_id)
        if live.ended:
            encoder = DataqaEncoder(self._zone)
            if skip >= sum(len(encoder.encode(event)) for event in live.events):
                return Response(status_code=204)
        return self.open(live, skip)


def ask_routes(asks: Asks, engine: Engine, watch: StreamWatch, zone: ZoneInfo) -> APIRouter:
    """The routes, over an engine."""
    router = APIRouter(tags=["dataqa"])
    streams = Streams(engine, watch, zone)

    @router.post(ASK_PATH, openapi_extra=ASKED)
    async def ask_agent(request: Request, caller: DataCaller, asked: Asked) -> Response:
        """Answer a question about the data, or a word beside it, as one JSON body."""
        return await _whole(request, await asks.begin(caller, asked), zone)

    @router.get(STREAM_PATH, responses=FRAMES, openapi_extra=ASKED_BY_QUERY)
    async def ask_agent_stream(request: Request, caller: DataCaller, last: LastEventId = None) -> Response:
        """The same as server-sent events; `Last-Event-ID` goes on with an answer."""
        if last:
            return await streams.resume(caller, last)
        return streams.open(await asks.begin(caller, checked(AskRequest, request.query_params)))

    @router.post(STREAM_PATH, responses=FRAMES, openapi_extra=ASKED)
    async def ask_agent_stream_by_body(
        request: Request, caller: DataCaller, last: LastEventId = None
    ) -> Response:
        """The same, asked by a body."""
        if last:
            return await streams.resume(caller, last)
        asked = await JsonBody(AskRequest)(request)
        return streams.open(await asks.begin(caller, asked))

    @router.post("/api/v0/ask", openapi_extra=ASKED)
    async def ask(request: Request, caller: DataCaller, asked: Asked) -> Response:
        """Ask the database, whatever the words look like."""
        return await _whole(request, await asks.begin(caller, asked, "database_direct"), zone)

    @router.post("/api/v0/ask_cached", openapi_extra=ASKED)
    async def ask_cached(request: Request, caller: DataCaller, asked: Asked) -> Response:
        """The same, and `cached` tells whether the answer was kept from before."""
        live = await asks.begin(caller, asked, "database_direct")
        return await _whole(request, live, zone, tells_cached=True)

    return router


async def _whole(request: Request, live: LiveTurn, zone: ZoneInfo, *, tells_cached: bool = False) -> Response:
    if not await wait_for_end(live, request.receive):
        return HUNG_UP
    status, body = reply_from(live.events, zone)
    if tells_cached:
        body["data"]["cached"] = body["data"]["from_cache"]
    return json_response(body, status, {"X-Request-Id": live.turn_id})
