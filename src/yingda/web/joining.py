"""A transport that sends a response's head together with what follows it at once."""

from __future__ import annotations

import asyncio
from typing import Any


class JoiningTransport(asyncio.Transport):
    """Holds a head back until the next write, or until the loop comes round; all else passes as it is.

    The web server writes the two one after the other. As one write they cost one call of the system and wake
    the client once.
    """

    __slots__ = ("_head", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._head = b""

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """What merely looks like a head is sent a moment later, and whole."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head + data)
        elif data[:5] == b"HTTP/":
            self._head = bytes(data)
            self._loop.call_soon(self._send_head)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """What was held back is still sent."""
        self._send_head()
        self._transport.close()

    def abort(self) -> None:
        self._head = b""
        self._transport.abort()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._transport.set_protocol(protocol)

    def _send_head(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)
