"""What a node is given to run with, and what it gives back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from yingda.knowledge.types import Retriever
from yingda.llm.types import ChatModel
from yingda.turns.clock import Clock
from yingda.turns.events import TurnEvent
from yingda.turns.types import CollectionId, Turn
from yingda.workflows.pause import Pause, Snapshot
from yingda.workflows.program import Program
from yingda.workflows.references import Cells, Scope
from yingda.workflows.schedule import Budget
from yingda.workflows.values import Value
from yingda.workflows.voice import Voice
from yingda.workflows.workflow import Node

ERROR_TEXT = "system_error_text"
"""The output that holds what went wrong, on most nodes."""


class NodeFailed(Exception):
    """A node cannot do its work; the message is for whoever drew the workflow, and holds no personal data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """`run_budget` counts nodes run in one turn; a loop goes over `loop_count` items at most.

    A model that classifies, extracts or rewrites has `helper_model_s`; then rules do it.
    """

    run_budget: float = 500.0
    concurrency: int = 10
    depth: int = 20
    loop_count: int = 100
    parallel_count: int = 10
    helper_model_s: float = 10.0
    search_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What code gave back; `error` where it failed, `log` is what it printed."""

    value: Value
    log: str = ""
    error: str | None = None


class Sandbox(Protocol):
    """Runs the JavaScript of strangers."""

    async def run(self, code: str, variables: Mapping[str, Value]) -> Evaluation:
        """Call the code's `main` with the variables; an undefined one is not passed."""
        ...

    async def matches(self, pattern: str, text: str) -> bool:
        """Whether a JavaScript regular expression occurs in a text; raises `NodeFailed` where it is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRequest:
    """One call of a web service; `timeout_s` spans it whole."""

    method: str
    url: str
    headers: Mapping[str, str]
    params: Sequence[tuple[str, str]]
    body: bytes | None
    timeout_s: float


Web = Callable[[WebRequest], Awaitable[Value]]
"""Gives the body of a good answer, parsed where it is JSON; raises `NodeFailed`."""

ReadFile = Callable[[str], Awaitable[tuple[str, str]]]
"""Name and text of the file at a URL; raises `errors.AnswerError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All that workflows can reach; what is None is answered without, or fails in words.

    `models` maps the names in exports to models, `collections` the ids of their datasets, `apps` those of
    their child apps; `secrets` are header values that an export cannot hold, by `node id.header`.
    """

    clock: Clock
    sandbox: Sandbox
    models: Callable[[str], ChatModel | None] = lambda name: None
    web: Web | None = None
    retriever: Retriever | None = None
    collections: Mapping[str, CollectionId] = field(default_factory=dict)
    read_file: ReadFile | None = None
    apps: Mapping[str, Program] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    config: RunConfig = field(default_factory=RunConfig)


Role = Literal["user", "assistant", "system"]


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance of the history."""

    role: Role
    text: str


@dataclass(slots=True, kw_only=True)
class Session:
    """What all apps of one turn share. `answer` is what the caller says to the open question, once."""

    turn: Turn
    services: Services
    emit: Callable[[TurnEvent], None]
    budget: Budget
    answer: str | None = None
    memories: dict[str, str] = field(default_factory=dict)
    responses: list[dict[str, Value]] = field(default_factory=list)

    def take_answer(self) -> str | None:
        """The caller's words, for the first who asks."""
        answer, self.answer = self.answer, None
        return answer


@dataclass(slots=True, kw_only=True)
class App:
    """One workflow while it runs.

    `given` holds what the bodies of loops begin and end with, `failures` the last error on each level that no
    node caught, by the id of the node that holds the level.
    """

    session: Session
    program: Program
    voice: Voice
    question: str
    cells: Cells
    variables: dict[str, Value]
    history: list[Line] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    given: Cells = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    plugin_output: Value = None
    depth: int = 0

    @property
    def scope(self) -> Scope:
        said = [self.session.turn.text, *(line.text for line in self.history if line.role == "user")]
        return Scope(
            workflow=self.program.workflow,
            cells=self.cells,
            variables=self.variables,
            spoken="\n".join(said),
        )


class Machine(Protocol):
    """Runs what lies inside a node."""

    async def run_app(self, app: App, before: Snapshot | None = None) -> Snapshot | None:
        """A whole workflow; a snapshot where it waits for the caller."""
        ...

    async def run_body(self, app: App, parent_id: str, before: Snapshot | None = None) -> Snapshot | None:
        """The nodes inside a node, once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRun:
    """One run of one node; `pause` is what it left behind when it asked the caller."""

    app: App
    node: Node
    inputs: Mapping[str, Value]
    machine: Machine
    pause: Pause | None = None
    who: object = field(default_factory=object)

    @property
    def services(self) -> Services:
        return self.app.session.services

    def template(self, key: str) -> Value:
        """An input as its author wrote it, for nodes that fill it in with names of their own."""
        written = self.node.given(key)
        return written if isinstance(written, str) else self.inputs.get(key, "")

    def say(self, text: str) -> None:
        """Words for the caller."""
        self.app.voice.say(self.who, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a node ended.

    `data` by output key, `error` None where all went well. `taken` is the one handle a branching node leaves
    by. `response` is what the node tells about its run (callflow C.3).
    """

    data: Mapping[str, Value] = field(default_factory=dict)
    error: Value = None
    taken: str | None = None
    pause: Pause | None = None
    response: Mapping[str, Value] = field(default_factory=dict)


Dispatcher = Callable[[NodeRun], Awaitable[Result]]
"""What a type of node does; raises `NodeFailed` or an `errors.AnswerError`."""


async def at_most(count: int, works: Sequence[Awaitable[None]]) -> None:
    """Do all of them, so many at a time; the first failure ends the others."""
    slots = asyncio.Semaphore(max(1, count))

    async def do(work: Awaitable[None]) -> None:
        async with slots:
            await work

    async with asyncio.TaskGroup() as group:
        for work in works:
            group.create_task(do(work))
