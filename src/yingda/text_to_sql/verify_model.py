"""A semantic model held against its database: every table, expression, join and verified query is tried."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp, parse_one

from yingda.errors import AnswerError
from yingda.text_to_sql.databases.database import Database
from yingda.text_to_sql.failures import SqlFailed, SqlRefused
from yingda.text_to_sql.guard import Guard
from yingda.text_to_sql.model import Dimension, Relationship, SemanticModel, Table
from yingda.text_to_sql.profile import quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as the model says; `place` is its path in the model.

    An error makes answers wrong or impossible, a warning makes some of them surprising.
    """

    place: str
    reason: str
    severity: Literal["error", "warning"] = "error"


async def verify_model(model: SemanticModel, database: Database) -> tuple[Finding, ...]:
    """All that is wrong with a model, in the order of its file; raises `StoreUnavailable`."""
    if model.dialect != database.dialect:
        reason = f"the model speaks {model.dialect}, the database {database.dialect}"
        return (Finding(place="dialect", reason=reason),)
    found = [one for table in model.tables async for one in _table(table, database)]
    found += [one for link in model.relationships async for one in _join(link, model, database)]
    found += [one async for one in _queries(model, database)]
    return tuple(found)


async def _table(table: Table, database: Database) -> AsyncIterator[Finding]:
    place = f"tables.{table.name}"
    if problem := await _problem(database, _select(table, "1", database)):
        yield Finding(place=f"{place}.source", reason=problem)
        return
    members = [(one.name, one.expr) for one in table.dimensions]
    members += [(one.name, one.expr) for one in table.time_dimensions]
    members += [(one.name, one.expr) for one in table.measures if one.expr != "*"]
    for name, expr in members:
        if problem := await _problem(database, _select(table, expr, database)):
            yield Finding(place=f"{place}.{name}", reason=problem)
    for one in table.filters:
        if problem := await _problem(
            database, _select(table, "1", database).where(_parsed(one.expr, database))
        ):
            yield Finding(place=f"{place}.{one.name}", reason=problem)
    if table.primary_key and not await _is_unique(table, table.primary_key, database):
        yield Finding(place=f"{place}.primary_key", reason="two rows have the same key")
    for dimension in table.dimensions:
        async for finding in _values(table, dimension, database):
            yield finding


async def _values(table: Table, dimension: Dimension, database: Database) -> AsyncIterator[Finding]:
    """Where the model claims to list all values, a value that it does not list."""
    if not dimension.has_all_values or dimension.data_type != "string":
        return
    column = _parsed(dimension.expr, database)
    strange = column.copy().isin(*(exp.Literal.string(value) for value in dimension.values)).not_()
    query = _select(table, dimension.expr, database).where(strange).limit(1, copy=False)
    try:
        rows = (await database.fetch(query.sql(database.dialect))).rows
    except SqlFailed:
        return  # the expression itself was already found wrong
    if rows:
        place = f"tables.{table.name}.{dimension.name}.values"
        yield Finding(place=place, reason=f"{rows[0][0]!r} is not among them", severity="warning")


async def _join(link: Relationship, model: SemanticModel, database: Database) -> AsyncIterator[Finding]:
    place = f"relationships.{link.name}"
    left, right = model.table(link.left), model.table(link.right)
    here, there = (tuple(pair[side] for pair in link.columns) for side in (0, 1))
    for table, columns in ((left, here), (right, there)):
        names = ", ".join(quoted(one, database.dialect) for one in columns)
        if problem := await _problem(database, _select(table, names, database)):
            yield Finding(place=place, reason=problem)
            return
    if link.cardinality != "one_to_many" and not await _is_unique(right, there, database):
        yield Finding(place=f"{place}.cardinality", reason=f"{right.name} has several rows for one key")
    if link.cardinality != "many_to_one" and not await _is_unique(left, here, database):
        yield Finding(place=f"{place}.cardinality", reason=f"{left.name} has several rows for one key")
    if not link.is_optional and await _has_orphans(link, left, right, database):
        reason = f"rows of {left.name} have no row of {right.name}"
        yield Finding(place=f"{place}.is_optional", reason=reason, severity="warning")


async def _queries(model: SemanticModel, database: Database) -> AsyncIterator[Finding]:
    guard = Guard(model)
    for one in model.verified_queries:
        try:
            await database.fetch(guard.check(one.sql, row_cap=1).capped)
        except (SqlRefused, SqlFailed) as error:
            yield Finding(place=f"verified_queries.{one.name}", reason=_said(error))


async def _is_unique(table: Table, columns: tuple[str, ...], database: Database) -> bool:
    names = [exp.column(exp.to_identifier(one, quoted=True)) for one in columns]
    filled = exp.and_(*(exp.not_(exp.Is(this=one.copy(), expression=exp.null())) for one in names))
    query = (
        exp.select("1")
        .from_(_source(table, database))
        .where(filled)
        .group_by(*names)
        .having(exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1)))
        .limit(1)
    )
    return not (await database.fetch(query.sql(database.dialect))).rows


async def _has_orphans(link: Relationship, left: Table, right: Table, database: Database) -> bool:
    pairs = exp.and_(
        *(exp.EQ(this=_column(here, "l"), expression=_column(there, "r")) for here, there in link.columns)
    )
    matching = exp.select("1").from_(exp.alias_(_source(right, database), "r", table=True)).where(pairs)
    query = (
        exp.select("1")
        .from_(exp.alias_(_source(left, database), "l", table=True))
        .where(exp.not_(exp.Exists(this=matching)))
        .limit(1)
    )
    return bool((await database.fetch(query.sql(database.dialect))).rows)


def _column(name: str, table: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True), table=table)


def _select(table: Table, expr: str, database: Database) -> exp.Select:
    return exp.select(*_expressions(expr, database)).from_(_source(table, database)).limit(1)


def _expressions(expr: str, database: Database) -> list[exp.Expr]:
    query = parse_one(f"SELECT {expr}", read=database.dialect)
    return list(query.expressions)


def _parsed(expr: str, database: Database) -> exp.Condition:
    parsed = parse_one(expr, read=database.dialect)
    return parsed if isinstance(parsed, exp.Condition) else exp.paren(parsed)


def _source(table: Table, database: Database) -> exp.Table:
    return exp.to_table(table.source, dialect=database.dialect)


async def _problem(database: Database, query: exp.Select) -> str:
    try:
        await database.fetch(query.sql(database.dialect))
    except SqlFailed as error:
        return _said(error)
    return ""


def _said(error: AnswerError) -> str:
    return error.message.splitlines()[0]
