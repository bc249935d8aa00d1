"""A human is called when the policy says so, once, with a filled card; till then the bot answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import pytest
from tests.handoff.claiming import desk_over

from yingda.errors import StoreUnavailable, TakenOver
from yingda.handoff.answerer import NO_DESK, TRANSFERRED, with_handoff
from yingda.handoff.desk import Desk
from yingda.handoff.log import DeskLog
from yingda.handoff.policy import Facts, HandoffPolicy, escalation_for
from yingda.storage.sql import open_database
from yingda.testing import FrozenClock, collect, turn
from yingda.testing.clock import START
from yingda.turns.events import (
    AgentChosen,
    AnswerMissed,
    HandoffRequested,
    MessageForwarded,
    TextDelta,
    TurnEvent,
)
from yingda.turns.types import ConversationId, Message, Turn

SAID = (
    Message(role="user", text="耳机坏了", at=START),
    Message(role="assistant", text="抱歉，知识库中未找到相关内容。", at=START),
)


def answerer(intent: str, *events: TurnEvent):
    async def answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        yield AgentChosen(agent="a", intent=intent, confidence=1.0, emotion_score=0.8)
        for event in events:
            yield event

    return answer


@pytest.fixture
async def database(migrated_sqlite):
    async with open_database(migrated_sqlite) as database:
        yield database


@pytest.fixture
def handing(database):
    def wrap(answer):
        return with_handoff(answer, Desk(database), HandoffPolicy(), FrozenClock())

    return wrap


def text_of(events) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


@pytest.mark.parametrize(
    ("intent", "failed", "handoff", "rule"),
    [
        ("transfer_to_human", 0, None, "user_request"),
        ("emotion_sensitive", 0, None, "emotion_anger"),
        ("knowledge_qa", 1, None, None),
        ("knowledge_qa", 2, None, "consecutive_failures"),
        ("transfer_to_human", 0, "resolved", "user_request"),
        ("transfer_to_human", 9, "pending", None),
        ("transfer_to_human", 9, "assigned", None),
    ],
)
def test_the_policy_as_a_table(intent, failed, handoff, rule):
    facts = Facts(intent=intent, failed_attempts=failed, handoff=handoff)
    due = escalation_for(HandoffPolicy(), facts)
    assert (due.rule if due else None) == rule


async def test_a_request_for_a_human_is_queued_with_a_card(handing):
    asked = turn("转人工", history=SAID, number=2, user_id="u1")
    _, requested, queued, text = await collect(handing(answerer("transfer_to_human")), asked)
    card = requested.card
    assert (text.text, queued.position) == (TRANSFERRED["zh"], 1)
    assert (card.escalate_reason, card.priority, card.turn_count) == ("用户要求转接人工客服", "highest", 2)
    assert (card.user_id, card.attempted_solutions) == ("u1", ("抱歉，知识库中未找到相关内容。",))
    assert card.conversation_summary == "用户：耳机坏了 / 客服：抱歉，知识库中未找到相关内容。 / 用户：转人工"


async def test_the_second_miss_in_a_row_calls_a_human_after_the_answer(handing):
    missing = answerer("knowledge_qa", TextDelta(text="抱歉。"), AnswerMissed(reason="no_passage"))
    events = await collect(handing(missing), turn("在哪买", failed_attempts=1))
    assert text_of(events) == "抱歉。\n\n" + TRANSFERRED["zh"]
    (requested,) = [event for event in events if isinstance(event, HandoffRequested)]
    assert requested.card.escalate_reason == "连续 2 轮未解决"
    assert requested.card.attempted_solutions == ("抱歉。",)


async def test_while_a_request_waits_the_bot_answers_and_tells_the_place(handing):
    await collect(handing(answerer("transfer_to_human")), turn("转人工"))
    waiting = turn("运费多少", handoff="pending", failed_attempts=0)
    events = await collect(handing(answerer("knowledge_qa", TextDelta(text="满 99 元包邮。"))), waiting)
    assert text_of(events).startswith("满 99 元包邮。\n\n")
    assert "第 1 位" in text_of(events)
    assert not any(isinstance(event, HandoffRequested) for event in events)


async def test_asking_again_while_waiting_only_tells_the_place(handing):
    await collect(handing(answerer("transfer_to_human")), turn("转人工"))
    events = await collect(handing(answerer("transfer_to_human")), turn("转人工!", handoff="pending"))
    assert "第 1 位" in text_of(events)


async def test_the_queue_is_by_urgency_then_by_time(handing):
    calm = turn("买不到", conversation_id=ConversationId("calm"), failed_attempts=2)
    angry = turn("骗子", conversation_id=ConversationId("angry"))
    await collect(handing(answerer("knowledge_qa")), calm)
    *_, queued, _ = await collect(handing(answerer("emotion_sensitive")), angry)
    assert queued.position == 1


async def test_another_tenants_queue_does_not_count(handing):
    await collect(handing(answerer("transfer_to_human")), turn("转人工"))
    other = turn("转人工", conversation_id=ConversationId("c2"))
    other = replace(other, principal=replace(other.principal, tenant="other"))
    *_, queued, _ = await collect(handing(answerer("transfer_to_human")), other)
    assert queued.position == 1


async def test_a_desk_that_is_away_is_told_not_promised(tmp_path):
    async with open_database(str(tmp_path / "empty.db")) as database:  # never migrated: no queue in it
        desk = Desk(database)
        with pytest.raises(StoreUnavailable):
            await desk.position(turn("").principal, "c1")
        handing = with_handoff(answerer("transfer_to_human"), desk, HandoffPolicy(), FrozenClock())
        events = await collect(handing, turn("转人工"))
    assert text_of(events) == NO_DESK["zh"]


async def test_what_was_begun_inside_is_closed_when_a_human_takes_over(handing):
    closed = []

    async def long_answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        try:
            yield AgentChosen(agent="a", intent="transfer_to_human", confidence=1.0)
            yield TextDelta(text="never said")
        finally:
            closed.append(turn.id)

    async with aclosing(handing(long_answer)(turn("转人工"))) as events:
        assert "never said" not in text_of([event async for event in events])
    assert closed == ["t1"]


async def test_an_operator_who_comes_while_the_bot_answers_ends_that_answer(database):
    desk = Desk(database)
    await collect(
        with_handoff(answerer("transfer_to_human"), desk, HandoffPolicy(), FrozenClock()), turn("转人工")
    )
    operators = desk_over(database)

    async def slow(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        yield AgentChosen(agent="a", intent="knowledge_qa", confidence=1.0)
        await operators.claim(turn.principal, turn.conversation_id, "xiao")
        yield TextDelta(text="满 99 元包邮。")

    handing = with_handoff(slow, desk, HandoffPolicy(), FrozenClock())
    with pytest.raises(TakenOver):
        await collect(handing, turn("运费多少", handoff="pending"))
    events = await DeskLog(database).after(turn("").principal, turn("").conversation_id, 0)
    assert [(one.kind, one.text) for one in events][-1] == ("customer", "运费多少")


async def test_what_is_said_to_an_operator_is_forwarded_and_not_answered(database):
    desk = Desk(database)
    handing = with_handoff(answerer("transfer_to_human"), desk, HandoffPolicy(), FrozenClock())
    await collect(handing, turn("转人工"))
    await desk_over(database).claim(turn("").principal, turn("").conversation_id, "xiao")
    chosen, forwarded = await collect(handing, turn("在吗", handoff="pending"))
    assert (chosen.agent, forwarded) == ("operator", MessageForwarded(operator="xiao"))
