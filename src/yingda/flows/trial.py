"""Runs the tests that a flow brings along, as dialogues against its own machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from yingda.flows.flow import FlowTest, TestTurn
from yingda.flows.hearing import Heard
from yingda.flows.machine import Machine, Step
from yingda.understanding.values import heard as normalised

NOON = datetime(2025, 3, 31, 4, 0, tzinfo=UTC)
"""The moment at which every trial takes place: noon in Shanghai."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a test went; `failure` names the first turn that was otherwise than written."""

    test: str
    failure: str | None = None


def trials(machine: Machine) -> Iterator[Outcome]:
    """Every test of the flow, in order."""
    for test in machine.flow.tests:
        yield Outcome(test=test.name, failure=_failure(machine, test))


def _failure(machine: Machine, test: FlowTest) -> str | None:
    at, state = NOON, machine.begin(NOON, ask=test.ask)
    for number, turn in enumerate(test.turns, 1):
        at += timedelta(seconds=turn.wait_s)
        heard = Heard(
            text=normalised(turn.user), raw=turn.user, at=at, facts=turn.facts, caller_id=test.caller_id
        )
        step = machine.advance(state, heard)
        if difference := next(_differences(machine, turn, step), None):
            return f"turn {number} ({turn.user!r}): {difference}"
        state = step.state
    return None


def _differences(machine: Machine, turn: TestTurn, step: Step) -> Iterator[str]:
    code = machine.flow.reported(step.stage.code)
    if turn.code is not None and code != turn.code:
        yield f"code {code} instead of {turn.code}, at stage {step.stage.name!r}, saying {step.text!r}"
    if turn.stage is not None and step.stage.name != turn.stage:
        yield f"stage {step.stage.name!r} instead of {turn.stage!r}"
    if turn.says is not None and turn.says not in step.text:
        yield f"{turn.says!r} is not in {step.text!r}"
    asked = step.state.question.slot if step.state.question else None
    if turn.asks is not None and asked != turn.asks:
        yield f"the open question is about {asked!r} instead of {turn.asks!r}, saying {step.text!r}"
    for name, value in turn.slots.items():
        held = step.state.slots.get(name)
        if held is None:
            yield f"slot {name!r} is empty instead of {value!r}"
        elif held.value != value:
            yield f"slot {name!r} is {held.value!r} instead of {value!r}"
