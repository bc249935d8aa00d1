"""Joins that multiply the rows of what is summed, or lose rows without a word.

A sum over a table is wrong when a join puts several rows beside each of its rows: the fees of a visit count
once for each of its lines. It is right again when the query groups by the other side or picks from it, since
then each group holds a row once; only the rest is reported. MIN, MAX and DISTINCT do not mind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from yingda.text_to_sql.bindings import Reference, Scope
from yingda.text_to_sql.visible import Catalogue, Link

Edge = tuple[Reference, Reference, Link]
"""Many, one, and the declared join between them."""


def multiplied(scopes: Sequence[Scope], catalogue: Catalogue) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sentences on sums over multiplied rows, and on rows that an inner join leaves out."""
    sums: dict[str, None] = {}
    losses: dict[str, None] = {}
    for scope in scopes:
        if len(scope.references) < 2:
            continue
        edges = list(_edges(scope, catalogue))
        sums.update(dict.fromkeys(_sums(scope, edges)))
        losses.update(dict.fromkeys(_losses(scope, edges)))
    return tuple(sums), tuple(losses)


def _edges(scope: Scope, catalogue: Catalogue) -> Iterator[Edge]:
    owners = {id(column): one for column, one in scope.owners}
    for equal in scope.select.find_all(exp.EQ):
        left, right = (owners.get(id(side)) for side in (equal.this, equal.expression))
        if left is None or right is None or left is right:
            continue
        here, there = equal.this.name.lower(), equal.expression.name.lower()
        for link in catalogue.links:
            if (link.left, link.right) == (left.address, right.address) and (here, there) in link.columns:
                yield left, right, link
            elif (link.left, link.right) == (right.address, left.address) and (there, here) in link.columns:
                yield right, left, link


def _sums(scope: Scope, edges: list[Edge]) -> Iterator[str]:
    chosen = _chosen(scope)
    for call in scope.select.find_all(exp.Sum, exp.Avg):
        if isinstance(call.this, exp.Distinct) or call.find_ancestor(exp.Select) is not scope.select:
            continue
        inside = {id(column) for column in call.find_all(exp.Column)}
        owners = {one.alias: one for column, one in scope.owners if id(column) in inside}
        if len(owners) != 1:
            continue
        (summed,) = owners.values()
        for other in _multiplying(summed, edges):
            if not {one.alias for one in _behind(other, summed, edges)} & chosen:
                yield (
                    f"the join with {other.table.name} repeats rows of {summed.table.name}, "
                    f"so {call.sql()} would count them more than once"
                )


def _chosen(scope: Scope) -> set[str]:
    """Aliases of the tables by whose columns rows are grouped or picked."""
    owners = {id(column): one.alias for column, one in scope.owners}
    clauses = [scope.select.args.get("group"), scope.select.args.get("where")]
    columns = (column for clause in clauses if clause is not None for column in clause.find_all(exp.Column))
    return {owners[id(column)] for column in columns if id(column) in owners}


def _multiplying(start: Reference, edges: list[Edge]) -> Iterator[Reference]:
    """Tables with many rows for one row of those that lie between them and the start."""
    reached, queue = {start.alias}, [start]
    while queue:
        one = queue.pop()
        for many, single, link in edges:
            if single is one and link.is_many_to_one and many.alias not in reached:
                reached.add(many.alias)
                yield many
            elif many is one and single.alias not in reached:
                reached.add(single.alias)
                queue.append(single)


def _behind(other: Reference, start: Reference, edges: list[Edge]) -> list[Reference]:
    """The multiplying table and all that is joined to it on the far side."""
    reached, queue = {start.alias, other.alias}, [other]
    found = []
    while queue:
        one = queue.pop()
        found.append(one)
        for many, single, _link in edges:
            for near, far in ((many, single), (single, many)):
                if near is one and far.alias not in reached:
                    reached.add(far.alias)
                    queue.append(far)
    return found


def _losses(scope: Scope, edges: list[Edge]) -> Iterator[str]:
    outer = {
        id(join.this)
        for join in scope.select.args.get("joins") or ()
        if join.side in ("LEFT", "RIGHT", "FULL")
    }
    for many, single, link in edges:
        if link.is_optional and not {id(many.node), id(single.node)} & outer:
            yield f"rows of {many.table.name} without a row of {single.table.name} are left out"
