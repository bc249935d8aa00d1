"""Events → FastGPT's chunks and named events, record → its JSON body (callflow C.2, C.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from yingda.dialects.fastgpt.errors import told
from yingda.dialects.fastgpt.insides import Insides, question_in, short_response, variables_in
from yingda.dialects.fastgpt.wire import DIALECT, Note, note_from
from yingda.turns.endings import failure_of
from yingda.turns.events import (
    TERMINAL,
    FlowAdvanced,
    ReasoningDelta,
    SlotFilled,
    StageEntered,
    StepTimed,
    TextDelta,
    TurnEvent,
)
from yingda.turns.record import Record, record_from_events

DONE = "[DONE]"
USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 1}
"""What FastGPT says of every answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceConfig:
    """`order`: `[DONE]` comes last as in 4.16, or before the node responses as in 4.14.

    `marks_stages` puts stages into the text as workflows do, `<state>1002</state>`, for clients that look for
    them there. `app_name` and `welcome_text` are what a chat says of its app.
    """

    order: Literal["4.14", "4.16"] = "4.16"
    marks_stages: bool = True
    app_name: str = "yingda"
    welcome_text: str = ""


class FastGPTDialect:
    """The contract of the completions."""

    name = DIALECT

    def __init__(self, config: FaceConfig, insides: Insides) -> None:
        self.config = config
        self.insides = insides

    def heartbeat(self, *, has_detail: bool) -> bytes:
        """A chunk without text."""
        return _frame(_chunk("", {"role": "assistant", "content": ""}, None), "answer" if has_detail else "")

    def encoder(self) -> CompletionEncoder:
        return CompletionEncoder(self.config, self.insides)

    def body(self, events: Sequence[TurnEvent]) -> dict[str, Any]:
        """The JSON answer of a turn that ended well."""
        record = record_from_events(events)
        assert record.started is not None
        note = note_from(record.started.wire)
        message: dict[str, Any] = {"role": "assistant", "content": self._content(events, record, note)}
        if record.reasoning:
            message["reasoning_content"] = record.reasoning
        choice = {"message": message, "finish_reason": "stop", "index": 0}
        body = {"id": note.chat_id, "model": "", "usage": USAGE, "choices": [choice]}
        if not note.has_detail:
            return body
        responses = self.insides.responses(record)
        error = responses[-1].get("error") if responses else None
        return {"responseData": responses, **({"error": error} if error else {}), **body}

    def items(self, events: Sequence[TurnEvent], record: Record) -> list[dict[str, Any]]:
        """The answer as a chat keeps it: its text, and the question that waits for the next turn."""
        text = "".join(self._pieces(events))
        items: list[dict[str, Any]] = [{"type": "text", "text": {"content": text}}] if text else []
        if record.flow is not None and (question := question_in(record.flow.state_json)) is not None:
            items.append({"type": "interactive", "interactive": question})
        return items

    def _content(self, events: Sequence[TurnEvent], record: Record, note: Note) -> str | list[dict[str, Any]]:
        items = self.items(events, record)
        if note.has_detail and any(one["type"] != "text" for one in items):
            return items
        return "".join(self._pieces(events))

    def _pieces(self, events: Sequence[TurnEvent]) -> Iterator[str]:
        for event in events:
            if isinstance(event, TextDelta):
                yield event.text
            elif isinstance(event, StageEntered) and self.config.marks_stages:
                yield marker(event)


class CompletionEncoder:
    """A chunk for each piece of text; names of events and all that is no text only with `detail`."""

    def __init__(self, config: FaceConfig, insides: Insides) -> None:
        self._config = config
        self._insides = insides
        self._record = Record()
        self._note = Note(chat_id="")

    def encode(self, event: TurnEvent) -> Sequence[bytes]:
        self._record.add(event)
        if self._record.started is event:
            self._note = note_from(self._record.started.wire)
        match event:
            case TextDelta():
                return (self._said({"content": event.text}),)
            case ReasoningDelta():
                return (self._said({"reasoning_content": event.text}),)
            case StageEntered() if self._config.marks_stages:
                return (self._said({"content": marker(event)}, "fastAnswer"),)
        if isinstance(event, TERMINAL):
            failure = failure_of(event)
            return tuple(self._end()) if failure is None else (_frame(told(failure), "error"),)
        return tuple(self._detail(event)) if self._note.has_detail else ()

    def _detail(self, event: TurnEvent) -> Iterator[bytes]:
        match event:
            case StepTimed() if self._note.is_v2 and self._record.started is not None:
                number = len(self._record.steps)
                response = short_response(self._record.started.turn_id, number, event)
                yield _frame(response, "flowNodeResponse")
            case SlotFilled():
                yield _frame({slot.slot: slot.value for slot in self._record.slots}, "updateVariables")
            case FlowAdvanced():
                if variables := variables_in(event.state_json):
                    yield _frame(variables, "updateVariables")
                if (question := question_in(event.state_json)) is not None:
                    yield _frame({"interactive": question}, "interactive")

    def _end(self) -> Iterator[bytes]:
        nodes: list[bytes] = []
        if self._note.has_detail:
            yield _frame({"durationSeconds": duration_s(self._record)}, "workflowDuration")
            if not self._note.is_v2:
                nodes.append(_frame(self._insides.responses(self._record), "flowResponses"))
        yield self._said({"content": None}, finish="stop")
        name = b"event: answer\n" if self._note.has_detail else b""
        done = b"%bdata: %b\n\n" % (name, DONE.encode())
        yield from (done, *nodes) if self._config.order == "4.14" else (*nodes, done)

    def _said(self, delta: Mapping[str, Any], name: str = "answer", finish: str | None = None) -> bytes:
        chat_id = self._note.chat_id if self._note.is_v2 else ""
        chunk = _chunk(chat_id, {"role": "assistant", **delta}, finish)
        return _frame(chunk, name if self._note.has_detail else "")


def marker(stage: StageEntered) -> str:
    """A stage as it stands in the text of a workflow."""
    return f"<state>{stage.code}</state>"


def duration_s(record: Record) -> float:
    """From the start of a turn to its end."""
    if record.started is None or record.ending is None:
        return 0.0
    return round((record.ending.at - record.started.at).total_seconds(), 2)


def _chunk(chat_id: str, delta: Mapping[str, Any], finish: str | None) -> dict[str, Any]:
    choice = {"delta": delta, "index": 0, "finish_reason": finish}
    return {"id": chat_id, "object": "", "created": 0, "model": "", "choices": [choice]}


def _frame(data: Any, name: str) -> bytes:
    line = b"event: %b\n" % name.encode() if name else b""
    return b"%bdata: %b\n\n" % (line, orjson.dumps(data))
