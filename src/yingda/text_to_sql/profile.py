"""What stands in the columns of a table: how many rows, which values, between which bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from yingda.text_to_sql.databases.catalogue import PhysicalColumn, PhysicalTable
from yingda.text_to_sql.databases.database import Database
from yingda.text_to_sql.failures import SqlFailed

_TYPES = (
    (re.compile(r"bool|tinyint\(1\)", re.I), "boolean"),
    (re.compile(r"timestamp|datetime", re.I), "datetime"),
    (re.compile(r"date", re.I), "date"),
    (re.compile(r"int(?!erval)|serial", re.I), "integer"),
    (re.compile(r"numeric|decimal|real|double|float|money|number", re.I), "number"),
    (re.compile(r"blob|bytea|binary|json|xml|\[\]|geometry|vector|image", re.I), "opaque"),
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
_LOOKED_AT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftConfig:
    """How far a draft looks into a database; values that are longer are texts and no names of anything."""

    query_timeout_s: float = 5.0
    all_values_count: int = 50
    sample_count: int = 12
    value_chars: int = 80
    inclusion_rows: int = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One column: `kind` is a data type or `opaque`; `values` are most frequent first.

    `is_unique` and `has_nulls` are None where counting took too long.
    """

    kind: str
    values: tuple[str, ...] = ()
    has_all_values: bool = False
    is_unique: bool | None = None
    has_nulls: bool | None = None
    least: Any = None
    most: Any = None


def quoted(name: str, dialect: str) -> str:
    """A name of the database as its SQL writes it, always in quotes."""
    return exp.to_identifier(name, quoted=True).sql(dialect)


def address_of(table: PhysicalTable, dialect: str) -> str:
    """The table with its schema where it has one."""
    return ".".join(quoted(part, dialect) for part in (table.schema, table.name) if part)


async def row_count(database: Database, table: PhysicalTable, config: DraftConfig) -> int | None:
    """How many rows there are; None where counting them took too long."""
    rows = await _rows(database, f"SELECT COUNT(*) FROM {address_of(table, database.dialect)}", config)  # noqa: S608
    return int(rows[0][0]) if rows else None


async def profile_of(
    database: Database, table: PhysicalTable, column: PhysicalColumn, config: DraftConfig
) -> Profile:
    """Look into a column, within the bounds; what took too long is left open."""
    kind = _declared(column.type_name)
    if kind == "opaque":
        return Profile(kind=kind)
    place, name = address_of(table, database.dialect), quoted(column.name, database.dialect)
    frequent = await _rows(
        database,
        f"SELECT {name}, COUNT(*) FROM {place} WHERE {name} IS NOT NULL "  # noqa: S608
        f"GROUP BY {name} ORDER BY 2 DESC, 1 LIMIT {_LOOKED_AT}",
        config,
    )
    bounds = await _rows(
        database,
        f"SELECT COUNT(*), COUNT({name}), COUNT(DISTINCT {name}), MIN({name}), MAX({name}) FROM {place}",  # noqa: S608
        config,
    )
    return _profile(kind, [row[0] for row in frequent], bounds[0] if bounds else None, config)


def _profile(kind: str, found: list[Any], bounds: tuple[Any, ...] | None, config: DraftConfig) -> Profile:
    texts = [str(value) for value in found if value is not None]
    kind = _seen(kind, found)
    short = [text for text in texts if 0 < len(text) <= config.value_chars]
    is_complete = len(found) <= config.all_values_count and len(short) == len(texts)
    count = config.all_values_count if is_complete else config.sample_count
    rows, filled, distinct, least, most = bounds or (None, None, None, None, None)
    return Profile(
        kind=kind,
        values=tuple(short[:count]),
        has_all_values=is_complete and bool(short),
        is_unique=None if rows is None else distinct == filled and filled > 0,
        has_nulls=None if rows is None else filled < rows,
        least=least,
        most=most,
    )


def _declared(type_name: str) -> str:
    return next((kind for pattern, kind in _TYPES if pattern.search(type_name)), "string")


def _seen(declared: str, values: list[Any]) -> str:
    """What the values are where the declared type does not say it: SQLite keeps dates as text."""
    if any(isinstance(value, bytes) for value in values):
        return "opaque"
    texts = [value for value in values if isinstance(value, str)]
    if declared in ("string", "date", "datetime") and texts and len(texts) == len(values):
        if _all(_DATE, texts):
            return "date"
        if _all(_MOMENT, texts):
            return "datetime"
        return "string"
    if (
        declared in ("date", "datetime")
        and values
        and all(isinstance(value, int | float) for value in values)
    ):
        return "integer"
    return declared


def _all(pattern: re.Pattern[str], texts: Iterable[str]) -> bool:
    return all(pattern.fullmatch(text) for text in texts)


async def is_included(
    database: Database, left: tuple[PhysicalTable, str], right: tuple[PhysicalTable, str], config: DraftConfig
) -> bool:
    """Whether all values at the left, as far as looked at, stand at the right; no value proves nothing."""
    dialect = database.dialect
    here, there = ((address_of(table, dialect), quoted(column, dialect)) for table, column in (left, right))
    sql = (
        f"SELECT COUNT(*), SUM(CASE WHEN EXISTS (SELECT 1 FROM {there[0]} AS r WHERE r.{there[1]} = l.v) "  # noqa: S608
        f"THEN 1 ELSE 0 END) FROM (SELECT DISTINCT {here[1]} AS v FROM {here[0]} "
        f"WHERE {here[1]} IS NOT NULL LIMIT {config.inclusion_rows}) AS l"
    )
    rows = await _rows(database, sql, config)
    return bool(rows) and int(rows[0][0]) > 0 and rows[0][0] == rows[0][1]


async def _rows(database: Database, sql: str, config: DraftConfig) -> list[tuple[Any, ...]]:
    try:
        return (await database.fetch(sql, config.query_timeout_s)).rows
    except SqlFailed:
        return []
