from __future__ import annotations

import re

import pytest
from tests.flows.flow_texts import CONTRACT, SMALL

from yingda.flows.load import FlowInvalid, flow_from_yaml, load, shipped
from yingda.flows.machine import Machine
from yingda.flows.trial import trials


# ruff: noqa: E501
def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(FlowInvalid) as refused:
        flow_from_yaml(text)
    return refused.value.problems


def changed(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new, 1)


@pytest.mark.parametrize("path", [CONTRACT, shipped("accident.yaml")], ids=["contract", "shipped"])
def test_a_flow_passes_its_own_tests(path):
    flow = load(path)
    outcomes = list(trials(Machine(flow)))
    assert [outcome.test for outcome in outcomes] == [test.name for test in flow.tests]
    assert [(outcome.test, outcome.failure) for outcome in outcomes if outcome.failure] == []


def test_every_key_of_the_contract_is_read():
    flow = load(CONTRACT)
    assert (flow.extract, flow.model.timeout_s, flow.model.needs_quote) == (("rules", "llm"), 4.0, True)
    assert (flow.retries, flow.on_fail, flow.max_turns) == (2, "unclear", 60)
    assert (flow.silence.after_s, flow.silence.times, flow.silence.goto) == (8.0, 2, "ended")
    plate, other, phone = (flow.slots[name] for name in ("hphm1", "hphm2", "phone"))
    assert (plate.accumulate, plate.confirm, len(plate.retry)) == (3, "always", 2)
    assert (other.allows_unknown, other.when and other.when.source) == (True, "slots.vehicles >= 2")
    assert (phone.uses_caller_id, flow.slots["injured"].is_sticky) == (True, True)
    assert dict(flow.slots["at"].options) == {
        "timezone": "Asia/Shanghai",
        "past_only": True,
        "max_age_h": 48,
    }
    photo, human = flow.stages["photo_single"], flow.stages["human"]
    assert (photo.awaits and (photo.awaits.key, photo.awaits.timeout_s)) == ("photo_done", 600.0)
    assert (human.handoff and (human.handoff.queue, human.handoff.priority)) == ("accident", "medium")
    assert flow.stages["review"].review is not None
    assert [(rule.when.source, rule.goto, rule.do) for rule in flow.rules][3:] == [
        ("intent.repeat", None, "repeat_last"),
        ("intent.fix", None, "reopen_slot"),
        ("counters.not_understood >= 3", "unclear", None),
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("goto: over", "goto: ovr", "stages.talk.next.0: no stage 'ovr'; did you mean 'over'?"),
        ("start: talk", "start: tlk", "start: no stage 'tlk'; did you mean 'talk'?"),
        ("{goto: lost}}", "{goto: lots}}", "defaults.on_fail: no stage 'lots'; did you mean 'lost'?"),
        (
            "[plate], next",
            "[plat], next",
            "stages.talk.collect: no slot 'plat'; did you mean 'plate'?",
        ),
        ("code: \"0000\"", "code: \"0001\"", "stages.over.code: 0001 is not among the codes; did you mean"),
        ("code: \"0002\"", "code: 0002", "stages.lost.code: a code is a quoted string of four digits"),
        ("{\"0000\": over", "{0000: over", "codes.0: a code is a quoted string of four digits"),
        ("code: \"1002\"", "code: \"102\"", "stages.talk.code: String should match pattern"),
        ("stages:", "stages:\n  nowhere: {code: '1002'}", "stages.nowhere: no way out"),
        (
            "stages:",
            "stages:\n  island: {code: \"1002\", next: [{goto: over}]}",
            "stages.island: nothing leads here",
        ),
        (
            "stages:",
            "remap: {\"0002\": \"1002\", \"1002\": \"0000\"}\nstages:",
            "remap.0002: 1002 is itself reported as something else",
        ),
        (
            "{goto: over}]",
            "{when: slots.plat == 1, goto: over}, {goto: over}]",
            "stages.talk.next.0: 'slots.plat == 1' looks at slots.plat, which is not there; did you mean 'plate'?",
        ),
        ("start:", "globals: [{when: intent.bye, goto: over}]\nstart:", "globals.0: 'intent.bye' looks at intent.bye"),
        ("start:", "globals: [{when: counters.x, goto: over}]\nstart:", "globals.0: 'counters.x' looks at counters.x"),
        ("start:", "globals: [{when: now > 3, goto: over}]\nstart:", "globals.0.when: 'now > 3': 'now' is neither"),
        ("start:", "globals: [{when: facts.x}]\nstart:", "globals.0: either goto or do"),
        ("ask: Plate.", "ask: Plate., agh: 3", "slots.plate: plate_cn has no option 'agh'"),
        ("type: plate_cn", "type: plat_cn", "slots.plate: no type 'plat_cn'; did you mean 'plate_cn'?"),
        ("ask: Plate.", "ask: 'Plate {plat}.'", "slots.plate: {plat} is no slot; did you mean 'plate'?"),
        ("defaults: {on_fail: {goto: lost}}", "defaults: {}", "slots.plate: without on_fail"),
        ("say: Bye., final: true", "say: Bye., final: true, collect: [plate]", "stages.over: a final stage"),
        ("next: [{goto: over}]", "next: [{goto: over}], handoff: {queue: q}", "stages.talk.handoff: only a final"),
        ("collect: [plate], next: [{goto: over}]", "next: [{goto: talk}]", "stages.talk: leads back to itself"),
        ("version: 1", "version: 1\nphrases: {hold_no: wait}", "phrases.hold_no: nothing says this"),
        ("version: 1", "version: 1\nintents: {a: {re: '('}}", "intents.a.re: not a regular expression"),
        ("version: 1", "version: 1\nvesrion: 2", "vesrion: no such key here; did you mean 'version'?"),
        ("version: 1", "version: 1\nversion: 2", "not YAML: line 4: 'version' stands here a second time"),
        ("version: 1", "version: 1\n[a]: 2", "not YAML: line 4: a list or a mapping is no key"),
        ("version: 1", "version: [", "not YAML:"),
        (
            "version: 1",
            "version: 1\ntests: [{name: t, ask: plat, turns: []}]",
            "tests.0 (t): no stage asks for 'plat'; did you mean 'plate'?",
        ),
    ],
)  # fmt: skip
def test_a_problem_is_told_with_its_place(old, new, problem):
    found = problems_of(changed(old, new))
    assert [one for one in found if one.startswith(problem)] != [], found


def test_all_problems_are_told_at_once():
    broken = changed("goto: over", "goto: ovr").replace("start: talk", "start: tlk")
    places = {re.split("[: ]", found)[0] for found in problems_of(broken)}
    assert places >= {"start", "stages.talk.next.0"}


def test_a_file_that_is_no_mapping_is_refused():
    assert problems_of("just words") == (
        "the file: Input should be a valid dictionary or instance of FlowDocument",
    )


def test_normal_priority_is_the_desk_s_medium():
    text = changed("say: A person.,", "handoff: {queue: q, priority: normal},")
    handoff = flow_from_yaml(text).stages["lost"].handoff
    assert handoff is not None
    assert handoff.priority == "medium"
