"""Turns of a call through a FastGPT on loopback: stages, words, questions, facts, failures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import aclosing

import pytest
from tests.fastgpt.conftest import MakeClient
from tests.fastgpt.test_questions import FORM, SELECT

from yingda.fastgpt.client import FastGPTClient
from yingda.fastgpt.codes import CodeTable
from yingda.fastgpt.failures import FastGPTFailed
from yingda.fastgpt.markers import MarkerConfig
from yingda.fastgpt.names import ChatNames
from yingda.fastgpt.proxy import ProxyConfig, ProxyParts, proxy_answerer
from yingda.fastgpt.stages import StageConfig
from yingda.flows.memory import Remembered
from yingda.testing.builders import collect, turn
from yingda.testing.fastgpt_server import FastGPTServer, Run, chunk, event, node, refusal
from yingda.testing.model_server import Hang, Reset, Scripted
from yingda.turns.events import (
    AnswerDegraded,
    FlowAdvanced,
    HandoffQueued,
    StageEntered,
    StepTimed,
    TextDelta,
    TurnEvent,
    UsageReported,
)
from yingda.turns.types import Turn, Usage

SAID = (TextDelta, StageEntered, AnswerDegraded, HandoffQueued)


class Call:
    """A session and what is remembered of it; `say` is one turn."""

    def __init__(self, client: FastGPTClient, config: ProxyConfig, *, hands_over: bool) -> None:
        self.facts: dict[str, str] = {}
        self.state: str | None = None
        self.turns = 0
        self.handed_over: list[str] = []
        self.parts = ProxyParts(
            client=client,
            names=ChatNames(secret="s"),
            memory=self,
            codes=CodeTable(),
            transfer=self.transfer if hands_over else None,
        )
        self.answer = proxy_answerer(self.parts, config)

    async def recall(self, turn: Turn) -> Remembered:
        return Remembered(state_json=self.state, facts=self.facts)

    async def transfer(self, turn: Turn, reason: str) -> Sequence[TurnEvent]:
        self.handed_over.append(reason)
        return (HandoffQueued(position=1),)

    async def whole(self, text: str) -> list[TurnEvent]:
        self.turns += 1
        events = await collect(self.answer, turn(text, id=f"t{self.turns}", external_id="a1002"))
        self.state = next((one.state_json for one in reversed(events) if isinstance(one, FlowAdvanced)), None)
        return events

    async def say(self, text: str) -> list[TurnEvent]:
        """What a caller sees of a turn."""
        return [one for one in await self.whole(text) if isinstance(one, SAID)]


MakeCall = Callable[..., Call]


@pytest.fixture
def make_call(make_client: MakeClient) -> MakeCall:
    def make(config: ProxyConfig | None = None, *, hands_over: bool = True, **settings: object) -> Call:
        return Call(make_client(**settings), config or ProxyConfig(), hands_over=hands_over)

    return make


def stage(code: str, label: str = "") -> StageEntered:
    return StageEntered(flow="fastgpt", stage=code, code=code, label=label)


IN_CALL, UNCLEAR = stage("1002", "通话中"), stage("0002", "语义无法识别转接人工")


async def test_the_stage_comes_first_and_words_as_they_come(fastgpt: FastGPTServer, make_call: MakeCall):
    nodes = (node("对话", model="m", inputTokens=9, outputTokens=3),)
    fastgpt.script(Run(pieces=("\n<sta", "te>3001</state>", "请问", "现场"), nodes=nodes))
    call = make_call()
    assert await call.whole("您好") == [
        IN_CALL,
        TextDelta(text="请问"),
        TextDelta(text="现场"),
        StepTimed(step="对话", elapsed_ms=120.0, note="chatNode"),
        UsageReported(usage=Usage(model="m", prompt_tokens=9, completion_tokens=3)),
        FlowAdvanced(
            flow="fastgpt", state_json='{"fastgpt": {"code": "1002", "question": null, "sent": {}}}'
        ),
    ]


async def test_words_without_a_marker_leave_at_once(fastgpt: FastGPTServer, make_call: MakeCall):
    fastgpt.script(Scripted(steps=(chunk("您好"), Hang())))
    async with aclosing(make_call().answer(turn("您好"))) as events:
        assert await asyncio.wait_for(anext(events), 2) == TextDelta(text="您好")
    await asyncio.wait_for(fastgpt.requests[0].client_gone.wait(), 2)


async def test_what_is_amiss_with_markers_is_counted(fastgpt: FastGPTServer, make_call: MakeCall):
    fastgpt.script(Run(pieces=("<state>x</state><state>2006</state>请拍照。",)))
    call = make_call()
    assert await call.say("好") == [stage("2004"), TextDelta(text="请拍照。")]
    assert +call.parts.amiss == {"2004": 1, "invalid": 1}


async def test_codes_that_hand_over_do_so_once(fastgpt: FastGPTServer, make_call: MakeCall):
    fastgpt.script(Run(pieces=("<state>2020</state>正在为您转接。",)))
    call = make_call()
    queued = HandoffQueued(position=1)
    assert await call.say("？") == [UNCLEAR, queued, TextDelta(text="正在为您转接。")]
    assert call.handed_over == ["0002"]


async def test_the_last_code_stands_in_where_asked_for(fastgpt: FastGPTServer, make_call: MakeCall):
    fastgpt.script(Run(pieces=("<state>1002</state>甲",)), Run(pieces=("乙",)))
    call = make_call(ProxyConfig(missing_marker="last"))
    await call.say("一")
    assert await call.say("二") == [IN_CALL, TextDelta(text="乙")]


async def test_every_change_as_reported_is_told_where_asked_for(fastgpt: FastGPTServer, make_call: MakeCall):
    marked = "<state>1002</state>甲<state>3001</state>乙<state>0000</state>"
    fastgpt.script(Run(pieces=(marked,)))
    call = make_call(ProxyConfig(stages=StageConfig(markers=MarkerConfig(markers="every"))))
    ended = stage("0000", "结束通话")
    assert await call.say("一") == [IN_CALL, TextDelta(text="甲"), TextDelta(text="乙"), ended]


async def test_a_question_is_spoken_and_its_answer_matched(fastgpt: FastGPTServer, make_call: MakeCall):
    fastgpt.script(Run(pieces=("<state>1002</state>您好。",), interactive=SELECT))
    call = make_call()
    spoken = [TextDelta(text="您好。"), TextDelta(text="\n现场有人受伤吗？\n有人受伤、没有人受伤")]
    assert await call.say("您好") == [IN_CALL, *spoken]
    await call.say("第二个")
    await call.say("第二个")
    asked = [request.body["messages"][0]["content"] for request in fastgpt.requests]
    assert asked == ["您好", "没有人受伤", "第二个"]


async def test_a_form_is_filled_in_turn_by_turn(fastgpt: FastGPTServer, make_call: MakeCall):
    fastgpt.script(Run(interactive=FORM))
    call = make_call()
    assert await call.say("您好") == [TextDelta(text="请填写：\n车牌号")]
    assert await call.say("沪A8939") == [TextDelta(text="几辆车")]
    await call.say("两辆")
    asked = [request.body["messages"][0]["content"] for request in fastgpt.requests]
    assert [asked[0], json.loads(asked[1])] == ["您好", {"hphm1": "沪A8939", "count": 2}]


async def test_facts_go_with_the_next_turn_and_once(fastgpt: FastGPTServer, make_call: MakeCall):
    call = make_call()
    call.facts = {"hphm1": "沪A8939"}
    await call.say("一")
    call.facts = {"hphm1": "沪A8939", "phone": "13800138000"}
    await call.say("二")
    sent = [request.body["variables"] for request in fastgpt.requests]
    assert sent == [{"hphm1": "沪A8939"}, {"phone": "13800138000"}]


APOLOGY = TextDelta(text=ProxyConfig().apology)


@pytest.mark.parametrize(
    ("script", "before", "reason"),
    [
        (refusal(514), [], "fastgpt_refused"),
        (Scripted(steps=(event("error", {"message": "x"}),)), [], "fastgpt_failed"),
        (Scripted(steps=(chunk("<state>1002</state>"), Reset())), [IN_CALL], "fastgpt_broke"),
        (Scripted(steps=(Hang(),)), [], "fastgpt_timed_out"),
    ],
)
async def test_a_failure_before_any_text_is_apologised_for_and_handed_over(
    fastgpt: FastGPTServer, make_call: MakeCall, script: Scripted, before: list[TurnEvent], reason: str
):
    fastgpt.script(script)
    call = make_call(first_byte_s=0.2)
    degraded = AnswerDegraded(reason=reason)
    assert await call.say("您好") == [*before, UNCLEAR, degraded, HandoffQueued(position=1), APOLOGY]
    assert call.handed_over == ["0002"]


async def test_a_failure_is_an_error_after_text_and_where_nobody_takes_over(
    fastgpt: FastGPTServer, make_call: MakeCall
):
    fastgpt.script(Scripted(steps=(chunk("您好"), event("error", {"message": "x"}))), refusal(500))
    with pytest.raises(FastGPTFailed):
        await make_call().say("您好")
    with pytest.raises(FastGPTFailed):
        await make_call(hands_over=False).say("您好")


async def test_a_state_of_another_back_end_is_passed_over(make_call: MakeCall):
    call = make_call()
    call.state = '{"stage": "greet"}'
    assert await call.say("您好") == [IN_CALL, TextDelta(text="您说："), TextDelta(text="您好")]
