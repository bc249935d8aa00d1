"""Events → chunks and record → body of a chat completion, sources as `annotations`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from yingda.dialects.openai.errors import error_body
from yingda.dialects.openai.wire import wishes_from
from yingda.errors import AnswerError
from yingda.turns.endings import failure_of
from yingda.turns.events import TextDelta, TurnCompleted, TurnEvent, TurnStarted, TurnStopped
from yingda.turns.record import Record
from yingda.turns.types import Citation

DONE = b"data: [DONE]\n\n"
_OPENING = " \t\r\n\u3000。．.！!？?；;，,、"


class OpenAIDialect:
    """The contract of `/v1/chat/completions`."""

    name = "openai"
    keep_alive = b": keep-alive\n\n"

    def encoder(self, *, trace: bool = False) -> CompletionEncoder:
        return CompletionEncoder()

    def body(self, record: Record, *, trace: bool = False) -> dict[str, Any]:
        message = {"role": "assistant", "content": record.text, "refusal": None, "annotations": cited(record)}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish_reason(record)}
        return {**_names(record, "chat.completion"), "choices": [choice], "usage": _usage(record)}

    def error(self, error: AnswerError) -> tuple[int, dict[str, Any]]:
        return error_body(error)


class CompletionEncoder:
    """A chunk for each piece of text; the last one brings the sources, then `[DONE]`."""

    def __init__(self) -> None:
        self._record = Record()

    def encode(self, event: TurnEvent) -> Sequence[bytes]:
        self._record.add(event)
        if isinstance(event, TextDelta):
            return (self._chunk({"content": event.text}),)
        if isinstance(event, TurnStarted):
            return (self._chunk({"role": "assistant", "content": "", "refusal": None}),)
        if (failure := failure_of(event)) is not None:
            return self._failure(failure)
        return self._end() if isinstance(event, TurnCompleted | TurnStopped) else ()

    def _end(self) -> Sequence[bytes]:
        found = cited(self._record)
        frames = [self._chunk({"annotations": found})] if found else []
        frames.append(self._chunk({}, _finish_reason(self._record)))
        if self._wants_usage():
            names = _names(self._record, "chat.completion.chunk")
            frames.append(_frame({**names, "choices": [], "usage": _usage(self._record)}))
        return [*frames, DONE]

    def _failure(self, error: AnswerError) -> Sequence[bytes]:
        _, body = error_body(error)
        return (_frame(body), DONE)

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        usage = {"usage": None} if self._wants_usage() else {}
        return _frame({**_names(self._record, "chat.completion.chunk"), "choices": [choice], **usage})

    def _wants_usage(self) -> bool:
        started = self._record.started
        return started is not None and bool(wishes_from(started.wire)["usage"])


def cited(record: Record) -> list[dict[str, Any]]:
    """A source for each sentence that has one: spans of the content in code points, ends exclusive.

    `file_id` to `end_char` are ours: the document, the exact words of it, and where they stand in it.
    """
    found, start, end = [], 0, 0
    for citation in record.citations:
        if citation.at != end:
            start, end = end, citation.at
            said = record.text[start:end]
            start += len(said) - len(said.lstrip(_OPENING))
        found.append({"type": "url_citation", "url_citation": _url_citation(citation, start, end)})
    return found


def _url_citation(citation: Citation, start: int, end: int) -> dict[str, Any]:
    is_url = citation.source.startswith(("http://", "https://"))
    return {
        "start_index": start,
        "end_index": end,
        "title": citation.source,
        "url": citation.source if is_url else f"urn:document:{citation.document_id}",
        "file_id": citation.document_id,
        "quote": citation.quote,
        "page": citation.page,
        "start_char": citation.start,
        "end_char": citation.end,
    }


def _names(record: Record, kind: str) -> dict[str, Any]:
    started = record.started
    assert started is not None
    return {
        "id": f"chatcmpl-{started.turn_id}",
        "object": kind,
        "created": int(started.at.timestamp()),
        "model": wishes_from(started.wire)["model"],
    }


def _finish_reason(record: Record) -> str:
    return "stop" if record.blocked is None else "content_filter"


def _usage(record: Record) -> dict[str, int]:
    asked = sum(usage.prompt_tokens for usage in record.usages)
    said = sum(usage.completion_tokens for usage in record.usages)
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _frame(data: dict[str, Any]) -> bytes:
    return b"data: %b\n\n" % orjson.dumps(data)
