"""What others know: pushed facts, the calling number, stages that wait, and the packet of a transfer."""

from __future__ import annotations

from tests.flows.flow_texts import accident, call, contract

from yingda.flows.packet import packet
from yingda.flows.trial import NOON

TOLD = "一辆车，今天早上八点，在人民路解放路路口，我的车牌沪A89395，电话13800138000"


def test_a_fact_fills_its_slot_and_needs_no_yes():
    caller = call(accident(), ask="vehicles")
    caller.says("一辆", facts={"hphm1": "沪A89395"})
    held = caller.state.slots["hphm1"]
    assert (held.value, held.source, held.is_confirmed) == ("沪A89395", "fact", True)
    assert caller.asked == ("slot", "at")


def test_a_wrong_fact_stays_a_fact():
    caller = call(accident(), ask="vehicles")
    caller.says("一辆", facts={"hphm1": "沪A8939", "note": "x"})
    assert "hphm1" not in caller.slots
    assert caller.state.facts == {"hphm1": "沪A8939", "note": "x"}


def test_why_a_fact_is_wrong_can_be_asked_before():
    machine = contract()
    found = {
        text: machine.objection(name, text, NOON)
        for name, text in (
            ("hphm1", "沪A89395"),
            ("hphm1", "沪A8939"),
            ("hphm1", "蓝色"),
            ("phone", "13800138000"),
            ("at", "明天早上八点"),
            ("ready", "true"),
            ("anything", "goes"),
        )
    }
    assert found == {
        "沪A89395": None,
        "沪A8939": "incomplete",
        "蓝色": "not_read",
        "13800138000": None,
        "明天早上八点": "future",
        "true": None,
        "goes": None,
    }


def test_a_fact_that_changes_corrects():
    caller = call(accident(), ask="phone")
    caller.says(TOLD, "对", "对")
    caller.says("嗯", facts={"hphm1": "沪B12345"})
    assert caller.slots["hphm1"] == "沪B12345"


def test_a_fact_is_taken_once_and_then_what_the_caller_says_holds():
    caller = call(accident(), ask="phone")
    facts = {"hphm1": "沪A89395"}
    caller.says("一辆车", facts=facts)
    caller.says("车牌不对，是沪B12345", facts=facts)
    assert caller.slots["hphm1"] == "沪B12345"


def test_the_calling_number_is_offered_first_and_may_be_taken():
    caller = call(accident(), ask="place", caller_id="13712340000")
    assert "来电的号码137 1234 0000" in caller.says(
        "一辆车，今天早上八点，沪A89395，在人民路解放路路口", "对"
    )
    caller.says("可以")
    held = caller.state.slots["phone"]
    assert (held.value, held.source, held.is_confirmed) == ("13712340000", "caller_id", True)


def test_a_refused_calling_number_is_not_offered_again():
    caller = call(accident(), ask="place", caller_id="13712340000")
    caller.says("一辆车，今天早上八点，沪A89395，在人民路解放路路口", "对")
    assert caller.says("不用这个") == "请留一个手机号码。"
    assert caller.says("什么呀") == "请再说一遍手机号码，一共十一位。"


def test_a_number_said_before_is_not_overruled_by_the_calling_one():
    caller = call(accident(), ask="place", caller_id="13712340000")
    caller.says("电话13800138000，一辆车，今天早上八点，沪A89395，在人民路解放路路口", "对", "对")
    assert caller.slots["phone"] == "13800138000"


def test_a_stage_waits_for_its_fact():
    caller = call(accident(), ask="phone")
    caller.says(TOLD, "对", "对", "对")
    assert caller.state.stage == "photo_single"
    assert caller.says("好的我在拍") == "正在等待您完成操作，完成后会继续。"
    caller.says(*["在拍了"] * 5, "", "", "")
    assert (caller.state.stage, caller.state.not_understood, caller.state.silences) == ("photo_single", 0, 0)
    caller.says("好了", facts={"photo_done": "1"})
    assert caller.state.stage == "ended"


def test_a_stage_waits_no_longer_than_it_says():
    caller = call(accident(), ask="phone")
    caller.says(TOLD, "对", "对", "对")
    caller.says("", after_s=599)
    assert caller.state.stage == "photo_single"
    caller.says("", after_s=2)
    assert caller.state.stage == "ended"


def test_a_fact_that_came_early_is_not_waited_for():
    caller = call(accident(), ask="phone")
    caller.says(TOLD, facts={"photo_done": "1"})
    caller.says("对", "对", "对")
    assert caller.state.stage == "ended"


def test_a_packet_holds_what_an_operator_needs():
    caller = call(contract(), ask="hphm1")
    caller.says("两车，沪A89395", "对", "13800138000")
    caller.says("我要人工", after_s=30)
    assert caller.step is not None
    assert caller.step.handoff is not None
    sent = packet(caller.machine, caller.step, caller.step.handoff)
    assert (sent.queue, sent.priority, sent.stage, sent.code) == ("accident", "medium", "human", "0001")
    assert (sent.reason, sent.carries_transcript) == ("转接人工", True)
    assert [(slot.name, slot.value, slot.said, slot.source, slot.is_confirmed) for slot in sent.slots] == [
        ("vehicles", 2, "2", "caller", False),
        ("hphm1", "沪A89395", "沪A 893 95", "caller", True),
        ("phone", "13800138000", "138 0013 8000", "caller", False),
    ]
    assert sent.last_question == "请说一下对方的车牌号。"
    assert sent.counters == {"turns": 4, "not_understood": 0, "silences": 0, "failures": 0}
    assert (sent.began_at, sent.handed_over_at) == (NOON, caller.at)


def test_a_packet_leaves_out_what_its_stage_does_not_carry():
    caller = call(contract())
    caller.says("有人流血了")
    assert caller.step is not None
    assert caller.step.handoff is not None
    sent = packet(caller.machine, caller.step, caller.step.handoff)
    assert (sent.queue, sent.priority, sent.code, sent.reason) == ("injury", "high", "0003", "")
