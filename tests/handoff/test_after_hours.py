"""Out of hours: a ticket with a time by which somebody answers; and a card that knows the customer."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from yingda.handoff.answerer import CLOSED, PROMISED, TRANSFERRED, with_handoff
from yingda.handoff.customers import Customers
from yingda.handoff.desk import Desk
from yingda.handoff.hours import WorkingHours
from yingda.handoff.policy import HandoffPolicy
from yingda.storage.sql import open_database
from yingda.testing import FrozenClock, collect, turn
from yingda.testing.clock import START
from yingda.tickets.store import Search, Tickets
from yingda.tickets.ticket import NewTicket
from yingda.turns.events import AgentChosen, AnswerMissed, HandoffRequested, TextDelta, TurnEvent
from yingda.turns.types import Message, Turn

MORNING = WorkingHours(start_hour=9, end_hour=12)
"""The clock says 17:00 at the desk, so it opens again on the sixth at nine."""
PROMISE, OPENING = "2026-01-06 11:00", "2026-01-06 09:00"


def answerer(intent: str, *events: TurnEvent):
    async def answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        yield AgentChosen(agent="a", intent=intent, confidence=1.0)
        for event in events:
            yield event

    return answer


async def gold(user_id: str) -> str:
    return "金卡" if user_id == "ann" else ""


@pytest.fixture
async def database(migrated_sqlite):
    async with open_database(migrated_sqlite) as database:
        yield database


@pytest.fixture
def tickets(database):
    return Tickets(database, FrozenClock())


@pytest.fixture
def handing(database, tickets):
    def wrap(answer, hours=MORNING):
        policy = HandoffPolicy(hours=hours)
        return with_handoff(answer, Desk(database), policy, FrozenClock(), Customers(tickets, gold))

    return wrap


def text_of(events) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_a13_anger_out_of_hours_becomes_one_ticket_with_a_promise(handing, tickets):
    for _ in range(2):
        events = await collect(handing(answerer("emotion_sensitive")), turn("骗子", user_id="ann"))
        (made,) = (await tickets.page(turn("").principal, Search())).items
        assert text_of(events) == PROMISED["zh"].format(ticket=made.id, by=PROMISE)
    assert not any(isinstance(event, HandoffRequested) for event in events)


async def test_who_asks_for_a_human_is_queued_and_told_when_somebody_comes(handing):
    events = await collect(handing(answerer("transfer_to_human")), turn("转人工"))
    assert text_of(events) == TRANSFERRED["zh"] + CLOSED["zh"].format(opens=OPENING)


async def test_the_card_knows_level_tickets_course_and_a_first_step(handing, tickets):
    principal = turn("").principal
    await tickets.create(principal, NewTicket(title="t", description="d", user_id="ann"))
    said = (Message(role="user", text="你们都是骗子，太气人了！", at=START),)
    missing = answerer("knowledge_qa", AnswerMissed(reason="no_passage"))
    asked = turn("在哪买", history=said, number=2, user_id="ann")
    events = await collect(handing(missing, WorkingHours()), asked)
    (card,) = [event.card for event in events if isinstance(event, HandoffRequested)]
    assert (card.rule_matched, card.member_level, card.history_ticket_count) == ("vip_user", "金卡", 1)
    assert card.emotion_course[0] < card.emotion_course[1] == 1.0
    assert "会员" in card.suggested_next_step
