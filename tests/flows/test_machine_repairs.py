"""What callers say beside the point, and how the open question survives it."""

from __future__ import annotations

import pytest
from tests.flows.flow_texts import accident, call


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("你是机器人吗", "我是自动语音助手，正在为您登记信息。"),
        ("喂，听得到吗", "我在，请讲。"),
        ("谢谢啊", "不客气。"),
        ("为什么要问这个", "登记好车牌、时间、地点和电话，就能安排处理，大约两分钟。"),
        ("你他妈快点", "我理解您现在着急，我会尽快帮您处理。"),
    ],
)
def test_a_digression_is_answered_and_only_the_question_comes_back(words, said):
    caller = call(accident())
    caller.says("方便")
    assert caller.says(words) == said + "请问现场有没有人受伤？"
    assert (caller.state.failures, caller.asked) == ({}, ("slot", "injured"))


def test_a_greeting_is_answered_by_the_greeting():
    caller = call(accident())
    assert caller.says("喂，你好") == "您好，这里是交通事故受理专线。现在方便说话吗？"


def test_repeating_says_the_last_words_again():
    caller = call(accident())
    first = caller.says("方便")
    assert caller.says("没听清") == first
    assert caller.slots == {"ready": True}


def test_repeating_after_an_aside_says_the_question():
    caller = call(accident(), ask="phone")
    caller.says("等一下")
    assert caller.says("你说什么") == "请留一个手机号码。"


@pytest.mark.parametrize("words", ["慢一点", "再说一遍", "听不清", "say that again"])
def test_slower_and_again_are_the_same(words):
    caller = call(accident(), ask="phone")
    assert caller.says(words) == "请留一个手机号码。"


def test_holding_on_costs_nothing():
    caller = call(accident(), ask="phone")
    assert caller.says("等一下", "稍等", "我看一下", "别急") == "好的，不着急，您准备好了再说。"
    assert (caller.state.failures, caller.state.not_understood) == ({}, 0)
    assert caller.asked == ("slot", "phone")


def test_holding_on_with_an_answer_is_an_answer():
    caller = call(accident(), ask="hphm1")
    caller.says("等一下啊，我看一下，沪A89395")
    assert caller.slots == {"hphm1": "沪A89395"}


def test_a_slot_may_be_skipped_where_it_may_be_unknown():
    caller = call(accident(), ask="hphm2")
    caller.says("跳过")
    assert caller.slots == {"hphm2": None}
    caller = call(accident(), ask="phone")
    assert caller.says("跳过") == "这一项需要您提供。请留一个手机号码。"


def test_a_value_that_is_known_is_not_skipped_away():
    caller = call(accident(), ask="hphm2")
    caller.says("对方是苏E5Q312", "跳过")
    assert caller.slots == {"hphm2": "苏E5Q312"}


def test_going_back_opens_the_last_answer():
    caller = call(accident(), ask="vehicles")
    caller.says("一辆", "沪A89395", "对")
    assert caller.says("回到上一个问题") == "请说一下您的车牌号。"
    assert caller.slots == {"vehicles": 1}


def test_going_back_over_a_stage():
    caller = call(accident())
    caller.says("方便", "没有", "上一个问题")
    assert (caller.state.stage, caller.asked) == ("safety", ("slot", "injured"))


def test_before_the_first_answer_there_is_nothing_to_go_back_to():
    caller = call(accident())
    assert caller.says("喂", "上一步") == "前面没有别的问题了。现在方便说话吗？"


def test_cancelling_is_asked_back():
    caller = call(accident(), ask="phone")
    assert caller.says("我要取消") == "您是要取消这次报案吗？"
    assert caller.says("不是") == "好的，那我们继续。一共涉及几辆车？"
    caller.says("取消", "取消")
    assert caller.state.stage == "ended"


def test_an_unclear_answer_to_the_cancelling_goes_on():
    caller = call(accident(), ask="phone")
    caller.says("一辆车，沪A89395", "取消", "蓝色的")
    assert caller.asked == ("confirm", "hphm1")


@pytest.mark.parametrize("words", ["没听清", "你好", "你是谁", "别急"])
def test_words_beside_the_point_are_no_yes_and_no_no(words):
    caller = call(accident())
    caller.says("方便", words)
    assert caller.slots == {"ready": True}


def test_free_words_do_not_swallow_what_is_beside_the_point():
    caller = call(accident(), ask="place")
    caller.says("等一下我看看")
    assert caller.slots == {}
    caller.says("那个你再说一遍")
    assert caller.slots == {}
    assert caller.state.failures == {}
