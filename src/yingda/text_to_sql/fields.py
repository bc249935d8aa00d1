"""The names in a `Query`, looked up in the model: dimensions, times, measures, metrics and the like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from yingda.text_to_sql.model import (
    Aggregation,
    Dimension,
    Measure,
    Metric,
    NamedFilter,
    SemanticModel,
    Table,
    TimeDimension,
)

ROWS = "*"
"""The expression of `count(table)`."""

_MADE = re.compile(r"(sum|count|count_distinct|avg|min|max)\((\w+)(?:\.(\w+))?\)")
_MODELS_KEPT = 16

Item = Dimension | TimeDimension


class UnknownName(KeyError):
    """A query names what its model does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A dimension or time dimension with its table."""

    table: Table
    item: Item

    @property
    def name(self) -> str:
        """As a query says it."""
        return f"{self.table.name}.{self.item.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """One aggregation over one table; `expr` is SQL over its columns, or `ROWS`."""

    name: str
    table: Table
    aggregation: Aggregation
    expr: str
    label: str = ""
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Catalog:
    """The model's parts by the names that queries use."""

    model: SemanticModel
    tables: dict[str, Table]
    fields: dict[str, Field]
    measures: dict[str, Aggregate]
    metrics: dict[str, Metric]
    filters: dict[str, tuple[Table, NamedFilter]]

    def field(self, name: str) -> Field:
        """A dimension or time dimension; raises `UnknownName`."""
        if name not in self.fields:
            raise UnknownName(name)
        return self.fields[name]

    def aggregate(self, name: str) -> Aggregate:
        """A measure, `count(table)` or an aggregation over a field; raises `UnknownName`."""
        if name in self.measures:
            return self.measures[name]
        made = _MADE.fullmatch(name)
        if not made or made[2] not in self.tables:
            raise UnknownName(name)
        return self._made(name, made[1], self.tables[made[2]], made[3])

    def _made(self, name: str, how: str, table: Table, part: str | None) -> Aggregate:
        aggregation: Aggregation = how  # type: ignore[assignment]  # the pattern allows no other
        if part is None:
            return Aggregate(
                name=name, table=table, aggregation="count", expr=ROWS, label=table.label or table.name
            )
        full = f"{table.name}.{part}"
        if full in self.measures:
            kept = self.measures[full]
            return Aggregate(
                name=name, table=table, aggregation=aggregation, expr=kept.expr, label=kept.label
            )
        item = self.field(full).item
        return Aggregate(
            name=name, table=table, aggregation=aggregation, expr=item.expr, label=item.label or item.name
        )

    def label(self, name: str) -> str:
        """What a reader calls it: the label, else the name."""
        if name in self.metrics:
            return self.metrics[name].label or name
        if name in self.fields:
            return self.fields[name].item.label or self.fields[name].item.name
        made = self.aggregate(name)
        if name in self.measures:
            return made.label or name.rpartition(".")[2]
        before, after = _SAID[made.aggregation][any(_is_han(char) for char in made.label)]
        return f"{before}{made.label}{after}"

    def title(self, table: Table) -> Field | None:
        """The dimension that names a row."""
        return self.fields.get(f"{table.name}.{table.title}") if table.title else None


_SAID = {
    "sum": (("total ", ""), ("总", "")),
    "count": (("number of ", ""), ("", "数")),
    "count_distinct": (("distinct ", ""), ("", "去重数")),
    "avg": (("average ", ""), ("平均", "")),
    "min": (("smallest ", ""), ("最小", "")),
    "max": (("largest ", ""), ("最大", "")),
}


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


@lru_cache(maxsize=_MODELS_KEPT)
def catalog(model: SemanticModel) -> Catalog:
    """Made once for each model that is in use."""
    fields: dict[str, Field] = {}
    measures: dict[str, Aggregate] = {}
    filters: dict[str, tuple[Table, NamedFilter]] = {}
    for table in model.tables:
        items: tuple[Item, ...] = (*table.dimensions, *table.time_dimensions)
        for item in items:
            fields[f"{table.name}.{item.name}"] = Field(table=table, item=item)
        for measure in table.measures:
            measures[f"{table.name}.{measure.name}"] = _aggregate(table, measure)
        for named in table.filters:
            filters[f"{table.name}.{named.name}"] = (table, named)
    return Catalog(
        model=model,
        tables={table.name: table for table in model.tables},
        fields=fields,
        measures=measures,
        metrics={metric.name: metric for metric in model.metrics},
        filters=filters,
    )


def _aggregate(table: Table, measure: Measure) -> Aggregate:
    return Aggregate(
        name=f"{table.name}.{measure.name}",
        table=table,
        aggregation=measure.aggregation,
        expr=measure.expr,
        label=measure.label,
        decimals=measure.decimals,
    )
