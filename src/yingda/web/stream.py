"""A live turn as an HTTP response: late headers, one write an event, keep-alive, resume, hang-up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from yingda.turns.events import TurnEvent
from yingda.turns.live import LiveTurn

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"connection", b"keep-alive"),
]


HUNG_UP = Response(status_code=499)
"""The answer to one who has left; nobody is there to read it."""


QUICK_S = 0.05
"""How long a synchronous caller may have hung up unnoticed."""


class Encoder(Protocol):
    """Maps one turn's events to frames, in order, from the first event on.

    The frames of an event depend on that event and those before it only; so encoding the same list again
    gives the same bytes, and resuming is encoding anew and leaving out what the client has.
    """

    def encode(self, event: TurnEvent) -> Sequence[bytes]: ...


class StreamWatch:
    """Looks after all open streams of a process with one timer.

    A stream that was quiet for `quiet_s` gets its dialect's keep-alive; one whose client has accepted nothing
    for `stuck_s` is dropped.
    """

    def __init__(self, quiet_s: float = 12.0, stuck_s: float = 30.0, every_s: float = 3.0) -> None:
        self.quiet_s = quiet_s
        self.stuck_s = stuck_s
        self._every_s = every_s
        self._open: set[EventStream] = set()

    @property
    def open_streams(self) -> int:
        return len(self._open)

    def add(self, stream: EventStream) -> None:
        self._open.add(stream)

    def remove(self, stream: EventStream) -> None:
        self._open.discard(stream)

    async def run(self) -> None:
        """Tick until cancelled; one task per process."""
        while True:
            await asyncio.sleep(self._every_s)
            now_s = time.monotonic()
            for stream in list(self._open):
                stream.look(now_s, self)


class EventStream(Response):
    """An ASGI response that reads a live turn; any number of them may read the same one.

    `skip` frames are left out: the client has them (resume). The turn is not ours to stop: a hang-up only
    ends this reader. The frames of one event leave as one write, or where not `joins_frames` as many.
    """

    joins_frames = True

    def __init__(
        self, live: LiveTurn, encoder: Encoder, keep_alive: bytes, watch: StreamWatch, skip: int = 0
    ) -> None:
        self.background = None  # what the framework looks for in a response; headers are sent by ourselves
        self._live = live
        self._encoder = encoder
        self._keep_alive = keep_alive
        self._watch = watch
        self._skip = skip
        self._gone = False
        self._quiet_since_s = time.monotonic()
        self._sending_since_s: float | None = None
        self._has_started = self._has_ended = False
        self._task: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._send: Send | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._send = send
        self._task = asyncio.current_task()
        watcher = asyncio.create_task(self._await_hang_up(receive))
        self._watch.add(self)
        try:
            with self._live.reader():
                await self._read()
            if not self._gone and not self._has_ended:
                await self._write(b"", more=False)
        except asyncio.CancelledError:
            if not self._gone or self._task is None:
                raise
            self._task.uncancel()  # dropped by the watch: the client took nothing for too long
        finally:
            self._watch.remove(self)
            watcher.cancel()

    def look(self, now_s: float, watch: StreamWatch) -> None:
        """The watch's visit: keep the line alive, or give the client up."""
        if self._sending_since_s is not None:
            if now_s - self._sending_since_s >= watch.stuck_s and self._task is not None:
                self._gone = True
                self._task.cancel()
        elif self._has_started and now_s - self._quiet_since_s >= watch.quiet_s:
            self._keeping = asyncio.create_task(self._write(self._keep_alive))

    async def _read(self) -> None:
        live, index = self._live, 0
        while not self._gone:
            while index < len(live.events):
                frames = self._frames(live.events[index])
                index += 1
                for left, frame in zip(range(len(frames) - 1, -1, -1), frames, strict=True):
                    await self._write(frame, more=left > 0 or not live.ended or index < len(live.events))
                    if self._gone:
                        return
            if live.ended:
                return
            await live.more()

    def _frames(self, event: TurnEvent) -> Sequence[bytes]:
        frames = self._encoder.encode(event)
        if self._skip:
            left_out = min(self._skip, len(frames))
            self._skip -= left_out
            frames = frames[left_out:]
        return [b"".join(frames)] if self.joins_frames and len(frames) > 1 else frames

    async def _write(self, body: bytes, *, more: bool = True) -> None:
        assert self._send is not None
        if not self._has_started:
            self._has_started = True
            await self._send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        self._sending_since_s = self._quiet_since_s = time.monotonic()
        self._has_ended = not more
        await self._send({"type": "http.response.body", "body": body, "more_body": more})
        self._sending_since_s = None

    async def _await_hang_up(self, receive: Receive) -> None:
        await hang_up(receive)
        self._gone = True
        self._live.ring()


async def wait_for_end(live: LiveTurn, receive: Receive) -> bool:
    """Be a reader until the turn has ended; False where the client hung up first."""
    with live.reader():
        # Most answers without a model are ready by then: two tasks to watch them would cost more.
        if not live.ended:
            await _ended_or_later(live, QUICK_S)
        return live.ended or await _ended_before_hang_up(live, receive)


async def _ended_or_later(live: LiveTurn, wait_s: float) -> None:
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not waiter.done():
            waiter.set_result(None)

    live.when_ended(wake)
    later = loop.call_later(wait_s, wake)
    try:
        await waiter
    finally:
        later.cancel()


async def _ended_before_hang_up(live: LiveTurn, receive: Receive) -> bool:
    ended = asyncio.create_task(live.wait_ended())
    gone = asyncio.create_task(hang_up(receive))
    try:
        await asyncio.wait((ended, gone), return_when=asyncio.FIRST_COMPLETED)
        return live.ended
    finally:
        ended.cancel()
        gone.cancel()


async def hang_up(receive: Receive) -> None:
    """Return once the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


def frames_seen(last_event_id: str | None, turn_id: str) -> int:
    """How many frames a client has that names `<turn_id>-<n>` as its last one; 0 for anything else."""
    if last_event_id is None:
        return 0
    name, _, number = last_event_id.rpartition("-")
    if name != turn_id or not number.isascii() or not number.isdigit():
        return 0
    return int(number)
