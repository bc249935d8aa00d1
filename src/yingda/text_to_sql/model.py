"""The semantic model: what a database means, in the words of those who ask.

Tables are logical: a name, where the rows are, and what may be asked of them. Dimensions group and filter,
measures are aggregated, metrics are named formulas over measures, filters are named conditions. Expressions
are SQL over the columns of the one table they belong to (metrics: over measure names), in the dialect of the
database; they are parsed by the guard like everything else, never pasted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Aggregation = Literal["sum", "count", "count_distinct", "avg", "min", "max"]
DataType = Literal["string", "integer", "number", "boolean", "date", "datetime"]
Grain = Literal["hour", "day", "week", "month", "quarter", "year"]
Cardinality = Literal["many_to_one", "one_to_one", "one_to_many"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """What rows are grouped and filtered by; `is_key` marks identifiers, which are counted and not summed.

    `values` are samples, or all there are where `has_all_values`; `value_synonyms` gives values other names.
    """

    name: str
    expr: str
    data_type: DataType = "string"
    label: str = ""
    description: str = ""
    synonyms: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    has_all_values: bool = False
    value_synonyms: tuple[tuple[str, str], ...] = ()
    is_key: bool = False
    is_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeDimension:
    """When something happened; `grain` is the finest that is stored."""

    name: str
    expr: str
    data_type: DataType = "date"
    grain: Grain = "day"
    label: str = ""
    description: str = ""
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is aggregated over the rows of its table; `expr` is the column or expression inside."""

    name: str
    expr: str
    aggregation: Aggregation
    label: str = ""
    description: str = ""
    synonyms: tuple[str, ...] = ()
    unit: str = ""
    decimals: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFilter:
    """A condition people have a word for, such as paid orders."""

    name: str
    expr: str
    label: str = ""
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A logical table; `source` is the table or view in the database, qualified where it must be.

    `default_time` is the time dimension meant where a question names a time and no dimension; `title` is the
    dimension that names a row to a reader.
    """

    name: str
    source: str
    label: str = ""
    description: str = ""
    synonyms: tuple[str, ...] = ()
    primary_key: tuple[str, ...] = ()
    default_time: str | None = None
    title: str | None = None
    row_count: int | None = None
    dimensions: tuple[Dimension, ...] = ()
    time_dimensions: tuple[TimeDimension, ...] = ()
    measures: tuple[Measure, ...] = ()
    filters: tuple[NamedFilter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """How two tables are joined: `columns` are pairs of physical columns, left and right.

    Only declared relationships are joined over. `name` tells apart two between the same tables, such as the
    manager and the buyer of an order; its synonyms are what people call that role.
    """

    name: str
    left: str
    right: str
    columns: tuple[tuple[str, str], ...]
    cardinality: Cardinality = "many_to_one"
    is_optional: bool = False
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A formula over measures written `table.measure`, such as `orders.revenue / orders.order_count`."""

    name: str
    expr: str
    label: str = ""
    description: str = ""
    synonyms: tuple[str, ...] = ()
    unit: str = ""
    decimals: int | None = None
    is_percent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedQuery:
    """A question with the SQL somebody vouches for; used once `approved_by` is somebody."""

    name: str
    question: str
    sql: str
    other_questions: tuple[str, ...] = ()
    owner: str = ""
    approved_by: str = ""
    approved_at: datetime | None = None
    is_onboarding: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticModel:
    """All that may be asked of one database; `version` is the hash of its text and part of every cache key.

    `freshness_s` is how old an answer from the cache may be, None for as old as the cache allows.
    """

    name: str
    dialect: str
    version: str
    label: str = ""
    description: str = ""
    tables: tuple[Table, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    metrics: tuple[Metric, ...] = ()
    verified_queries: tuple[VerifiedQuery, ...] = ()
    timezone: str = ""
    freshness_s: float | None = None
    notes: tuple[str, ...] = field(default=())

    def table(self, name: str) -> Table:
        """The table of that name; raises `KeyError`."""
        for one in self.tables:
            if one.name == name:
                return one
        raise KeyError(name)
