"""What must be true of a flow before it may run (callflow F.3, load-time checks)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterator

from yingda.flows.expressions import Expression
from yingda.flows.flow import Flow, Stage
from yingda.flows.say import PHRASES
from yingda.flows.slots import slot_type

COUNTERS = ("turns", "not_understood", "silences")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def problems(flow: Flow) -> Iterator[str]:
    """Every problem as a sentence with its place; none for a flow that can run."""
    for check in _CHECKS:
        yield from check(flow)


def _targets(flow: Flow) -> Iterator[str]:
    for place, goto in _all_gotos(flow):
        if goto not in flow.stages:
            yield f"{place}: no stage {goto!r}{_near(goto, flow.stages)}"


def _all_gotos(flow: Flow) -> Iterator[tuple[str, str]]:
    yield "start", flow.start
    if flow.on_fail:
        yield "defaults.on_fail", flow.on_fail
    if flow.silence.goto:
        yield "defaults.silence", flow.silence.goto
    for number, rule in enumerate(flow.rules):
        if rule.goto is not None:
            yield f"globals.{number}", rule.goto
    for slot in flow.slots.values():
        if slot.on_fail:
            yield f"slots.{slot.name}.on_fail", slot.on_fail
    for stage in flow.stages.values():
        for number, branch in enumerate(stage.branches):
            yield f"stages.{stage.name}.next.{number}", branch.goto


def _collected(flow: Flow) -> Iterator[str]:
    for stage in flow.stages.values():
        for name in stage.collect:
            if name not in flow.slots:
                yield f"stages.{stage.name}.collect: no slot {name!r}{_near(name, flow.slots)}"


def _types(flow: Flow) -> Iterator[str]:
    for slot in flow.slots.values():
        try:
            slot_type(slot.kind, slot.options)
        except ValueError as error:
            yield f"slots.{slot.name}: {error}"


def _names(flow: Flow) -> Iterator[str]:
    known = {"slots": flow.slots, "intent": flow.intents, "counters": COUNTERS}
    for place, condition in _all_conditions(flow):
        for namespace, name in sorted(condition.names):
            if namespace in known and name not in known[namespace]:
                near = _near(name, known[namespace])
                yield f"{place}: {condition.source!r} looks at {namespace}.{name}, which is not there{near}"


def _all_conditions(flow: Flow) -> Iterator[tuple[str, Expression]]:
    for number, rule in enumerate(flow.rules):
        yield f"globals.{number}", rule.when
    for slot in flow.slots.values():
        if slot.when:
            yield f"slots.{slot.name}.when", slot.when
    for stage in flow.stages.values():
        for number, branch in enumerate(stage.branches):
            if branch.when:
                yield f"stages.{stage.name}.next.{number}", branch.when


def _exits(flow: Flow) -> Iterator[str]:
    for stage in flow.stages.values():
        if stage.is_final:
            if stage.branches or stage.collect:
                yield f"stages.{stage.name}: a final stage neither collects nor leads on"
        elif not any(branch.when is None for branch in stage.branches) and not _can_fail(flow, stage):
            yield f"stages.{stage.name}: no way out is always open, and no failed question leads out either"


def _can_fail(flow: Flow, stage: Stage) -> bool:
    return any(flow.on_fail or flow.slots[name].on_fail for name in stage.collect if name in flow.slots)


def _endless_questions(flow: Flow) -> Iterator[str]:
    """A question that nobody can answer must lead somewhere in the end."""
    for stage in flow.stages.values():
        for name in stage.collect:
            if name in flow.slots and not (flow.on_fail or flow.slots[name].on_fail):
                yield f"slots.{name}: without on_fail, here or under defaults, it is asked without end"
        if stage.review and not flow.on_fail:
            yield f"stages.{stage.name}.confirm_all: without defaults.on_fail it is asked without end"


def _circles(flow: Flow) -> Iterator[str]:
    """Stages that lead back to themselves and wait for nothing on the way."""
    quiet = {
        name: [branch.goto for branch in stage.branches]
        for name, stage in flow.stages.items()
        if not (stage.collect or stage.review or stage.awaits or stage.is_final)
    }
    for name in quiet:
        seen, todo = set[str](), list(quiet[name])
        while todo:
            goto = todo.pop()
            if goto in quiet and goto not in seen:
                seen.add(goto)
                todo += quiet[goto]
        if name in seen:
            yield f"stages.{name}: leads back to itself without asking or waiting for anything"


def _handoffs(flow: Flow) -> Iterator[str]:
    for stage in flow.stages.values():
        if stage.handoff and not stage.is_final:
            yield f"stages.{stage.name}.handoff: only a final stage hands over"


def _reachable(flow: Flow) -> Iterator[str]:
    seen: set[str] = set()
    todo = [goto for place, goto in _all_gotos(flow) if not place.startswith("stages.")]
    while todo:
        name = todo.pop()
        if name in flow.stages and name not in seen:
            seen.add(name)
            todo += [branch.goto for branch in flow.stages[name].branches]
    for name in flow.stages:
        if name not in seen:
            yield f"stages.{name}: nothing leads here"


def _codes(flow: Flow) -> Iterator[str]:
    for code, target in flow.remap.items():
        if target in flow.remap and flow.remap[target] != target:
            yield f"remap.{code}: {target} is itself reported as something else"
    for stage in flow.stages.values():
        reported = flow.reported(stage.code)
        if reported not in flow.codes:
            yield f"stages.{stage.name}.code: {reported} is not among the codes{_near(reported, flow.codes)}"


def _placeholders(flow: Flow) -> Iterator[str]:
    texts = [(f"slots.{slot.name}", text) for slot in flow.slots.values() for text in (slot.ask, *slot.retry)]
    for stage in flow.stages.values():
        texts.append((f"stages.{stage.name}.say", stage.say))
        if stage.review:
            texts.append((f"stages.{stage.name}.confirm_all", stage.review.ask))
    for place, text in texts:
        for name in _PLACEHOLDER.findall(text):
            if name not in flow.slots:
                yield f"{place}: {{{name}}} is no slot{_near(name, flow.slots)}"


def _phrases(flow: Flow) -> Iterator[str]:
    for name in flow.phrases:
        if name not in PHRASES:
            yield f"phrases.{name}: nothing says this{_near(name, PHRASES)}"


def _tests(flow: Flow) -> Iterator[str]:
    collected = {name for stage in flow.stages.values() for name in stage.collect}
    for number, test in enumerate(flow.tests):
        place = f"tests.{number} ({test.name})"
        if test.ask is not None and test.ask not in collected:
            yield f"{place}: no stage asks for {test.ask!r}{_near(test.ask, collected)}"
        for turn in test.turns:
            for name in (*turn.slots, *([turn.asks] if turn.asks else [])):
                if name not in flow.slots:
                    yield f"{place}: no slot {name!r}{_near(name, flow.slots)}"
            if turn.stage is not None and turn.stage not in flow.stages:
                yield f"{place}: no stage {turn.stage!r}{_near(turn.stage, flow.stages)}"


def _near(name: str, known: Collection[str]) -> str:
    found = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {found[0]!r}?" if found else ""


_CHECKS: tuple[Callable[[Flow], Iterator[str]], ...] = (
    _targets,
    _collected,
    _types,
    _names,
    _exits,
    _endless_questions,
    _circles,
    _reachable,
    _handoffs,
    _codes,
    _placeholders,
    _phrases,
    _tests,
)
