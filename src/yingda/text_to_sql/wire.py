"""The YAML of a semantic model as its author writes it; the names are those of `model.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from yingda.text_to_sql.model import Aggregation, Cardinality, DataType, Grain
from yingda.turns.types import Role


def _text(value: object) -> object:
    """YAML reads `2024` and `true` where a text was meant; a value of a column is always text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _texts(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _pairs(value: object) -> object:
    """`{paid: [settled, 已付]}` as pairs of a value and another name for it."""
    if not isinstance(value, dict):
        return value
    return [
        (key, one) for key, names in value.items() for one in (names if isinstance(names, list) else [names])
    ]


def _columns(value: object) -> object:
    """`{customer_id: id}` as pairs of a column at the left and one at the right."""
    return list(value.items()) if isinstance(value, dict) else value


Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_texts)]
Named = Annotated[tuple[tuple[Text, Text], ...], BeforeValidator(_pairs)]
Columns = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_columns), Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[^\W\d]\w*$")]
Expression = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DimensionSection(_Strict):
    name: Name
    expr: Expression
    data_type: DataType = "string"
    label: str = ""
    description: str = ""
    synonyms: Texts = ()
    values: Texts = ()
    has_all_values: bool = False
    value_synonyms: Named = ()
    is_key: bool = False
    is_private: bool = False


class TimeSection(_Strict):
    name: Name
    expr: Expression
    data_type: DataType = "date"
    grain: Grain = "day"
    label: str = ""
    description: str = ""
    synonyms: Texts = ()


class MeasureSection(_Strict):
    name: Name
    expr: Expression
    aggregation: Aggregation
    label: str = ""
    description: str = ""
    synonyms: Texts = ()
    unit: str = ""
    decimals: int | None = None


class FilterSection(_Strict):
    name: Name
    expr: Expression
    label: str = ""
    synonyms: Texts = ()


class TableSection(_Strict):
    name: Name
    source: Expression
    label: str = ""
    description: str = ""
    synonyms: Texts = ()
    primary_key: Texts = ()
    default_time: str | None = None
    title: str | None = None
    row_count: int | None = None
    dimensions: tuple[DimensionSection, ...] = ()
    time_dimensions: tuple[TimeSection, ...] = ()
    measures: tuple[MeasureSection, ...] = ()
    filters: tuple[FilterSection, ...] = ()


class RelationshipSection(_Strict):
    name: Name
    left: str
    right: str
    columns: Columns
    cardinality: Cardinality = "many_to_one"
    is_optional: bool = False
    synonyms: Texts = ()


class MetricSection(_Strict):
    name: Name
    expr: Expression
    label: str = ""
    description: str = ""
    synonyms: Texts = ()
    unit: str = ""
    decimals: int | None = None
    is_percent: bool = False


class VerifiedSection(_Strict):
    name: Name
    question: str
    sql: Expression
    other_questions: Texts = ()
    owner: str = ""
    approved_by: str = ""
    approved_at: datetime | None = None
    is_onboarding: bool = False


class RowSection(_Strict):
    name: str
    table: Name
    condition: Expression


class ColumnSection(_Strict):
    name: str
    table: Name
    columns: Texts


class PolicyDocument(_Strict):
    """A file of its own: who may see what changes more often than what a database means."""

    rows: tuple[RowSection, ...] = ()
    columns: tuple[ColumnSection, ...] = ()
    exempt_roles: frozenset[Role] = frozenset()


class ModelDocument(_Strict):
    """The whole file; `version` is not in it, it is the hash of the text."""

    name: str
    dialect: str
    label: str = ""
    description: str = ""
    timezone: str = ""
    freshness_s: float | None = None
    notes: Texts = ()
    tables: tuple[TableSection, ...]
    relationships: tuple[RelationshipSection, ...] = ()
    metrics: tuple[MetricSection, ...] = ()
    verified_queries: tuple[VerifiedSection, ...] = ()
