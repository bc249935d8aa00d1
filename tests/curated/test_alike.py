"""Pairs of questions: what only looks alike is told apart, and most of what is the same is seen."""

from __future__ import annotations

import pytest
from benchmarks.quality.curated import LEAST_FOUND, MOST_FALSE, VARIANTS, rates

from yingda.curated.agreement import differences
from yingda.curated.alike import likeness
from yingda.curated.match import MatchConfig
from yingda.curated.reading import exact_form, read


def alike(one: str, other: str, cosine: float | None = None) -> float:
    return likeness(read(one), read(other), lambda word: 1.0, cosine).score


@pytest.mark.parametrize(("one", "other"), VARIANTS)
def test_looks_and_manners_make_no_other_question(one, other):
    assert alike(one, other) == 1.0


@pytest.mark.parametrize("half", ["curated_tuned", "curated_held_out"])
def test_few_false_and_most_true_pairs_are_found(half):
    found, false, _ = rates(half, MatchConfig().threshold)
    assert (found >= LEAST_FOUND, false <= MOST_FALSE) == (True, True)


@pytest.mark.parametrize(
    ("one", "other", "told_by"),
    [
        ("3天内能发货吗", "5天内能发货吗", "figure"),
        ("A100多少钱", "A200多少钱", "code"),
        ("可以退货吗", "不可以退货吗", "negation"),
        ("没付款能发货吗", "付款没发货吗", "negation"),
        ("怎么打开蓝牙", "怎么关闭蓝牙", "alternative"),
        ("从北京到上海要几天", "从上海到北京要几天", "direction"),
        ("Flights from Paris to Rome?", "Flights from Rome to Paris?", "direction"),
        ("买家可以取消卖家的订单吗", "卖家可以取消买家的订单吗", "party"),
        ("南京有门店吗", "武汉有门店吗", "name"),
        ("退货运费谁承担", "退货运费多少钱", "question_type"),
    ],
)
def test_each_check_names_what_it_found(one, other, told_by):
    assert told_by in differences(read(one), read(other))
    assert alike(one, other) < 0.2


def test_likeness_is_symmetric():
    one, other = read("怎么修改收货地址"), read("收货地址填错了怎么改")
    even = lambda word: 1.0  # noqa: E731
    assert likeness(one, other, even) == likeness(other, one, even)


def test_vectors_help_a_paraphrase_and_never_a_look_alike():
    words = alike("快递丢了谁赔", "包裹遗失由谁赔偿")
    assert alike("快递丢了谁赔", "包裹遗失由谁赔偿", cosine=0.98) > words
    assert alike("怎么打开蓝牙", "怎么关闭蓝牙", cosine=0.99) < 0.2


@pytest.mark.parametrize("question", ["怎么办", "在吗？", "배송은 언제 오나요", "返品できますか"])
def test_what_cannot_be_compared_is_only_equal_to_itself(question):
    assert (alike(question, question + "?"), alike(question, "怎么退货")) == (1.0, 0.0)
    assert alike(question, question + "x") == 0.0


@pytest.mark.parametrize(
    ("one", "other"), [("-5度能用吗", "5度能用吗"), ("3.5元", "35元"), ("C++", "C"), ("1-2天", "12天")]
)
def test_marks_that_mean_something_stay(one, other):
    assert exact_form(one) != exact_form(other)
