"""Yes, no and neither."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from yingda.flows.slots import slot_type
from yingda.flows.slots.slot import Hearing
from yingda.flows.slots.yesno import yes_or_no

NOON = datetime(2025, 3, 31, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "value"),
    [("好的", None), ("可以", None), ("方便的", None), ("有", True), ("是的", True), ("没有", False)],
)
def test_whether_there_is_something_is_no_matter_of_consent(said, value):
    heard = Hearing(text=said, raw=said, at=NOON, is_asked=True)
    reading = slot_type("yesno", {"is_there": True}).read(heard)
    assert (reading.value if reading else None) is value


def test_only_the_two_values_are_taken():
    heard = Hearing(text="", raw="", at=NOON)
    kind = slot_type("yesno", {})
    assert [kind.object_to(value, heard) for value in (True, False, "yes", 1)] == [
        None,
        None,
        "no_yesno",
        "no_yesno",
    ]


@pytest.mark.parametrize(
    "said",
    [
        "嗯", "对", "是的", "对对对", "好嘞", "可以", "没问题", "没有错", "方便", "我现在方便", "有",
        "有的", "有两个人受伤", "对，没错", "方便，你说吧", "就用这个，对", "OK", "yes", "确认",
        "行吧", "是我", "你说",
    ],
)  # fmt: skip
def test_yes(said):
    assert yes_or_no(said) is True


@pytest.mark.parametrize(
    "said",
    [
        "没有", "没", "不是", "不对不对", "不方便", "不太方便", "没有人受伤", "人没事", "未受伤",
        "对，没有", "是的，没有", "错了", "换一个", "no", "nope", "不用了", "没啥事",
    ],
)  # fmt: skip
def test_no(said):
    assert yes_or_no(said) is False


@pytest.mark.parametrize(
    "said",
    [
        "有没有", "有没有人受伤", "是不是", "方便不方便", "不是没有", "不是不方便", "不知道",
        "可能有吧", "好像有", "是吗", "什么", "中山路", "对方的车", "我的车动不了了", "三辆",
        "沪A八九三九五", "有一个，没有", "",
    ],
)  # fmt: skip
def test_neither(said):
    assert yes_or_no(said) is None


def test_a_flow_has_words_of_its_own():
    assert [yes_or_no(said, yes=["流血"], no=["皮外伤"]) for said in ("流血了", "一点皮外伤")] == [
        True,
        False,
    ]
