"""Whatever callers say, a dialogue stays legal, repeatable, and can be written down."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.flows.flow_texts import accident, contract

from yingda.flows import state as states
from yingda.flows.hearing import Heard, Proposal
from yingda.flows.machine import Machine, Step
from yingda.flows.state import State
from yingda.flows.trial import NOON
from yingda.understanding.values import heard as normalised

UTTERANCES = (
    "", "方便", "不方便", "没有", "有", "没有人受伤", "有人流血了", "没人受伤但是他骨折了", "一辆",
    "两辆车追尾", "沪A89395", "沪A", "八九三", "不对，是沪B89395", "对方是苏E5Q312", "不知道",
    "今天早上八点", "明天", "刚才", "在人民路解放路路口", "13800138000", "幺三八", "零零幺三八零零零",
    "最后四位是八零零幺", "对", "不对", "是的", "车牌", "时间说错了", "电话改成13911112222", "等一下",
    "再说一遍", "跳过", "上一个问题", "取消", "转人工", "再见", "你是机器人吗", "为什么要问这个",
    "他妈的", "喂", "谢谢", "三辆，不对", "asdf", "🙂", "。。。", "\u0000", "一二三四五六七八九十",
)  # fmt: skip
PROPOSALS = st.builds(
    Proposal,
    slot=st.sampled_from(["ready", "injured", "vehicles", "hphm1", "hphm2", "at", "place", "phone", "x"]),
    value=st.one_of(
        st.none(), st.booleans(), st.integers(-5, 20), st.floats(allow_nan=False), st.text(max_size=12)
    ),
    quote=st.sampled_from([*UTTERANCES]),
)
TURNS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(UTTERANCES), st.text(max_size=20)),
        st.dictionaries(
            st.sampled_from(["hphm1", "phone", "photo_done", "injured", "at", "x"]),
            st.sampled_from(["沪A89395", "13800138000", "true", "false", "1", ""]),
            max_size=2,
        ),
        st.lists(PROPOSALS, max_size=2),
    ),
    max_size=25,
)
MACHINES = {"contract": contract(), "accident": accident()}


def steps_of(machine: Machine, turns: list, *, through_text: bool) -> list[Step]:
    state, steps = machine.begin(NOON), []
    for number, (raw, facts, proposals) in enumerate(turns):
        at = NOON + timedelta(seconds=5 * number)
        heard = Heard(
            text=normalised(raw),
            raw=raw,
            at=at,
            facts=facts,
            caller_id="13712340000",
            proposals=proposals,
        )
        steps.append(machine.advance(state, heard))
        state = restored(steps[-1].state) if through_text else steps[-1].state
    return steps


def restored(state: State) -> State:
    return states.load(states.dump(state))


@pytest.mark.parametrize("name", MACHINES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(turns=TURNS)
def test_a_dialogue_stays_legal_and_repeatable(name: str, turns: list):
    machine = MACHINES[name]
    steps = steps_of(machine, turns, through_text=False)
    assert steps_of(machine, turns, through_text=True) == steps
    for step in steps:
        code = machine.flow.reported(step.stage.code)
        assert step.stage.name == step.state.stage
        assert machine.flow.stages[step.state.stage] == step.stage
        assert (len(code), code.isdigit(), code in machine.flow.codes) == (4, True, True)
        assert step.state.is_over == step.stage.is_final
        assert step.text
        assert set(step.state.slots) <= set(machine.flow.slots)
        assert json.loads(states.dump(step.state))["stage"] == step.state.stage


@pytest.mark.parametrize("name", MACHINES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(turns=TURNS)
def test_every_call_ends(name: str, turns: list):
    machine = MACHINES[name]
    lost = [("蓝色的", {}, [])] * (machine.flow.max_turns + 1)
    assert steps_of(machine, turns + lost, through_text=False)[-1].state.is_over


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"stage": 3}', "not json"])
def test_a_state_that_cannot_be_read_is_refused(text: str):
    with pytest.raises(ValueError, match="valid"):
        states.load(text)
