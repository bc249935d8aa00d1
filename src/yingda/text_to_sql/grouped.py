"""Measures by groups: one SELECT for each table that is measured, joined over the groups they share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlglot
from sqlglot import exp

from yingda.text_to_sql.fields import ROWS, Aggregate, Catalog, UnknownName
from yingda.text_to_sql.grains import cut
from yingda.text_to_sql.query import Condition, Query
from yingda.text_to_sql.rows import keep_by_measures, split_tests
from yingda.text_to_sql.scopes import Scope
from yingda.text_to_sql.sql_parts import Parts, is_time, ratio

SPINE = "groups_"


class Inexpressible(ValueError):
    """No correct statement is known for this query over this model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How far a time is moved on before it is cut, so that a period before falls on this one."""

    months: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """A group key: its alias, and whether it is only there to tell groups of one name apart."""

    alias: str
    is_hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """A statement with a row for each group, its keys and what is measured by the names they go by."""

    select: exp.Select
    keys: tuple[Keyed, ...]
    measured: tuple[tuple[str, str], ...]
    """Name in the query, alias."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouper:
    """Compiles the measured side of a query; `aliases` names each grouping and measure."""

    catalog: Catalog
    parts: Parts
    query: Query
    aliases: dict[str, str]
    moved: Moved = Moved()
    keeps_hidden: bool = False
    """Whether hidden keys are columns too, for joining on them."""

    def grouped(self, names: tuple[str, ...]) -> Grouped:
        """The measures of these names by the query's groupings."""
        leaves = self._leaves(names)
        facts = list(dict.fromkeys(leaf.table.name for leaf in leaves.values()))
        if len(facts) == 1:
            return self._of_one(names, leaves)
        return self._of_many(names, leaves, facts)

    def _leaves(self, names: tuple[str, ...]) -> dict[str, Aggregate]:
        wanted = [*names, *(condition.name for condition in self._having())]
        leaves: dict[str, Aggregate] = {}
        for name in wanted:
            metric = self.catalog.metrics.get(name)
            parts = [_full(column) for column in _columns(metric.expr)] if metric else [name]
            for part in parts:
                leaves[part] = self.catalog.aggregate(part)
        return leaves

    def _having(self) -> tuple[Condition, ...]:
        return self.query.having if self.query.groupings else ()

    def _of_one(self, names: tuple[str, ...], leaves: dict[str, Aggregate]) -> Grouped:
        scope = self._scope(next(iter(leaves.values())))
        keys = self._keys(scope)
        scope.keep(split_tests(scope, self.query))
        keep_by_measures(scope, self.query)
        if scope.multiplies:
            select, made = self._without_doubles(scope, keys, leaves)
        else:
            made = {
                name: self.parts.aggregated(leaf, self.parts.inner(leaf, scope.aliases[leaf.table.name]))
                for name, leaf in leaves.items()
            }
            select = scope.select(
                *(exp.alias_(made_of, key.alias, quoted=True) for key, made_of in keys if self._is_kept(key))
            )
        if keys:
            grouped_by = (
                [exp.column(key.alias, quoted=True) for key, _ in keys]
                if scope.multiplies
                else [expr.copy() for _, expr in keys]
            )
            select = select.group_by(*grouped_by)
        select = self._measure(select, names, made)
        return Grouped(
            select=select,
            keys=tuple(key for key, _ in keys),
            measured=tuple((name, self.aliases[name]) for name in names),
        )

    def _measure(self, select: exp.Select, names: tuple[str, ...], made: dict[str, exp.Expr]) -> exp.Select:
        for name in names:
            select = select.select(exp.alias_(self._value(name, made), self.aliases[name], quoted=True))
        for condition in self._having():
            select = select.having(self.parts.condition(condition, self._value(condition.name, made)))
        return select

    def _value(self, name: str, made: dict[str, exp.Expr]) -> exp.Expr:
        """A measure as it is, or a metric's formula over its measures."""
        metric = self.catalog.metrics.get(name)
        if metric is None:
            return made[name].copy()
        tree: exp.Expr = exp.paren(sqlglot.parse_one(metric.expr, dialect=self.parts.dialect))
        for division in list(tree.find_all(exp.Div)):
            division.replace(ratio(division.this.copy(), division.expression.copy()))
        filled = tree.transform(lambda node: _filled(node, made))
        return filled.unnest()

    def _is_kept(self, key: Keyed) -> bool:
        return self.keeps_hidden or not key.is_hidden

    def _scope(self, leaf: Aggregate) -> Scope:
        return Scope(catalog=self.catalog, parts=self.parts, base=leaf.table)

    def _keys(self, scope: Scope) -> list[tuple[Keyed, exp.Expr]]:
        keys: list[tuple[Keyed, exp.Expr]] = []
        for grouping in self.query.groupings:
            one = self.catalog.field(grouping.name)
            made = scope.field(one)
            if grouping.grain:
                if not is_time(one):
                    raise Inexpressible(grouping.name)
                made = cut(made, grouping.grain, self.parts.dialect, self.moved.months, self.moved.days)
            keys.append((Keyed(alias=self.aliases[grouping.name]), made))
            if one.table.title == one.item.name:
                alias = scope.reach(one.table)
                keys += [
                    (
                        Keyed(alias=f"{one.table.name}.{column}", is_hidden=True),
                        self.parts.column(alias, column),
                    )
                    for column in one.table.primary_key
                    if one.item.expr != column
                ]
        return keys

    def _without_doubles(
        self, scope: Scope, keys: list[tuple[Keyed, exp.Expr]], leaves: dict[str, Aggregate]
    ) -> tuple[exp.Select, dict[str, exp.Expr]]:
        """Each row of the measured table once for each group, though the join meets it more often."""
        table, alias = scope.base, scope.aliases[scope.base.name]
        if not table.primary_key:
            raise Inexpressible(f"{table.name} has no primary key to count its rows by")
        columns = [exp.alias_(key, known.alias, quoted=True) for known, key in keys]
        for number, column in enumerate(table.primary_key):
            columns.append(exp.alias_(self.parts.column(alias, column), f"key_{number}", quoted=True))
        made: dict[str, exp.Expr] = {}
        for number, (name, leaf) in enumerate(leaves.items()):
            if leaf.expr == ROWS:
                made[name] = exp.Count(this=exp.Star())
                continue
            columns.append(exp.alias_(self.parts.inner(leaf, alias), f"value_{number}", quoted=True))
            made[name] = self.parts.aggregated(leaf, exp.column(f"value_{number}", quoted=True))
        inner = scope.select(*columns).distinct()
        outer = exp.Select(
            expressions=[exp.column(known.alias, quoted=True) for known, _ in keys if self._is_kept(known)]
        )
        return outer.from_(inner.subquery("once")), made

    def _of_many(self, names: tuple[str, ...], leaves: dict[str, Aggregate], facts: list[str]) -> Grouped:
        """Every measured table by itself first: joined before they are summed up they would multiply."""
        groups = {
            fact: Grouper(
                catalog=self.catalog,
                parts=self.parts,
                query=_without_having(self.query),
                aliases=self.aliases | {name: name for name in leaves},
                moved=self.moved,
                keeps_hidden=True,
            ).grouped(tuple(name for name, leaf in leaves.items() if leaf.table.name == fact))
            for fact in facts
        }
        keys = groups[facts[0]].keys
        ctes = {fact: f"by_{fact}_" for fact in facts}
        spine = _spine(keys, list(ctes.values()))
        select = exp.Select(
            expressions=[
                exp.alias_(exp.column(key.alias, table=SPINE, quoted=True), key.alias, quoted=True)
                for key in keys
                if self._is_kept(key)
            ]
        )
        select = select.from_(SPINE if keys else ctes[facts[0]])
        for fact in [ctes[fact] for fact in (facts if keys else facts[1:])]:
            on = [
                exp.NullSafeEQ(
                    this=exp.column(key.alias, table=SPINE, quoted=True),
                    expression=exp.column(key.alias, table=fact, quoted=True),
                )
                for key in keys
            ]
            select = select.join(fact, on=exp.and_(*on) if on else None, join_type="left" if on else "cross")
        made = {
            name: exp.column(name, table=ctes[leaf.table.name], quoted=True) for name, leaf in leaves.items()
        }
        for name in names:
            value = self._value(name, {key: column for key, column in made.items()})
            select = select.select(exp.alias_(value, self.aliases[name], quoted=True))
        for condition in self._having():
            select = select.where(self.parts.condition(condition, self._value(condition.name, dict(made))))
        for fact in facts:
            select = select.with_(ctes[fact], as_=groups[fact].select)
        if spine is not None:
            select = select.with_(SPINE, as_=spine)
        return Grouped(select=select, keys=keys, measured=tuple((name, self.aliases[name]) for name in names))


def _without_having(query: Query) -> Query:
    return replace(query, having=()) if query.groupings else query


def _spine(keys: tuple[Keyed, ...], facts: list[str]) -> exp.Expr | None:
    """Every group that any of the tables has."""
    if not keys:
        return None
    selects = [
        exp.Select(expressions=[exp.column(key.alias, quoted=True) for key in keys]).from_(fact)
        for fact in facts
    ]
    spine: exp.Expr = selects[0]
    for other in selects[1:]:
        spine = exp.union(spine, other)
    return spine


def _columns(text: str) -> list[exp.Column]:
    return list(sqlglot.parse_one(text).find_all(exp.Column))


def _full(column: exp.Column) -> str:
    return f"{column.table}.{column.name}"


def _filled(node: exp.Expr, made: dict[str, exp.Expr]) -> exp.Expr:
    if not isinstance(node, exp.Column):
        return node
    name = _full(node)
    if name not in made:
        raise UnknownName(name)
    return made[name].copy()
