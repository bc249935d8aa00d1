"""What clients are shown of a turn besides its words: node responses, the open question, variables."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from yingda.turns.events import StepTimed
from yingda.turns.record import Record
from yingda.turns.types import Turn, TurnId
from yingda.workflows import state as states
from yingda.workflows.answerer import Outcome
from yingda.workflows.pause import asked
from yingda.workflows.values import Value

_KIND = re.compile(r"[A-Za-z]+(?=:|\Z)")


class Insides:
    """Node responses of the last turns of workflows, in full; `report` is given to their answerer.

    They hold what callers said, and are therefore never written down.
    """

    def __init__(self, most_turns: int = 500) -> None:
        self._most_turns = most_turns
        self._responses: OrderedDict[TurnId, Sequence[Mapping[str, Value]]] = OrderedDict()

    def report(self, turn: Turn, outcome: Outcome) -> None:
        """Keep what a turn told; the oldest one goes."""
        self._responses[turn.id] = outcome.responses
        if len(self._responses) > self._most_turns:
            self._responses.popitem(last=False)

    def responses(self, record: Record) -> list[dict[str, Any]]:
        """All node responses of a turn; in short where nothing else is known any more."""
        assert record.started is not None
        told = self._responses.get(record.started.turn_id)
        return [dict(one) for one in told] if told is not None else short_responses(record)


def short_responses(record: Record) -> list[dict[str, Any]]:
    """A node response for each step that was timed, and one for each model that was paid."""
    assert record.started is not None
    turn_id = record.started.turn_id
    told = [short_response(turn_id, number, step) for number, step in enumerate(record.steps, 1)]
    for number, usage in enumerate(record.usages, len(told) + 1):
        named = _named(turn_id, number, usage.model, "chatNode")
        tokens = {"inputTokens": usage.prompt_tokens, "outputTokens": usage.completion_tokens}
        told.append({**named, "runningTime": 0, "model": usage.model, **tokens})
    return told


def short_response(turn_id: TurnId, number: int, step: StepTimed) -> dict[str, Any]:
    """The fields that every node response has."""
    kind = _KIND.match(step.note)
    named = _named(turn_id, number, step.step, kind[0] if kind else "custom")
    return {**named, "runningTime": round(step.elapsed_ms / 1000, 2)}


def question_in(state_json: str) -> dict[str, Any] | None:
    """The question that a workflow waits with, as clients are shown it; other flows only speak theirs."""
    try:
        waiting = states.load(state_json).waiting
    except ValueError:
        return None
    if waiting is None:
        return None
    pause = asked(waiting)
    return {"type": pause.kind, "params": pause.params}


def variables_in(state_json: str) -> dict[str, Any]:
    """What a workflow holds after its turn; empty for other flows."""
    state = json.loads(state_json)
    held = state.get("variables") if isinstance(state, dict) else None
    return held if isinstance(held, dict) else {}


def _named(turn_id: TurnId, number: int, name: str, kind: str) -> dict[str, Any]:
    node_id = f"{turn_id}-{number}"
    return {"id": node_id, "nodeId": node_id, "moduleName": name, "moduleType": kind}
