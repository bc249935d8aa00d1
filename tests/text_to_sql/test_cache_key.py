"""Which data questions may share an answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.text_to_sql.answering import BY_REGION, LAST_MONTH, MODEL, REVENUE

from yingda.testing.builders import PRINCIPAL, turn
from yingda.text_to_sql.cache_key import DataState, data_key

ASKED = turn("总销售额")
TODAY = DataState(day="2026-01-05", now_s=1000.0)
KEY = data_key(ASKED, MODEL, REVENUE, TODAY)
FRESH = replace(MODEL, freshness_s=60.0)


@pytest.mark.parametrize(
    "other",
    [
        data_key(turn("销售额"), MODEL, REVENUE, TODAY),
        data_key(ASKED, MODEL, BY_REGION, TODAY),
        data_key(ASKED, MODEL, replace(REVENUE, time=LAST_MONTH), TODAY),
        data_key(ASKED, MODEL, None, TODAY),
        data_key(ASKED, replace(MODEL, version="2"), REVENUE, TODAY),
        data_key(ASKED, MODEL, REVENUE, replace(TODAY, day="2026-01-06")),
        data_key(ASKED, MODEL, REVENUE, replace(TODAY, revision=1)),
        data_key(replace(ASKED, user_id="ann"), MODEL, REVENUE, TODAY),
        data_key(
            replace(ASKED, principal=replace(PRINCIPAL, roles=frozenset({"chat"}))), MODEL, REVENUE, TODAY
        ),
        data_key(replace(ASKED, principal=replace(PRINCIPAL, tenant="b")), MODEL, REVENUE, TODAY),
    ],
)
def test_another_question_asker_model_day_or_lesson_is_another_key(other: str):
    assert other != KEY


def test_a_later_turn_of_another_conversation_shares_it():
    assert data_key(turn(" 总销售额 ", number=7), MODEL, REVENUE, replace(TODAY, now_s=9000.0)) == KEY


def test_no_answer_is_older_than_the_model_lets_it_be():
    keys = [data_key(ASKED, FRESH, REVENUE, replace(TODAY, now_s=now)) for now in (960.0, 1019.0, 1020.0)]
    assert (keys[0] == keys[1], keys[1] == keys[2]) == (True, False)
