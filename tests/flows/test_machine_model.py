"""A model proposes, with the caller's words; the machine decides."""

from __future__ import annotations

from tests.flows.flow_texts import CONTRACT, accident, call, contract, machine_of

from yingda.flows.hearing import Proposal


def proposed(slot: str, value: object, quote: str) -> list[Proposal]:
    return [Proposal(slot=slot, value=value, quote=quote)]  # type: ignore[arg-type]


def test_a_proposal_with_the_callers_words_is_taken():
    caller = call(accident(), ask="vehicles")
    caller.says("我这边和他那边", proposals=proposed("vehicles", 2, "我这边和他那边"))
    held = caller.state.slots["vehicles"]
    assert (held.value, held.source, held.quote) == (2, "model", "我这边和他那边")


def test_a_proposal_without_the_callers_words_is_not():
    caller = call(accident(), ask="vehicles")
    caller.says("我这边和他那边", proposals=proposed("vehicles", 2, "两辆车"))
    caller.says("我这边和他那边", proposals=proposed("vehicles", 2, ""))
    assert caller.slots == {}


def test_a_proposal_passes_the_same_validator():
    caller = call(accident(), ask="vehicles")
    for slot, value in (
        ("vehicles", 12),
        ("vehicles", "two"),
        ("vehicles", True),
        ("phone", "12345"),
        ("hphm1", "A"),
        ("at", "tomorrow"),
        ("at", "2025-04-01T08:00"),
        ("at", None),
        ("injured", "perhaps"),
        ("place", 3),
        ("nothing", 1),
    ):
        caller.says("蓝色的", proposals=proposed(slot, value, "蓝色的"))
        assert caller.slots == {}
        caller.state = caller.machine.begin(caller.at, ask="vehicles")


def test_the_callers_words_come_before_the_models():
    caller = call(accident(), ask="vehicles")
    caller.says("三辆车", proposals=proposed("vehicles", 2, "三辆车"))
    assert caller.slots == {"vehicles": 3}


def test_a_model_may_raise_an_injury_but_not_deny_one():
    caller = call(contract())
    caller.says("方便，他站不起来了", proposals=proposed("injured", True, "他站不起来了"))
    assert caller.state.stage == "injured"
    caller = call(contract())
    caller.says("方便")
    caller.says("大家都好着呢", proposals=proposed("injured", False, "大家都好着呢"))
    assert "injured" not in caller.slots


def test_a_model_never_chooses_a_stage():
    caller = call(accident())
    caller.says("方便", proposals=proposed("stage", "human", "方便"))
    assert caller.state.stage == "safety"


def test_a_flow_may_do_without_a_model():
    text = CONTRACT.read_text("utf-8").replace("extract: [rules, llm]", "extract: [rules]")
    caller = call(machine_of(text), ask="vehicles")
    caller.says("我这边和他那边", proposals=proposed("vehicles", 2, "我这边和他那边"))
    assert caller.slots == {}
