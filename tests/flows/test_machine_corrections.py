"""What was said is put right: which slot, what it clears, where it leads, and what is said about it."""

from __future__ import annotations

import pytest
from tests.flows.flow_texts import Call, accident, call

TOLD = "一辆车，今天早上八点，在人民路解放路路口，我的车牌沪A89395，电话13800138000"


def reviewed() -> Call:
    caller = call(accident(), ask="phone")
    caller.says(TOLD, "对", "对")
    assert caller.state.stage == "review"
    return caller


@pytest.mark.parametrize(
    ("words", "slot", "value"),
    [
        ("不对，车牌是沪B89395", "hphm1", "沪B89395"),
        ("车牌改成沪B89395", "hphm1", "沪B89395"),
        ("说错了，是沪B89395", "hphm1", "沪B89395"),
        ("电话错了，是13911112222", "phone", "13911112222"),
        ("手机号最后四位是八零零幺", "phone", "13800138001"),
        ("时间改成今天早上九点", "at", "2025-03-31T09:00:00+08:00"),
        ("地点不对，是在延安路江苏路路口", "place", "延安路江苏路路口"),
        ("不是一辆车，是两辆车", "vehicles", 2),
    ],
)
def test_a_correction_finds_its_slot_by_kind_and_value(words, slot, value):
    caller = reviewed()
    before = caller.slots
    caller.says(words)
    assert caller.slots == {**before, slot: value}


def test_a_new_value_with_read_back_is_read_back():
    caller = reviewed()
    assert caller.says("车牌改成沪B89395") == "跟您核对一下：沪B 893 95，对吗？"
    assert "沪B 893 95" in caller.says("对")
    assert caller.state.stage == "review"


def test_a_new_value_without_read_back_is_told():
    assert reviewed().says("时间改成今天早上九点").startswith("好的，已改为3月31日9点")


def test_two_values_at_once():
    caller = reviewed()
    caller.says("车牌改成沪B89395，时间改成今天早上九点")
    assert (caller.slots["hphm1"], caller.slots["at"]) == ("沪B89395", "2025-03-31T09:00:00+08:00")


def test_a_yes_with_another_value_is_no_yes():
    caller = reviewed()
    caller.says("是，车牌是沪B89395")
    assert (caller.state.stage, caller.slots["hphm1"]) == ("facts", "沪B89395")


def test_a_named_slot_is_asked_anew():
    caller = reviewed()
    assert caller.says("车牌不对").endswith("请说一下您的车牌号。")
    assert caller.asked == ("slot", "hphm1")


def test_a_bare_no_asks_which():
    caller = reviewed()
    assert caller.says("不对") == "好的，请问哪一项需要更正？"
    caller.says("时间")
    assert caller.asked == ("slot", "at")


def test_which_may_be_answered_by_the_value():
    caller = reviewed()
    caller.says("不对", "今天早上九点")
    assert caller.slots["at"] == "2025-03-31T09:00:00+08:00"


def test_a_change_leads_back_to_the_stage_it_matters_to():
    caller = reviewed()
    caller.says("不是一辆车，是两辆车")
    assert (caller.state.stage, caller.asked) == ("facts", ("slot", "hphm2"))
    assert caller.state.path == ("facts",)


def test_the_same_value_again_changes_nothing():
    caller = reviewed()
    before = caller.state.slots
    caller.says("车牌是沪A89395，对的")
    assert caller.state.slots == before
    assert caller.state.stage == "photo_single"


def test_a_correction_beside_another_question_keeps_that_question():
    caller = call(accident(), ask="phone")
    caller.says("一辆车，今天早上八点，在人民路解放路路口", "对了时间说错了，是今天早上九点")
    assert caller.slots["at"] == "2025-03-31T09:00:00+08:00"
    caller.says("沪A89395", "对")
    assert caller.asked == ("slot", "phone")


def test_an_answer_and_a_correction_in_one_breath():
    caller = call(accident(), ask="vehicles")
    caller.says("今天早上八点")
    caller.says("一辆车，时间说错了，是今天早上九点")
    assert caller.slots == {"vehicles": 1, "at": "2025-03-31T09:00:00+08:00"}


def test_a_refused_read_back_asks_again():
    caller = call(accident(), ask="hphm1")
    caller.says("沪A89395")
    assert caller.says("不对") == "请从省份简称开始再说一遍。"


def test_the_value_again_is_a_yes():
    caller = call(accident(), ask="hphm1")
    caller.says("沪A89395", "沪A89395")
    assert caller.state.slots["hphm1"].is_confirmed


def test_a_correction_of_another_value_keeps_the_read_back_open():
    caller = call(accident(), ask="hphm2")
    caller.says("两辆车，我的是沪A11111", "对", "对方苏E5Q312")
    caller.says("不对，我的车牌是沪B22222")
    assert (caller.slots["hphm1"], caller.slots["hphm2"]) == ("沪B22222", "苏E5Q312")
    assert caller.asked == ("confirm", "hphm1")


def test_an_unknown_may_be_made_good():
    caller = call(accident(), ask="hphm2")
    caller.says("两辆车，不知道")
    assert caller.slots["hphm2"] is None
    caller.says("对方车牌想起来了，是苏E5Q312，改一下")
    assert caller.slots["hphm2"] == "苏E5Q312"
