"""The operators' side on both engines: one conversation is one operator's, and never nobody's for long."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.handoff.claiming import SHOP, desk_over

from yingda.handoff.card import card_for
from yingda.handoff.desk import Desk, Said
from yingda.handoff.log import DeskLog
from yingda.handoff.operating import Acting, DeskConfig
from yingda.handoff.policy import Escalation
from yingda.handoff.queue import NotInThatState
from yingda.storage.sql import open_database
from yingda.testing import FrozenClock, turn
from yingda.testing.clock import START
from yingda.turns.record import Record
from yingda.turns.types import CallDetails, ConversationId

ROOT = Path(__file__).parents[2]
XIAO = Acting(principal=SHOP, operator_id="xiao")


@pytest.fixture
async def database(migrated_database):
    async with open_database(migrated_database) as database:
        yield database


async def waits(database, name: str, priority="medium", after_s: int = 0, queue: str = ""):
    """A conversation that asks for a human."""
    asked = turn("转人工", conversation_id=ConversationId(name))
    card = card_for(asked, Escalation(reason="r", priority=priority, rule="user_request"), Record())
    if queue:
        card = replace(card, details=CallDetails(call=name, code="1", at=START, queue=queue))
    at = START.replace(second=after_s)
    return await Desk(database).request(SHOP, "helpdesk", card, at)


async def test_the_next_one_is_the_most_urgent_then_the_oldest(database):
    for name, priority, after_s in (("late", "high", 2), ("calm", "low", 0), ("early", "high", 1)):
        await waits(database, name, priority, after_s)
    desk = desk_over(database)
    got = [await desk.claim_next(SHOP, "xiao") for _ in range(4)]
    assert [one and one.conversation_id for one in got] == ["early", "late", "calm", None]


async def test_skills_narrow_what_is_next_and_capacity_how_much(database):
    await waits(database, "repairs", "high", queue="repairs")
    await waits(database, "sales", "low", queue="sales")
    await waits(database, "any", "info")
    desk = desk_over(database)
    await desk.enlist(SHOP, "xiao", name="小", capacity=2, skills=["sales"])
    got = [(await desk.claim_next(SHOP, "xiao")).conversation_id for _ in range(2)]
    assert got == ["sales", "any"]
    with pytest.raises(NotInThatState, match="holds 2 of at most 2"):
        await desk.claim_next(SHOP, "xiao")
    assert [(one.id, one.held) for one in await desk.operators(SHOP)] == [("xiao", 2)]


async def test_a_lease_that_runs_out_puts_the_conversation_back_in_its_place(database):
    clock = FrozenClock()
    desk = desk_over(database, clock, DeskConfig(lease_s=60))
    await waits(database, "first")
    await waits(database, "second", after_s=1)
    await desk.claim(SHOP, "first", "xiao")
    clock.advance(50)
    await desk.renew(XIAO, "first")
    clock.advance(50)
    assert await desk.requeue() == 0
    clock.advance(11)
    assert await desk.requeue() == 1
    assert [one.conversation_id for one in await desk.waiting(SHOP, limit=9)] == ["first", "second"]
    with pytest.raises(NotInThatState, match="first is pending, expected assigned"):
        await desk.say(XIAO, "first", "在")
    kinds = [event.kind for event in await DeskLog(database).after(SHOP, "first", 0)]
    assert kinds == ["requested", "claimed", "requeued"]


async def test_only_the_holder_acts_and_only_a_held_one_is_forwarded(database):
    desk, customers = desk_over(database), Desk(database)
    said = Said(conversation_id="c1", text="在吗", at=START)
    await waits(database, "c1")
    assert await customers.forward(SHOP, said) is None
    await desk.claim(SHOP, "c1", "xiao")
    with pytest.raises(NotInThatState, match="assigned by xiao"):
        await desk.say(replace(XIAO, operator_id="wang"), "c1", "在")
    assert await customers.forward(SHOP, said) == "xiao"
    assert await customers.forward(replace(SHOP, tenant="other"), said) is None


async def test_a_conversation_that_comes_back_goes_on_with_its_numbers(database):
    desk = desk_over(database)
    for _ in range(2):
        await waits(database, "c1")
        await desk.claim(SHOP, "c1", "xiao")
        await desk.finish(XIAO, "c1", "resolved", "")
    events = await DeskLog(database).after(SHOP, "c1", 0)
    assert [event.number for event in events] == [1, 2, 3, 4, 5, 6]


async def test_fifty_operators_at_once_take_each_conversation_once(database, migrated_database):
    """Five processes of ten operators each, all let go in the same moment."""
    names = {f"c{n}" for n in range(100)}
    for name in sorted(names):
        await waits(database, name)
    got = await asyncio.to_thread(take_all_at_once, migrated_database)
    assert (len(got), set(got)) == (100, names)


def take_all_at_once(url: str) -> list[str]:
    command = [sys.executable, "-m", "tests.handoff.claiming", url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    running = [subprocess.Popen([*command, f"p{n}"], cwd=ROOT, **pipes) for n in range(5)]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    return [name for process in running for name in json.loads(process.communicate(timeout=120)[0])]
