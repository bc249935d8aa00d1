"""A log that goes on as an event stream: what is there behind a cursor, then whatever is rung for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from yingda.web.stream import HEADERS, hang_up

KEEP_ALIVE = b": keep-alive\n"
QUIET_S = 12.0
STUCK_S = 30.0

ReadOn = Callable[[int], Awaitable[tuple[int, bytes]]]
"""The cursor and the frames behind the given cursor; no frames where there is nothing new."""


class FeedStream(Response):
    """An ASGI response without an end of its own; a client that accepts nothing for `STUCK_S` is dropped.

    `is_closing` ends it between two frames: clients come back to the next server with their cursor.
    """

    def __init__(
        self,
        listening: AbstractContextManager[asyncio.Event],
        read_on: ReadOn,
        after: int,
        is_closing: Callable[[], bool],
    ) -> None:
        self.background = None  # what the framework looks for in a response; headers are sent by ourselves
        self._listening = listening
        self._read_on = read_on
        self._after = after
        self._is_closing = is_closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(hang_up(receive))
        try:
            with self._listening as bell, suppress(TimeoutError):
                await self._follow(bell, gone, send)
        finally:
            gone.cancel()

    async def _follow(self, bell: asyncio.Event, gone: asyncio.Task[None], send: Send) -> None:
        self._after, body = await self._read_on(self._after)
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await _write(send, body or KEEP_ALIVE)
        while not gone.done() and not self._is_closing():
            bell.clear()
            self._after, body = await self._read_on(self._after)
            if body or not await _rung(bell, gone):
                await _write(send, body or KEEP_ALIVE)
        if not gone.done():
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _rung(bell: asyncio.Event, gone: asyncio.Task[None]) -> bool:
    """Wait for the bell or the client's leaving; False where it stays quiet for too long."""
    ringing = asyncio.create_task(bell.wait())
    try:
        done, _ = await asyncio.wait((ringing, gone), timeout=QUIET_S, return_when=asyncio.FIRST_COMPLETED)
        return bool(done)
    finally:
        ringing.cancel()


async def _write(send: Send, body: bytes) -> None:
    async with asyncio.timeout(STUCK_S):
        await send({"type": "http.response.body", "body": body, "more_body": True})


def cursor_from(last_event_id: str | None, after: int) -> int:
    """The number a client names as its last one, in the header or else in the query."""
    if last_event_id is None or not last_event_id.isascii() or not last_event_id.isdigit():
        return after
    return int(last_event_id)
