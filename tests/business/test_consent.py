"""B3: yes and no are whole messages; a word inside another sentence is neither."""

from __future__ import annotations

import pytest

from yingda.business.consent import consent


@pytest.mark.parametrize(
    "message", ["确认", "好的，确认退货", "是的没错", "提交吧", "嗯", "OK", "yes, please", "go ahead"]
)
def test_agrees(message):
    assert consent(message) == "yes"


@pytest.mark.parametrize(
    "message", ["取消", "算了", "先不退了", "不用了谢谢", "不确认", "还是算了吧", "no", "cancel", "不对"]
)
def test_declines(message):
    assert consent(message) == "no"


@pytest.mark.parametrize(
    "message",
    [
        "对账单",
        "iPhone",
        "确认一下我的订单",
        "我要查物流",
        "请取消订单提醒",
        "confirmation",
        "？",
        "对不起",
        "不想要了",
    ],
)
def test_is_something_else(message):
    assert consent(message) is None


@pytest.mark.parametrize(
    ("message", "verdict"), [("取消", None), ("确认取消", "yes"), ("不取消", "no"), ("确认", "yes")]
)
def test_a_bare_cancel_may_mean_both_where_a_cancellation_is_confirmed(message, verdict):
    assert consent(message, cancelling=True) == verdict


def test_a_hostile_message_is_read_in_no_time():
    assert [consent("就这样" * 600 + "x"), consent("嗯" * 2000)] == [None, None]
