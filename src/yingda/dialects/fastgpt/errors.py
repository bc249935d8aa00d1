"""Errors as FastGPT tells them: HTTP 500 whatever happened, and a code in the body (callflow C.4)."""

from __future__ import annotations

from typing import Any

from yingda.errors import AnswerError

STATUS = 500
UNKNOWN = "error"

ERRORS: dict[str, tuple[int, str]] = {
    "unauthorised": (514, "unAuthApiKey"),
    "forbidden": (403, "unAuthorization"),
    "rate_limited": (429, "tooManyRequest"),
    "overloaded": (429, "tooManyRequest"),
    "no_such_chat": (504000, "unAuthChat"),
}
"""By our code → the body's code and `statusText`; all others are 500 and "error"."""


class NoSuchChat(AnswerError):
    """The chat is not there, or is somebody else's."""

    code, status = "no_such_chat", 404


def told(error: AnswerError) -> dict[str, Any]:
    """The body, and the data of a stream's `error` event; clients read `code` and `message`."""
    code, text = ERRORS.get(error.code, (STATUS, UNKNOWN))
    message = f"{error.field}: {error.message}" if error.field else error.message
    return {"code": code, "statusText": text, "message": message, "data": None}


def error_body(error: AnswerError) -> tuple[int, dict[str, Any]]:
    """Status and body."""
    return STATUS, told(error)
