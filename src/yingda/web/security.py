"""Security headers on every response, and what an open server needs besides; pure ASGI."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        b"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
)
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
"""Helpdesk 1.1."""


class SecurityHeaders:
    """Adds the contract's headers where the response has no such ones, the last for https only."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = (*HEADERS, STRICT_TRANSPORT) if scope["scheme"] == "https" else HEADERS
                given = {name for name, _ in message["headers"]}
                rest = [header for header in added if header[0] not in given]
                message["headers"] = [*message["headers"], *rest]
            await send(message)

        return await self._app(scope, receive, send_with_headers)


class OpenServerGuard:
    """While the server is open, keeps pages of other sites from using it through their visitor's browser.

    Only host names on the list are answered, so that no name can be rebound to us; and what changes something
    must come from our own pages or from an allowed origin, where a browser says where it comes from.
    """

    def __init__(
        self, app: ASGIApp, hosts: frozenset[str], origins: frozenset[str], is_open: Callable[[], bool]
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._origins = origins
        self._is_open = is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._is_open() and (refusal := self._refusal(scope)) is not None:
            return await refusal(scope, receive, send)
        return await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        if "*" not in self._hosts and _name(host) not in self._hosts:
            return PlainTextResponse("this host name is not served here", 421)
        if scope["method"] in SAFE_METHODS or origin is None:
            return None
        is_ours = origin.partition("://")[2] == host or origin in self._origins
        return None if is_ours else PlainTextResponse("this origin may not do that here", 403)


SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def _name(host: str) -> str:
    """The host without its port; an IPv6 address keeps its brackets."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower()
