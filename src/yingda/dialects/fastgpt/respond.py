"""What stands around the FastGPT paths: errors before a route is reached, and the form of keys."""

from __future__ import annotations

import re

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from yingda.dialects.fastgpt.errors import error_body
from yingda.errors import AnswerError
from yingda.web.respond import error_headers, json_response

PREFIXES = ("/api/v1/chat/completions", "/api/v2/chat/", "/api/core/chat/")
_APP_SUFFIX = re.compile(rb"-[0-9a-f]{24}\s*\Z")


def refuse(scope: Scope, error: AnswerError) -> Response:
    """The responder of these paths."""
    status, body = error_body(error)
    return json_response(body, status, error_headers(error.status, error))


class AppKeys:
    """Takes the app's id off a key written as `apiKey-appId`, before anybody asks whose key it is; pure ASGI.

    There is one app here, so that its id says nothing.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIXES):
            scope = {**scope, "headers": [_without_app(*header) for header in scope["headers"]]}
        await self._app(scope, receive, send)


def _without_app(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    return name, _APP_SUFFIX.sub(b"", value) if name == b"authorization" else value
