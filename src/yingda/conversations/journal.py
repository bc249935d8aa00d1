"""Writes live turns down while they run, and their endings until the store has them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from yingda.conversations.store import Batch, Conversations, FinishedTurn, Lease
from yingda.errors import AnswerError
from yingda.turns import codec
from yingda.turns.clock import Clock
from yingda.turns.live import LiveTurn
from yingda.turns.types import ConversationId

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalConfig:
    heartbeat_s: float = 5.0
    lease_s: float = 20.0
    max_unsaved_turns: int = 10_000


class Journal:
    """The one writer of a process's turns; `owner` names the process in leases."""

    def __init__(self, conversations: Conversations, clock: Clock, owner: str, config: JournalConfig) -> None:
        self._conversations = conversations
        self._clock = clock
        self._owner = owner
        self._config = config
        self._unsaved: deque[FinishedTurn] = deque(maxlen=config.max_unsaved_turns)
        self._last_beat_s = clock.monotonic()

    @property
    def unsaved(self) -> int:
        """Endings that the store has not taken yet."""
        return len(self._unsaved)

    def lease(self) -> Lease:
        """A sign of life from now on."""
        until = self._clock.now() + timedelta(seconds=self._config.lease_s)
        return Lease(owner=self._owner, until=until)

    async def flush(self, turns: Collection[tuple[ConversationId, LiveTurn]]) -> None:
        """Append what is new in all turns as one call; a store that is away is asked again next time."""
        try:
            await self._append(turns)
            await self._save_again()
        except AnswerError as error:
            log.warning("the journal waits for its store: %s", error)
        except Exception:
            # The loop must go on: without it no turn is journalled and no lease renewed.
            log.exception("the journal failed")

    async def save(self, finished: FinishedTurn) -> None:
        """Hand the ending to the store; kept for later where the store is away."""
        try:
            await self._conversations.finish(finished)
        except AnswerError as error:
            log.error("turn %s is not saved yet: %s", finished.turn_id, error)
            self._unsaved.append(finished)

    async def _append(self, turns: Collection[tuple[ConversationId, LiveTurn]]) -> None:
        changed = [one for one in turns if one[1].journalled < len(one[1].events) and not one[1].ended]
        batches = [_batch(conversation_id, live) for conversation_id, live in changed]
        beat_s = self._clock.monotonic()
        if not batches and (not turns or beat_s - self._last_beat_s < self._config.heartbeat_s):
            return
        await self._conversations.journal(batches, self.lease())
        self._last_beat_s = beat_s
        for (_, live), batch in zip(changed, batches, strict=True):
            live.journalled = batch.first + batch.lines.count(b"\n")

    async def _save_again(self) -> None:
        """One that fails goes behind the others: it must not keep them from a store that takes them."""
        while self._unsaved:
            finished = self._unsaved.popleft()
            try:
                await self._conversations.finish(finished)
            except BaseException:
                self._unsaved.append(finished)
                raise


def _batch(conversation_id: ConversationId, live: LiveTurn) -> Batch:
    first = live.journalled
    lines = codec.dump(live.events[first:])
    return Batch(turn_id=live.turn_id, conversation_id=conversation_id, first=first, lines=lines)
