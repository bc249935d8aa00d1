"""Decides which node runs next: every edge is waiting, active or skipped (callflow D.6).

A node looks at its groups of incoming edges when something reaches it: it runs as soon as one group has an
active edge and none that waits, it is skipped once all edges of all groups are, and else it is forgotten
until another predecessor ends. Skips wait in a queue of their own until nothing runs. A skip carries the
branching nodes and the skipped nodes it has passed and is not repeated there, so that it ends in a cycle.

Where all ways into a cycle are skipped, its own way back still waits, and by the rule alone the run would end
there, together with what comes behind the cycle. Such a node is skipped once nothing else is left to do.

The owner of all state is one coroutine; nodes run as tasks of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from yingda.workflows.graph import Graph
from yingda.workflows.pause import Pause, Snapshot

Standing = Literal["run", "skip", "wait"]

SKIP_COST = 0.1


@dataclass(slots=True)
class Budget:
    """Node runs that are left, shared with all runs inside a run; at 0 the run ends without a word."""

    left: float = 500.0

    def take(self, cost: float) -> bool:
        """Whether there was something left."""
        if self.left <= 0:
            return False
        self.left -= cost
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How a node ended: the handles by which nothing leaves, or a pause."""

    skipped: frozenset[str] = frozenset()
    pause: Pause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where a level begins, and how far it had come before."""

    nodes: Iterable[str]
    before: Snapshot = field(default_factory=Snapshot)


Dispatch = Callable[[str, Pause | None], Awaitable[Step]]
"""Runs the node of that id; a pause says that it goes on."""


class Schedule:
    """One run over one level."""

    def __init__(self, graph: Graph, dispatch: Dispatch, budget: Budget, concurrency: int = 10) -> None:
        self._graph = graph
        self._dispatch = dispatch
        self._budget = budget
        self._concurrency = concurrency
        self._edges = {edge.key: "waiting" for edge in graph.edges}
        self._active: dict[str, None] = {}
        self._skips: dict[str, set[str]] = {}
        self._stuck: dict[str, set[str]] = {}
        self._resumed: dict[str, Pause] = {}
        self._pauses: dict[str, Pause] = {}
        self._running: dict[asyncio.Task[Step], str] = {}

    async def run(self, entry: Entry) -> Snapshot | None:
        """Until nothing is left to do; a snapshot where something waits for the caller.

        What a node raises ends the run and is raised, the nodes still running are cancelled.
        """
        self._enter(entry)
        try:
            await self._loop()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
        return self._snapshot() if self._pauses else None

    def _enter(self, entry: Entry) -> None:
        self._edges.update({key: to for key, to in entry.before.edges.items() if key in self._edges})
        self._skips = {
            key: set(names) for key, names in entry.before.skips.items() if key in self._graph.nodes
        }
        self._resumed = dict(entry.before.pauses)
        for node_id in (*entry.before.pauses, *entry.nodes):
            if node_id in self._graph.nodes:
                self._active[node_id] = None

    async def _loop(self) -> None:
        while self._active or self._running or self._next_skip():
            while self._active and len(self._running) < self._concurrency:
                self._look_at(next(iter(self._active)))
            if self._running:
                await self._gather()

    def _next_skip(self) -> bool:
        """Take one skip further; whether there was one. None is taken while a node waits for the caller."""
        if self._pauses:
            return False
        if self._skips:
            node_id = next(iter(self._skips))
            self._consider(node_id, self._skips.pop(node_id))
            return True
        node_id = next(filter(self._is_cut_off, self._stuck), "")
        if not node_id:
            return False
        self._skip(node_id, self._stuck.pop(node_id))
        return True

    def _is_cut_off(self, node_id: str) -> bool:
        edges = [edge for group in self._graph.groups[node_id] for edge in group]
        forward = {self._edges[edge.key] for edge in edges if edge.key not in self._graph.back}
        back = {self._edges[edge.key] for edge in edges if edge.key in self._graph.back}
        return forward == {"skipped"} and "active" not in back

    def _look_at(self, node_id: str) -> None:
        del self._active[node_id]
        self._consider(node_id, set())

    def _consider(self, node_id: str, passed: set[str]) -> None:
        standing = self._standing(node_id)
        if standing == "run" and self._budget.take(1.0):
            self._settle_entries(node_id)
            self._skips.pop(node_id, None)
            self._stuck.pop(node_id, None)
            task = asyncio.ensure_future(self._dispatch(node_id, self._resumed.pop(node_id, None)))
            self._running[task] = node_id
        elif standing == "skip":
            self._skip(node_id, passed)
        elif standing == "wait" and passed:
            self._stuck[node_id] = passed

    def _skip(self, node_id: str, passed: set[str]) -> None:
        if node_id not in passed and self._budget.take(SKIP_COST):
            self._settle_entries(node_id)
            handles = frozenset(edge.handle for edge in self._graph.leaving.get(node_id, ()))
            self._leave(node_id, handles, passed)

    def _standing(self, node_id: str) -> Standing:
        if node_id in self._resumed:
            return "run"
        groups = [[self._edges[edge.key] for edge in group] for group in self._graph.groups[node_id]]
        if not groups or any("active" in group and "waiting" not in group for group in groups):
            return "run"
        return "skip" if all(set(group) == {"skipped"} for group in groups) else "wait"

    def _settle_entries(self, node_id: str) -> None:
        for group in self._graph.groups[node_id]:
            for edge in group:
                self._edges[edge.key] = "waiting"

    async def _gather(self) -> None:
        done, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        for task in [task for task in self._running if task in done]:
            node_id = self._running.pop(task)
            step = task.result()
            if step.pause is not None:
                self._pauses[node_id] = step.pause
            else:
                self._leave(node_id, step.skipped, set())

    def _leave(self, node_id: str, skipped: frozenset[str], passed: set[str]) -> None:
        if skipped:
            passed = passed | {node_id}
        for edge in self._graph.leaving.get(node_id, ()):
            if edge.handle in skipped:
                self._edges[edge.key] = "skipped"
                self._skips.setdefault(edge.target, set()).update(passed)
            else:
                self._edges[edge.key] = "active"
                self._active[edge.target] = None

    def _snapshot(self) -> Snapshot:
        return Snapshot(
            edges={key: status for key, status in self._edges.items() if status != "waiting"},
            skips={node_id: sorted(passed) for node_id, passed in {**self._stuck, **self._skips}.items()},
            pauses=dict(sorted(self._pauses.items(), key=lambda one: list(self._graph.nodes).index(one[0]))),
        )
