"""The reader of questions as it is for one asker: over the values of now, without what they may not see."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import lru_cache, partial

from sqlglot import exp, parse_one

from yingda.text_to_sql.model import SemanticModel, Table
from yingda.text_to_sql.naming import parts_of
from yingda.text_to_sql.parse import read
from yingda.text_to_sql.policy import Policies, bind
from yingda.text_to_sql.types import Asked, Reading
from yingda.text_to_sql.value_index import LiveValues
from yingda.turns.types import Principal

Read = Callable[[Asked], Reading]
"""A question as what it comes to over the model; pure."""

Reader = Callable[[Principal], Awaitable[Read]]
"""Raises what the first look at the database's values raises."""

NO_POLICIES = Policies()
_MODELS_KEPT = 16


def reader_over(model: SemanticModel, values: LiveValues, policies: Policies = NO_POLICIES) -> Reader:
    """Hidden columns are no words of a question, nor are their values: to find them would be to tell them."""

    async def reader(principal: Principal) -> Read:
        current = await values.current()
        hidden = _hidden(model, policies, principal)
        if not hidden:
            return partial(read, model, current)
        gone = frozenset(f"{table}.{name}" for table, name in hidden)
        return partial(read, _seen(model, hidden), current.without(gone))

    return reader


def _hidden(model: SemanticModel, policies: Policies, principal: Principal) -> frozenset[tuple[str, str]]:
    """Tables and parts of them that rest on a column which is hidden from this principal."""
    bound = bind(policies, principal, model.dialect).hidden
    columns = {(table, column.lower()) for table, pairs in bound.items() for _, column in pairs}
    return frozenset(
        (table.name, part.name)
        for table in model.tables
        if table.name in bound
        for part in parts_of(table)
        if any((table.name, column) in columns for column in _columns(part.expr, model.dialect))
    )


@lru_cache(maxsize=_MODELS_KEPT)
def _seen(model: SemanticModel, hidden: frozenset[tuple[str, str]]) -> SemanticModel:
    tables = tuple(
        _seen_table(table, {name for at, name in hidden if at == table.name}) for table in model.tables
    )
    gone = {f"{table}.{name}".lower() for table, name in hidden}
    metrics = tuple(one for one in model.metrics if not gone & _columns(one.expr, model.dialect, whole=True))
    return replace(model, tables=tables, metrics=metrics)


def _seen_table(table: Table, gone: set[str]) -> Table:
    return replace(
        table,
        default_time=None if table.default_time in gone else table.default_time,
        title=None if table.title in gone else table.title,
        dimensions=tuple(one for one in table.dimensions if one.name not in gone),
        time_dimensions=tuple(one for one in table.time_dimensions if one.name not in gone),
        measures=tuple(one for one in table.measures if one.name not in gone),
        filters=tuple(one for one in table.filters if one.name not in gone),
    )


def _columns(expr: str, dialect: str, *, whole: bool = False) -> set[str]:
    """Columns that an expression of the model is made of; `whole` with the name in front."""
    found = parse_one(expr, read=dialect).find_all(exp.Column)
    return {(f"{one.table}.{one.name}" if whole else one.name).lower() for one in found}
