"""Errors of the docqa paths: a packet for those who asked for a stream, JSON for all others (docqa 3)."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from yingda.dialects.docqa.encode import lone_packet
from yingda.dialects.docqa.errors import error_body
from yingda.errors import AnswerError
from yingda.web.respond import error_headers
from yingda.web.stream import HEADERS

PREFIX = "/v1/ctai/"
CHAT_PATH = "/v1/ctai/query_text_chat"
STREAM_PATH = "/v1/ctai/chat_stream"
ERROR_NAME = "err."
"""How the ids of packets begin that belong to no answer."""

HEAD_BYTES = 65_536
HEAD_S = 2.0
_STREAM = re.compile(rb'"\s*stream\s*"\s*:\s*(?:"\s*(?:1|true)\s*"|1\b|true\b)', re.IGNORECASE)


class DocqaRefusal(Response):
    """An error, worded by where it is sent to; outside a stream with the `data` that there is all the same.

    It may come before the body was read; then it looks at the beginning of it, to learn what was asked for.
    """

    def __init__(self, error: AnswerError, data: Mapping[str, Any] | None = None) -> None:
        status, body = error_body(error)
        self._error = {**body, "data": data or {}}
        headers = error_headers(status, error)
        super().__init__(orjson.dumps(self._error), status, headers, "application/json")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not await wants_stream(scope, receive):
            return await super().__call__(scope, receive, send)
        kept = [(name, value) for name, value in self.raw_headers if name in (b"retry-after", b"connection")]
        headers = [header for header in HEADERS if header[0] not in dict(kept)] + kept
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._packet()})

    def _packet(self) -> bytes:
        msg_id = f"{ERROR_NAME}{secrets.token_hex(16)}-0"
        data = {"msg_id": msg_id, "msg_sn": "0", "event": "stop", "answer_text": ""}
        return lone_packet(msg_id, {**self._error, "data": data})


def refuse(scope: Scope, error: AnswerError) -> DocqaRefusal:
    """The responder of all paths below `PREFIX`."""
    return DocqaRefusal(error)


async def wants_stream(scope: Scope, receive: Receive) -> bool:
    """Whether the caller reads packets; a body that is no JSON is taken at its words."""
    if scope["path"] == STREAM_PATH:
        return True
    if scope["path"] != CHAT_PATH or scope["method"] != "POST":
        return False
    if any(name == b"last-event-id" and value for name, value in scope["headers"]):
        return True
    head = scope["body"] if "body" in scope else await _head(receive)
    return _STREAM.search(head) is not None


async def _head(receive: Receive) -> bytes:
    """What there is of the body within `HEAD_S`, up to about `HEAD_BYTES`."""
    head = b""
    with suppress(TimeoutError):
        async with asyncio.timeout(HEAD_S):
            while len(head) < HEAD_BYTES:
                message = await receive()
                head += message.get("body", b"")
                if not message.get("more_body", False):
                    break
    return head
