"""A flow as an answerer: what a turn yields, in which order, from which memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.flows.flow_texts import accident

from yingda.flows import state as states
from yingda.flows.answerer import flow_answerer
from yingda.flows.machine import Machine, Step
from yingda.flows.memory import Remembered
from yingda.flows.trial import NOON
from yingda.llm.types import UsageChunk
from yingda.testing.builders import collect, turn
from yingda.testing.clock import FrozenClock
from yingda.testing.scripted_model import ScriptedModel
from yingda.turns.events import (
    FlowAdvanced,
    HandoffQueued,
    SlotFilled,
    StageEntered,
    StepTimed,
    TextDelta,
    TurnEvent,
    UsageReported,
)
from yingda.turns.types import Turn, Usage

USAGE = Usage(model="scripted", prompt_tokens=9, completion_tokens=5)


class OneCall:
    """A memory that is given what to remember."""

    def __init__(self, state_json: str | None = None) -> None:
        self.remembered = Remembered(state_json=state_json)

    async def recall(self, turn: Turn) -> Remembered:
        return self.remembered


async def queued(turn: Turn, machine: Machine, step: Step) -> Sequence[TurnEvent]:
    assert step.handoff is not None
    return [HandoffQueued(position=1)]


async def events_of(text: str, memory: OneCall, model: ScriptedModel | None = None) -> list[TurnEvent]:
    answer = flow_answerer(accident(), memory, queued, FrozenClock(), model)
    asked = replace(turn(text), started_at=NOON)
    return await collect(answer, asked)


async def test_the_stage_comes_first_then_values_then_state_then_text():
    events = await events_of("方便", OneCall())
    advanced = events[2]
    assert isinstance(advanced, FlowAdvanced)
    assert states.load(advanced.state_json).stage == "safety"
    assert [event for event in events if event is not advanced] == [
        StageEntered(flow="accident-intake", stage="safety", code="1002", label="通话中"),
        SlotFilled(slot="ready", value=True, quote="方便"),
        TextDelta(text="您好，这里是交通事故受理专线。"),
        TextDelta(text="请先打开双闪，人撤到安全的地方。"),
        TextDelta(text="请问现场有没有人受伤？"),
    ]


async def test_the_next_turn_goes_on_where_the_last_one_ended():
    first = await events_of("方便", OneCall())
    state_json = next(event.state_json for event in first if isinstance(event, FlowAdvanced))
    second = await events_of("没有", OneCall(state_json))
    assert TextDelta(text="一共涉及几辆车？") in second


async def test_a_state_that_cannot_be_read_begins_anew():
    events = await events_of("方便", OneCall("{}"))
    assert isinstance(events[0], StageEntered)
    assert events[0].stage == "safety"


async def test_another_version_of_the_flow_keeps_what_was_learned():
    machine = accident()
    step_state = machine.begin(NOON)
    told = states.dump(
        replace(
            step_state,
            version=0,
            stage="gone",
            slots={"gone": _held("x"), "phone": _held("13800138000")},
            learned=("gone", "phone"),
        )
    )
    events = await events_of("方便", OneCall(told))
    advanced = next(event for event in events if isinstance(event, FlowAdvanced))
    state = states.load(advanced.state_json)
    assert (state.stage, state.version, sorted(state.slots)) == ("safety", 1, ["phone", "ready"])


async def test_a_transfer_comes_before_its_text():
    events = await events_of("帮我转人工", OneCall())
    kinds = [type(event) for event in events]
    assert kinds == [StageEntered, FlowAdvanced, HandoffQueued, TextDelta]


async def test_a_model_proposes_and_is_paid_for():
    reply = '[{"slot": "vehicles", "value": 2, "quote": "我和他那边"}]'
    state_json = states.dump(accident().begin(NOON, ask="vehicles"))
    events = await events_of("我和他那边", OneCall(state_json), ScriptedModel([reply, UsageChunk(USAGE)]))
    assert SlotFilled(slot="vehicles", value=2, quote="我和他那边") in events
    assert events[:2] == [
        UsageReported(usage=USAGE),
        StepTimed(step="extract", elapsed_ms=0.0, note="scripted"),
    ]


async def test_a_model_that_answers_nonsense_changes_nothing():
    state_json = states.dump(accident().begin(NOON, ask="vehicles"))
    events = await events_of("两辆", OneCall(state_json), ScriptedModel(["two, I think"]))
    assert SlotFilled(slot="vehicles", value=2, quote="两") in events
    assert [event.note for event in events if isinstance(event, StepTimed)] == ["unreadable"]


def _held(value: str) -> states.Held:
    return states.Held(value=value)
