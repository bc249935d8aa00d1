"""`/v1/chat/completions` and `/v1/models`, as clients of the OpenAI interface expect them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from yingda.dialects.openai.encode import OpenAIDialect
from yingda.dialects.openai.errors import refuse
from yingda.dialects.openai.wire import CompletionRequest, request_from
from yingda.engine import Engine
from yingda.turns.endings import failure_of
from yingda.web.auth import ChatCaller, require_own
from yingda.web.respond import json_response
from yingda.web.stream import HUNG_UP, EventStream, StreamWatch, wait_for_end

PREFIXES = ("/v1/chat/", "/v1/models")
DIALECT = OpenAIDialect()
MODELS = {
    "object": "list",
    "data": [{"id": "yingda", "object": "model", "created": 0, "owned_by": "yingda"}],
}


def completion_routes(engine: Engine, watch: StreamWatch) -> APIRouter:
    """The routes, over an engine."""
    router = APIRouter(tags=["openai"])

    @router.post("/v1/chat/completions", response_class=Response)
    async def completions(request: Request, caller: ChatCaller, body: CompletionRequest) -> Any:
        """Answer the last message, from the documents; `annotations` name the sources."""
        live = await engine.start(caller, request_from(body, require_own(caller, body.user)))
        if body.stream:
            return EventStream(live, DIALECT.encoder(), DIALECT.keep_alive, watch)
        if not await wait_for_end(live, request.receive):
            return HUNG_UP
        if (failure := failure_of(live.record.ending)) is not None:
            return refuse(request.scope, failure)
        return json_response(DIALECT.body(live.record))

    @router.get("/v1/models")
    async def models(caller: ChatCaller) -> Response:
        """The one name there is; any other is taken as well."""
        return json_response(MODELS)

    return router
