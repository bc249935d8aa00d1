"""Rows as they are: chosen columns of one table and what it looks up, kept by what is measured for each."""

from __future__ import annotations

from sqlglot import exp

from yingda.text_to_sql.fields import Aggregate, Catalog
from yingda.text_to_sql.joins import NoWay, is_safe, route
from yingda.text_to_sql.model import Table
from yingda.text_to_sql.query import Condition, Query
from yingda.text_to_sql.scopes import Scope, Test, tests_of
from yingda.text_to_sql.sql_parts import Parts


def base_of(catalog: Catalog, query: Query) -> Table:
    """The table whose rows are listed: from it all that is shown is looked up, no row met twice."""
    tables = list(dict.fromkeys(catalog.field(name).table.name for name in query.shown))
    for start in tables:
        if all(_is_looked_up(catalog, start, end) for end in tables):
            return catalog.tables[start]
    return catalog.tables[tables[0]]


def _is_looked_up(catalog: Catalog, start: str, end: str) -> bool:
    try:
        return is_safe(route(catalog.model, start, end))
    except NoWay:
        return False


def listed(catalog: Catalog, parts: Parts, query: Query, aliases: dict[str, str]) -> exp.Select:
    """The shown columns of every row that passes, and for ordering what is not shown."""
    scope = Scope(catalog=catalog, parts=parts, base=base_of(catalog, query))
    shown = [(name, _column(scope, query, name)) for name in _columns(query)]
    scope.keep(split_tests(scope, query))
    keep_by_measures(scope, query)
    select = scope.select(*(exp.alias_(made, aliases[name], quoted=True) for name, made in shown))
    return select.distinct() if query.is_distinct else select


def _columns(query: Query) -> list[str]:
    wanted = [*query.shown, *(order.name for order in query.order)]
    return list(dict.fromkeys(wanted))


def _column(scope: Scope, query: Query, name: str) -> exp.Expr:
    """A field, or what is measured for each row."""
    if name in scope.catalog.fields:
        return scope.field(scope.catalog.field(name))
    aggregate = scope.catalog.aggregate(name)
    inner, value = _measured(scope, query, aggregate)
    return exp.Subquery(this=inner.select(value))


def _measured(scope: Scope, query: Query, aggregate: Aggregate) -> tuple[Scope, exp.Expr]:
    """The rows that belong to a row, those conditions kept that are about them, and what they come to."""
    inner = scope.hung(aggregate.table)
    alias = inner.reach(aggregate.table)
    measured = _measured_tables(scope, query)
    tests = tests_of(scope.catalog, scope.parts, query)
    inner.keep(test for test in tests if _belongs(scope, test, measured))
    return inner, scope.parts.aggregated(aggregate, scope.parts.inner(aggregate, alias))


def split_tests(scope: Scope, query: Query) -> list[Test]:
    """Tests of the listed rows; those of what each row is measured by go with the measure."""
    tests = tests_of(scope.catalog, scope.parts, query)
    measured = _measured_tables(scope, query)
    return [test for test in tests if not _belongs(scope, test, measured)]


def keep_by_measures(scope: Scope, query: Query) -> None:
    """Only rows for which what is measured of them, such as `count(orders) = 0`, holds."""
    if query.groupings:
        return
    for condition in query.having:
        aggregate = scope.catalog.aggregate(condition.name)
        scope.wheres.append(_held(scope, query, condition, aggregate))


def _held(scope: Scope, query: Query, condition: Condition, aggregate: Aggregate) -> exp.Expr:
    inner, value = _measured(scope, query, aggregate)
    if condition.operator == "=" and condition.values == (0,) and aggregate.aggregation == "count":
        return exp.not_(exp.Exists(this=inner.select(exp.Literal.number(1))))
    if condition.operator == ">" and condition.values == (0,) and aggregate.aggregation == "count":
        return exp.Exists(this=inner.select(exp.Literal.number(1)))
    return scope.parts.condition(condition, exp.Subquery(this=inner.select(value)))


def _measured_tables(scope: Scope, query: Query) -> list[str]:
    if query.groupings:
        return []
    names = [condition.name for condition in query.having]
    if not query.measured:
        names += [order.name for order in query.order if order.name not in scope.catalog.fields]
    return [scope.catalog.aggregate(name).table.name for name in names]


def _belongs(scope: Scope, test: Test, measured: list[str]) -> bool:
    """A test of the measured table, or of what only it looks up, is about what is measured."""
    if not measured or is_safe(scope.way(test.table)):
        return False
    return any(_is_looked_up(scope.catalog, start, test.table.name) for start in measured)
