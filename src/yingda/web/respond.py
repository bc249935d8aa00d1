"""JSON responses, and errors in the shape of the dialect that a path belongs to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Scope

from yingda.errors import AnswerError, InternalError, NotFound

ErrorResponder = Callable[[Scope, AnswerError], ASGIApp]
"""An error as a response; the scope tells whose words to use."""

ErrorBody = Callable[[AnswerError], tuple[int, dict[str, Any]]]


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Chinese stays as it is; keys keep their order."""
    return Response(orjson.dumps(body), status, headers, "application/json")


class ErrorResponses:
    """One responder for the whole server: the body is the dialect's, the headers are HTTP's."""

    def __init__(self, default: ErrorBody, by_prefix: Mapping[str, ErrorBody]) -> None:
        self._default = default
        self._by_prefix = dict(by_prefix)

    def __call__(self, scope: Scope, error: AnswerError) -> Response:
        body_of = next(
            (body for prefix, body in self._by_prefix.items() if scope["path"].startswith(prefix)),
            self._default,
        )
        status, body = body_of(error)
        return json_response(body, status, _headers(status, error))

    def install(self, app: FastAPI) -> None:
        """Answer for everything that is raised in a route."""

        async def answer_error(request: Request, error: Exception) -> Response:
            assert isinstance(error, AnswerError)
            return self(request.scope, error)

        async def bug(request: Request, error: Exception) -> Response:
            response = self(request.scope, InternalError("internal error"))
            # The web server hangs up after a bug; a client that is not told reuses a dead connection.
            response.headers["Connection"] = "close"
            return response

        async def http_error(request: Request, error: Exception) -> Response:
            assert isinstance(error, HTTPException)
            if error.status_code == 404:
                return self(request.scope, NotFound("no such path"))
            return json_response({"detail": error.detail}, error.status_code, error.headers)

        app.add_exception_handler(AnswerError, answer_error)
        app.add_exception_handler(HTTPException, http_error)
        app.add_exception_handler(RequestValidationError, invalid)
        app.add_exception_handler(Exception, bug)


async def invalid(request: Request, error: Exception) -> Response:
    """The framework's validation list, without the input: it may be personal, huge, or not even text."""
    assert isinstance(error, RequestValidationError)
    found: Sequence[dict[str, Any]] = error.errors()
    detail = [{"type": one["type"], "loc": list(one["loc"]), "msg": one["msg"]} for one in found]
    return json_response({"detail": detail}, 422)


def _headers(status: int, error: AnswerError) -> dict[str, str]:
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "ApiKey"
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    return headers
