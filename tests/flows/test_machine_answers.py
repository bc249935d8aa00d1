"""Values: asked for, given early, in pieces, refused, and not understood."""

from __future__ import annotations

from tests.flows.flow_texts import SMALL, accident, call, contract, machine_of

from yingda.flows.slots.slot import Hearing, Reading


def test_values_given_early_are_kept_and_the_order_of_questions_stays():
    caller = call(accident(), ask="vehicles")
    caller.says("电话13800138000，今天早上八点，在人民路解放路路口")
    assert caller.slots == {
        "phone": "13800138000",
        "at": "2025-03-31T08:00:00+08:00",
        "place": "人民路解放路路口",
    }
    assert caller.asked == ("slot", "vehicles")
    caller.says("一辆")
    assert caller.asked == ("slot", "hphm1")


def test_values_given_early_answer_across_stages():
    caller = call(contract())
    caller.says("方便，我单车撞护栏了，沪A89395")
    assert caller.slots == {"ready": True, "vehicles": 1, "hphm1": "沪A89395"}
    assert caller.asked == ("slot", "injured")


def test_a_strict_stage_takes_values_only_as_asked():
    strict = SMALL.replace("slots:\n", "slots:\n  phone: {type: mobile_cn, ask: Phone.}\n").replace(
        "collect: [plate]", "collect: [plate, phone], order: strict"
    )
    caller = call(machine_of(strict))
    caller.says("沪A89395，电话13800138000")
    assert caller.slots == {"plate": "沪A89395"}
    caller.says("13800138000")
    assert caller.slots == {"plate": "沪A89395", "phone": "13800138000"}


def test_a_plate_goes_to_the_car_it_is_said_of():
    caller = call(accident(), ask="at")
    caller.says("对方的车牌是苏E5Q312，两车追尾，我的车牌沪A89395")
    assert (caller.slots["hphm1"], caller.slots["hphm2"]) == ("沪A89395", "苏E5Q312")


def test_one_value_goes_to_one_slot():
    caller = call(accident(), ask="hphm1")
    caller.says("两辆车，沪A89395")
    assert caller.slots == {"vehicles": 2, "hphm1": "沪A89395"}


def test_digits_of_another_kind_are_no_answer():
    caller = call(accident(), ask="phone")
    caller.says("一辆车，我的车牌是沪A89395")
    assert "phone" not in caller.slots
    assert caller.state.pieces == {}
    assert caller.slots["hphm1"] == "沪A89395"


def test_pieces_of_several_answers_make_one_value():
    caller = call(contract(), ask="phone")
    assert caller.says("幺三八") == "嗯，请继续说。"
    caller.says("零零幺三", "八零零零")
    assert caller.slots == {"phone": "13800138000"}


def test_pieces_outlive_a_digression():
    caller = call(contract(), ask="phone")
    caller.says("幺三八", "等一下", "零零幺三八零零零")
    assert caller.slots == {"phone": "13800138000"}


def test_too_many_pieces_are_a_failed_answer():
    caller = call(contract(), ask="phone")
    caller.says("幺三", "八零", "零幺")
    assert caller.state.pieces["phone"].count == 3
    assert "手机号码" in caller.says("三八")
    assert (caller.state.pieces, caller.state.failures) == ({}, {"slot:phone": 1})


def test_who_takes_a_piece_back_begins_anew():
    caller = call(contract(), ask="phone")
    caller.says("幺三九", "不对，重新说，幺三八零零", "幺三八零零零")
    assert caller.slots == {"phone": "13800138000"}


def test_a_question_gets_other_words_by_attempt_and_leads_out_in_the_end():
    caller = call(contract(), ask="hphm1")
    said = [caller.says("蓝色的"), caller.says("就是那个"), caller.says("蓝色的车")]
    assert said == [
        "请从省份简称开始再说一遍。",
        "请一个字一个字地说车牌号。",
        "为您转接人工坐席。",
    ]
    assert caller.state.stage == "unclear"


def test_the_last_wording_repeats():
    machine = machine_of(SMALL.replace("ask: Plate.", "ask: Plate., retry: [Again.], retries: 5"))
    caller = call(machine, ask="plate")
    assert [caller.says("那个"), caller.says("那个"), caller.says("那个")] == ["Again.", "Again.", "Again."]


def test_an_unacceptable_value_counts_as_a_failed_answer():
    caller = call(accident(), ask="at")
    assert caller.says("明天早上八点").startswith("这个时间还没有到。")
    assert caller.says("三天前").startswith("这个时间太早了。")
    caller.says("明天早上八点")
    assert caller.state.stage == "unclear"


def test_a_read_back_that_is_refused_too_often_leads_out():
    caller = call(accident(), ask="hphm1")
    caller.says("沪A89395", "不对", "沪A89394", "不对", "沪A89393", "不对")
    assert caller.state.stage == "unclear"


def test_a_right_value_forgives_what_went_before():
    caller = call(accident(), ask="hphm1")
    caller.says("什么呀这是", "沪A89395", "对")
    assert caller.state.failures == {}


def test_not_knowing_is_an_answer_where_it_may_be():
    caller = call(accident(), ask="hphm2")
    caller.says("不知道")
    assert caller.slots == {"hphm2": None}
    caller = call(accident(), ask="hphm1")
    caller.says("不知道")
    assert caller.slots == {}


def test_who_does_not_know_but_says_it_is_heard():
    caller = call(accident(), ask="hphm2")
    caller.says("不确定，好像是苏E5Q312")
    assert caller.slots == {"hphm2": "苏E5Q312"}


def test_a_slot_that_became_needless_is_cleared_and_not_asked():
    caller = call(accident(), ask="vehicles")
    caller.says("两辆，我的车牌沪A89395，对方苏E5Q312", "对", "对")
    assert caller.slots["hphm2"] == "苏E5Q312"
    caller.says("说错了，是一辆车")
    assert "hphm2" not in caller.slots
    assert caller.asked == ("slot", "at")


def test_a_mended_mishearing_is_read_back_even_where_nothing_else_is():
    caller = call(machine_of(SMALL))
    assert "沪A" in caller.says("户A八九三九五")
    assert caller.asked == ("confirm", "plate")


def test_a_place_keeps_the_words_it_was_said_in():
    caller = call(accident(), ask="place")
    caller.says("就在中山北路和曹杨路路口那个加油站旁边")
    assert "曹杨路" in caller.state.slots["place"].quote


def test_not_understood_counts_only_in_a_row():
    caller = call(accident(), ask="at")
    caller.says("蓝色的", "蓝色的")
    assert caller.state.not_understood == 2
    caller.says("等一下")
    assert caller.state.not_understood == 0


def test_what_is_taken_back_in_the_same_breath_is_asked_anew():
    caller = call(accident(), ask="vehicles")
    assert caller.says("三辆，不对") == "一共涉及几辆车？"
    assert (caller.slots, caller.state.failures) == ({}, {})
    caller.says("三辆，不对，两辆")
    assert caller.slots == {"vehicles": 2}


def test_a_value_is_validated_once():
    asked: list[object] = []

    class Counting:
        name = "text"

        def read(self, hearing: Hearing) -> Reading | None:
            return Reading(value=hearing.text, quote=hearing.text) if hearing.is_asked else None

        def object_to(self, value: object, hearing: Hearing) -> str | None:
            asked.append(value)
            return None

        def say(self, value: object) -> str:
            return str(value)

    machine = machine_of(SMALL)
    caller = call(type(machine)(machine.flow, {"plate": Counting()}))
    caller.says("abc")
    assert asked == ["abc"]
