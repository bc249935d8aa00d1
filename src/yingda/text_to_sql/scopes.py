"""A FROM clause under construction: joins that do not multiply, EXISTS where they would."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from sqlglot import exp

from yingda.text_to_sql.fields import Catalog, Field
from yingda.text_to_sql.joins import Route, Step, is_safe, route
from yingda.text_to_sql.model import Table
from yingda.text_to_sql.query import Condition, Query, TimeRange
from yingda.text_to_sql.sql_parts import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A condition on the rows of one table, given the alias it goes by."""

    table: Table
    made: Callable[[str], exp.Expr]


@dataclass(slots=True, kw_only=True)
class Scope:
    """The base table and what is joined to it; `multiplies` once a row of the base may be met twice."""

    catalog: Catalog
    parts: Parts
    base: Table
    depth: int = 0
    aliases: dict[str, str] = field(default_factory=dict)
    joins: list[exp.Join] = field(default_factory=list)
    wheres: list[exp.Expr] = field(default_factory=list)
    multiplies: bool = False

    def __post_init__(self) -> None:
        self.aliases[self.base.name] = self._alias(self.base.name)

    def way(self, table: Table) -> Route:
        """From the base to a table; raises `NoWay`."""
        return route(self.catalog.model, self.base.name, table.name)

    def reach(self, table: Table) -> str:
        """The alias of a table, joined if it is not yet."""
        if table.name not in self.aliases:
            for step in self.way(table):
                self._join(step)
        return self.aliases[table.name]

    def field(self, one: Field) -> exp.Expr:
        """A dimension, its table joined."""
        return self.parts.field(one, self.reach(one.table))

    def keep(self, tests: Iterable[Test]) -> None:
        """Only rows that pass: tests of tables that hang on a row in numbers ask whether there is one."""
        hanging: dict[str, list[Test]] = {}
        for test in tests:
            if test.table.name in self.aliases or is_safe(self.way(test.table)):
                self.wheres.append(test.made(self.reach(test.table)))
            else:
                step = next(step for step in self.way(test.table) if step.multiplies)
                hanging.setdefault(step.relationship, []).append(test)
        for tested in hanging.values():
            self.wheres.append(exp.Exists(this=self._hanging(tested)))

    def hung(self, table: Table) -> Scope:
        """A scope over the rows of `table` that belong to a row of this one."""
        way = self.way(table)
        at = next((index for index, step in enumerate(way) if step.multiplies), len(way) - 1)
        outer = self._joined(way[:at])
        inner = Scope(
            catalog=self.catalog,
            parts=self.parts,
            base=self.catalog.tables[way[at].end],
            depth=self.depth + 1,
        )
        inner.wheres.append(_met(self.parts, outer, inner.aliases[way[at].end], way[at]))
        for step in way[at + 1 :]:
            inner._join(step)
        return inner

    def select(self, *columns: exp.Expr) -> exp.Select:
        """SELECT of these over what is joined and kept."""
        made = exp.Select(expressions=list(columns))
        made = made.from_(self.parts.table(self.base, self.aliases[self.base.name]))
        made.set("joins", [join.copy() for join in self.joins])
        return made.where(*self.wheres) if self.wheres else made

    def _hanging(self, tests: list[Test]) -> exp.Select:
        step = next(step for step in self.way(tests[0].table) if step.multiplies)
        inner = self.hung(self.catalog.tables[step.end])
        inner.keep(tests)
        return inner.select(exp.Literal.number(1))

    def _joined(self, way: Route) -> str:
        at = self.base.name
        for step in way:
            self._join(step)
            at = step.end
        return self.aliases[at]

    def _join(self, step: Step) -> None:
        if step.end in self.aliases:
            return
        self.aliases[step.end] = self._alias(step.end)
        on = _met(self.parts, self.aliases[step.start], self.aliases[step.end], step)
        table = self.parts.table(self.catalog.tables[step.end], self.aliases[step.end])
        side = "LEFT" if step.is_optional and not step.multiplies else None
        self.joins.append(exp.Join(this=table, on=on, side=side))
        self.multiplies = self.multiplies or step.multiplies

    def _alias(self, name: str) -> str:
        return f"{name}_{self.depth + 1}" if self.depth else name


def _met(parts: Parts, left: str, right: str, step: Step) -> exp.Expr:
    return exp.and_(
        *(
            exp.EQ(this=parts.column(left, mine), expression=parts.column(right, other))
            for mine, other in step.pairs
        )
    )


def tests_of(catalog: Catalog, parts: Parts, query: Query) -> list[Test]:
    """The conditions, named filters and time of a query."""
    tests = [_condition_test(catalog, parts, condition) for condition in query.conditions]
    for name in query.names:
        table, named = catalog.filters[name]
        tests.append(Test(table=table, made=partial(parts.expression, named.expr)))
    return [*tests, *time_tests(catalog, parts, query.time)]


def time_tests(catalog: Catalog, parts: Parts, time: TimeRange | None) -> list[Test]:
    """From the start up to and without the end."""
    if time is None:
        return []
    one = catalog.field(time.name)
    bounds = ((">=", time.start), ("<", time.end))
    return [
        Test(table=one.table, made=partial(_bound, parts, one, sign, day))
        for sign, day in bounds
        if day is not None
    ]


def _bound(parts: Parts, one: Field, sign: str, day: date, alias: str) -> exp.Expr:
    return parts.compared(sign, parts.field(one, alias), parts.value(day, is_date=True))


def _condition_test(catalog: Catalog, parts: Parts, condition: Condition) -> Test:
    one = catalog.field(condition.name)

    def made(alias: str) -> exp.Expr:
        left = parts.field(one, alias)
        if condition.against is None:
            return parts.condition(condition, left)
        how = {"avg": exp.Avg, "max": exp.Max, "min": exp.Min}[condition.against]
        inner = f"{one.table.name}_all"
        whole = exp.select(how(this=parts.field(one, inner))).from_(parts.table(one.table, inner))
        return parts.compared(condition.operator, left, exp.Subquery(this=whole))

    return Test(table=one.table, made=made)
