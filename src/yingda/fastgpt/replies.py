"""The events of a completion as values: text, thoughts, questions, node runs (callflow C.3); pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from yingda.fastgpt.failures import FastGPTFailed, failure_from
from yingda.fastgpt.questions import Question, question_from
from yingda.fastgpt.sse import NamedEvent

DONE = "[DONE]"
_CHUNKS = frozenset({"", "answer", "fastAnswer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The next words of the answer."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """A model's reasoning."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The run is suspended until this is answered."""

    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRan:
    """One node of the workflow; tokens only where it asked a model."""

    name: str
    kind: str
    elapsed_s: float = 0.0
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    has_failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VariablesSet:
    """The chat's variables as they are now."""

    variables: Mapping[str, Any]


ReplyEvent = Said | Thought | Asked | NodeRan | VariablesSet


class ReplyReader:
    """Reads the events of one completion; `is_done` once `[DONE]` came, `is_finished` from the stop chunk on.

    FastGPT 4.14 sends the node runs after `[DONE]`, 4.16 before it. Heartbeats, chunks without text,
    and events of unknown names give nothing.
    """

    def __init__(self) -> None:
        self.is_done = False
        self.is_finished = False

    def take(self, event: NamedEvent) -> Iterator[ReplyEvent]:
        """What it says; raises the failure that it tells."""
        if event.data == DONE:
            self.is_done = True
            return
        try:
            payload = orjson.loads(event.data)
        except ValueError:
            payload = None
        if event.name == "error":
            raise failure_from(payload)
        if isinstance(payload, list):
            yield from (_node(one) for one in payload if isinstance(one, dict))
        elif isinstance(payload, dict):
            yield from self._from_object(event.name, payload)

    def _from_object(self, name: str, payload: dict[str, Any]) -> Iterator[ReplyEvent]:
        if name in _CHUNKS and "choices" in payload:
            yield from self._from_chunk(payload["choices"])
        elif name in ("", "interactive") and isinstance(payload.get("interactive"), dict):
            yield Asked(question=question_from(payload["interactive"]))
        elif name == "flowNodeResponse":
            yield _node(payload)
        elif name == "updateVariables":
            yield VariablesSet(variables=payload)
        elif name == "" and ("message" in payload or "error" in payload):
            raise failure_from(payload)

    def _from_chunk(self, choices: Any) -> Iterator[ReplyEvent]:
        first = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(first, dict):
            return
        delta = first.get("delta")
        if isinstance(delta, dict):
            if isinstance(thought := delta.get("reasoning_content"), str) and thought:
                yield Thought(text=thought)
            if isinstance(text := delta.get("content"), str) and text:
                yield Said(text=text)
        reason = first.get("finish_reason")
        if reason == "error":
            raise FastGPTFailed("FastGPT ended its answer with an error")
        self.is_finished = self.is_finished or reason is not None


def _node(told: dict[str, Any]) -> NodeRan:
    return NodeRan(
        name=str(told.get("moduleName", "")),
        kind=str(told.get("moduleType", "")),
        elapsed_s=_number(told.get("runningTime")),
        model=str(told.get("model") or ""),
        input_tokens=int(_number(told.get("inputTokens"))),
        output_tokens=int(_number(told.get("outputTokens"))),
        has_failed=bool(told.get("error") or told.get("errorText")),
    )


def _number(told: Any) -> float:
    return float(told) if isinstance(told, int | float) else 0.0
