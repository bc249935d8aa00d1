"""Tickets on both engines: filed once, found again, changed as the table of states allows."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from yingda.errors import InvalidRequest
from yingda.storage.sql import open_database
from yingda.testing import FrozenClock
from yingda.tickets.store import NoSuchTicket, Search, Tickets
from yingda.tickets.ticket import Change, NewTicket, NotAllowedNow
from yingda.turns.types import ALL_ROLES, Principal

DESK = Principal(tenant="shop", key_id="k1", roles=ALL_ROLES)
ANN = replace(DESK, user_id="ann")
OTHER = replace(DESK, tenant="other")
BROKEN = NewTicket(title="耳机坏了", description="耳机坏了，右边没声音", user_id="ann", related_order="ORD-1")


@pytest.fixture
async def tickets(migrated_database):
    async with open_database(migrated_database) as database:
        yield Tickets(database, FrozenClock())


async def test_a_ticket_is_kept_with_all_that_was_said_of_it(tickets):
    made, is_new = await tickets.create(DESK, BROKEN)
    await tickets.comment(DESK, made.id, "小李", "已联系仓库")
    await tickets.change(DESK, made.id, Change(status="processing", assignee="小李"))
    found, said = await tickets.ticket(ANN, made.id)
    assert (is_new, found.status, found.assignee, found.comment_count) == (True, "processing", "小李", 2)
    assert [(one.number, one.kind, one.text) for one in said] == [
        (1, "comment", "已联系仓库"),
        (2, "change", "status: pending -> processing; assignee: None -> 小李"),
    ]


async def test_one_key_files_one_ticket(tickets):
    keyed = replace(BROKEN, idempotency_key="a")
    filed = await asyncio.gather(*(tickets.create(DESK, keyed) for _ in range(5)))
    assert (len({ticket.id for ticket, _ in filed}), sum(is_new for _, is_new in filed)) == (1, 1)
    with pytest.raises(InvalidRequest):
        await tickets.create(DESK, replace(keyed, title="别的事"))


async def test_closed_is_final(tickets):
    made, _ = await tickets.create(DESK, BROKEN)
    closed = await tickets.change(DESK, made.id, Change(status="closed"))
    assert closed.closed_at is not None
    with pytest.raises(NotAllowedNow):
        await tickets.change(DESK, made.id, Change(status="processing"))


async def test_search_narrows_by_everything_that_is_named(tickets):
    made, _ = await tickets.create(DESK, BROKEN)
    await tickets.create(DESK, replace(BROKEN, user_id="bob", category="complaint", description="太慢"))
    for search, found in (
        (Search(), 2),
        (Search(user_id="ann"), 1),
        (Search(category="complaint"), 1),
        (Search(words="右边 ORD-1"), 1),
        (Search(words="左边"), 0),
        (Search(words=made.id.lower()), 1),
        (Search(words="100%"), 0),
    ):
        assert (await tickets.page(DESK, search)).total == found
    assert await tickets.count(DESK, "ann") == 1


async def test_nobody_sees_another_tenants_or_users_ticket(tickets):
    made, _ = await tickets.create(DESK, replace(BROKEN, user_id="bob"))
    for stranger in (ANN, OTHER):
        assert (await tickets.page(stranger, Search())).total == 0
        with pytest.raises(NoSuchTicket):
            await tickets.ticket(stranger, made.id)
