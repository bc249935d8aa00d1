"""Routing by rules, with and without a small model that helps, hangs, fails or babbles."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from yingda.agents.agent import Agent
from yingda.agents.router import route
from yingda.errors import ModelUnavailable
from yingda.llm.types import UsageChunk
from yingda.testing import FrozenClock, ScriptedModel, collect, turn
from yingda.testing.clock import START
from yingda.turns.events import AgentChosen, StepTimed, TextDelta, UsageReported
from yingda.turns.types import Message, Usage
from yingda.understanding.intents import read


def saying(text):
    async def answer(turn):
        yield TextDelta(text=f"{text}: {turn.question}")

    return answer


AGENTS = (
    Agent(name="knowledge", intents=frozenset({"knowledge_qa"}), answer=saying("docs")),
    Agent(name="business", intents=frozenset({"business_query"}), answer=saying("orders")),
    Agent(name="chitchat", intents=frozenset({"chitchat"}), answer=saying("chat")),
)


def routed(small=None):
    return route(AGENTS, read, small, FrozenClock())


def chosen(agent, intent, confidence, emotion_score=1.0):
    return AgentChosen(agent=agent, intent=intent, confidence=confidence, emotion_score=emotion_score)


def step(note):
    return StepTimed(step="route", elapsed_ms=0.0, note=note)


async def test_clear_messages_need_no_model():
    small = ScriptedModel(["chitchat"])
    assert await collect(routed(small), turn("我的订单什么时候发货?")) == [
        step("rules"),
        chosen("business", "business_query", 0.9),
        TextDelta(text="orders: 我的订单什么时候发货?"),
    ]
    assert small.prompts == []


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("滚！", chosen("knowledge", "emotion_sensitive", 0.9, 0.0)),
        ("转人工", chosen("knowledge", "transfer_to_human", 0.95)),
        ("我要投诉，太差劲了", chosen("knowledge", "ticket", 0.9, 0.4)),
        ("???", chosen("knowledge", "unknown", 0.9)),
    ],
)
async def test_the_first_agent_takes_what_none_claims(text, event):
    assert (await collect(routed(), turn(text)))[1] == event


async def test_the_intent_is_that_of_the_resolved_question():
    asked = turn("那它到哪了，太慢了", question="我的订单到哪了，太慢了")
    assert (await collect(routed(), asked))[1] == chosen("business", "business_query", 0.9, 0.7)


async def test_what_is_said_outright_outweighs_the_resolved_question():
    asked = turn("谢谢", question="我的订单到哪了")
    assert (await collect(routed(), asked))[1] == chosen("chitchat", "chitchat", 0.95)


async def test_a_small_model_decides_where_the_rules_doubt():
    usage = Usage(model="scripted", prompt_tokens=90, completion_tokens=3)
    small = ScriptedModel(["business", "_query\n", UsageChunk(usage)])
    assert await collect(routed(small), turn("耳机坏了")) == [
        UsageReported(usage=usage),
        step("model scripted"),
        chosen("business", "business_query", 0.75),
        TextDelta(text="orders: 耳机坏了"),
    ]
    assert small.prompts[0].messages[-1].text == "耳机坏了"


@pytest.mark.parametrize(
    ("script", "note"),
    [
        (["business_query, because the order is broken"], "rules, model: no label"),
        (["emotion_sensitive"], "rules, model: no label"),
        ([""], "rules, model: no label"),
        (["x" * 5000], "rules, model: no label"),
        ([ModelUnavailable()], "rules, model: model_unavailable"),
        (["business", ModelUnavailable()], "rules, model: model_unavailable"),
        ([ValueError("bug")], "rules, model: internal_error"),
        ([asyncio.Event()], "rules, model: timeout"),
        (["business_query", asyncio.Event()], "rules, model: timeout"),
    ],
)
async def test_a_model_of_no_help_changes_only_the_ledger(script, note):
    plain = await collect(routed(), turn("耳机坏了"))
    assert await collect(routed(ScriptedModel(script)), turn("耳机坏了")) == [step(note), *plain[1:]]


async def test_a_hanging_model_is_closed():
    small = ScriptedModel([asyncio.Event()])
    await collect(routed(small), turn("耳机坏了"))
    assert small.abandoned == 1


async def test_no_model_is_asked_after_the_time_to_route():
    small = ScriptedModel(["business_query"])
    events = await collect(routed(small), turn("耳机坏了", route_by_s=1000.0))
    assert (events[0], small.prompts) == (step("rules, model: no time"), [])


async def test_leaving_early_closes_the_agent():
    closed = []

    async def endless(turn):
        try:
            while True:
                yield TextDelta(text="…")
        finally:
            closed.append(turn.id)

    answer = route([Agent(name="a", intents=frozenset(), answer=endless)], read, None, FrozenClock())
    async with aclosing(answer(turn("你好"))) as events:
        async for event in events:
            if type(event) is TextDelta:
                break
    assert closed == ["t1"]


async def test_the_score_is_the_conversations():
    said = tuple(
        Message(role=role, text=text, at=START)
        for role, text in (("user", "滚！"), ("assistant", "抱歉"), ("user", "你好"))
    )
    events = await collect(routed(), turn("退换货政策是什么?", history=said))
    assert events[1] == chosen("knowledge", "knowledge_qa", 0.75, 0.91)
