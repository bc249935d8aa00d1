"""Runs the nodes inside once per item, several items at a time; no item sees what another one wrote."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from yingda.workflows.run import App, NodeFailed, NodeRun, Result, at_most
from yingda.workflows.values import UNDEFINED, Value, whole_number_of


async def side_by_side(run: NodeRun) -> Result:
    """Results in the order of the items; a failed item is tried again, and then told as failed."""
    items = run.inputs.get("loopInputArray")
    if not isinstance(items, list):
        raise NodeFailed("the loop was given no list")
    config = run.services.config
    if len(items) > config.loop_count:
        raise NodeFailed(f"the loop was given more than {config.loop_count} items")
    asked = whole_number_of(run.inputs.get("parallelRunMaxConcurrency"), 5)
    outcomes: list[dict[str, Value]] = [{} for _ in items]
    works = [partial(_item, run, index, item, outcomes) for index, item in enumerate(items)]
    await at_most(min(asked, config.parallel_count), [work() for work in works])
    good = [one["data"] for one in outcomes if one["success"]]
    status = "success" if len(good) == len(items) else "partial_success" if good else "failed"
    full: list[Value] = list(outcomes)
    data: dict[str, Value] = {
        "parallelSuccessResults": good,
        "parallelFullResults": full,
        "parallelStatus": status,
    }
    return Result(data=data, response={"loopInput": items, "loopResult": full})


async def _item(run: NodeRun, index: int, item: Value, outcomes: list[dict[str, Value]]) -> None:
    tries = 1 + max(0, whole_number_of(run.inputs.get("parallelRunMaxRetryTimes"), 3))
    for _ in range(tries):
        app = _apart(run.app)
        app.given[app.program.start_of(run.node.id) or ""] = {
            "loopStartInput": item,
            "loopStartIndex": index + 1,
        }
        waiting = await run.machine.run_body(app, run.node.id)
        failure = "a node inside waits for the caller" if waiting else app.failures.get(run.node.id)
        if failure is None:
            given = app.given.get(run.node.id, {}).get("loopEndInput", UNDEFINED)
            outcomes[index] = {"success": True, "data": given}
            return
        outcomes[index] = {"success": False, "message": failure, "data": None}


def _apart(app: App) -> App:
    cells = {node_id: dict(given) for node_id, given in app.cells.items()}
    return replace(app, cells=cells, variables=dict(app.variables), given={}, failures={})
