"""Where the boxes of a flow's picture stand: stages in rows from first to last, edges from row to row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from yingda.flows.flow import Flow

SWEEPS = 4
"""Times that rows are ordered after their neighbours, which untangles most edges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A way from a stage to the next; `via` are its places in the rows between, `is_back` leads upwards."""

    start: str
    end: str
    label: str
    via: tuple[str, ...] = ()
    is_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Rows of names, left to right: stages, and the places where an edge passes through a row.

    `aside` are the stages that only rules and failed questions lead to.
    """

    rows: tuple[tuple[str, ...], ...]
    edges: tuple[Edge, ...]
    aside: tuple[str, ...]


def laid_out(flow: Flow) -> Layout:
    """A stage stands below all that lead to it; ties keep the order of the file."""
    ways = list(_ways(flow))
    back = _back_edges(flow.start, ways)
    ranks = _ranks(flow.start, [(a, b) for a, b, _label in ways if (a, b) not in back])
    rows: list[list[str]] = [[] for _ in range(max(ranks.values()) + 1)]
    for name in flow.stages:
        if name in ranks:
            rows[ranks[name]].append(name)
    edges = []
    for number, (a, b, label) in enumerate(way for way in ways if way[0] in ranks):
        via = tuple(f"\0{number}.{rank}" for rank in range(ranks[a] + 1, ranks[b]))
        for rank, place in enumerate(via, ranks[a] + 1):
            rows[rank].append(place)
        edges.append(Edge(start=a, end=b, label=label, via=via, is_back=(a, b) in back))
    aside = tuple(name for name in flow.stages if name not in ranks)
    return Layout(rows=_untangled(rows, edges), edges=tuple(edges), aside=aside)


def _ways(flow: Flow) -> Iterator[tuple[str, str, str]]:
    for stage in flow.stages.values():
        has_choice = len(stage.branches) > 1
        for branch in stage.branches:
            label = branch.when.source if branch.when else "else" if has_choice else ""
            yield stage.name, branch.goto, label


def _back_edges(start: str, ways: Sequence[tuple[str, str, str]]) -> set[tuple[str, str]]:
    """Edges that lead to a stage which is still being followed."""
    found: set[tuple[str, str]] = set()
    done: set[str] = set()

    def follow(name: str, path: tuple[str, ...]) -> None:
        for a, b, _label in ways:
            if a == name and b in path:
                found.add((a, b))
            elif a == name and b not in done:
                follow(b, (*path, b))
        done.add(name)

    follow(start, (start,))
    return found


def _ranks(start: str, edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The length of the longest way to each stage that can be reached."""
    ranks = {start: 0}
    todo = [start]
    while todo:
        name = todo.pop()
        for a, b in edges:
            if a == name and ranks.get(b, -1) < ranks[a] + 1:
                ranks[b] = ranks[a] + 1
                todo.append(b)
    return ranks


def _untangled(rows: list[list[str]], edges: Sequence[Edge]) -> tuple[tuple[str, ...], ...]:
    above: dict[str, list[str]] = {}
    for edge in edges:
        chain = (edge.start, *edge.via, edge.end)
        for upper, lower in pairwise(chain):
            if not edge.is_back:
                above.setdefault(lower, []).append(upper)
    for _ in range(SWEEPS):
        places = {name: place for row in rows for place, name in enumerate(row)}
        for row in rows:
            row.sort(key=lambda name: _middle(above.get(name, ()), places, places[name]))
    return tuple(tuple(row) for row in rows)


def _middle(names: Sequence[str], places: Mapping[str, int], otherwise: float) -> float:
    return sum(places[name] for name in names) / len(names) if names else otherwise
