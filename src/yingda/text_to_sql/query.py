"""A question as data: what is measured, by what, of which rows. One type for parser, follow-ups and model.

`Query` is what a follow-up edits ("按月份分组呢", "只看华东") and what `compile.py` turns into SQL. Names are
`table.dimension`, `table.measure` or the name of a metric; what is measured may also be `count(table)`, the
rows of a table, or another aggregation over one of its fields, such as `avg(table.dimension)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from yingda.text_to_sql.model import Grain

Operator = Literal[
    "=", "!=", ">", ">=", "<", "<=", "in", "not in", "between", "contains", "is null", "not null"
]
Value = str | int | float | bool | date


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """By a dimension, or by a time dimension cut to `grain`."""

    name: str
    grain: Grain | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """On a dimension (rows) or, in `Query.having`, on what is measured (groups).

    `against` compares with the average, the largest or the smallest of the dimension over its whole table
    instead of with values. In `Query.having` without groupings, each row is held against what is measured for
    it: `count(orders) = 0` keeps customers without orders.
    """

    name: str
    operator: Operator
    values: tuple[Value, ...] = ()
    against: Literal["avg", "max", "min"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRange:
    """From `start` up to and without `end`, either may be open; `said` is how the asker put it."""

    name: str
    start: date | None
    end: date | None
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """By what is measured or grouped."""

    name: str
    is_descending: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """`measured` empty lists rows: then `shown` are their columns.

    `limit` keeps that many groups and the ones tied with the last. `compared` adds the same over the period
    before or a year before; `is_share` adds each group's share of the total; `names` are named filters.
    """

    measured: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    groupings: tuple[Grouping, ...] = ()
    conditions: tuple[Condition, ...] = ()
    names: tuple[str, ...] = ()
    time: TimeRange | None = None
    having: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    compared: Literal["previous_period", "year_before"] | None = None
    is_share: bool = False
    is_distinct: bool = False
