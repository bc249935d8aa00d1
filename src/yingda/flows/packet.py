"""What goes along when a call is handed to a person (callflow F.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from yingda.flows.flow import Handoff, Priority
from yingda.flows.machine import Machine, Step
from yingda.flows.state import Held, Source
from yingda.turns.events import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketSlot:
    """One value as an operator sees it; `said` is how it was or would be read out."""

    name: str
    label: str
    value: Scalar
    said: str
    quote: str
    source: Source
    is_confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """A call at the moment of its transfer; the transcript is the history of its conversation.

    `slots` and `reason` are empty, and `carries_transcript` is false, where the flow's `carry` leaves them
    out. Counters count turns, the last run of turns that were not understood, and of silent ones.
    """

    queue: str
    priority: Priority
    stage: str
    code: str
    reason: str
    slots: tuple[PacketSlot, ...]
    carries_transcript: bool
    last_question: str
    counters: Mapping[str, int]
    began_at: datetime | None
    handed_over_at: datetime | None


def packet(machine: Machine, step: Step, handoff: Handoff) -> Packet:
    """What the step's last stage sends along."""
    flow, state = machine.flow, step.state
    code = flow.reported(step.stage.code)
    slots = [_slot(machine, name, state.slots[name]) for name in flow.slots if name in state.slots]
    return Packet(
        queue=handoff.queue,
        priority=handoff.priority,
        stage=step.stage.name,
        code=code,
        reason=flow.label(code) if "reason" in handoff.carry else "",
        slots=tuple(slots) if "slots" in handoff.carry else (),
        carries_transcript="transcript" in handoff.carry,
        last_question=state.last_question,
        counters={
            "turns": state.turns,
            "not_understood": state.not_understood,
            "silences": state.silences,
            "failures": sum(state.failures.values()),
        },
        began_at=state.began_at,
        handed_over_at=state.entered_at,
    )


def _slot(machine: Machine, name: str, held: Held) -> PacketSlot:
    slot = machine.flow.slots[name]
    return PacketSlot(
        name=name,
        label=slot.label or slot.ask,
        value=held.value,
        said=machine.said_as(name, held),
        quote=held.quote,
        source=held.source,
        is_confirmed=held.is_confirmed,
    )
