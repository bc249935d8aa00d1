"""Charts as specifications: a line over time, bars over names, an arc for parts of a whole, or none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from yingda.text_to_sql.chart import chart
from yingda.text_to_sql.query import Grouping, Query
from yingda.text_to_sql.types import Rows

REGION, MONTH = Grouping(name="sales.region"), Grouping(name="sales.day", grain="month")
REVENUE = Query(measured=("sales.revenue",))


def rows(kinds: tuple[Any, ...], *values: tuple[Any, ...]) -> Rows:
    return Rows(
        columns=tuple(f"列{number}" for number in range(len(kinds))),
        data_types=kinds,
        rows=values,
        row_count=len(values),
        is_counted=True,
        is_limited=False,
        sql="",
        duration_s=0.0,
    )


BARS = rows(("string", "number"), ("华东", 2.0), ("华北", 1.0))


def test_names_are_bars_in_the_order_of_the_rows():
    made = chart(replace(REVENUE, groupings=(REGION,)), BARS)
    assert made is not None
    assert (made["mark"], made["data"]["values"][0]) == ("bar", {"c0": "华东", "c1": 2.0})
    assert made["encoding"]["x"] == {"field": "c0", "type": "nominal", "title": "列0", "sort": None}


def test_time_is_a_line_with_a_colour_for_each_series():
    found = rows(("string", "string", "number"), ("华东", "2025-01", 2.0), ("华东", "2025-02", 1.0))
    made = chart(replace(REVENUE, groupings=(REGION, MONTH)), found)
    assert made is not None
    assert (made["mark"], made["encoding"]["x"]["field"], made["encoding"]["color"]["field"]) == (
        "line",
        "c1",
        "c0",
    )


def test_few_shares_are_an_arc():
    made = chart(replace(REVENUE, groupings=(REGION,), is_share=True), BARS)
    assert made is not None
    assert made["mark"] == "arc"


def test_one_figure_and_a_list_are_no_chart():
    assert chart(REVENUE, rows(("number",), (1.0,))) is None
    assert chart(Query(shown=("sales.region",)), rows(("string",), ("a",), ("b",))) is None


def test_too_many_bars_are_no_chart():
    many = rows(("string", "number"), *((str(number), 1.0) for number in range(51)))
    assert chart(replace(REVENUE, groupings=(REGION,)), many) is None


def test_sql_without_a_query_is_drawn_by_its_types():
    made = chart(None, BARS)
    assert made is not None
    assert made["encoding"]["y"]["field"] == "c1"
