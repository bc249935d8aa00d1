"""Several things in one message: each answered by its agent, told in order, shown as sub-tasks."""

from __future__ import annotations

from contextlib import aclosing

from yingda.agents.agent import Agent
from yingda.agents.router import route
from yingda.agents.several import with_parts
from yingda.dialects.helpdesk.encode import HelpdeskDialect
from yingda.testing import FrozenClock, collect, turn
from yingda.testing.clock import START
from yingda.turns.events import (
    AgentChosen,
    QuestionRewritten,
    StepTimed,
    TextDelta,
    TurnCompleted,
    TurnStarted,
)
from yingda.turns.record import record_from_events
from yingda.turns.types import ConversationId, TurnId
from yingda.understanding.intents import read
from yingda.understanding.parts import parts_of

BOTH = "查一下订单 2024001, 顺便说说退货政策"


def saying(text):
    async def answer(turn):
        yield TextDelta(text=f"{text}: ")
        yield TextDelta(text=turn.question)

    return answer


AGENTS = (
    Agent(name="documents", intents=frozenset({"knowledge_qa"}), answer=saying("docs")),
    Agent(name="business", intents=frozenset({"business_query"}), answer=saying("orders")),
)
ANSWER = with_parts(route(AGENTS, read, None, FrozenClock()), lambda text: parts_of(text, read))


async def test_each_part_is_answered_by_its_agent():
    assert [event for event in await collect(ANSWER, turn(BOTH)) if not isinstance(event, StepTimed)] == [
        QuestionRewritten(question="查一下订单 2024001", by="rules"),
        AgentChosen(agent="business", intent="business_query", confidence=0.85, emotion_score=1.0),
        TextDelta(text="orders: "),
        TextDelta(text="查一下订单 2024001"),
        QuestionRewritten(question="说说退货政策", by="rules"),
        AgentChosen(agent="documents", intent="knowledge_qa", confidence=0.75, emotion_score=1.0),
        TextDelta(text="\n\n"),
        TextDelta(text="docs: "),
        TextDelta(text="说说退货政策"),
    ]


async def test_the_contract_shows_sub_tasks():
    started = TurnStarted(turn_id=TurnId("t1"), conversation_id=ConversationId("c1"), number=1, at=START)
    events = [started, *await collect(ANSWER, turn(BOTH)), TurnCompleted(at=START)]
    data = HelpdeskDialect().body(record_from_events(events), trace=False)["data"]
    assert (data["intent"], data["sub_tasks"]) == (
        "business_query",
        [
            {"agent_name": "business", "input": "查一下订单 2024001", "result": "orders: 查一下订单 2024001"},
            {"agent_name": "documents", "input": "说说退货政策", "result": "docs: 说说退货政策"},
        ],
    )


async def test_one_thing_is_handed_on_untouched():
    plain = route(AGENTS, read, None, FrozenClock())
    assert await collect(ANSWER, turn("退货政策是什么")) == await collect(plain, turn("退货政策是什么"))


async def test_leaving_early_closes_the_part_at_hand():
    closed = []

    async def endless(turn):
        try:
            while True:
                yield TextDelta(text="…")
        finally:
            closed.append(turn.question)

    async with aclosing(with_parts(endless, lambda text: ("一", "二"))(turn("一二"))) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    assert closed == ["一"]
