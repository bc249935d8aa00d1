"""Runs the nodes inside once per item, one after the other, also across a pause (callflow D.7)."""

from __future__ import annotations

from dataclasses import dataclass, field

from yingda.workflows.casts import cast_to
from yingda.workflows.pause import Pause, Snapshot
from yingda.workflows.references import resolve
from yingda.workflows.run import NodeFailed, NodeRun, Result
from yingda.workflows.values import UNDEFINED, Value


@dataclass(slots=True)
class _Round:
    """Where a loop stands: the next item, what the earlier ones gave, and a body that waits."""

    index: int = 0
    results: list[Value] = field(default_factory=list)
    inside: Snapshot | None = None


async def begin(run: NodeRun) -> Result:
    """The item, as the loop has laid it down."""
    return Result(data=run.app.given.get(run.node.id, {}))


async def end(run: NodeRun) -> Result:
    """What this round gives."""
    given = run.inputs.get("loopEndInput", UNDEFINED)
    run.app.given.setdefault(run.node.parent_id, {})["loopEndInput"] = given
    return Result(response={"loopOutputValue": given})


async def leave(run: NodeRun) -> Result:
    """This round is the last one."""
    run.app.given.setdefault(run.node.parent_id, {})["is_broken"] = True
    return Result()


async def over_items(run: NodeRun) -> Result:
    """A list of what the rounds gave."""
    items = _items(run, "loopInputArray")
    at = _resumed(run)
    while at.index < len(items) and run.app.session.budget.left > 0:
        start = {"loopStartInput": items[at.index], "loopStartIndex": at.index + 1}
        if (pause := await _round(run, at, start)) is not None:
            return Result(pause=pause)
        at.results.append(run.app.given[run.node.id].get("loopEndInput", UNDEFINED))
    told: dict[str, Value] = {"loopInput": items, "loopResult": at.results}
    return Result(data={"loopArray": at.results}, response=told)


async def until_broken(run: NodeRun) -> Result:
    """Over a list, or without one until a node inside breaks the loop; the first failed round ends it."""
    is_conditional = run.inputs.get("loopRunMode") == "conditional"
    items = [] if is_conditional else _items(run, "loopRunInputArray")
    count = run.services.config.loop_count if is_conditional else len(items)
    at = _resumed(run)
    while at.index < count and run.app.session.budget.left > 0:
        start: dict[str, Value] = {"currentIndex": at.index, "currentIteration": at.index + 1}
        if not is_conditional:
            start["currentItem"] = items[at.index]
        if (pause := await _round(run, at, start)) is not None:
            return Result(pause=pause)
        if (failure := run.app.failures.pop(run.node.id, None)) is not None:
            return Result(data=_outputs(run), error=failure)
        if run.app.given[run.node.id].get("is_broken"):
            break
    return Result(data=_outputs(run), response={"loopRunIterations": at.index})


def _items(run: NodeRun, key: str) -> list[Value]:
    items = run.inputs.get(key)
    if not isinstance(items, list):
        raise NodeFailed("the loop was given no list")
    if len(items) > run.services.config.loop_count:
        raise NodeFailed(f"the loop was given more than {run.services.config.loop_count} items")
    return items


def _resumed(run: NodeRun) -> _Round:
    if run.pause is None:
        return _Round()
    return _Round(run.pause.kept["index"], list(run.pause.kept["results"]), run.pause.inside)


async def _round(run: NodeRun, at: _Round, start: dict[str, Value]) -> Pause | None:
    """One pass through the body, or the rest of one that had paused."""
    app, loop_id = run.app, run.node.id
    app.given[loop_id] = {}
    app.given[app.program.start_of(loop_id) or ""] = start
    inside, at.inside = at.inside, None
    waiting = await run.machine.run_body(app, loop_id, inside)
    if waiting is not None:
        kept = {"index": at.index, "results": list(at.results)}
        params: dict[str, Value] = {"loopResult": list(at.results), "currentIndex": at.index}
        return Pause(kind="loopInteractive", params=params, kept=kept, inside=waiting)
    at.index += 1
    return None


def _outputs(run: NodeRun) -> dict[str, Value]:
    """The node's own outputs, read off the nodes inside after the last round."""
    wanted = [one for one in run.node.inputs if one.is_dynamic]
    return {one.key: cast_to(resolve(one.value, run.app.scope), one.value_type) for one in wanted}
