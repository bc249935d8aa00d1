"""What stands above the stages: injuries by clause, requests for people, endings, and counters."""

from __future__ import annotations

import pytest
from tests.flows.flow_texts import SMALL, accident, call, contract, machine_of

INJURED = [
    "有人受伤了", "没有大事，但是对方司机流血了", "没人受伤但是我头上流血了", "没有人受伤不过有一个人骨折",
    "没有人受伤 有人流血", "我撞到一个行人", "快叫救护车", "他腿很疼", "车没事人受伤了",
]  # fmt: skip
UNHURT = [
    "没有人受伤", "没人受伤", "没有受伤流血", "人都没受伤", "没有任何人员受伤", "没看到有人受伤",
    "不用叫救护车",     "未发生人员受伤", "没撞到人", "撞到人家的车了", "撞到人行道了", "有没有人受伤是吧",
]  # fmt: skip


@pytest.mark.parametrize("make", [contract, accident])
@pytest.mark.parametrize("words", ["有人流血了", "没人受伤但是有人流血", "没有人受伤 有人流血了"])
def test_every_flow_hears_an_injury_behind_a_denial(make, words):
    caller = call(make())
    caller.says("方便", words)
    assert caller.state.stage == "injured"


@pytest.mark.parametrize("words", INJURED)
def test_an_injury_goes_to_people_from_anywhere(words):
    caller = call(accident(), ask="phone")
    assert caller.says(words) == "请不要移动伤者，马上为您转接人工。"
    assert (caller.state.stage, caller.state.is_over) == ("injured", True)


@pytest.mark.parametrize("words", UNHURT)
def test_no_injury_is_invented(words):
    caller = call(accident(), ask="phone")
    caller.says(words)
    assert caller.state.stage == "facts"


def test_only_a_denial_of_the_direct_question_counts():
    caller = call(contract())
    caller.says("方便，没有人受伤")
    assert "injured" not in caller.slots
    caller.says("没有")
    assert caller.slots["injured"] is False


def test_a_pushed_denial_does_not_count():
    caller = call(contract())
    caller.says("方便", facts={"injured": "false"})
    caller.says("在的", facts={"injured": "false"})
    assert "injured" not in caller.slots


def test_a_pushed_injury_counts():
    caller = call(contract())
    caller.says("方便", facts={"injured": "true"})
    assert caller.state.stage == "injured"


def test_a_person_comes_at_once_and_gets_what_was_said():
    caller = call(accident(), ask="hphm1")
    assert caller.says("沪A89395，帮我转人工") == "正在为您转接人工。"
    assert caller.slots == {"hphm1": "沪A89395"}
    assert caller.step is not None
    assert caller.step.handoff is not None


def test_a_flow_without_a_rule_for_it_has_people_too():
    caller = call(machine_of(SMALL))
    assert caller.says("我要人工客服") == "A person."


def test_the_first_rule_that_holds_wins():
    caller = call(accident())
    caller.says("帮我转人工，有人受伤")
    assert caller.state.stage == "injured"


def test_a_rule_fires_when_it_comes_true_not_as_long_as_it_is_true():
    rule = "globals: [{when: counters.turns >= 2, goto: note}]"
    text = SMALL.replace("start: talk", f"{rule}\nstart: talk").replace(
        "stages:", "stages:\n  note: {code: '1002', say: Note., collect: [plate], next: [{goto: over}]}"
    )
    caller = call(machine_of(text))
    assert [caller.says("那个"), caller.says("那个"), caller.says("那个")] == [
        "Plate.",
        "Note.Plate.",
        "Plate.",
    ]


def test_nothing_is_said_before_a_rule_leads_away():
    caller = call(accident(), ask="at")
    assert caller.says("明天早上八点，有人受伤") == "请不要移动伤者，马上为您转接人工。"


def test_silence_repeats_the_question_and_ends_the_call_in_the_end():
    caller = call(accident())
    caller.says("方便")
    assert caller.says("") == "请问现场有没有人受伤？"
    assert caller.state.failures == {}
    assert (caller.says(" "), caller.state.stage) == ("感谢您的配合，再见。", "ended")


def test_only_silences_in_a_row_count():
    caller = call(accident())
    caller.says("方便", "", "没有", "")
    assert (caller.state.stage, caller.state.silences) == ("facts", 1)


def test_a_call_that_begins_with_silence_is_greeted():
    caller = call(accident())
    assert caller.says("") == "您好，这里是交通事故受理专线。现在方便说话吗？"
    assert caller.state.silences == 0


def test_a_call_has_a_longest_length():
    caller = call(accident())
    caller.says(*["等一下"] * 61)
    assert caller.state.stage == "unclear"


def test_what_is_over_stays_over():
    caller = call(accident())
    caller.says("帮我转人工")
    after = caller.state
    assert (caller.says("沪A89395"), caller.state.stage) == ("正在为您转接人工。", "human")
    assert caller.state.slots == after.slots
    assert caller.step is not None
    assert caller.step.handoff is None
