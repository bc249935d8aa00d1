"""What the commands about flows do; `cli.py` reads their arguments."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from yingda.flows.drawing import drawing_of
from yingda.flows.flow import Flow
from yingda.flows.hearing import Heard
from yingda.flows.load import FlowInvalid, load
from yingda.flows.machine import Machine, Step
from yingda.flows.trial import trials
from yingda.turns.clock import Clock
from yingda.understanding.values import heard as normalised

SET = "/set"


def check_flow(file: Path, console: Console) -> bool:
    """Print every problem with its place; whether there is none."""
    flow = _loaded(file, console)
    if flow is None:
        return False
    counts = f"{len(flow.stages)} stages, {len(flow.slots)} slots, {len(flow.tests)} tests"
    console.print(f"{flow.name} version {flow.version}: {counts}; nothing wrong", highlight=False)
    return True


def test_flow(file: Path, console: Console) -> bool:
    """Run the flow's own tests and print how each went; whether all did."""
    flow = _loaded(file, console)
    if flow is None:
        return False
    outcomes = list(trials(Machine(flow)))
    for outcome in outcomes:
        console.print(
            f"{'failed' if outcome.failure else 'passed'}  {outcome.test}", markup=False, highlight=False
        )
        if outcome.failure:
            console.print(
                f"        {outcome.failure}", style="red", markup=False, highlight=False, soft_wrap=True
            )
    failed = sum(outcome.failure is not None for outcome in outcomes)
    console.print(f"{len(outcomes) - failed} of {len(outcomes)} passed", highlight=False)
    return not failed


def run_flow(file: Path, console: Console, clock: Clock, listen: Callable[[], str]) -> bool:
    """Talk to the flow until its call is over or the input ends; whether the file could be run.

    `/set key=value` pushes a fact into the next turn; an empty line is a silence.
    """
    flow = _loaded(file, console)
    if flow is None:
        return False
    machine, facts = Machine(flow), dict[str, str]()
    state = machine.begin(clock.now())
    while not state.is_over:
        try:
            raw = listen()
        except EOFError:
            console.print()
            break
        if raw.startswith(SET):
            key, _equals, value = raw.removeprefix(SET).strip().partition("=")
            facts[key.strip()] = value.strip()
            continue
        caller_id = facts.get("caller_id")
        step = machine.advance(
            state, Heard(text=normalised(raw), raw=raw, at=clock.now(), facts=facts, caller_id=caller_id)
        )
        state = step.state
        _show(flow, step, console)
    return True


def draw_flow(file: Path, out: Path | None, console: Console) -> bool:
    """Write the flow's picture as SVG, to a file or to the output; whether there is one."""
    flow = _loaded(file, console)
    if flow is None:
        return False
    if out is None:
        console.file.write(drawing_of(flow))
    else:
        out.write_text(drawing_of(flow), "utf-8")
        console.print(f"written to {out}", markup=False, highlight=False)
    return True


def _loaded(file: Path, console: Console) -> Flow | None:
    try:
        return load(file)
    except FlowInvalid as invalid:
        for problem in invalid.problems:
            console.print(problem, style="red", markup=False, highlight=False, soft_wrap=True)
    except (OSError, UnicodeDecodeError) as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
    return None


def _show(flow: Flow, step: Step, console: Console) -> None:
    code = flow.reported(step.stage.code)
    console.print(step.text, markup=False, highlight=False, soft_wrap=True)
    slots = ", ".join(f"{name}={held.value}" for name, held in step.state.slots.items())
    console.print(
        f"  {step.stage.name} {code} {flow.label(code)}  {slots}",
        style="dim",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
