"""Calls go into the desk's one queue, with all that their back end knows of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from yingda.flows.hearing import Heard
from yingda.flows.load import load
from yingda.flows.machine import Machine
from yingda.handoff.card import card_for
from yingda.handoff.desk import Desk
from yingda.handoff.policy import Escalation
from yingda.storage.sql import open_database
from yingda.testing import FrozenClock, turn
from yingda.testing.clock import START
from yingda.turns.events import AnswerDegraded, HandoffQueued, HandoffRequested
from yingda.turns.record import Record
from yingda.turns.types import CallDetails, ConversationId, Message
from yingda.wiring.transfer import code_transfer, flow_transfer

ACCIDENT = Path(__file__).parents[2] / "samples" / "flows" / "accident.yaml"
SAID = (Message(role="user", text="方便", at=START), Message(role="assistant", text="有人受伤吗？", at=START))
CALL = turn("有人流血了", dialect="callflow", external_id="a1002", history=SAID, number=2)
TRANSCRIPT = (*SAID, Message(role="user", text="有人流血了", at=START))


@pytest.fixture
async def database(migrated_sqlite):
    async with open_database(migrated_sqlite) as database:
        yield database


async def test_a_flow_sends_its_packet_ahead_of_less_urgent_chats(database):
    desk, clock = Desk(database), FrozenClock()
    chat = turn("人工", conversation_id=ConversationId("c2"))
    waiting = card_for(chat, Escalation(reason="r", priority="medium", rule="x"), Record())
    await desk.request(chat.principal, "helpdesk", waiting, START)
    machine = Machine(load(ACCIDENT))
    step = machine.advance(
        machine.begin(START), Heard(text="有人流血了，我的车牌是沪A89395", raw="", at=START)
    )
    requested, queued = await flow_transfer(desk, clock)(CALL, machine, step)
    assert isinstance(requested, HandoffRequested)
    card, details = requested.card, requested.card.details
    assert (card.priority, card.escalate_reason, card.turn_count) == ("high", "有人伤转接人工", 2)
    assert (details.call, details.queue, details.code, details.stage) == (
        "a1002",
        "injury",
        "0003",
        "injured",
    )
    assert ("hphm1", "沪A89395", "caller") in [(one.slot, one.value, one.source) for one in details.slots]
    assert details.transcript == TRANSCRIPT
    assert queued == HandoffQueued(position=1)


async def test_a_code_sends_the_transcript(database):
    transfer = code_transfer(Desk(database), FrozenClock(), {"0001": "转接人工"}.get, lambda code: "medium")
    first, again = [await transfer(CALL, "0001") for _ in range(2)]
    (requested, queued) = first
    assert requested.card.details == CallDetails(call="a1002", code="0001", at=START, transcript=TRANSCRIPT)
    assert (requested.card.escalate_reason, queued.position) == ("转接人工", 1)
    assert again[0].handoff_id == requested.handoff_id


async def test_without_a_desk_the_call_goes_on(tmp_path):
    async with open_database(str(tmp_path / "empty.db")) as database:
        transfer = code_transfer(Desk(database), FrozenClock(), str, lambda code: "medium")
        assert await transfer(CALL, "0001") == [AnswerDegraded(reason="store_unavailable")]
