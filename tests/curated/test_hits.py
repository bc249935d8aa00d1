"""The log of given answers: written later, counted, masked, and not kept for ever."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from tests.curated.desk import PRINCIPAL, STRANGER, eventually

from yingda.curated.answer import Wording
from yingda.curated.hits import Hit, HitLog, HitsConfig
from yingda.errors import StoreUnavailable
from yingda.storage.schema import migrate
from yingda.storage.sql import open_database
from yingda.testing import FrozenClock
from yingda.testing.clock import START
from yingda.turns.types import DEFAULT_COLLECTION


def hit(answer_id: str = "a1", question: str = "怎么退货", minutes: int = 0) -> Hit:
    at = START + timedelta(minutes=minutes)
    return Hit(answer_id=answer_id, turn_id="t1", question=question, score=0.9, at=at)


async def test_hits_are_counted_on_their_answer_and_listed_latest_first(desk):
    (added,) = await desk.add(Wording(question="怎么退货", answer="七天内。"))
    first, last = hit(added.id), hit(added.id, "如何退货", minutes=5)
    for one in (first, last):
        desk.hits.note(PRINCIPAL, DEFAULT_COLLECTION, one)
    await desk.hits.flush()
    page = await desk.hits.page(PRINCIPAL, DEFAULT_COLLECTION, answer_id=added.id)
    counted = await desk.book.store.answer(PRINCIPAL, DEFAULT_COLLECTION, added.id)
    assert (page.items, page.total) == ((last, first), 2)
    assert (counted.hit_count, counted.last_hit_at) == (2, last.at)
    assert (await desk.hits.page(STRANGER, DEFAULT_COLLECTION)).total == 0


async def test_personal_data_is_masked_before_it_is_written(file_desk):
    file_desk.hits.note(PRINCIPAL, DEFAULT_COLLECTION, hit(question="我是13812345678，怎么退货"))
    await file_desk.hits.flush()
    (line,) = (await file_desk.hits.page(PRINCIPAL, DEFAULT_COLLECTION)).items
    assert line.question == "我是138****5678，怎么退货"


async def test_old_and_surplus_lines_are_forgotten(database):
    clock = FrozenClock()
    log = HitLog(database, clock, HitsConfig(kept_days=1, kept_count=2))
    for minutes in range(4):
        log.note(PRINCIPAL, DEFAULT_COLLECTION, hit(minutes=minutes))
    await log.flush()
    await log.prune()
    assert (await log.page(PRINCIPAL, DEFAULT_COLLECTION)).total == 2
    clock.advance(2 * 86400)
    await log.prune()
    assert (await log.page(PRINCIPAL, DEFAULT_COLLECTION)).total == 0


async def test_hits_wait_for_a_store_that_is_away_up_to_a_count(tmp_path):
    path = str(tmp_path / "later.db")
    async with open_database(path) as database:
        log = HitLog(database, FrozenClock(), HitsConfig(queued_count=2))
        for number in range(3):
            log.note(PRINCIPAL, DEFAULT_COLLECTION, hit(question=f"问题{number}"))
        with pytest.raises(StoreUnavailable):
            await log.flush()
        await migrate(path)
        await log.flush()
        page = await log.page(PRINCIPAL, DEFAULT_COLLECTION)
    assert [line.question for line in page.items] == ["问题2", "问题1"]


async def test_what_was_noted_is_written_soon_and_the_rest_at_the_end(file_desk):
    running = asyncio.create_task(file_desk.hits.run())
    file_desk.hits.note(PRINCIPAL, DEFAULT_COLLECTION, hit())

    async def is_written() -> bool:
        return (await file_desk.hits.page(PRINCIPAL, DEFAULT_COLLECTION)).total == 1

    await eventually(is_written)
    file_desk.hits.note(PRINCIPAL, DEFAULT_COLLECTION, hit())
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert (await file_desk.hits.page(PRINCIPAL, DEFAULT_COLLECTION)).total == 2
