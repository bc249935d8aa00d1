"""Completion payloads into chunks, joined per read: pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import orjson

from yingda.errors import ModelUnavailable
from yingda.llm.failures import ModelBroke, ModelFailed, ModelGarbled, ModelRateLimited
from yingda.llm.tool_calls import ToolCalls
from yingda.llm.types import Chunk, ReasoningChunk, TextChunk
from yingda.turns.types import Usage

_DONE = b"[DONE]"


class Reply:
    """What one completion has come to so far.

    `is_finished`: a finish reason was seen, the text is whole; `is_ended`: nothing more will come. `usage` is
    the provider's last word on it, None where there was none. `failure` is set, not raised, so that the
    chunks before it are not lost.
    """

    __slots__ = ("_calls", "_endpoint", "_model", "failure", "is_ended", "is_finished", "usage")

    def __init__(self, endpoint: str, model: str) -> None:
        self._endpoint = endpoint
        self._model = model
        self._calls = ToolCalls()
        self.is_finished = False
        self.is_ended = False
        self.usage: Usage | None = None
        self.failure: ModelUnavailable | None = None

    def take(self, payloads: Iterable[bytes]) -> list[Chunk]:
        """One chunk for each run of the same kind; stops at the end mark or at a failure."""
        runs = _Runs()
        for payload in payloads:
            if payload == _DONE:
                self.is_ended = True
                break
            if payload:
                try:
                    self._take(_parsed(payload), runs)
                except (ValueError, TypeError, LookupError, AttributeError):
                    self.failure = ModelGarbled(
                        f"model endpoint {self._endpoint!r} sent what is no completion"
                    )
            if self.failure is not None:
                break
        chunks = runs.chunks()
        return [*chunks, *self._calls.whole()] if self.is_finished or self.is_ended else chunks

    def cut(self) -> None:
        """The connection is over: fine after a finish reason, a failure before it."""
        self.is_ended = True
        if not self.is_finished and self.failure is None:
            self.failure = ModelBroke(
                f"model endpoint {self._endpoint!r} broke off in the middle of its reply"
            )

    def _take(self, event: dict[str, Any], runs: _Runs) -> None:
        if event.get("error"):
            self.failure = self._failure(event["error"])
            return
        if choices := event.get("choices"):
            choice = choices[0]
            if delta := choice.get("delta") or choice.get("message"):
                if thought := delta.get("reasoning_content") or delta.get("reasoning"):
                    runs.think(_text(thought))
                if text := delta.get("content"):
                    runs.say(_text(text))
                if calls := delta.get("tool_calls"):
                    self._calls.take(calls)
            if choice.get("finish_reason"):
                self.is_finished = True
        if usage := event.get("usage"):
            self.usage = self._counted(usage) or self.usage

    def _counted(self, usage: dict[str, Any]) -> Usage | None:
        """None where the counts are not there: an answer is worth more than its bill."""
        match usage:
            case {"prompt_tokens": int(prompt_tokens), "completion_tokens": int(completion_tokens)}:
                return Usage(
                    model=self._model, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens
                )
        return None

    def _failure(self, error: object) -> ModelUnavailable:
        code = error.get("code") or error.get("type") if isinstance(error, dict) else error
        if code in (429, "429", "rate_limit_exceeded", "rate_limit_error"):
            return ModelRateLimited(f"model endpoint {self._endpoint!r} hit its rate limit in its reply")
        return ModelFailed(f"model endpoint {self._endpoint!r} sent an error in its reply")


class _Runs:
    """Neighbouring deltas of one kind become one chunk."""

    __slots__ = ("_chunks", "_said", "_thought")

    def __init__(self) -> None:
        self._chunks: list[Chunk] = []
        self._said: list[str] = []
        self._thought: list[str] = []

    def say(self, text: str) -> None:
        if self._thought:
            self.chunks()
        self._said.append(text)

    def think(self, text: str) -> None:
        if self._said:
            self.chunks()
        self._thought.append(text)

    def chunks(self) -> list[Chunk]:
        """All chunks so far, the open run closed."""
        if self._said:
            self._chunks.append(TextChunk("".join(self._said)))
            self._said.clear()
        elif self._thought:
            self._chunks.append(ReasoningChunk("".join(self._thought)))
            self._thought.clear()
        return self._chunks


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value


def _parsed(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except ValueError:
        # Half an escaped surrogate pair is no reason to lose an answer; orjson refuses it, json does not.
        return json.loads(payload.decode(), parse_constant=_refused, object_hook=_without_surrogates)


def _without_surrogates(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _mended(value) if isinstance(value, str) else value for name, value in fields.items()}


def _mended(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _refused(constant: str) -> None:
    raise ValueError(constant)
