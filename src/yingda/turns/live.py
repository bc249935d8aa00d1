"""A turn while it runs, or as it was: a growing list of events and a bell for those who wait for more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Literal

from yingda.turns.events import TERMINAL, TextAwaited, TextDelta, TurnEvent
from yingda.turns.limit import Limit
from yingda.turns.record import Record
from yingda.turns.types import Principal, TurnId

StoppedBy = Literal["user", "operator", "client", "shutdown"]


class LiveTurn:
    """One writer (the engine's task), any number of readers, who start at any event and may leave.

    When the last reader has left, the turn goes on for `linger_s` and is then stopped. `first_text_s` is the
    time to the first text, `elapsed_s` the whole duration once ended, `journalled` the number of events that
    the store has already.
    """

    def __init__(self, turn_id: TurnId, owner: Principal, user_id: str | None, linger_s: float) -> None:
        self.turn_id = turn_id
        self.events: list[TurnEvent] = []
        self.record = Record()
        self.ended = False
        self.stopped_by: StoppedBy | None = None
        self.limit = Limit()
        self.journalled = 0
        self.elapsed_s = 0.0
        self.first_text_s: float | None = None
        self._born_s = time.monotonic()
        self._owner = owner
        self._user_id = user_id
        self._linger_s = linger_s
        self._readers = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._leaving: asyncio.TimerHandle | None = None
        self._at_end: list[Callable[[], object]] = []

    def is_visible_to(self, principal: Principal) -> bool:
        """Same tenant, and where the key is bound to a user, that user's own turn."""
        return principal.tenant == self._owner.tenant and principal.user_id in (None, self._user_id)

    def add(self, event: TurnEvent) -> None:
        """Append the next fact and ring; the terminal event closes the list."""
        self.events.append(event)
        self.record.add(event)
        if self.first_text_s is None and isinstance(event, TextDelta):
            self.first_text_s = time.monotonic() - self._born_s
        if isinstance(event, TERMINAL):
            self.ended = True
            self.elapsed_s = time.monotonic() - self._born_s
            for act in self._at_end:
                act()
        self.ring()

    def await_text(self, patience_s: float) -> None:
        """Add `TextAwaited` if there is no text by then."""

        def tell() -> None:
            if not self.ended and self.first_text_s is None:
                self.add(TextAwaited())

        timer = asyncio.get_running_loop().call_later(patience_s, tell)
        self.when_ended(timer.cancel)

    def when_ended(self, act: Callable[[], object]) -> None:
        """Call `act` once the terminal event is in; at once where it is already."""
        if self.ended:
            act()
        else:
            self._at_end.append(act)

    def ring(self) -> None:
        """Wake every waiting reader, so that it looks again."""
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def more(self) -> None:
        """Wait for the next ring; look at `events` and `ended` first."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        await waiter

    async def read(self, after: int = 0) -> AsyncGenerator[TurnEvent, None]:
        """Every event from index `after` on, up to and with the terminal one."""
        while True:
            while after < len(self.events):
                yield self.events[after]
                after += 1
            if self.ended:
                return
            await self.more()

    async def wait_ended(self) -> None:
        while not self.ended:
            await self.more()

    def stop(self, by: StoppedBy) -> None:
        """Cancel the driver; the ending follows as an event once it is saved."""
        if not self.ended and self.stopped_by is None:
            self.stopped_by = by
            self.limit.cut()

    @property
    def readers(self) -> int:
        return self._readers

    @contextmanager
    def reader(self) -> Iterator[None]:
        """Be counted as a reader: while there is one, nobody's leaving stops the turn."""
        self._readers += 1
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        try:
            yield
        finally:
            self._readers -= 1
            if self._readers == 0 and not self.ended:
                loop = asyncio.get_running_loop()
                self._leaving = loop.call_later(self._linger_s, self.stop, "client")


def replayed(turn_id: TurnId, events: Iterable[TurnEvent], owner: Principal) -> LiveTurn:
    """A finished turn read back from the store, for readers that come late."""
    live = LiveTurn(turn_id, owner, owner.user_id, linger_s=0.0)
    for event in events:
        live.add(event)
    return live
