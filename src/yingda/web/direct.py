"""Routes that answer a plain JSON request without the framework's solving of parameters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

_IS_JSON = (b"content-type", b"application/json")


class DirectRoute(APIRoute):
    """Checks the body by its model and calls the endpoint; the framework takes four times as long for that.

    A request is plain if its body, as `BodyLimiter` left it in the scope, is valid and none of the optional
    headers that the endpoint declares is there. All others, and every refusal, are left to the framework, so
    that its words stay the only ones. The endpoint's signature describes it as ever; one with parameters in
    its path or query always takes the framework's way. Dependencies may ask for nothing but the request, and
    those of an `include_router` are not seen.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = self.dependant
        self._body = _only_body(wanted)
        self._optional = frozenset(field.alias.lower().encode() for field in wanted.header_params)
        self._solvers: dict[str, Callable[[Request], Awaitable[Any]]] = {
            one.name: one.call for one in wanted.dependencies if one.name and one.call
        }
        if wanted.request_param_name is not None:
            self._solvers[wanted.request_param_name] = _itself

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request whose path is this route's."""
        arguments = self._plain_body(scope)
        if arguments is None:
            return await super().handle(scope, receive, send)
        request = Request(scope, receive, send)
        for name, solve in self._solvers.items():
            arguments[name] = await solve(request)
        response = await self.endpoint(**arguments)
        await response(scope, receive, send)

    def _plain_body(self, scope: Scope) -> dict[str, Any] | None:
        headers = scope["headers"]
        if self._body is None or "body" not in scope or scope["method"] not in (self.methods or ()):
            return None
        if _IS_JSON not in headers or any(name in self._optional for name, _ in headers):
            return None
        name, model = self._body
        try:
            return {name: model.model_validate_json(scope["body"])}
        except ValidationError:
            return None


def _only_body(wanted: Dependant) -> tuple[str, type[BaseModel]] | None:
    if len(wanted.body_params) != 1 or wanted.path_params or wanted.query_params or wanted.cookie_params:
        return None
    field = wanted.body_params[0]
    model: Any = field.field_info.annotation
    return (field.name, model) if isinstance(model, type) and issubclass(model, BaseModel) else None


async def _itself(request: Request) -> Request:
    return request
