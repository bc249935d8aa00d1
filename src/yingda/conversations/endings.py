"""Ended turns as the store takes them."""

from __future__ import annotations

from yingda.conversations.store import FinishedTurn, StoredTurn
from yingda.turns import codec
from yingda.turns.events import Terminal, TurnFailed, TurnStarted
from yingda.turns.live import LiveTurn
from yingda.turns.record import Record, failed_attempts, record_from_events
from yingda.turns.types import Turn


def finished_turn(turn: Turn, live: LiveTurn, ending: Terminal) -> FinishedTurn:
    """A turn that its own process ended; `ending` is not among the live events yet."""
    return _finished(turn, live.record, ending, codec.dump([*live.events, ending]))


def interrupted_turn(stored: StoredTurn, ending: TurnFailed) -> FinishedTurn:
    """A turn whose process died: what it had journalled, and the failure."""
    started = TurnStarted(
        turn_id=stored.turn_id,
        conversation_id=stored.conversation_id,
        number=stored.number,
        at=stored.started_at,
    )
    events = codec.load(stored.lines) or [started]
    return _finished(stored, record_from_events(events), ending, codec.dump([*events, ending]))


def _finished(turn: Turn | StoredTurn, said: Record, ending: Terminal, lines: bytes) -> FinishedTurn:
    return FinishedTurn(
        turn_id=turn.id if isinstance(turn, Turn) else turn.turn_id,
        conversation_id=turn.conversation_id,
        principal=turn.principal,
        at=ending.at,
        ending=type(ending).__name__,
        answer=said.text,
        intent=said.chosen.intent if said.chosen else None,
        emotion_score=said.chosen.emotion_score if said.chosen else None,
        # A conversation handed to people starts counting anew, or every later turn would escalate again.
        failed_attempts=0 if said.handoff else failed_attempts(said, ending),
        handoff="pending" if said.handoff else None,
        lines=lines,
    )
