"""One owner at a time: order, leases, and writes that come too late."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from tests.knowledge.shelving import PRINCIPAL
from tests.knowledge.uploads.receiving import file

from yingda.errors import NotFound
from yingda.knowledge import tables as t
from yingda.knowledge.uploads.queue import ClaimLost, QueueConfig, UploadQueue
from yingda.knowledge.uploads.records import NewUpload
from yingda.testing import FrozenClock
from yingda.turns.clock import SystemClock


@pytest.fixture
def clock():
    frozen = FrozenClock()
    frozen.advance((SystemClock().now() - frozen.now() + timedelta(seconds=5)).total_seconds())
    return frozen


@pytest.fixture
def queue(database, clock):
    return UploadQueue(database, clock, QueueConfig(lease_s=10))


async def test_uploads_are_taken_in_the_order_they_came(door, queue):
    submitted = [(await door.submit(file(f"{n}.txt", str(n)))).document_id for n in range(4)]
    taken = [await queue.claim() for _ in range(5)]
    assert [one and one.document_id for one in taken] == [*submitted, None]


async def test_many_workers_never_have_the_same(door, queue, database, clock):
    for n in range(8):
        await door.submit(file(f"{n}.txt", str(n)))
    others = [UploadQueue(database, clock) for _ in range(12)]
    taken = await asyncio.gather(*(other.claim() for other in others))
    found = [one.document_id for one in taken if one is not None]
    assert (len(found), len(set(found))) == (8, 8)


async def test_what_a_dead_worker_held_is_taken_up_when_its_lease_is_over(door, queue, clock):
    await door.submit(file("a.txt", "refund"))
    first = await queue.claim()
    clock.advance(9)
    await queue.renew(first)
    clock.advance(9)
    assert await queue.claim() is None
    clock.advance(2)
    second = await queue.claim()
    assert (second.document_id, second.tries, second.claim) == (first.document_id, 2, 2)


async def test_who_lost_an_upload_can_write_nothing_more(door, queue, clock):
    await door.submit(file("a.txt", "refund"))
    first = await queue.claim()
    clock.advance(11)
    second = await queue.claim()
    late = (
        queue.renew(first),
        queue.advance(first, "indexing", 80),
        queue.finish(first, ()),
        queue.fail(first, "corrupt", ""),
        queue.release(first),
    )
    for write in late:
        with pytest.raises(ClaimLost):
            await write
    await queue.finish(second, ["a warning"])
    entry = await door.entry(second.document_id)
    assert (entry.state, entry.progress, entry.warnings) == ("ready", 100, ("a warning",))


async def test_a_deleted_upload_belongs_to_nobody(door, queue):
    await door.submit(file("a.txt", "refund"))
    claimed = await queue.claim()
    await door.knowledge.library.delete(PRINCIPAL, claimed.document_id)
    with pytest.raises(ClaimLost):
        await queue.advance(claimed, "indexing", 80)


async def test_a_released_upload_waits_for_its_time_at_its_place(door, queue, clock):
    first, second = [(await door.submit(file(f"{n}.txt", str(n)))).document_id for n in range(2)]
    await queue.release(await queue.claim(), 30, is_its_fault=True)
    assert (await queue.claim()).document_id == second
    clock.advance(31)
    again = await queue.claim()
    assert (again.document_id, again.tries) == (first, 2)
    await queue.release(again)
    assert (await queue.claim()).tries == 2


async def test_nothing_is_kept_of_what_was_deleted_while_it_was_fetched(door, queue, database):
    new = NewUpload(kind="url", name="page", suffix="html", data=None, url="http://shop.example/")
    accepted = await door.submit(new)
    claimed = await queue.claim()
    await door.knowledge.library.delete(PRINCIPAL, accepted.document_id)
    with pytest.raises(NotFound):
        await queue.keep(claimed, b"refund", final_url=new.url, suffix="html")
    async with database.reader.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(t.originals)) == 0
