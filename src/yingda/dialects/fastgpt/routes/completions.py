"""Completions of either version, whole or as events, and their stop (callflow C.2, C.3)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from yingda.dialects.fastgpt.face import Face
from yingda.dialects.fastgpt.respond import refuse
from yingda.dialects.fastgpt.routes.named import Named
from yingda.dialects.fastgpt.wire import ChatNamed, CompletionBody, envelope
from yingda.turns.endings import failure_of
from yingda.turns.live import LiveTurn
from yingda.turns.types import Principal
from yingda.web.auth import ChatCaller
from yingda.web.respond import json_response
from yingda.web.stream import HUNG_UP, EventStream, wait_for_end

EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "The answer."}
}


def completion_routes(face: Face) -> APIRouter:
    """The routes, over the chats of an engine."""
    router = APIRouter(tags=["fastgpt"])

    @router.post("/api/v1/chat/completions", response_class=Response, responses=EVENTS)
    async def completions(request: Request, caller: ChatCaller, body: CompletionBody) -> Any:
        """Answer the last message of a chat; node responses come together, at the end."""
        return await _answered(face, request, caller, body, is_v2=False)

    @router.post("/api/v2/chat/completions", response_class=Response, responses=EVENTS)
    async def completions_by_node(request: Request, caller: ChatCaller, body: CompletionBody) -> Any:
        """Answer the last message of a chat; each node's response comes as it ends."""
        return await _answered(face, request, caller, body, is_v2=True)

    @router.post("/api/v2/chat/stop")
    async def stop(caller: ChatCaller, named: Annotated[ChatNamed, Depends(Named(ChatNamed))]) -> Response:
        """Stop the chat's run; what was said by then is kept."""
        await face.stop(caller, named.chat_id)
        return json_response(envelope())

    return router


async def _answered(
    face: Face, request: Request, caller: Principal, body: CompletionBody, *, is_v2: bool
) -> Response:
    live = await face.begin(caller, body, is_v2=is_v2)
    dialect = face.parts.dialect
    if body.stream:
        heartbeat = dialect.heartbeat(has_detail=body.detail)
        return EventStream(live, dialect.encoder(), heartbeat, face.parts.watch)
    if not await wait_for_end(live, request.receive):
        return HUNG_UP
    if (failure := failure_of(live.record.ending)) is not None:
        return refuse(request.scope, failure)
    return json_response(await _body(face, caller, live, body))


async def _body(face: Face, caller: Principal, live: LiveTurn, body: CompletionBody) -> dict[str, Any]:
    told = face.parts.dialect.body(live.events)
    if not body.detail:
        return told
    variables = await face.parts.backend.get_info(caller, told["id"])
    return {"responseData": told.pop("responseData"), "newVariables": dict(variables), **told}
