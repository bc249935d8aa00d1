"""Which edges into a node must be settled together before it runs, so that no cycle locks up (callflow D.6).

The rule is that of FastGPT 4.14.9 and later. An edge to a node on the path that a depth-first walk is on is a
*back* edge. Edges into a node form groups: the back edges one per branch that they come from; the others
one, or, in a cycle, one per branch too. The branch of an edge is the handle by which the way up from it meets
the nearest branching node.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from yingda.workflows.catalogue import BRANCHING
from yingda.workflows.workflow import Edge, Node

Groups = Mapping[str, Sequence[Sequence[Edge]]]
"""Groups of incoming edges, by the id of the node that they lead to."""

_COMMON = "common"


@dataclass(frozen=True, slots=True)
class Graph:
    """The nodes of one level, and the edges among them in file order."""

    nodes: Mapping[str, Node]
    edges: Sequence[Edge]
    groups: Groups
    leaving: Mapping[str, Sequence[Edge]]
    back: frozenset[str]
    cycles: Sequence[Sequence[str]]


def graph_of(nodes: Iterable[Node], edges: Iterable[Edge]) -> Graph:
    """The graph of one level: the nodes outside of all loops, or those of one body."""
    known = {node.id: node for node in nodes}
    inside = [edge for edge in edges if edge.source in known and edge.target in known]
    leaving, entering = defaultdict(list), defaultdict(list)
    for edge in inside:
        leaving[edge.source].append(edge)
        entering[edge.target].append(edge)
    back = _back_edges(known, leaving, entering)
    cycles = _cycles(known, leaving)
    looping = {node_id for cycle in cycles for node_id in cycle}
    groups = {
        node_id: _groups(entering[node_id], back, node_id in looping, _Branches(known, entering))
        for node_id in known
    }
    return Graph(known, inside, groups, dict(leaving), back, cycles)


def _groups(
    entering: Sequence[Edge], back: frozenset[str], is_looping: bool, branches: _Branches
) -> list[list[Edge]]:
    grouped: dict[tuple[bool, str], list[Edge]] = {}
    for edge in entering:
        is_back = edge.key in back
        branch = branches.of(edge) if is_back or is_looping else _COMMON
        grouped.setdefault((is_back, branch), []).append(edge)
    return list(grouped.values())


class _Branches:
    """Walks upwards from edges to the branch they hang from."""

    def __init__(self, nodes: Mapping[str, Node], entering: Mapping[str, Sequence[Edge]]) -> None:
        self._nodes = nodes
        self._entering = entering

    def of(self, edge: Edge) -> str:
        """The handle of the nearest branching node above; nearest by count of edges, then by file order."""
        seen = {edge.source}
        level = [edge]
        while level:
            for above in level:
                if self._nodes[above.source].kind in BRANCHING:
                    return above.handle
            level = self._above(level, seen)
        return _COMMON

    def _above(self, level: Sequence[Edge], seen: set[str]) -> list[Edge]:
        further: list[Edge] = []
        for edge in (edge for below in level for edge in self._entering.get(below.source, ())):
            if edge.source not in seen:
                seen.add(edge.source)
                further.append(edge)
        return further


def _back_edges(
    nodes: Mapping[str, Node],
    leaving: Mapping[str, Sequence[Edge]],
    entering: Mapping[str, Sequence[Edge]],
) -> frozenset[str]:
    starts = [node_id for node_id in nodes if not entering.get(node_id)]
    back: set[str] = set()
    seen: set[str] = set()
    for start in [*starts, *nodes]:
        if start not in seen:
            back |= _walked(start, leaving, seen)
    return frozenset(back)


def _walked(start: str, leaving: Mapping[str, Sequence[Edge]], seen: set[str]) -> set[str]:
    """Depth first without recursion: a path is a stack of nodes with their edges still to be walked."""
    back: set[str] = set()
    on_path = {start}
    path = [(start, iter(leaving.get(start, ())))]
    seen.add(start)
    while path:
        node_id, rest = path[-1]
        edge = next(rest, None)
        if edge is None:
            path.pop()
            on_path.discard(node_id)
        elif edge.target in on_path:
            back.add(edge.key)
        elif edge.target not in seen:
            seen.add(edge.target)
            on_path.add(edge.target)
            path.append((edge.target, iter(leaving.get(edge.target, ()))))
    return back


def _cycles(nodes: Mapping[str, Node], leaving: Mapping[str, Sequence[Edge]]) -> list[list[str]]:
    """The strongly connected components of more than one node, in file order."""
    reached = {node_id: _reachable(node_id, leaving) for node_id in nodes}
    cycles: list[list[str]] = []
    placed: set[str] = set()
    for node_id in nodes:
        if node_id in placed:
            continue
        component = [
            other
            for other in nodes
            if other == node_id or (other in reached[node_id] and node_id in reached[other])
        ]
        placed.update(component)
        if len(component) > 1:
            cycles.append(component)
    return cycles


def _reachable(start: str, leaving: Mapping[str, Sequence[Edge]]) -> set[str]:
    reached: set[str] = set()
    open_ids = [start]
    while open_ids:
        for edge in leaving.get(open_ids.pop(), ()):
            if edge.target not in reached:
                reached.add(edge.target)
                open_ids.append(edge.target)
    return reached
