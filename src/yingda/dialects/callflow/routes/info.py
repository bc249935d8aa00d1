"""`/set_info`, `/get_info`, `/delete_session`: what others know of a call, and its end."""

from __future__ import annotations

import json
from typing import Annotated, Any, Generic, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import Response

from yingda.dialects.callflow.calls import Calls
from yingda.dialects.callflow.wire import (
    CallRequest,
    Envelope,
    GetInfoRequest,
    SetInfoRequest,
    envelope,
    told,
)
from yingda.errors import InvalidRequest
from yingda.flows.backend import Backend
from yingda.turns.types import Principal
from yingda.web.auth import ChatCaller
from yingda.web.respond import json_response

Named = TypeVar("Named", bound=CallRequest)


class BodyOrQuery(Generic[Named]):
    """A route's dependency: fields from the body, or from the query where a proxy has dropped the body."""

    def __init__(self, model: type[Named]) -> None:
        self._model = model

    async def __call__(self, request: Request) -> Named:
        fields: dict[str, Any] = dict(request.query_params)
        if raw := await request.body():
            fields |= _object(raw)
        try:
            return self._model.model_validate(fields)
        except ValidationError as error:
            raise RequestValidationError(error.errors()) from None


def info_routes(calls: Calls, backend: Backend) -> APIRouter:
    """The routes, over a back end."""
    router = APIRouter(tags=["callflow"])

    @router.post("/set_info", response_model=Envelope)
    async def set_info(caller: ChatCaller, fact: SetInfoRequest) -> Response:
        """Tell the call a fact, before, during or after it; a known slot checks the value."""
        await backend.set_info(caller, fact.session_id, fact.key, fact.value)
        return json_response(envelope(fact.session_id, fact.time_stamp))

    async def tell(caller: Principal, wanted: GetInfoRequest) -> Response:
        known = await backend.get_info(caller, wanted.session_id)
        return json_response(envelope(wanted.session_id, wanted.time_stamp, told(known, wanted.key)))

    @router.post("/get_info", response_model=Envelope)
    async def get_info(caller: ChatCaller, wanted: GetInfoRequest) -> Response:
        """What is known of the call: one value, null where it is not known, or all of them."""
        return await tell(caller, wanted)

    @router.get("/get_info", response_model=Envelope)
    async def get_info_by_query(
        caller: ChatCaller, wanted: Annotated[GetInfoRequest, Depends(BodyOrQuery(GetInfoRequest))]
    ) -> Response:
        """The same, asked by query."""
        return await tell(caller, wanted)

    @router.delete("/delete_session", response_model=Envelope)
    async def delete_session(
        caller: ChatCaller, wanted: Annotated[CallRequest, Depends(BodyOrQuery(CallRequest))]
    ) -> Response:
        """Stop and erase the call with all that was said and told; one that nobody knows is no error."""
        await calls.delete(caller, wanted.session_id)
        return json_response(envelope(wanted.session_id, wanted.time_stamp))

    return router


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise InvalidRequest("the body is not JSON") from None
    if not isinstance(body, dict):
        raise InvalidRequest("the body is not a JSON object")
    return body
