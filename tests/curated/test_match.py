"""One collection's answers, and which of them a question gets."""

from __future__ import annotations

import numpy as np
import pytest
from tests.curated.desk import anything, kept, matched

from yingda.curated.match import Matcher

SHOP = [
    kept("怎么退货", similar=("如何申请退货",), negative=("海外订单怎么退货",)),
    kept("退款多久到账"),
    kept("怎么开发票", similar=("发票怎么申请",)),
    kept("X200支持防水吗"),
]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("怎么退货？", "怎么退货"),
        ("请问如何退货", "怎么退货"),
        ("怎麼申請退貨", "怎么退货"),
        ("退款什么时候能到账", "退款多久到账"),
        ("如何申请发票", "怎么开发票"),
        ("海外订单怎么退货", None),
        ("国外的订单怎么退货呢", None),
        ("怎么换货", None),
        ("X300支持防水吗", None),
        ("X200不支持防水吗", None),
        ("今天天气怎么样", None),
        ("", None),
    ],
)
def test_questions_of_a_shop(asked, answer):
    assert matched(Matcher(SHOP), asked) == answer


def test_a_negative_question_vetoes_and_is_named():
    (best, *_) = Matcher(SHOP).matches("海外订单怎么退货？", anything)
    assert (best.answer.id, best.vetoed_by) == ("怎么退货", "海外订单怎么退货")


def test_what_does_not_fit_makes_room_for_what_does():
    two = Matcher([kept("怎么退货", id="a"), kept("如何退货", id="b")])
    found = two.best("怎么退货", lambda answer: answer.id == "b")
    assert (found.answer.id, found.kind, found.question) == ("b", "standard", "如何退货")


def test_a_near_miss_says_what_tells_it_apart():
    (near,) = Matcher(SHOP[3:]).matches("X300支持防水吗", anything)
    assert (near.score < 0.2, near.differences) == (True, ("code",))


def test_answers_of_a_matcher_before_are_read_once():
    before = Matcher(SHOP)
    after = Matcher(SHOP, before=before)
    assert all(after.readings[text] is reading for text, reading in before.readings.items())


def test_a_neighbour_by_vector_is_compared_though_it_shares_few_words():
    vectors = {"怎么退货": np.array([1, 0], np.float32), "保修期是多久": np.array([0, 1], np.float32)}
    matcher = Matcher([kept("怎么退货"), kept("保修期是多久")], vectors=vectors)
    found = matcher.matches("商品想退掉", anything, vectors["怎么退货"])
    assert [match.answer.id for match in found][:1] == ["怎么退货"]
