"""Errors in the shape that clients of this interface know."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.types import Scope

from yingda.errors import AnswerError
from yingda.web.respond import error_headers, json_response

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "invalid_request_error",
    413: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
}


def error_body(error: AnswerError) -> tuple[int, dict[str, Any]]:
    """Status and body; what is wrong with a body is 400 here."""
    status = 400 if error.status == 422 else error.status
    told = {
        "message": error.message,
        "type": _TYPES.get(status, "server_error"),
        "param": error.field,
        "code": error.code,
    }
    return status, {"error": told}


def refuse(scope: Scope, error: AnswerError) -> Response:
    """The responder of these paths."""
    status, body = error_body(error)
    return json_response(body, status, error_headers(status, error))
