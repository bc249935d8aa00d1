"""Yes, no and neither."""

from __future__ import annotations

import pytest

from yingda.flows.slots.yesno import yes_or_no


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
