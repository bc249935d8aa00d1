"""Events → frames and record → body for the helpdesk dialect (helpdesk 1.2)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from yingda.dialects.helpdesk.errors import DETAILS, error_body, failure_message
from yingda.errors import AnswerError
from yingda.turns.events import (
    AgentChosen,
    AnswerDegraded,
    AnswerExtracted,
    AnswerMissed,
    CacheHit,
    CitationDropped,
    ContentBlocked,
    CuratedMatched,
    FlowAdvanced,
    HandoffQueued,
    HandoffRequested,
    LanguageChosen,
    MessageForwarded,
    PassageCited,
    PassagesFound,
    QuestionRewritten,
    ReasoningDelta,
    RowsFetched,
    ScopeResolved,
    SlotFilled,
    StageEntered,
    StepTimed,
    SuggestionsOffered,
    TextAwaited,
    TextDelta,
    ToolCalled,
    ToolReturned,
    TurnCompleted,
    TurnEvent,
    TurnFailed,
    TurnStarted,
    TurnStopped,
    UsageReported,
)
from yingda.turns.record import Record
from yingda.turns.types import Citation, HandoffCard, HandoffStatus

READY_INTENTS = frozenset({"chitchat", "transfer_to_human", "emotion_sensitive"})
"""Intents whose text is ready as a whole: `meta` shows it, and it is sent in slices."""

SLICE_CHARS = 4
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?\n]|[^。！？!?\n]+$")


class HelpdeskDialect:
    """The contract of `/api/v1/chat`; a keep-alive is a comment line without a blank line."""

    name = "helpdesk"
    keep_alive = b": keep-alive\n"

    def encoder(self, *, trace: bool) -> HelpdeskEncoder:
        return HelpdeskEncoder(trace)

    def body(self, record: Record, *, trace: bool) -> dict[str, Any]:
        assert record.started is not None
        data = {"escalate_to_human": record.handoff is not None, "sub_tasks": [], **_data(record, trace)}
        session_id = data.pop("session_id")
        reply = "" if _is_taken_over(record) else record.text
        return {"session_id": session_id, "reply": reply, "status": "ok", "data": data}

    def error(self, error: AnswerError) -> tuple[int, dict[str, Any]]:
        return error_body(error)


class HelpdeskEncoder:
    """`meta` once, `token` for each piece of text, then `done` or `error`.

    `meta` leaves with the passages, or with the first text where there are none; frames are numbered from 1
    as `id: <turn_id>-<n>`.
    """

    def __init__(self, trace: bool) -> None:
        self._trace = trace
        self._record = Record()
        self._frames = 0
        self._id = b""
        self._has_meta = False

    def encode(self, event: TurnEvent) -> Sequence[bytes]:
        # Text is nearly all there is; it goes first, and the record is folded from the rest as well.
        if type(event) is TextDelta and self._has_meta:
            self._record.add_text(event)
            return self._tokens(event.text)
        self._record.add(event)
        encode = ENCODERS.get(type(event))
        return encode(self, event) if encode is not None else ()

    def started(self, event: TurnStarted) -> Sequence[bytes]:
        self._id = f"id: {event.turn_id}-".encode()
        return ()

    def opened(self, event: PassagesFound | HandoffRequested) -> Sequence[bytes]:
        return self._meta(None)

    def text(self, event: TextDelta) -> Sequence[bytes]:
        return [*self._meta(event.text), *self._tokens(event.text)]

    def completed(self, event: TurnCompleted) -> Sequence[bytes]:
        return [*self._meta(None), self._done()]

    def stopped(self, event: TurnStopped) -> Sequence[bytes]:
        if event.by == "shutdown":
            return [*self._meta(None), self._error(DETAILS["shutting_down"][1], "shutting_down")]
        return [*self._meta(None), self._done(stopped_by=event.by)]

    def failed(self, event: TurnFailed) -> Sequence[bytes]:
        more = {} if event.retry_after_s is None else {"retry_after": round(event.retry_after_s, 1)}
        return [*self._meta(None), self._error(failure_message(event), event.code, **more)]

    def _meta(self, text: str | None) -> Sequence[bytes]:
        if self._has_meta:
            return ()
        self._has_meta = True
        record = self._record
        data: dict[str, Any] = {
            "intent": _intent(record),
            "sources": list(dict.fromkeys(passage.source for passage in record.passages)),
            "escalate": record.handoff is not None,
            **_names(record),
            "from_cache": record.cache is not None,
        }
        if text is not None and _intent(record) in READY_INTENTS:
            data["answer"] = text
        return (self._frame(b"meta", data),)

    def _tokens(self, text: str) -> Sequence[bytes]:
        if _intent(self._record) not in READY_INTENTS:
            return (self._frame(b"token", {"content": text}),)
        return [self._frame(b"token", {"content": piece}) for piece in slices(text)]

    def _done(self, **more: str) -> bytes:
        record = self._record
        data = _data(record, self._trace)
        turn_count = data.pop("turn_count")
        escalate = record.handoff is not None
        done = {"turn_count": turn_count, "escalate": escalate, "answer": record.text, **data, **more}
        return self._frame(b"done", done)

    def _error(self, message: str, code: str, **more: float) -> bytes:
        return self._frame(b"error", {"message": message, "code": code, **more, **_names(self._record)})

    def _frame(self, event: bytes, data: dict[str, Any]) -> bytes:
        self._frames += 1
        return b"event: %b\n%b%d\ndata: %b\n\n" % (event, self._id, self._frames, orjson.dumps(data))


def slices(text: str) -> list[str]:
    """Ready text cut after sentence ends; text of one sentence into pieces of four characters."""
    pieces = _SENTENCE.findall(text)
    if len(pieces) > 1:
        return pieces
    return [text[start : start + SLICE_CHARS] for start in range(0, len(text), SLICE_CHARS)]


def _intent(record: Record) -> str:
    return record.chosen.intent if record.chosen else "unknown"


def _names(record: Record) -> dict[str, Any]:
    started = record.started
    assert started is not None
    return {
        "session_id": started.conversation_id,
        "turn_id": started.turn_id,
        "session_restarted": started.restarted,
    }


def _data(record: Record, trace: bool) -> dict[str, Any]:
    """What JSON body and `done` frame share."""
    started = record.started
    assert started is not None
    handoff = record.handoff
    data: dict[str, Any] = {
        "intent": _intent(record),
        "sources": list(record.sources),
        "escalation_card": _card(handoff.card) if handoff else None,
        "queue_position": record.queue_position,
        "agent_status": _agent_status(record),
        "turn_count": started.number,
        "failed_attempts": record.failed_attempts,
        "emotion_score": record.chosen.emotion_score if record.chosen else None,
        **_names(record),
        "citations": [_citation(number, citation) for number, citation in enumerate(record.citations, 1)],
        "from_cache": record.cache is not None,
        "extractive": record.is_extracted,
        "degraded": list(dict.fromkeys(record.degraded)),
    }
    if len(record.parts) > 1:
        data["sub_tasks"] = _sub_tasks(record)
    if trace:
        data["trace"] = _trace(record)
    return data


def _sub_tasks(record: Record) -> list[dict[str, Any]]:
    """One for each thing that a message asked for, in the order they were answered."""
    ends = [*(part.at for part in record.parts[1:]), None]
    return [
        {
            "agent_name": part.agent,
            "input": part.question or "",
            "result": record.text[part.at : end].strip(),
        }
        for part, end in zip(record.parts, ends, strict=True)
    ]


def _is_taken_over(record: Record) -> bool:
    return isinstance(record.ending, TurnStopped) and record.ending.by == "operator"


def _agent_status(record: Record) -> HandoffStatus | None:
    """What the turn has to say of it: who was told nothing of a human is not waiting for one."""
    if record.forwarded is not None or _is_taken_over(record):
        return "assigned"
    return "pending" if record.handoff is not None or record.queue_position is not None else None


def _card(card: HandoffCard) -> dict[str, Any]:
    shown = dataclasses.asdict(card)
    if card.details is None:
        del shown["details"]
    return shown


def _citation(number: int, citation: Citation) -> dict[str, Any]:
    return {
        "n": number,
        "passage_id": citation.passage_id,
        "version": citation.version,
        "source": citation.source,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "at": citation.at,
        "heading": citation.heading,
        "page": citation.page,
        "doc_id": f"doc-{citation.document_id}",
    }


def _trace(record: Record) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = [
        {"step": step.step, "ms": round(step.elapsed_ms, 3), "note": step.note} for step in record.steps
    ]
    if record.question is not None:
        steps.insert(0, {"step": "question", "ms": 0.0, "note": record.question})
    steps += [
        {
            "step": "usage",
            "ms": 0.0,
            "note": f"{usage.model}: {usage.prompt_tokens} + {usage.completion_tokens} tokens",
        }
        for usage in record.usages
    ]
    return steps


_SILENT = (
    AgentChosen,
    QuestionRewritten,
    PassageCited,
    ReasoningDelta,
    ToolCalled,
    ToolReturned,
    RowsFetched,
    StageEntered,
    FlowAdvanced,
    SlotFilled,
    HandoffQueued,
    MessageForwarded,
    SuggestionsOffered,
    StepTimed,
    UsageReported,
    CacheHit,
    AnswerExtracted,
    AnswerDegraded,
    AnswerMissed,
    TextAwaited,
    LanguageChosen,
    ScopeResolved,
    CuratedMatched,
    ContentBlocked,
    CitationDropped,
)
"""What the contract has no frame for; some of it shows in `done`."""


def _leaves_no_frame(encoder: HelpdeskEncoder, event: TurnEvent) -> Sequence[bytes]:
    return ()


ENCODERS: dict[type, Callable[[HelpdeskEncoder, Any], Sequence[bytes]]] = {
    **dict.fromkeys(_SILENT, _leaves_no_frame),
    TurnStarted: HelpdeskEncoder.started,
    PassagesFound: HelpdeskEncoder.opened,
    HandoffRequested: HelpdeskEncoder.opened,
    TextDelta: HelpdeskEncoder.text,
    TurnCompleted: HelpdeskEncoder.completed,
    TurnStopped: HelpdeskEncoder.stopped,
    TurnFailed: HelpdeskEncoder.failed,
}
