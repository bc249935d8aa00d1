"""Events → frames and record → body for the callflow dialect (callflow A.2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from yingda.dialects.callflow.errors import error_event
from yingda.dialects.callflow.wire import envelope, names_in
from yingda.turns.endings import failure_or_stop
from yingda.turns.events import (
    CONTENT,
    StageEntered,
    TextDelta,
    TurnCompleted,
    TurnEvent,
    TurnFailed,
    TurnStarted,
    TurnStopped,
)
from yingda.turns.record import Record

KEEP_ALIVE = b": ka\n\n"
"""With a blank line: the contract's client would take a bare comment for the head of the next event."""

PIECE_CHARS = 120
"""Of text in one event: escaped, so much Chinese takes three quarters of what the client reads at once."""


class CallflowEncoder:
    """`stage_code` when a stage is entered, `text_delta` for each piece of text, then `done` or `error`.

    A stage that was told already is not told again. Everything is ASCII, so that no character is ever cut.
    """

    def __init__(self) -> None:
        self._request_id = ""
        self._told = ""

    def encode(self, event: TurnEvent) -> Sequence[bytes]:
        return ENCODERS[type(event)](self, event)

    def started(self, event: TurnStarted) -> Sequence[bytes]:
        self._request_id = event.turn_id
        return ()

    def entered(self, event: StageEntered) -> Sequence[bytes]:
        if event.code == self._told:
            return ()
        self._told = event.code
        return (frame("stage_code", {"nextStageCode": event.code, "nextStage": event.label}),)

    def text(self, event: TextDelta) -> Sequence[bytes]:
        return [frame("text_delta", {"text": piece}) for piece in pieces(event.text)]

    def completed(self, event: TurnCompleted) -> Sequence[bytes]:
        return (frame("done", {"status": "completed"}),)

    def broken(self, event: TurnFailed | TurnStopped) -> Sequence[bytes]:
        return (frame("error", error_event(failure_or_stop(event), self._request_id)),)

    def silent(self, event: TurnEvent) -> Sequence[bytes]:
        return ()


def body(record: Record) -> dict[str, Any]:
    """The JSON answer of a turn that ended well."""
    assert record.started is not None
    session_id, time_stamp = names_in(record.started.wire)
    return envelope(session_id, time_stamp, inner(record))


def inner(record: Record) -> dict[str, Any]:
    """What a chat answer holds between the names and the code; empty strings for an empty record."""
    stage = record.stage
    return {
        "outputText": record.text,
        "nextStage": stage.label if stage else "",
        "nextStageCode": stage.code if stage else "",
    }


def frame(event: str, data: dict[str, str]) -> bytes:
    """One server-sent event."""
    return f"event: {event}\ndata: {json.dumps(data)}\n\n".encode("ascii")


def pieces(text: str) -> list[str]:
    """The text in the sizes that events carry."""
    return [text[start : start + PIECE_CHARS] for start in range(0, len(text), PIECE_CHARS)]


ENCODERS: dict[type, Callable[[CallflowEncoder, Any], Sequence[bytes]]] = {
    **dict.fromkeys(CONTENT, CallflowEncoder.silent),
    TurnStarted: CallflowEncoder.started,
    StageEntered: CallflowEncoder.entered,
    TextDelta: CallflowEncoder.text,
    TurnCompleted: CallflowEncoder.completed,
    TurnFailed: CallflowEncoder.broken,
    TurnStopped: CallflowEncoder.broken,
}
