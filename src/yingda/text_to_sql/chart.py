"""Rows as a chart: a declarative Vega-Lite specification, or none where it would say no more than they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from yingda.text_to_sql.query import Query
from yingda.text_to_sql.types import Rows

_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_NUMBERS = ("integer", "number")
_TIMES = ("date", "datetime")
_SLICES = 8
"""More parts of a whole than that cannot be told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartConfig:
    """Beyond `bars_count` bars or `points_count` points nothing can be read off."""

    bars_count: int = 50
    points_count: int = 1000


DEFAULTS = ChartConfig()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """Column numbers: what runs along, what is drawn, what tells series apart."""

    along: int
    values: tuple[int, ...]
    series: int | None
    is_time: bool
    is_share: bool


def chart_json(query: Query | None, rows: Rows, config: ChartConfig = DEFAULTS) -> str:
    """The specification as JSON with the rows inside; empty where there is none."""
    made = chart(query, rows, config)
    return orjson.dumps(made).decode() if made else ""


def chart(query: Query | None, rows: Rows, config: ChartConfig = DEFAULTS) -> dict[str, Any] | None:
    """A line over time, bars over names, an arc for few parts of a whole."""
    shape = _shape(query, rows)
    if shape is None or len(rows.rows) < 2:
        return None
    if len(rows.rows) > (config.points_count if shape.is_time else config.bars_count):
        return None
    fields = [f"c{number}" for number in range(len(rows.columns))]
    data = [dict(zip(fields, row, strict=True)) for row in rows.rows]
    return {"$schema": _SCHEMA, "data": {"values": data}, **_drawn(shape, rows, data)}


def _shape(query: Query | None, rows: Rows) -> _Shape | None:
    if query is not None and query.measured:
        return _of_query(query, rows)
    return _of_types(rows) if query is None else None


def _of_query(query: Query, rows: Rows) -> _Shape | None:
    keys = len(query.groupings)
    if not 1 <= keys <= 2 or len(rows.columns) <= keys or not _is_drawn(rows, keys):
        return None
    along = next((at for at, one in enumerate(query.groupings) if one.grain), 0)
    series = 1 - along if keys == 2 else None
    step = 3 if query.compared else 1
    values = tuple(keys + step * at for at in range(len(query.measured)))
    kept = values if series is None else values[:1]
    return _Shape(
        along=along,
        values=tuple(at for at in kept if at < len(rows.columns)),
        series=series,
        is_time=query.groupings[along].grain is not None,
        is_share=query.is_share,
    )


def _is_drawn(rows: Rows, at: int) -> bool:
    return rows.data_types[at] in _NUMBERS


def _of_types(rows: Rows) -> _Shape | None:
    """SQL that was written as SQL: names or times first, one number after them."""
    numbers = tuple(at for at, kind in enumerate(rows.data_types) if kind in _NUMBERS)
    if not numbers or len(rows.columns) - len(numbers) != 1 or 0 in numbers:
        return None
    return _Shape(
        along=0,
        values=numbers[:1],
        series=None,
        is_time=rows.data_types[0] in _TIMES,
        is_share=False,
    )


def _drawn(shape: _Shape, rows: Rows, data: list[dict[str, Any]]) -> dict[str, Any]:
    value = shape.values[0]
    figure = _axis(value, rows, "quantitative")
    named = _axis(shape.along, rows, "ordinal" if shape.is_time else "nominal")
    if shape.is_share and not shape.is_time and shape.series is None and _are_parts(data, value):
        return {"mark": "arc", "encoding": {"theta": figure, "color": named}}
    if shape.series is None and len(shape.values) > 1:
        return _folded(shape, rows, named)
    if not shape.is_time:
        named["sort"] = None  # the rows are in order
    encoding = {"x": named, "y": figure}
    if shape.series is not None:
        encoding["color"] = _axis(shape.series, rows, "nominal")
        if not shape.is_time:
            encoding["xOffset"] = {"field": f"c{shape.series}"}
    return {"mark": "line" if shape.is_time else "bar", "encoding": encoding}


def _folded(shape: _Shape, rows: Rows, named: dict[str, Any]) -> dict[str, Any]:
    """Several measures beside each other, each on its own scale."""
    marks = [
        {
            "mark": "line" if shape.is_time else "bar",
            "encoding": {"x": {**named, "sort": None}, "y": _axis(at, rows, "quantitative")},
        }
        for at in shape.values
    ]
    return {"vconcat": marks}


def _are_parts(data: list[dict[str, Any]], value: int) -> bool:
    figures = [row[f"c{value}"] for row in data]
    return len(data) <= _SLICES and all(isinstance(one, int | float) and one >= 0 for one in figures)


def _axis(at: int, rows: Rows, kind: str) -> dict[str, Any]:
    """Fields go by number: a dot or bracket in a column's name would mean a path."""
    return {"field": f"c{at}", "type": kind, "title": rows.columns[at]}
