"""Follow-ups edit the query before, read by the same reader as every question."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.text_to_sql.answering import BY_REGION, LAST_MONTH, MODEL, conditioned

from yingda.text_to_sql.followup import edited
from yingda.text_to_sql.parse import read
from yingda.text_to_sql.query import Grouping, Order, Query, TimeRange
from yingda.text_to_sql.types import Asked, Understood
from yingda.text_to_sql.value_index import modelled_values

TODAY = date(2026, 1, 5)
VALUES = modelled_values(MODEL)
MONTHS = (Grouping(name="sales.day", grain="month"),)
CHANNELS = (Grouping(name="sales.channel"),)
BEFORE = replace(BY_REGION, time=LAST_MONTH)
EAST = conditioned(BEFORE, "sales.region", "华东")
TOP = Order(name="sales.revenue")
LAST_YEAR = TimeRange(name="sales.day", start=date(2025, 1, 1), end=date(2026, 1, 1), said="去年")


def alone(question: str) -> Query | None:
    reading = read(MODEL, VALUES, Asked(question=question, today=TODAY))
    return reading.query if isinstance(reading, Understood) else None


@pytest.mark.parametrize(
    ("before", "said", "after"),
    [
        (BEFORE, "按月份分组呢", replace(BEFORE, groupings=MONTHS)),
        (BEFORE, "能否按月份分组?", replace(BEFORE, groupings=MONTHS)),
        (BEFORE, "can you break it down by month?", replace(BEFORE, groupings=MONTHS)),
        (BEFORE, "按渠道呢", replace(BEFORE, groupings=CHANNELS)),
        (BEFORE, "how about by channel", replace(BEFORE, groupings=CHANNELS)),
        (BEFORE, "只看华东", EAST),
        (EAST, "那华北呢", conditioned(BEFORE, "sales.region", "华北")),
        (BEFORE, "那去年呢？", replace(BEFORE, time=LAST_YEAR)),
        (BEFORE, "and last year?", replace(BEFORE, time=replace(LAST_YEAR, said="last year"))),
        (BEFORE, "换成订单数", replace(BEFORE, measured=("sales.orders",))),
        (BEFORE, "switch to order count", replace(BEFORE, measured=("sales.orders",))),
        (BEFORE, "再加上订单数", replace(BEFORE, measured=("sales.revenue", "sales.orders"))),
        (BEFORE, "also show order count", replace(BEFORE, measured=("sales.revenue", "sales.orders"))),
        (BEFORE, "前两名呢", replace(BEFORE, order=(TOP,), limit=2)),
        (BEFORE, "bottom 3", replace(BEFORE, order=(replace(TOP, is_descending=False),), limit=3)),
        (BEFORE, "占比呢", replace(BEFORE, is_share=True)),
        (BEFORE, "和去年相比呢", replace(BEFORE, compared="year_before")),
        (BEFORE, "从低到高", replace(BEFORE, order=(replace(TOP, is_descending=False),))),
        (EAST, "去掉地区筛选", BEFORE),
        (EAST, "去掉地区分组", replace(EAST, groupings=())),
        (EAST, "不要华东", BEFORE),
        (BEFORE, "去掉时间", BY_REGION),
    ],
)
def test_edits_what_it_names_and_keeps_the_rest(before: Query, said: str, after: Query):
    assert edited(MODEL, alone, before, said) == after


@pytest.mark.parametrize(
    "said",
    [
        "各渠道的订单数",
        "按渠道统计订单数",
        "order count by channel",
        "top 2 areas by revenue",
        "那天气呢",
        "你好",
        "谢谢",
    ],
)
def test_a_question_of_its_own_is_no_follow_up(said: str):
    assert edited(MODEL, alone, BEFORE, said) is None


def test_what_is_so_already_is_asked_again():
    monthly = replace(BEFORE, groupings=MONTHS)
    assert edited(MODEL, alone, monthly, "能否按月份分组?") == monthly


def test_an_order_goes_with_the_groups_it_was_of():
    first = replace(BEFORE, order=(TOP,), limit=2)
    assert edited(MODEL, alone, first, "按渠道呢") == replace(BEFORE, groupings=CHANNELS)
