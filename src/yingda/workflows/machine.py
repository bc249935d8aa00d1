"""Runs nodes: gives each its inputs, keeps what it gives, and tells the schedule which ways are open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from yingda.errors import AnswerError
from yingda.turns.events import StepTimed
from yingda.workflows.casts import cast_to
from yingda.workflows.pause import Pause, Snapshot
from yingda.workflows.references import Cells, inputs_of
from yingda.workflows.run import ERROR_TEXT, App, Dispatcher, NodeFailed, NodeRun, Result
from yingda.workflows.schedule import Entry, Schedule, Step
from yingda.workflows.values import UNDEFINED, Value, template_text
from yingda.workflows.workflow import Node, Workflow

log = logging.getLogger(__name__)

_LENIENT = frozenset({"code", "httpRequest468"})
"""In old exports, which say nothing about errors, these go on by their normal ways after one."""


class Interpreter:
    """A `run.Machine` over a table of node types."""

    def __init__(self, table: Mapping[str, Dispatcher]) -> None:
        self._table = table

    async def run_app(self, app: App, before: Snapshot | None = None) -> Snapshot | None:
        """The nodes outside of all loops; raises `NodeFailed` where apps are nested too deeply."""
        if app.depth > app.session.services.config.depth:
            raise NodeFailed(f"more than {app.session.services.config.depth} apps inside each other")
        return await self._run_level(app, "", app.program.entries, before)

    async def run_body(self, app: App, parent_id: str, before: Snapshot | None = None) -> Snapshot | None:
        """The nodes inside a loop."""
        start = app.program.start_of(parent_id)
        return await self._run_level(app, parent_id, [start] if start else [], before)

    async def _run_level(
        self, app: App, parent_id: str, entries: list[str], before: Snapshot | None
    ) -> Snapshot | None:
        async def dispatch(node_id: str, pause: Pause | None) -> Step:
            return await self._run_node(app, app.program.workflow.nodes[node_id], pause)

        graph, session = app.program.graphs[parent_id], app.session
        schedule = Schedule(graph, dispatch, session.budget, session.services.config.concurrency)
        return await schedule.run(Entry(nodes=entries) if before is None else Entry(nodes=(), before=before))

    async def _run_node(self, app: App, node: Node, pause: Pause | None) -> Step:
        clock = app.session.services.clock
        began_s = clock.monotonic()
        result = await self._result(app, node, pause)
        elapsed_s = clock.monotonic() - began_s
        if result.pause is not None:
            return Step(pause=result.pause)
        _keep(app.cells, node, result)
        _tell(app, node, result, elapsed_s)
        if _is_uncaught(node, result):
            app.failures[node.parent_id] = template_text(result.error)
        return Step(skipped=_closed(app, node, result))

    async def _result(self, app: App, node: Node, pause: Pause | None) -> Result:
        who = object()
        try:
            inputs = inputs_of(node, app.scope)
            run = NodeRun(app=app, node=node, inputs=inputs, machine=self, pause=pause, who=who)
            return await self._table[node.kind](run)
        except (NodeFailed, ValueError) as error:
            return Result(error=str(error))
        except AnswerError as error:
            return Result(error=error.message)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("node %s (%s) failed", node.id, node.kind)
            return Result(error="internal error")
        finally:
            app.voice.done(who)


def first_cells(workflow: Workflow) -> Cells:
    """What the outputs hold before anything has run."""
    return {
        node.id: {one.id: one.value for one in node.outputs if one.value is not UNDEFINED}
        for node in workflow.nodes.values()
    }


def _keep(cells: Cells, node: Node, result: Result) -> None:
    """The outputs as references will find them; a required one that got nothing gets its default."""
    kept = cells.setdefault(node.id, {})
    for one in node.outputs:
        value = result.data.get(one.key, UNDEFINED)
        if value is UNDEFINED and result.error is not None and one.key in (ERROR_TEXT, "error"):
            value = result.error
        if value is UNDEFINED and one.is_required:
            value = cast_to(one.default, one.value_type)
        if value is not UNDEFINED:
            kept[one.id] = value


def _tell(app: App, node: Node, result: Result, elapsed_s: float) -> None:
    told: dict[str, Value] = {
        "id": f"{app.session.turn.id}-{len(app.session.responses) + 1}",
        "nodeId": node.id,
        "moduleName": node.name,
        "moduleType": node.kind,
        "runningTime": round(elapsed_s, 2),
        **result.response,
    }
    if result.error is not None:
        told["error"] = result.error
    app.session.responses.append(told)
    note = node.kind if result.error is None else f"{node.kind}: {template_text(result.error)[:200]}"
    app.session.emit(StepTimed(step=node.name, elapsed_ms=elapsed_s * 1000, note=note))


def _is_uncaught(node: Node, result: Result) -> bool:
    return result.error is not None and not (node.catches or (node.kind in _LENIENT and node.catches is None))


def _closed(app: App, node: Node, result: Result) -> frozenset[str]:
    """The handles by which nothing leaves."""
    edges = [edge for edge in app.program.workflow.edges if edge.source == node.id]
    handles = frozenset(edge.handle for edge in edges)
    catching = frozenset(edge.handle for edge in edges if edge.is_catch)
    if _is_uncaught(node, result):
        return handles
    if result.error is not None and node.catches:
        return handles - catching
    if result.taken is not None:
        return handles - {result.taken} | catching
    return catching
