"""Where a conversation stands between two turns: variables, what nodes remember, and a run that waits."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import TypeAdapter

from yingda.workflows.pause import Pause, Snapshot
from yingda.workflows.program import Program
from yingda.workflows.values import compact_json


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`facts` are those already taken over into variables; `cells` are kept only while a run waits.

    `marked` holds the codes that earlier answers began with, by a digest of their text.
    """

    variables: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    memories: dict[str, str] = field(default_factory=dict)
    waiting: Snapshot | None = None
    cells: dict[str, dict[str, Any]] = field(default_factory=dict)
    code: str = ""
    marked: dict[str, str] = field(default_factory=dict)


_STATE = TypeAdapter(State)


def dump(state: State) -> str:
    """As JSON; what is undefined is left out, what is null stays."""
    return compact_json(asdict(state))


def load(state_json: str) -> State:
    """The state that `dump` wrote; raises `ValueError` for anything else."""
    return _STATE.validate_json(state_json)


def fits(snapshot: Snapshot, program: Program, apps: dict[str, Program], parent_id: str = "") -> bool:
    """Whether every node that waits is still there; a workflow may have been replaced meanwhile."""
    graph = program.graphs.get(parent_id)
    if graph is None or not snapshot.pauses:
        return False
    return all(
        node_id in graph.nodes and _fits(node_id, pause, program, apps)
        for node_id, pause in snapshot.pauses.items()
    )


def _fits(node_id: str, pause: Pause, program: Program, apps: dict[str, Program]) -> bool:
    if pause.inside is None:
        return True
    if pause.kind != "childrenInteractive":
        return fits(pause.inside, program, apps, node_id)
    child = apps.get(program.workflow.nodes[node_id].child_app)
    return child is not None and fits(pause.inside, child, apps)
