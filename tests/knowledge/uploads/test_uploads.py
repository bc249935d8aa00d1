"""What enters the queue: an id at once, a name of its own, once per reference, and no more than fit."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from tests.knowledge.shelving import PRINCIPAL, STRANGER
from tests.knowledge.uploads.receiving import file, receiving

from yingda.errors import InvalidRequest, NotFound
from yingda.knowledge import tables as t
from yingda.knowledge.registry.collections import numbered
from yingda.knowledge.uploads.originals import PART_BYTES
from yingda.knowledge.uploads.records import Accepted, Entry
from yingda.knowledge.uploads.uploads import QuotaReached, UploadsConfig
from yingda.turns.types import DEFAULT_COLLECTION


async def test_an_upload_is_listed_at_once_under_its_document_id(door):
    accepted = await door.submit(file("a.txt", "refund", tags=("sale",), language="en", client_ref="r1"))
    assert re.fullmatch("[0-9a-f]{32}", accepted.document_id)
    entry = await door.entry(accepted.document_id)
    assert entry == Entry(
        document_id=accepted.document_id,
        name="a.txt",
        kind="file",
        state="queued",
        progress=0,
        is_enabled=True,
        has_original=True,
        created_at=entry.created_at,
        updated_at=entry.updated_at,
        size_bytes=6,
        sha256=hashlib.sha256(b"refund").hexdigest(),
        tags=("sale",),
        language="en",
        client_ref="r1",
    )


async def test_a_taken_name_gets_the_smallest_free_number(door):
    await door.knowledge.ingest("a.txt", "from elsewhere")
    names = [(await door.submit(file("a.txt", str(n)))).name for n in range(3)]
    assert names == ["a (1).txt", "a (2).txt", "a (3).txt"]
    assert (await door.submit(file("a.txt", "x"), STRANGER)).name == "a.txt"


async def test_uploads_of_one_name_at_once_have_different_names(door):
    accepted = await asyncio.gather(*(door.submit(file("a.txt", str(n))) for n in range(6)))
    assert len({one.name for one in accepted}) == 6


@pytest.mark.parametrize(
    ("name", "number", "numbered_name"),
    [
        ("a.txt", 0, "a.txt"),
        ("a.txt", 2, "a (2).txt"),
        ("没有扩展名", 1, "没有扩展名 (1)"),
        ("Vol. 2 of all", 1, "Vol. 2 of all (1)"),
        (".hidden", 1, ".hidden (1)"),
        ("长" * 124 + ".txt", 1, "长" * 120 + " (1).txt"),
        ("长" * 124 + ".txt", 10, "长" * 119 + " (10).txt"),
    ],
)
def test_the_number_stands_before_the_extension_and_the_name_stays_short(name, number, numbered_name):
    assert numbered(name, number, 128) == numbered_name
    assert len(numbered_name) <= 128


async def test_a_repeat_with_the_same_reference_is_the_same_upload(door):
    first = await door.submit(file("a.txt", "refund", client_ref="r1"))
    again = await door.submit(file("b.txt", "other", client_ref="r1"))
    theirs = await door.submit(file("a.txt", "refund", client_ref="r1"), STRANGER)
    assert (again, theirs.document_id == first.document_id) == (first, False)


async def test_the_same_bytes_are_told(door):
    here = await door.knowledge.ingest("old.txt", "refund")
    first = await door.submit(file("a.txt", "refund"))
    other = await door.submit(file("b.txt", "return"))
    again = await door.submit(file("c.txt", "return"))
    theirs = await door.submit(file("a.txt", "refund"), STRANGER)
    assert [one.duplicate_of for one in (first, other, again, theirs)] == [
        here.document_id,
        None,
        other.document_id,
        None,
    ]


async def test_large_originals_are_kept_in_parts_and_erased_with_the_document(door, database):
    text = "x" * (2 * PART_BYTES + 1)
    accepted = await door.submit(file("a.txt", text))
    original = await door.catalogue.original(PRINCIPAL, accepted.document_id)
    parts = [part async for part in door.catalogue.parts(accepted.document_id, original)]
    assert (b"".join(parts).decode() == text, [len(part) for part in parts]) == (
        True,
        [PART_BYTES, PART_BYTES, 1],
    )
    await door.knowledge.library.delete(PRINCIPAL, accepted.document_id)
    async with database.reader.connect() as connection:
        counts = [
            await connection.scalar(select(func.count()).select_from(one)) for one in (t.originals, t.uploads)
        ]
    assert counts == [0, 0]


async def test_a_full_project_takes_no_more_and_others_still_do(knowledge, database):
    door = receiving(knowledge, database, uploads=UploadsConfig(document_count=1))
    await door.submit(file("a.txt", "refund"))
    for refused in (door.submit(file("b.txt", "x")), door.uploads.check_room(PRINCIPAL, DEFAULT_COLLECTION)):
        with pytest.raises(QuotaReached):
            await refused
    assert isinstance(await door.submit(file("a.txt", "x"), STRANGER), Accepted)


async def test_too_many_that_wait_are_refused_for_now(knowledge, database):
    door = receiving(knowledge, database, uploads=UploadsConfig(waiting_count=1))
    await door.taken_in(file("a.txt", "refund"))
    await door.submit(file("b.txt", "return"))
    with pytest.raises(QuotaReached):
        await door.submit(file("c.txt", "x"))


async def test_only_what_is_kept_can_be_read_again(door):
    elsewhere = await door.knowledge.ingest("a.txt", "refund")
    with pytest.raises(InvalidRequest):
        await door.uploads.requeue(PRINCIPAL, elsewhere.document_id)
    for principal, document_id in ((PRINCIPAL, "0" * 32), (STRANGER, elsewhere.document_id)):
        with pytest.raises(NotFound):
            await door.uploads.requeue(principal, document_id)


async def test_reading_again_keeps_what_was_there_until_it_is_replaced(door):
    ready = await door.taken_in(file("a.txt", "refund"))
    await door.uploads.requeue(PRINCIPAL, ready.document_id)
    queued = await door.entry(ready.document_id)
    assert (queued.state, queued.progress, door.knowledge.found("refund")) == ("queued", 0, ["refund"])
    async with door.working():
        again = await door.settled(ready.document_id)
    assert replace(again, updated_at=ready.updated_at) == ready
