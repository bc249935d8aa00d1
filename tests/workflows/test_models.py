"""Nodes that ask models, and what they do without one."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from tests.workflows.drawing import ASKED, chain, drawn, edge, given, gives, node, says
from tests.workflows.running import Call, without_engine

from yingda.errors import ModelUnavailable
from yingda.llm.types import ReasoningChunk, UsageChunk
from yingda.testing.builders import turn
from yingda.testing.scripted_model import ScriptedModel
from yingda.turns.events import ReasoningDelta, StageEntered, TextDelta, UsageReported
from yingda.turns.types import Usage
from yingda.workflows.choices import Option
from yingda.workflows.nodes.classify import by_rules


def asking(model: ScriptedModel):
    return without_engine(models={"m1": model}.get)


def chat(**inputs: object) -> dict:
    shown = {"model": "m1", "userChatInput": ASKED, "history": 1} | inputs
    return node(
        "c1", "chatNode", *(given(key, value) for key, value in shown.items()), outputs=gives("answerText")
    )


async def test_a_reply_streams_with_its_stage_first():
    usage = Usage(model="m", prompt_tokens=5, completion_tokens=3)
    model = ScriptedModel([ReasoningChunk("hm"), "<sta", "te>3001</state>", "你", "好", UsageChunk(usage)])
    call = Call(chain(chat(systemPrompt="Be {{userId}}brief.")), asking(model))
    await call.say("hi")
    assert call.events[1:6] == [
        ReasoningDelta(text="hm"),
        StageEntered(flow="test", stage="1002", code="1002", label="通话中"),
        TextDelta(text="你"),
        TextDelta(text="好"),
        UsageReported(usage=usage),
    ]


async def test_the_prompt_holds_history_quotes_and_the_authors_words():
    model = ScriptedModel(["one"], ["two"], ["three"])
    quotes = [{"id": "1", "q": "Q1", "a": "A1", "sourceName": "doc"}]
    call = Call(
        chain(
            chat(
                systemPrompt="Be brief.",
                quoteQA=quotes,
                quotePrompt="Known: {{quote}}",
                temperature=5,
                maxToken=77,
            )
        ),
        asking(model),
    )
    for text in ("a", "b", "c"):
        await call.say(text)
    prompt = model.prompts[-1]
    assert [(one.role, one.text) for one in prompt.messages] == [
        ("system", "Be brief.\n\n===---===---===\n\nKnown: [1] doc\nQ1\nA1"),
        ("user", "b"),
        ("assistant", "two"),
        ("user", "c"),
    ]
    assert (prompt.temperature, prompt.max_tokens) == (0.5, 77)


async def test_a_node_hands_the_chat_on_to_the_next():
    first, second = ScriptedModel(["one"]), ScriptedModel(["two"])
    nodes = [
        chat() | {"outputs": gives("answerText", "history")},
        chat(model="m2", history=["c1", "history"], userChatInput="more", stringQuoteText="doc")
        | {"nodeId": "c2"},
    ]
    await Call(chain(*nodes), without_engine(models={"m1": first, "m2": second}.get)).say("hi")
    shown = [(one.role, one.text) for one in second.prompts[0].messages]
    assert shown[1:] == [("user", "hi"), ("assistant", "one"), ("user", "more")]
    assert "<passages>\ndoc\n</passages>" in shown[0][1]


async def test_a_silent_node_only_hands_its_text_on():
    model = ScriptedModel(["thought"])
    program = chain(chat(isResponseAnswerText=False), says("s1", "I {{$c1.answerText$}}"))
    assert await Call(program, asking(model)).say("hi") == "I thought"


async def test_two_replies_at_once_do_not_mix():
    wait = asyncio.Event()
    slow, quick = ScriptedModel(["a", wait, "b"]), ScriptedModel(["1", "2"])
    two = [chat() | {"nodeId": "c1"}, chat(model="m2") | {"nodeId": "c2"}, says("s1", "!")]
    edges = [edge("start0", "c1"), edge("start0", "c2"), edge("c2", "s1")]
    services = without_engine(models={"m1": slow, "m2": quick}.get)
    call = Call(drawn(two, edges), services)
    saying = asyncio.create_task(call.say("hi"))
    await quick.asked.wait()
    wait.set()
    assert await saying == "ab12\n!"


async def test_a_failing_model_is_an_error_of_the_node():
    program = drawn(
        [chat() | {"catchError": True}, says("s1", "sorry")],
        [edge("start0", "c1"), edge("c1", "s1", "source_catch-right")],
    )
    assert await Call(program, asking(ScriptedModel([ModelUnavailable("down")]))).say("hi") == "sorry"


AGENTS = [{"key": "k1", "value": "报案"}, {"key": "k2", "value": "查询进度"}, {"key": "k3", "value": "其他"}]


def sorting(model: str = "m1"):
    sort = node(
        "q1",
        "classifyQuestion",
        given("model", model),
        given("userChatInput", ASKED),
        given("history", 6),
        given("agents", AGENTS),
    )
    answers = [says(f"s{n}", one["value"]) for n, one in enumerate(AGENTS, 1)]
    return drawn([sort, *answers], [edge("start0", "q1"), *(edge("q1", f"s{n}", f"k{n}") for n in (1, 2, 3))])


REPLIES = [("k2", "查询进度"), ("The class is 报案.", "报案"), ("no idea", "其他"), ("k2 k1", "报案")]


@pytest.mark.parametrize(("reply", "said"), REPLIES)
async def test_a_class_is_read_off_the_reply(reply, said):
    assert await Call(sorting(), asking(ScriptedModel([reply]))).say("喂") == said


async def test_the_class_before_is_told_to_the_model():
    model = ScriptedModel(["k2"], ["k1"])
    call = Call(sorting(), asking(model))
    await call.say("一")
    await call.say("二")
    assert "The utterance before was of class k2." in model.prompts[1].messages[0].text


RULES = [
    ("我要报案", "报案"),
    ("帮我查询进度", "查询进度"),
    ("查询一下进度", "查询进度"),
    ("不是报案", "其他"),
    ("今天天气", "其他"),
]


@pytest.mark.parametrize(("text", "said"), RULES)
async def test_without_a_model_rules_sort(text, said):
    call = Call(sorting("unmapped"))
    assert await call.say(text) == said
    assert call.outcomes[-1].responses[1]["classifiedBy"] == "rules"


@pytest.mark.parametrize("text", ["没人受伤", "没有人受伤", "没有受伤", "人都没事，未受伤", "nobody"])
def test_rules_invent_no_injury(text):
    classes = [Option("k1", "有人受伤、流血"), Option("k2", "其他")]
    assert by_rules(text, classes).key == "k2"


KEYS = [
    {"key": "plate", "desc": "车牌号", "required": True, "valueType": "string"},
    {"key": "cars", "desc": "车辆数", "required": True, "valueType": "number", "defaultValue": 1},
    {"key": "kind", "desc": "事故类型", "required": False, "valueType": "string", "enum": "追尾\n刮擦"},
    {"key": "hurt", "desc": "是否有人受伤", "required": False, "valueType": "boolean"},
]


def reading():
    read = node(
        "x1",
        "contentExtract",
        given("model", "m1"),
        given("content", ASKED),
        given("extractKeys", KEYS),
        given("description", "an accident"),
        outputs=gives("success", "fields", "plate", "cars"),
    )
    return chain(read, says("s1", "{{$x1.success$}} {{$x1.fields$}}"))


EXTRACTED = [
    (
        '{"plate": "沪A1", "cars": "2", "kind": "追尾", "hurt": true, "other": 1}',
        'true {"plate":"沪A1","cars":2,"kind":"追尾","hurt":true}',
    ),
    ('Sure: {"plate": "", "kind": "飞行"} ok', 'false {"plate":"","cars":1}'),
    ("{cars: 3}", 'false {"plate":"","cars":3}'),
]


@pytest.mark.parametrize(("reply", "said"), EXTRACTED)
async def test_values_are_read_off_the_reply(reply, said):
    assert await Call(reading(), asking(ScriptedModel([reply]))).say("喂") == said


BY_RULES = [
    ("没有人受伤", 'false {"plate":"","cars":1,"hurt":false}'),
    ("有人受伤，三辆车", 'false {"plate":"","cars":3,"hurt":true}'),
    ("两辆车追尾，车牌沪A89395", 'false {"plate":"沪A89395","cars":2,"kind":"追尾"}'),
    ("没有追尾，是刮擦", 'false {"plate":"","cars":1,"kind":"刮擦"}'),
]


@pytest.mark.parametrize(("text", "said"), BY_RULES)
@pytest.mark.parametrize(
    "model", [None, ScriptedModel(["no json"]), ScriptedModel([ModelUnavailable("down")])]
)
async def test_without_a_model_rules_read(text, said, model):
    call = Call(reading(), without_engine(models=lambda name: model))
    assert await call.say(text) == said
    assert call.outcomes[-1].responses[1]["extractedBy"] == "rules"


async def test_a_caller_who_hangs_up_stops_the_model():
    model = ScriptedModel(["a", asyncio.Event()])
    call = Call(chain(chat()), asking(model))
    answer = call.answer()
    async with aclosing(answer(turn("hi"))) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    assert model.abandoned == 1


async def test_the_model_sees_its_own_markers_again():
    model = ScriptedModel(["<state>1002</state>one"], ["two"])
    call = Call(chain(chat()), asking(model))
    for text in ("a", "b"):
        await call.say(text)
    assert model.prompts[1].messages[1].text == "<state>1002</state>one"


async def test_a_model_that_is_late_is_an_error_that_can_be_caught():
    program = drawn(
        [chat() | {"catchError": True}, says("s1", "sorry")],
        [edge("start0", "c1"), edge("c1", "s1", "source_catch-right")],
    )
    call = Call(program, asking(ScriptedModel([asyncio.Event()])))
    assert await call.say("hi", answer_by_s=1000.05) == "sorry"
