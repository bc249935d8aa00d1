"""Security headers on every response, and the Host check of an open server; pure ASGI."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
}
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
"""Helpdesk 1.1."""


class SecurityHeaders:
    """Adds the contract's headers, the last one for https only."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
            await send(message)

        return await self._app(scope, receive, send_with_headers)


class HostCheck:
    """While the server is open, only names on the list are answered: a page elsewhere cannot rebind to us."""

    def __init__(self, app: ASGIApp, allowed: frozenset[str], is_open: Callable[[], bool]) -> None:
        self._app = app
        self._allowed = allowed
        self._is_open = is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "*" not in self._allowed and self._is_open():
            host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
            if _name(host) not in self._allowed:
                response = PlainTextResponse("this host name is not served here", 421)
                return await response(scope, receive, send)
        return await self._app(scope, receive, send)


def _name(host: str) -> str:
    """The host without its port; an IPv6 address keeps its brackets."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower()
