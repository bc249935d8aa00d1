"""Refuses what is too big, too deep, too slow or too often, while it is being read; pure ASGI."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yingda.errors import AnswerError, InvalidRequest, RateLimited, TooLarge
from yingda.web.respond import ErrorResponder


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """Sizes in bytes; `slow_s` is the longest wait for the next piece of a body, `total_s` for all of it.

    On `text_paths` whole documents come as JSON: escaped, their text takes up to twice its bytes.
    """

    json_bytes: int = 1_048_576
    json_depth: int = 32
    upload_bytes: int = 20 * 1_048_576
    upload_overhead_bytes: int = 65_536
    text_paths: frozenset[str] = frozenset()
    header_bytes: int = 65_536
    slow_s: float = 10.0
    total_s: float = 60.0

    def json_bytes_at(self, path: str) -> int:
        """The largest JSON body of that path."""
        is_text = path in self.text_paths
        return 2 * self.upload_bytes + self.upload_overhead_bytes if is_text else self.json_bytes


class HeadersTooLarge(AnswerError):
    code, status = "headers_too_large", 431


class BodyTooSlow(AnswerError):
    code, status, retryable = "body_too_slow", 408, True


class BodyLimiter:
    """Reads JSON bodies whole and checks them before the application does; counts uploads as they pass.

    A checked body rides in `scope["body"]` as well, for routes that need no stream of it; what was read of a
    refused one does, for whoever words the refusal.
    """

    def __init__(self, app: ASGIApp, limits: BodyLimits, respond: ErrorResponder) -> None:
        self._app = app
        self._limits = limits
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        try:
            receive = await self._checked(scope, receive)
        except AnswerError as error:
            return await self._respond(scope, error)(scope, receive, send)
        return await self._app(scope, receive, send)

    async def _checked(self, scope: Scope, receive: Receive) -> Receive:
        headers = dict(scope["headers"])
        if sum(map(len, chain.from_iterable(scope["headers"]))) > self._limits.header_bytes:
            raise HeadersTooLarge("the headers are too large")
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return receive
        if headers.get(b"content-type", b"").startswith(b"multipart/"):
            return self._counted(receive, _declared(headers))
        scope["body"] = body = await self._read(scope, receive, _declared(headers))
        if len(body) > self._limits.json_bytes:  # while one large body is looked at, others are served
            await asyncio.to_thread(self._check_json, body)
        else:
            self._check_json(body)
        return _replay(body, receive)

    async def _read(self, scope: Scope, receive: Receive, declared: int) -> bytes:
        longest = self._limits.json_bytes_at(scope["path"])
        if declared > longest:
            raise TooLarge("the body is too large")
        message = await self._next(receive)
        scope["body"] = message.get("body", b"")
        pieces, size = await self._rest(message, receive, longest)
        if size > longest:
            raise TooLarge("the body is too large")
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _rest(self, message: Message, receive: Receive, longest: int) -> tuple[list[bytes], int]:
        pieces, size = [message.get("body", b"")], len(message.get("body", b""))
        if not message.get("more_body", False):
            return pieces, size
        try:
            async with asyncio.timeout(self._limits.total_s):
                while message.get("more_body", False) and size <= longest:
                    message = await self._next(receive)
                    pieces.append(message.get("body", b""))
                    size += len(pieces[-1])
        except TimeoutError:
            raise BodyTooSlow("the body did not arrive in time") from None
        return pieces, size

    async def _next(self, receive: Receive) -> Message:
        try:
            async with asyncio.timeout(self._limits.slow_s):
                return await receive()
        except TimeoutError:
            raise BodyTooSlow("the body did not arrive in time") from None

    def _check_json(self, body: bytes) -> None:
        if not body:
            return
        try:
            body.decode()
        except UnicodeDecodeError as error:
            raise InvalidRequest(f"the body is not UTF-8 at byte {error.start}") from None
        # Brackets inside strings count too here: a cheap bound that nearly every body passes.
        if body.count(b"[") + body.count(b"{") > self._limits.json_depth and (
            json_depth(body) > self._limits.json_depth
        ):
            raise InvalidRequest(f"the body is nested deeper than {self._limits.json_depth} levels")

    def _counted(self, receive: Receive, declared: int) -> Receive:
        limit = self._limits.upload_bytes + self._limits.upload_overhead_bytes
        if declared > limit:
            raise TooLarge("the upload is too large")
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await self._next(receive)
            size += len(message.get("body", b""))
            if size > limit:
                raise TooLarge("the upload is too large")
            return message

        return counted


_OUTSIDE_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"|([\[{])|([\]}])', re.DOTALL)


def json_depth(body: bytes) -> int:
    """The deepest nesting of arrays and objects, brackets in strings not counted."""
    depth = deepest = 0
    for match in _OUTSIDE_STRINGS.finditer(body):
        if match.group(1):
            depth += 1
            deepest = max(deepest, depth)
        elif match.group(2):
            depth -= 1
    return deepest


class MovingWindow:
    """At most `count` hits of one name in `window_s`; a refused one does not count.

    Costs the same however many hits there are; names that went quiet are dropped now and then.
    """

    def __init__(self, count: int, window_s: float = 60.0) -> None:
        self._count = count
        self._window_s = window_s
        self._hits: dict[str, deque[float]] = {}
        self._tidy_at_s = 0.0

    def hit(self, name: str, now_s: float) -> float:
        """0 where there is room, else the seconds until there is."""
        if now_s >= self._tidy_at_s:
            self._tidy(now_s)
        hits = self._hits.setdefault(name, deque())
        while hits and hits[0] <= now_s - self._window_s:
            hits.popleft()
        if len(hits) >= self._count:
            return hits[0] + self._window_s - now_s
        hits.append(now_s)
        return 0.0

    def _tidy(self, now_s: float) -> None:
        self._tidy_at_s = now_s + self._window_s
        quiet = [name for name, hits in self._hits.items() if hits[-1] <= now_s - self._window_s]
        for name in quiet:
            del self._hits[name]


class RateLimiter:
    """A moving window of requests per client address (helpdesk 1.1), for the paths that are not exempt."""

    def __init__(
        self, app: ASGIApp, per_minute: int, respond: ErrorResponder, is_exempt: Callable[[str], bool]
    ) -> None:
        self._app = app
        self._window = MovingWindow(per_minute)
        self._respond = respond
        self._is_exempt = is_exempt

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_exempt(scope["path"]):
            client = scope["client"][0] if scope["client"] else "local"
            if (wait_s := self._window.hit(client, time.monotonic())) > 0:
                error = RateLimited("too many requests", retry_after_s=float(math.ceil(wait_s)))
                return await self._respond(scope, error)(scope, receive, send)
        return await self._app(scope, receive, send)


def _declared(headers: dict[bytes, bytes]) -> int:
    length = headers.get(b"content-length", b"")
    return int(length) if length.isdigit() else 0


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body as one message, then whatever the connection says."""
    has_body = True

    async def replay() -> Message:
        nonlocal has_body
        if has_body:
            has_body = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replay
