"""Flows as text, and dialogues over them, for the tests of the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from yingda.flows.hearing import Heard, Proposal
from yingda.flows.load import flow_from_yaml, load, shipped
from yingda.flows.machine import Machine, Step
from yingda.flows.state import State
from yingda.flows.trial import NOON
from yingda.turns.events import Scalar
from yingda.understanding.values import heard as normalised

CONTRACT = Path(__file__).with_name("contract.yaml")

SMALL = """
dialogue: small
version: 1
codes: {"0000": over, "0002": lost, "1002": talking}
defaults: {on_fail: {goto: lost}}
slots:
  plate: {type: plate_cn, ask: Plate.}
start: talk
stages:
  talk: {code: "1002", collect: [plate], next: [{goto: over}]}
  over: {code: "0000", say: Bye., final: true}
  lost: {code: "0002", say: A person., final: true}
"""


def contract() -> Machine:
    """The flow as the contract prints it."""
    return Machine(load(CONTRACT))


def accident() -> Machine:
    """The flow that ships."""
    return Machine(load(shipped("accident.yaml")))


def machine_of(text: str) -> Machine:
    return Machine(flow_from_yaml(text))


@dataclass
class Call:
    """A caller who talks to a machine; noon in Shanghai unless time passes."""

    machine: Machine
    state: State
    at: datetime = NOON
    caller_id: str | None = None
    step: Step | None = None

    def says(
        self,
        *texts: str,
        facts: Mapping[str, str] | None = None,
        proposals: Sequence[Proposal] = (),
        after_s: float = 0,
    ) -> str:
        """One turn for each text; returns what the machine says to the last."""
        for text in texts:
            self.at += timedelta(seconds=after_s)
            heard = Heard(
                text=normalised(text),
                raw=text,
                at=self.at,
                facts=facts or {},
                caller_id=self.caller_id,
                proposals=proposals,
            )
            self.step = self.machine.advance(self.state, heard)
            self.state = self.step.state
        return self.step.text if self.step else ""

    @property
    def slots(self) -> dict[str, Scalar]:
        return {name: held.value for name, held in self.state.slots.items()}

    @property
    def asked(self) -> tuple[str, str] | None:
        question = self.state.question
        return (question.kind, question.slot) if question else None


def call(machine: Machine, *, ask: str | None = None, caller_id: str | None = None) -> Call:
    """A new call, at the start or with that slot's question open."""
    return Call(machine=machine, state=machine.begin(NOON, ask=ask), caller_id=caller_id)
