"""Rows in words: what is said of counts, ties, totals, periods, changes and of nothing at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.text_to_sql.answering import BY_REGION, LAST_MONTH, MODEL, REVENUE

from yingda.text_to_sql.query import Condition, Order, Query
from yingda.text_to_sql.summary import summary
from yingda.text_to_sql.types import Rows

LAST = replace(REVENUE, time=LAST_MONTH)
TOP = replace(BY_REGION, limit=2, order=(Order(name="sales.revenue"),))
CHEAP = Query(
    shown=("sales.region",), conditions=(Condition(name="sales.region", operator="in", values=("a", "b")),)
)


def rows(*values: tuple[Any, ...], **others: Any) -> Rows:
    plain = Rows(
        columns=tuple(f"c{at}" for at in range(len(values[0]) if values else 2)),
        data_types=("string",) * (len(values[0]) if values else 2),
        rows=values,
        row_count=len(values),
        is_counted=True,
        is_limited=False,
        sql="",
        duration_s=0.0,
    )
    return replace(plain, **others)


THREE = rows(("华东", 1234.5), ("华北", 1234.5), ("华南", 20))


@pytest.mark.parametrize(
    ("query", "found", "chinese", "english"),
    [
        (
            LAST,
            rows((1234567,)),
            "上个月（2025-12-01 – 2025-12-31）的销售额为 1,234,567。",
            "销售额: 1,234,567 (上个月 (2025-12-01 – 2025-12-31)).",
        ),
        (REVENUE, rows((None,)), "销售额没有数据。", "销售额: no data."),
        (
            BY_REGION,
            THREE,
            "销售额按地区分，共 3 组：最高的是华东、华北（并列）（1,234.5），最低的是华南（20）。"
            "合计 2,489。",
            "销售额 by 地区: 3 groups; highest 华东, 华北, tied (1,234.5), lowest 华南 (20). Total 2,489.",
        ),
        (
            TOP,
            THREE,
            "销售额按地区分，共 3 组：最高的是华东、华北（并列）（1,234.5）。",
            "销售额 by 地区: 3 groups; highest 华东, 华北, tied (1,234.5).",
        ),
        (
            BY_REGION,
            replace(THREE, row_count=900, is_limited=True),
            "销售额按地区分，共 900 组。",
            "销售额 by 地区: 900 groups.",
        ),
        (
            BY_REGION,
            rows(("华东", 3)),
            "销售额按地区分，共 1 组：华东 3。",
            "销售额 by 地区: 1 group: 华东 3.",
        ),
        (
            replace(LAST, compared="year_before"),
            rows((120, 100, 0.2)),
            "上个月（2025-12-01 – 2025-12-31）的销售额为 120（去年同期 100，变化 +20.0%）。",
            "销售额: 120 (a year before 100, change +20.0%) (上个月 (2025-12-01 – 2025-12-31)).",
        ),
        (
            CHEAP,
            rows(("a",), ("b",)),
            "地区 是 a、b：共 2 条记录。a、b。",
            "地区 is a or b: 2 rows. a, b.",
        ),
        (
            replace(BY_REGION, is_share=True),
            rows(("华东", 3, 0.75), ("华北", 1, 0.25)),
            "销售额按地区分，共 2 组：最高的是华东（3，占 75.0%），最低的是华北（1，占 25.0%）。合计 4。",
            "销售额 by 地区: 2 groups; highest 华东 (3, 75.0%), lowest 华北 (1, 25.0%). Total 4.",
        ),
        (CHEAP, rows(), "地区 是 a、b：没有符合条件的数据。", "No rows match: 地区 is a or b."),
        (None, rows(("x", None)), "c0: x；c1: （空）。", "c0: x; c1: (none)."),
        (
            None,
            replace(THREE, row_count=1001, is_limited=True, is_counted=False),
            "至少 1,001 条记录，这里是前 3 条。",
            "at least 1,001 rows, of which the first 3 are here.",
        ),
    ],
)
def test_says_what_the_rows_say(query: Query | None, found: Rows, chinese: str, english: str):
    assert (summary(MODEL, query, found, "zh"), summary(MODEL, query, found, "en")) == (chinese, english)
