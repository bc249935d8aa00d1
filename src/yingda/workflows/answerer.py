"""An exported workflow as an answerer: go on where the last turn stopped, speak, say where it stands now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo

from yingda.errors import Unavailable
from yingda.turns.answerer import Answerer
from yingda.turns.events import AnswerDegraded, FlowAdvanced, TextDelta, TurnEvent
from yingda.turns.types import Turn
from yingda.workflows import state as states
from yingda.workflows.history import lines_of_messages, marked_after
from yingda.workflows.machine import Interpreter, first_cells
from yingda.workflows.memory import Memory, Remembered
from yingda.workflows.nodes import TABLE
from yingda.workflows.pause import Snapshot, asked
from yingda.workflows.program import Program
from yingda.workflows.questions import question_of
from yingda.workflows.run import App, Services, Session
from yingda.workflows.schedule import Budget
from yingda.workflows.stages import Staged, StageReader
from yingda.workflows.state import State
from yingda.workflows.values import Value, without_undefined
from yingda.workflows.variables import by_key, stored, system_variables_of, with_defaults
from yingda.workflows.voice import Voice

log = logging.getLogger(__name__)


class WorkflowFailed(Unavailable):
    """A node failed, no other one caught it, and nothing had been said."""

    code = "workflow_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a turn of a workflow left besides its text, for a client that shows the insides (callflow C.2).

    `responses` are the node responses in the order the nodes ended, `interactive` the question that is open.
    """

    responses: list[dict[str, Value]]
    variables: Mapping[str, Value]
    interactive: Mapping[str, Value] | None


Report = Callable[[Turn, Outcome], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowConfig:
    """How one workflow is presented.

    A reply without a marker `repeats_stage` of the last one, before its text. `timezone` is that of `cTime`.
    """

    repeats_stage: bool = True
    timezone: tzinfo = UTC


DEFAULTS = WorkflowConfig()


def workflow_answerer(
    program: Program,
    memory: Memory,
    services: Services,
    new_reader: Callable[[], StageReader],
    *,
    config: WorkflowConfig = DEFAULTS,
    report: Report | None = None,
) -> Answerer:
    """One turn of a workflow: text as it comes, each stage before its text, the state at the end.

    Raises `WorkflowFailed`; then the next turn begins where this one did.
    """
    interpreter = Interpreter(TABLE)

    async def go_on(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        before = _state(await memory.recall(turn), program, services, turn)
        staged = Staged(new_reader(), before.code if config.repeats_stage else "")
        events: asyncio.Queue[TurnEvent | None] = asyncio.Queue()
        app = _app(turn, before, program, services, events.put_nowait)
        app.variables |= system_variables_of(turn, program.workflow.name, config.timezone)
        running = asyncio.ensure_future(_drive(interpreter, app, before.waiting, events))
        try:
            while (event := await events.get()) is not None:
                for told in staged.read(event):
                    yield told
            waiting = await running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        for told in staged.end():
            yield told
        after = _after(app, before, waiting, staged)
        yield FlowAdvanced(flow=program.workflow.name, state_json=states.dump(after))
        if report is not None:
            report(turn, _outcome(app, after))

    return go_on


async def _drive(
    interpreter: Interpreter,
    app: App,
    before: Snapshot | None,
    events: asyncio.Queue[TurnEvent | None],
) -> Snapshot | None:
    """The run, and the question it ends with; raises `WorkflowFailed`."""
    try:
        waiting = await interpreter.run_app(app, before)
        if waiting is not None:
            question = question_of(asked(waiting))
            app.voice.say(question, f"\n{question}" if app.voice.text else question)
        elif "" in app.failures:
            if not app.voice.text.strip():
                raise WorkflowFailed("a step of the workflow failed")
            events.put_nowait(AnswerDegraded(reason=WorkflowFailed.code))
        return waiting
    finally:
        if app.session.budget.left <= 0:
            log.warning("turn %s used up its node runs and was ended", app.session.turn.id)
        events.put_nowait(None)


def _app(
    turn: Turn,
    before: State,
    program: Program,
    services: Services,
    emit: Callable[[TurnEvent], None],
) -> App:
    session = Session(
        turn=turn,
        services=services,
        emit=emit,
        budget=Budget(services.config.run_budget),
        answer=turn.text if before.waiting is not None else None,
        memories=dict(before.memories),
    )
    return App(
        session=session,
        program=program,
        voice=Voice(lambda text: emit(TextDelta(text=text))),
        question=turn.text,
        cells={**first_cells(program.workflow), **before.cells},
        variables=with_defaults(program.workflow, before.variables),
        history=lines_of_messages(turn.history, before.marked),
    )


def _state(remembered: Remembered, program: Program, services: Services, turn: Turn) -> State:
    """The last state with new facts taken in; a run that cannot go on is forgotten."""
    state = State()
    if remembered.state_json is not None:
        try:
            state = states.load(remembered.state_json)
        except ValueError:
            log.warning("turn %s: the state of the last turn cannot be read; it begins anew", turn.id)
    waiting = state.waiting
    if waiting is not None and not states.fits(waiting, program, dict(services.apps)):
        log.warning("turn %s: the workflow was changed while it waited; it begins anew", turn.id)
        waiting = None
    new = {key: value for key, value in remembered.facts.items() if state.facts.get(key) != value}
    return State(
        variables=state.variables | by_key(program.workflow, new),
        facts=dict(remembered.facts),
        memories=state.memories,
        waiting=waiting,
        cells=state.cells if waiting is not None else {},
        code=state.code,
        marked=state.marked,
    )


def _after(app: App, before: State, waiting: Snapshot | None, staged: Staged) -> State:
    return State(
        variables=stored(app.program.workflow, app.variables),
        facts=before.facts,
        memories=app.session.memories,
        waiting=waiting,
        cells=app.cells if waiting is not None else {},
        code=staged.code or before.code,
        marked=marked_after(before.marked, staged.text, app.voice.text),
    )


def _outcome(app: App, after: State) -> Outcome:
    responses = [without_undefined(one) for one in app.session.responses]
    pause = asked(after.waiting) if after.waiting is not None else None
    return Outcome(
        responses=[one for one in responses if isinstance(one, dict)],
        variables=after.variables,
        interactive=None if pause is None else {"type": pause.kind, "params": pause.params},
    )
