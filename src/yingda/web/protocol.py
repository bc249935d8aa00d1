"""The web server's HTTP protocol with a bound on what may arrive before a request's headers are complete."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from yingda.web.joining import JoiningTransport

HEADER_BYTES = 65_536
HEADERS_S = 10.0

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedHeaders(HttpToolsProtocol):
    """Refuses headers that grow beyond `HEADER_BYTES` or take longer than `HEADERS_S`, while reading them.

    Without it the parser collects whatever a client sends, for as long as it likes.
    """

    # With more names than a class can share among its instances, every connection would hold a table of them.
    __slots__ = ("_header_bytes", "_is_in_headers", "_late")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_in_headers = True
        self._header_bytes = 0
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(JoiningTransport(transport, self.loop))
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_in_headers:
            self._header_bytes += len(data)
            self._start_timer()
            if self._header_bytes > HEADER_BYTES:
                self._refuse(_TOO_LARGE)

    def on_message_begin(self) -> None:
        self._is_in_headers, self._header_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._is_in_headers = False
        self._stop_timer()
        super().on_headers_complete()

    def _start_timer(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(HEADERS_S, self._refuse, _TOO_SLOW)

    def _stop_timer(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _refuse(self, response: bytes) -> None:
        self._stop_timer()
        if not self.transport.is_closing():
            self.transport.write(response)
            self.transport.close()
