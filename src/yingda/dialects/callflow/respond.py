"""Errors of the callflow paths as envelopes, and streams whose events leave one by one."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.types import Scope

from yingda.dialects.callflow.encode import inner
from yingda.dialects.callflow.errors import error_body
from yingda.errors import AnswerError
from yingda.turns.record import Record
from yingda.web.respond import error_headers, json_response

CHAT_PATH = "/chat"
PREFIXES = (CHAT_PATH, "/set_info", "/get_info", "/delete_session", "/delete_last_turn")


def refuse(scope: Scope, error: AnswerError) -> Response:
    """The responder of these paths: the envelope with the names that were sent, as far as they were read."""
    return envelope_of(scope, error, secrets.token_hex(16))


def envelope_of(scope: Scope, error: AnswerError, request_id: str) -> Response:
    """The error of a request or of the turn that it asked for."""
    empty = inner(Record()) if scope["path"] == CHAT_PATH else {}
    status, body = error_body(error, _names(scope), empty, request_id)
    return json_response(body, status, {**error_headers(status, error), "X-Request-Id": request_id})


def _names(scope: Scope) -> tuple[str, str]:
    sent = _sent(scope)
    session_id, time_stamp = (sent.get(name) for name in ("sessionId", "timeStamp"))
    return _text(session_id), _text(time_stamp)


def _sent(scope: Scope) -> dict[str, Any]:
    query = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
    try:
        body = json.loads(scope.get("body") or b"{}")
    except (ValueError, RecursionError):
        return query
    return {**query, **body} if isinstance(body, dict) else query


def _text(value: Any) -> str:
    """A string that can go back; lone surrogates cannot."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode()
