"""Plain JSON requests go straight to their endpoint, past the framework's layers and parameter solving."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from yingda.errors import AnswerError
from yingda.web.respond import ErrorResponses


class DirectRoute(APIRoute):
    """Marks an endpoint that `DirectRoutes` may call: it returns a response, and raises `AnswerError` only.

    Its signature describes it as ever; one with parameters in its path or query is not called directly. Its
    dependencies ask for nothing but the request.
    """


class DirectRoutes:
    """Stands before the framework, which takes more time for a request than a cached answer does.

    Serves what is plain: the body, as `BodyLimiter` left it in the scope, is valid, and none of the optional
    headers that the endpoint declares is there. All others, refusals of bodies above all, are left to the
    framework, so that its words stay the only ones.
    """

    def __init__(self, app: FastAPI, errors: ErrorResponses) -> None:
        self._app = app
        self._errors = errors
        self._endpoints: dict[tuple[str | None, str | None], _Endpoint] = {
            (method, context.path): _Endpoint(context.dependant, context.endpoint)
            for context in iter_route_contexts(app.routes)
            if isinstance(context.original_route, DirectRoute) and _only_body(context.dependant)
            for method in context.methods or ()
            if context.endpoint is not None
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._endpoints.get((scope.get("method"), scope["path"]))
        body = None if endpoint is None else endpoint.plain_body(scope)
        if endpoint is None or body is None:
            return await self._app(scope, receive, send)
        has_started = False

        async def noting_send(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            response = await self._response(endpoint, Request(scope, receive, send), body)
            await response(scope, receive, noting_send)
        except Exception:
            if not has_started:
                await self._errors.bug(scope)(scope, receive, send)
            raise

    async def _response(self, endpoint: _Endpoint, request: Request, body: BaseModel) -> Response:
        try:
            return await endpoint.call(request, body)
        except AnswerError as error:
            return self._errors(request.scope, error)


class _Endpoint:
    """What to read from a request for one endpoint, and the call."""

    def __init__(self, wanted: Dependant, run: Callable[..., Awaitable[Response]]) -> None:
        (field,) = wanted.body_params
        model: Any = field.field_info.annotation
        self._run = run
        self._name, self._model = field.name, cast(type[BaseModel], model)
        self._optional = frozenset(header.alias.lower().encode() for header in wanted.header_params)
        self._solvers: dict[str, Callable[[Request], Awaitable[Any]]] = {
            one.name: one.call for one in wanted.dependencies if one.name and one.call
        }
        if wanted.request_param_name is not None:
            self._solvers[wanted.request_param_name] = _itself

    def plain_body(self, scope: Scope) -> BaseModel | None:
        """The checked body; None where the request is not plain."""
        headers = dict(scope["headers"])
        if "body" not in scope or headers.get(b"content-type") != b"application/json":
            return None
        if not self._optional.isdisjoint(headers):
            return None
        try:
            return self._model.model_validate_json(scope["body"])
        except ValidationError:
            return None

    async def call(self, request: Request, body: BaseModel) -> Response:
        """The endpoint's response."""
        arguments: dict[str, Any] = {name: await solve(request) for name, solve in self._solvers.items()}
        arguments[self._name] = body
        return await self._run(**arguments)


def _only_body(wanted: Dependant) -> bool:
    return len(wanted.body_params) == 1 and not (
        wanted.path_params or wanted.query_params or wanted.cookie_params
    )


async def _itself(request: Request) -> Request:
    return request
