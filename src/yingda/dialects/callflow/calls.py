"""Calls over the engine: one turn at a time, repeats that answer the same, and turns taken back."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from yingda.conversations.archive import Archive, check_deletable
from yingda.conversations.handovers import Handovers
from yingda.conversations.store import StoredTurn
from yingda.conversations.undo import Undo
from yingda.dialects.callflow.wire import DIALECT
from yingda.engine import Engine
from yingda.errors import ConversationBusy, Unavailable
from yingda.flows.backend import Backend
from yingda.turns import codec
from yingda.turns.clock import Clock
from yingda.turns.events import TurnCompleted
from yingda.turns.live import LiveTurn, replayed
from yingda.turns.record import Record, record_from_events
from yingda.turns.types import Principal, TurnId, TurnRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStores:
    """Where calls are kept, and the three things done to them beside turns."""

    archive: Archive
    undo: Undo
    handovers: Handovers


class Calls:
    """The calls of this dialect; an equal request counts as a repeat for `replay_s` after its answer."""

    def __init__(
        self, engine: Engine, stores: CallStores, backend: Backend, clock: Clock, replay_s: float = 10.0
    ) -> None:
        self._engine = engine
        self._stores = stores
        self._backend = backend
        self._clock = clock
        self._replay_s = replay_s
        self._recent: dict[tuple[str | None, ...], LiveTurn] = {}

    async def begin(self, caller: Principal, request: TurnRequest) -> LiveTurn:
        """The turn that answers: a new one, or that of the request which this one repeats.

        A repeat of a turn that did not complete takes its place. Raises what `Engine.start` raises.
        """
        while True:
            if (answered := await self._answered(caller, request)) is not None:
                return answered
            live = await self._engine.start(caller, request)
            if live.stopped_by is None:
                self._remember(caller, request, live)
                return live
            await live.wait_ended()  # its caller hung up a moment ago, and asks again

    async def delete(self, caller: Principal, external_id: str) -> None:
        """Delete the call and all that is known of it, whatever it is doing; no error where there is none.

        One that waits for a human is let go of, and its card stays with the desk. Raises ConversationBusy
        where a human holds it already.
        """
        stores = self._stores
        await self._stopped(caller, external_id)
        known = await stores.archive.conversation(caller, DIALECT, external_id)
        if known is not None and known.handoff == "pending":
            await stores.handovers.hand_over(caller, known.id, None, expected="pending")
        await stores.archive.delete(caller, DIALECT, external_id)
        self._drop(external_id)
        await self._backend.forget(caller, external_id)

    async def take_back(self, caller: Principal, external_id: str) -> bool:
        """Delete the last turn, a running one included; whether there was one. Raises ConversationBusy."""
        stores = self._stores
        last = await self._stopped(caller, external_id)
        known = await stores.archive.conversation(caller, DIALECT, external_id)
        if last is None or known is None:
            return False
        check_deletable(known.handoff, is_open=known.is_open)
        self._drop(external_id)
        # The back end first: where it fails, the same call can be made again.
        await self._backend.take_back(caller, external_id, last.turn_id)
        return await stores.undo.delete_last(caller, DIALECT, external_id, only_unfinished=False)

    async def _answered(self, caller: Principal, request: TurnRequest) -> LiveTurn | None:
        """The turn that this request repeats, if it is to be shown again; an unfinished one goes."""
        assert request.external_id is not None
        last = await self._last(caller, request.external_id)
        if last is not None and last.ending is not None and last.text == request.text:
            events = codec.load(last.lines)
            record = record_from_events(events)
            if record.started is not None and record.started.wire == request.wire:
                if self._may_replay(record):
                    return replayed(last.turn_id, events, caller)
                if not isinstance(record.ending, TurnCompleted):
                    await self._replace(caller, request.external_id, last.turn_id)
        # A turn may have ended since the look.
        live = self._recent.get(_key(caller, request))
        return live if live is not None and live.ended and self._may_replay(live.record) else None

    async def _replace(self, caller: Principal, external_id: str, turn_id: TurnId) -> None:
        """Make way for a turn that takes the place of this one; where that cannot be, it follows it."""
        with suppress(ConversationBusy, Unavailable):
            await self._backend.take_back(caller, external_id, turn_id)
            await self._stores.undo.delete_last(caller, DIALECT, external_id, only_unfinished=True)

    def _may_replay(self, record: Record) -> bool:
        ending = record.ending
        if not isinstance(ending, TurnCompleted):
            return False
        return self._clock.now() - ending.at <= timedelta(seconds=self._replay_s)

    def _remember(self, caller: Principal, request: TurnRequest, live: LiveTurn) -> None:
        key, loop = _key(caller, request), asyncio.get_running_loop()
        self._recent[key] = live
        live.when_ended(lambda: loop.call_later(self._replay_s, self._forget, key, live))

    def _forget(self, key: tuple[str | None, ...], live: LiveTurn) -> None:
        if self._recent.get(key) is live:
            del self._recent[key]

    def _drop(self, external_id: str) -> None:
        self._recent = {key: live for key, live in self._recent.items() if key[2] != external_id}

    async def _stopped(self, caller: Principal, external_id: str) -> StoredTurn | None:
        """The last turn, which is not running any more."""
        last = await self._last(caller, external_id)
        if last is not None and last.ending is None:
            await self._engine.stop(caller, last.turn_id, "user")
        return last

    async def _last(self, caller: Principal, external_id: str) -> StoredTurn | None:
        page = await self._stores.archive.turns(caller, DIALECT, external_id, offset=0, limit=1)
        return page.items[0] if page.items else None


def _key(caller: Principal, request: TurnRequest) -> tuple[str | None, ...]:
    return caller.tenant, caller.user_id, request.external_id, request.wire, request.text
