"""A flow as an answerer: recall the state, advance by one turn, say where it stands and what comes next."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace

from yingda.flows import state as states
from yingda.flows.extraction import extract
from yingda.flows.hearing import Heard
from yingda.flows.machine import Machine, Step
from yingda.flows.memory import Memory, Remembered
from yingda.flows.state import State
from yingda.knowledge.sentences import split
from yingda.llm.types import ChatModel
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.events import (
    FlowAdvanced,
    SlotFilled,
    StageEntered,
    StepTimed,
    TextDelta,
    TurnEvent,
    UsageReported,
)
from yingda.turns.types import Turn
from yingda.understanding.values import heard as normalised

log = logging.getLogger(__name__)

Transfer = Callable[[Turn, Machine, Step], Awaitable[Sequence[TurnEvent]]]
"""Puts a call in the queue of the desk, and tells what came of it as events."""


def flow_answerer(
    machine: Machine, memory: Memory, transfer: Transfer, clock: Clock, model: ChatModel | None = None
) -> Answerer:
    """One turn of a dialogue: the stage first, then values and state, then text, a delta a sentence."""

    async def go_on(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        remembered = await memory.recall(turn)
        state = _state(machine, remembered, turn)
        heard = _heard(turn, remembered)
        if model is not None and "llm" in machine.flow.extract and heard.text:
            began_s = clock.monotonic()
            extraction = await extract(model, machine.flow, state, heard)
            heard = replace(heard, proposals=extraction.proposals)
            for usage in extraction.usages:
                yield UsageReported(usage=usage)
            elapsed_ms = (clock.monotonic() - began_s) * 1000
            yield StepTimed(step="extract", elapsed_ms=elapsed_ms, note=extraction.note)
        step = machine.advance(state, heard)
        _log_standing(turn, step)
        for event in _said(machine, step):
            yield event
        if step.handoff is not None:
            for event in await transfer(turn, machine, step):
                yield event
        for sentence in split(step.text):
            yield TextDelta(text=step.text[sentence.start : sentence.end])

    return go_on


def _said(machine: Machine, step: Step) -> Sequence[TurnEvent]:
    flow, code = machine.flow, machine.flow.reported(step.stage.code)
    return (
        StageEntered(flow=flow.name, stage=step.stage.name, code=code, label=flow.label(code)),
        *(SlotFilled(slot=name, value=held.value, quote=held.quote) for name, held in step.learned.items()),
        FlowAdvanced(flow=flow.name, state_json=states.dump(step.state)),
    )


def _log_standing(turn: Turn, step: Step) -> None:
    """Counters for whoever asks why a call went where it went; nothing of what was said."""
    state = step.state
    log.info(
        "turn %s: stage %s, code %s, turn %d of the call, not understood %d, silent %d, failed answers %s",
        turn.id,
        state.stage,
        step.stage.code,
        state.turns,
        state.not_understood,
        state.silences,
        dict(state.failures),
    )


def _heard(turn: Turn, remembered: Remembered) -> Heard:
    return Heard(
        text=normalised(turn.text),
        raw=turn.text,
        at=turn.started_at,
        facts=remembered.facts,
        caller_id=remembered.caller_id,
    )


def _state(machine: Machine, remembered: Remembered, turn: Turn) -> State:
    """The state as written down, if the flow still has its stage; a new flow begins its dialogues anew."""
    if remembered.state_json is not None:
        try:
            state = states.load(remembered.state_json)
        except ValueError:
            log.warning(
                "turn %s: the state of the last turn cannot be read; the dialogue begins anew", turn.id
            )
        else:
            return machine.adopt(state, turn.started_at)
    return machine.begin(turn.started_at)
