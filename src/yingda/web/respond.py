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

from yingda.errors import AnswerError, InternalError, InvalidRequest, NotFound, RecordedError

ErrorResponder = Callable[[Scope, AnswerError], ASGIApp]
"""An error as a response; the scope tells whose words to use."""

ErrorBody = Callable[[AnswerError], tuple[int, dict[str, Any]]]

DialectResponder = Callable[[Scope, AnswerError], Response]
"""For a dialect whose errors are more than a JSON body."""


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Chinese stays as it is; keys keep their order."""
    return Response(orjson.dumps(body), status, headers, "application/json")


class ErrorResponses:
    """One responder for the whole server: the body is the dialect's, the headers are HTTP's.

    Paths with one of the prefixes have a responder of their own.
    """

    def __init__(self, default: ErrorBody, by_prefix: Mapping[str, DialectResponder]) -> None:
        self._default = default
        self._by_prefix = dict(by_prefix)

    def __call__(self, scope: Scope, error: AnswerError) -> Response:
        if (respond := self._own(scope)) is not None:
            return respond(scope, error)
        status, body = self._default(error)
        return json_response(body, status, error_headers(status, error))

    def _own(self, scope: Scope) -> DialectResponder | None:
        path = scope["path"]
        return next((own for prefix, own in self._by_prefix.items() if path.startswith(prefix)), None)

    def bug(self, scope: Scope) -> Response:
        """What is said of an error that nobody foresaw, without its details."""
        response = self(scope, InternalError("internal error"))
        # The web server hangs up after a bug; a client that is not told reuses a dead connection.
        response.headers["Connection"] = "close"
        return response

    def install(self, app: FastAPI) -> None:
        """Answer for everything that is raised in a route."""

        async def answer_error(request: Request, error: Exception) -> Response:
            assert isinstance(error, AnswerError)
            return self(request.scope, error)

        async def answer_bug(request: Request, error: Exception) -> Response:
            return self.bug(request.scope)

        async def http_error(request: Request, error: Exception) -> Response:
            assert isinstance(error, HTTPException)
            if error.status_code == 404:
                return self(request.scope, NotFound("no such path"))
            if self._own(request.scope) is not None:
                return self(request.scope, _refused(error))
            return json_response({"detail": error.detail}, error.status_code, error.headers)

        async def invalid(request: Request, error: Exception) -> Response:
            assert isinstance(error, RequestValidationError)
            if self._own(request.scope) is not None:
                return self(request.scope, _first_of(error))
            return json_response(_validation_list(error), 422)

        app.add_exception_handler(AnswerError, answer_error)
        app.add_exception_handler(HTTPException, http_error)
        app.add_exception_handler(RequestValidationError, invalid)
        app.add_exception_handler(Exception, answer_bug)


def _validation_list(error: RequestValidationError) -> dict[str, Any]:
    """The framework's validation list, without the input: it may be personal, huge, or not even text."""
    found: Sequence[dict[str, Any]] = error.errors()
    detail = [{"type": one["type"], "loc": list(one["loc"]), "msg": one["msg"]} for one in found]
    return {"detail": detail}


def _first_of(error: RequestValidationError) -> InvalidRequest:
    first = error.errors()[0]
    return InvalidRequest(first["msg"], field=str(first["loc"][-1]))


def _refused(error: HTTPException) -> RecordedError:
    return RecordedError(
        code=f"http_{error.status_code}",
        status=error.status_code,
        message=str(error.detail),
        retryable=False,
        retry_after_s=None,
    )


def error_headers(status: int, error: AnswerError) -> dict[str, str]:
    """What HTTP itself says of an error."""
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "ApiKey"
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    return headers
