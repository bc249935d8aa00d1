"""Ways from table to table over the declared relationships, and where a join would multiply rows."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from functools import lru_cache

from yingda.text_to_sql.model import Relationship, SemanticModel

_MULTIPLYING_COST = 3
_LONGEST = 6
_MODELS_KEPT = 16


class NoWay(LookupError):
    """No declared relationships lead from one table to the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One join; `pairs` are columns of `start` and `end`; `multiplies` where a row may meet many."""

    start: str
    end: str
    pairs: tuple[tuple[str, str], ...]
    multiplies: bool
    is_optional: bool
    relationship: str


Route = tuple[Step, ...]


def steps_of(relationship: Relationship) -> tuple[Step, Step]:
    """A relationship as it is walked from the left and from the right."""
    onwards = Step(
        start=relationship.left,
        end=relationship.right,
        pairs=relationship.columns,
        multiplies=relationship.cardinality == "one_to_many",
        is_optional=relationship.is_optional,
        relationship=relationship.name,
    )
    back = Step(
        start=relationship.right,
        end=relationship.left,
        pairs=tuple((right, left) for left, right in relationship.columns),
        multiplies=relationship.cardinality == "many_to_one",
        is_optional=True,
        relationship=relationship.name,
    )
    return onwards, back


@lru_cache(maxsize=_MODELS_KEPT)
def _graph(model: SemanticModel) -> dict[str, tuple[Step, ...]]:
    edges: dict[str, list[Step]] = {table.name: [] for table in model.tables}
    for relationship in model.relationships:
        for step in steps_of(relationship):
            if step.start in edges and step.end in edges and step.start != step.end:
                edges[step.start].append(step)
    return {name: tuple(steps) for name, steps in edges.items()}


@lru_cache(maxsize=4096)
def routes(model: SemanticModel, start: str, end: str) -> tuple[Route, ...]:
    """The cheapest ways, all of one cost: more than one means the model leaves it open which is meant.

    A step that multiplies costs more than several that do not, so that attributes are taken from where they
    are looked up rather than from what hangs on a row. Empty where there is no way.
    """
    graph = _graph(model)
    found: list[Route] = []
    best: int | None = None
    queue: list[tuple[int, int, str, Route]] = [(0, 0, start, ())]
    serial = 0
    while queue:
        cost, _, at, way = heapq.heappop(queue)
        if best is not None and cost > best:
            break
        if at == end:
            best = cost
            found.append(way)
            continue
        if len(way) == _LONGEST:
            continue
        passed = {start, *(step.end for step in way)}
        for step in graph[at]:
            if step.end not in passed:
                serial += 1
                price = cost + (_MULTIPLYING_COST if step.multiplies else 1)
                heapq.heappush(queue, (price, serial, step.end, (*way, step)))
    return tuple(found)


def route(model: SemanticModel, start: str, end: str) -> Route:
    """The way to take; of several as cheap, the one declared first. Raises `NoWay`."""
    ways = routes(model, start, end)
    if not ways:
        raise NoWay(f"{start} → {end}")
    return ways[0]


def is_safe(way: Route) -> bool:
    """No row is met twice on it."""
    return not any(step.multiplies for step in way)
