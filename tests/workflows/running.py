"""Short ways to run an export: one conversation, its turns one after the other, a real reader of markers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from yingda.fastgpt.codes import CodeTable
from yingda.fastgpt.stages import StageConfig, StageReader
from yingda.testing.builders import collect, turn
from yingda.testing.clock import FrozenClock
from yingda.turns.answerer import Answerer
from yingda.turns.events import FlowAdvanced, StageEntered, TextDelta, TurnEvent
from yingda.turns.types import Message, Turn
from yingda.workflows.answerer import Outcome, workflow_answerer
from yingda.workflows.folder import program_from
from yingda.workflows.program import Program
from yingda.workflows.run import Evaluation, NodeFailed, RunConfig, Services
from yingda.workflows.sandbox import JavaScriptSandbox

EXPORTS = Path(__file__).parent / "exports"


class NoSandbox:
    """A sandbox for workflows without code: it has none to run."""

    async def run(self, code: str, variables: object) -> Evaluation:
        return Evaluation(value=None, error="there is no engine")

    async def matches(self, pattern: str, text: str) -> bool:
        raise NodeFailed("there is no engine")


@dataclass
class Kept:
    """What a conversation remembers."""

    state_json: str | None = None
    facts: dict[str, str] = field(default_factory=dict)

    async def recall(self, turn: Turn) -> Kept:
        return self


class Call:
    """One conversation with a workflow."""

    def __init__(self, program: Program | str, services: Services | None = None) -> None:
        self.program = program if isinstance(program, Program) else exported(program)
        self.services = services or without_engine()
        self.memory = Kept()
        self.events: list[TurnEvent] = []
        self.outcomes: list[Outcome] = []
        self.history: list[Message] = []

    async def say(self, text: str, **overrides: object) -> str:
        """What the workflow answers; the state is kept as a completed turn would."""
        asked = replace(turn(text, history=tuple(self.history)), **overrides)
        self.events = await collect(self.answer(), asked)
        self.memory.state_json = self.state
        said = "".join(event.text for event in self.events if isinstance(event, TextDelta))
        at = asked.started_at
        self.history += [Message(role="user", text=text, at=at), Message(role="assistant", text=said, at=at)]
        return said

    def answer(self) -> Answerer:
        return workflow_answerer(
            self.program,
            self.memory,
            self.services,
            lambda: StageReader(CodeTable(), StageConfig(flow="test"), Counter()),
            report=lambda _, outcome: self.outcomes.append(outcome),
        )

    @property
    def state(self) -> str:
        return next(event.state_json for event in self.events if isinstance(event, FlowAdvanced))

    @property
    def codes(self) -> list[str]:
        return [event.code for event in self.events if isinstance(event, StageEntered)]

    @property
    def ran(self) -> list[str]:
        """Ids of the nodes in the order they ended, without guide and start."""
        ids = [one["nodeId"] for one in self.outcomes[-1].responses]
        return [node_id for node_id in ids if node_id not in ("guide0", "start0")]


def exported(name: str) -> Program:
    return program_from(EXPORTS / f"{name}.json")


def without_engine(**overrides: object) -> Services:
    return replace(Services(clock=FrozenClock(), sandbox=NoSandbox()), **overrides)


def with_engine(sandbox: JavaScriptSandbox, **overrides: object) -> Services:
    return without_engine(sandbox=sandbox, **overrides)


__all__ = ["EXPORTS", "Call", "RunConfig", "exported", "with_engine", "without_engine"]
