"""Writes live turns down while they run, and their endings until the store has them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from yingda.conversations.store import Batch, Conversations, FinishedTurn, Lease
from yingda.errors import AnswerError
from yingda.turns import codec
from yingda.turns.clock import Clock
from yingda.turns.events import Terminal
from yingda.turns.live import LiveTurn
from yingda.turns.types import ConversationId, TurnId

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalConfig:
    heartbeat_s: float = 5.0
    lease_s: float = 20.0
    max_unsaved_turns: int = 10_000


@dataclass(slots=True)
class _Progress:
    count: int = 0
    lines: list[bytes] = field(default_factory=list)


class Journal:
    """The one writer of a process's turns; `owner` names the process in leases."""

    def __init__(self, conversations: Conversations, clock: Clock, owner: str, config: JournalConfig) -> None:
        self._conversations = conversations
        self._clock = clock
        self._owner = owner
        self._config = config
        self._progress: dict[TurnId, _Progress] = {}
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
        batches = [batch for conversation_id, live in turns if (batch := self._batch(conversation_id, live))]
        beat_s = self._clock.monotonic()
        is_due = bool(turns) and beat_s - self._last_beat_s >= self._config.heartbeat_s
        try:
            if batches or is_due:
                await self._conversations.journal(batches, self.lease())
                self._last_beat_s = beat_s
            await self._save_again()
        except AnswerError as error:
            log.warning("the journal waits for its store: %s", error)
            return
        except Exception:
            # The loop must go on: without it no turn is journalled and no lease renewed.
            log.exception("the journal failed")
            return
        for batch in batches:
            self._advance(batch)

    def close(self, live: LiveTurn, ending: Terminal) -> bytes:
        """All lines of the turn, the ending included; the turn is no longer followed."""
        progress = self._progress.pop(live.turn_id, None) or _Progress()
        rest: Iterable[object] = live.events[progress.count :]
        return b"".join([*progress.lines, codec.dump([*rest, ending])])  # type: ignore[list-item]

    async def save(self, finished: FinishedTurn) -> None:
        """Hand the ending to the store; kept for later where the store is away."""
        try:
            await self._conversations.finish(finished)
        except AnswerError as error:
            log.error("turn %s is not saved yet: %s", finished.turn_id, error)
            self._unsaved.append(finished)

    async def _save_again(self) -> None:
        """One that fails goes behind the others: it must not keep them from a store that takes them."""
        while self._unsaved:
            finished = self._unsaved.popleft()
            try:
                await self._conversations.finish(finished)
            except BaseException:
                self._unsaved.append(finished)
                raise

    def _batch(self, conversation_id: ConversationId, live: LiveTurn) -> Batch | None:
        done = self._progress[live.turn_id].count if live.turn_id in self._progress else 0
        if live.ended or done == len(live.events):
            return None
        lines = codec.dump(live.events[done:])
        return Batch(turn_id=live.turn_id, conversation_id=conversation_id, first=done, lines=lines)

    def _advance(self, batch: Batch) -> None:
        progress = self._progress.setdefault(batch.turn_id, _Progress())
        progress.count = batch.first + batch.lines.count(b"\n")
        progress.lines.append(batch.lines)
