"""Answers are added, changed and deleted on both engines; a question belongs to one answer."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.curated.desk import PRINCIPAL, STRANGER, eventually, open_desk

from yingda.curated.answer import CuratedAnswer, CuratedLimits, Wording
from yingda.curated.conflict import QuestionTaken
from yingda.curated.editing import CuratedEditor
from yingda.curated.store import Overtaken
from yingda.errors import InvalidRequest, NotFound, StoreUnavailable
from yingda.storage.sql import open_database
from yingda.testing.clock import START
from yingda.turns.types import DEFAULT_COLLECTION, DocumentId

RETURN = Wording(question="怎么退货", answer="七天内申请。", similar=("如何申请退货",))
INVOICE = Wording(question="怎么开发票", answer="在订单里申请。")


@asynccontextmanager
async def following(desk):
    task = asyncio.create_task(desk.book.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_what_is_added_answers_at_once_for_its_tenant_only(desk):
    (added, other) = await desk.add(RETURN, INVOICE)
    assert (added.wording, other.created_by, added.created_at) == (RETURN, "k1", START)
    assert await desk.found("请问怎么退货？") == "七天内申请。"
    assert await desk.found("请问怎么退货？", STRANGER) is None


async def test_a_stored_answer_reads_back_as_it_was_written(desk):
    wording = replace(
        RETURN,
        negative=("海外订单怎么退货",),
        documents=(DocumentId("d1"),),
        scope=(DocumentId("d2"),),
        valid_from=START,
        valid_until=START + timedelta(days=1),
        status="draft",
    )
    (added,) = await desk.add(wording)
    assert await desk.book.store.answer(PRINCIPAL, DEFAULT_COLLECTION, added.id) == added
    with pytest.raises(NotFound):
        await desk.book.store.answer(STRANGER, DEFAULT_COLLECTION, added.id)


async def test_a_change_is_matched_at_once_and_raises_the_revision(desk):
    (added,) = await desk.add(RETURN)
    before = desk.book.revision(PRINCIPAL, DEFAULT_COLLECTION)
    desk.clock.advance(60)
    changed = await desk.editor.change(
        PRINCIPAL, DEFAULT_COLLECTION, added.id, lambda wording: replace(wording, answer="八天内。")
    )
    assert (changed.updated_at, changed.created_at) == (START + timedelta(seconds=60), START)
    assert await desk.found("怎么退货") == "八天内。"
    assert desk.book.revision(PRINCIPAL, DEFAULT_COLLECTION) == before + 1


async def test_deleting_is_idempotent_and_at_once(desk):
    (added,) = await desk.add(RETURN)
    ids = [added.id, "never-there"]
    assert [await desk.editor.delete(PRINCIPAL, DEFAULT_COLLECTION, ids) for _ in range(2)] == [1, 0]
    assert await desk.found("怎么退货") is None


async def test_a_stranger_changes_and_deletes_nothing(desk):
    (added,) = await desk.add(RETURN)
    with pytest.raises(NotFound):
        await desk.editor.change(STRANGER, DEFAULT_COLLECTION, added.id, lambda wording: wording)
    assert await desk.editor.delete(STRANGER, DEFAULT_COLLECTION, [added.id]) == 0
    assert await desk.found("怎么退货") == "七天内申请。"


async def test_another_process_sees_a_change_within_a_second(desk, migrated_database):
    async with open_database(migrated_database) as database:
        other = open_desk(database)
        await other.book.load()
        async with following(other):
            (added,) = await desk.add(RETURN)
            await eventually(lambda: other.found("怎么退货"))
            await desk.editor.delete(PRINCIPAL, DEFAULT_COLLECTION, [added.id])

            async def is_gone() -> bool:
                return await other.found("怎么退货") is None

            await eventually(is_gone)


async def test_a_write_over_what_another_changed_is_overtaken(desk):
    seen, _ = await desk.book.fresh(PRINCIPAL, DEFAULT_COLLECTION)
    (added,) = await desk.add(RETURN)
    with pytest.raises(Overtaken):
        await desk.book.store.save(PRINCIPAL, DEFAULT_COLLECTION, seen, [added])


async def test_of_equal_questions_added_at_once_one_is_kept(desk, migrated_database):
    async with open_database(migrated_database) as database:
        other = open_desk(database)
        results = await asyncio.gather(*(one.add(RETURN) for one in (desk, other, desk, other)))
    kinds = sorted(type(result).__name__ for (result,) in results)
    assert kinds == ["CuratedAnswer", "QuestionTaken", "QuestionTaken", "QuestionTaken"]


async def test_lists_are_by_keyword_and_status_in_pages(desk):
    await desk.add(RETURN, INVOICE, Wording(question="100%正品吗", answer="是的。", status="draft"))

    async def listed(**wanted):
        page = await desk.book.store.page(PRINCIPAL, DEFAULT_COLLECTION, **wanted)
        return page.total, sorted(item.wording.question for item in page.items)

    assert await listed(keyword="申请") == (2, ["怎么开发票", "怎么退货"])
    assert await listed(keyword="0%") == (1, ["100%正品吗"])
    assert await listed(keyword="_") == (0, [])
    assert await listed(status="draft") == (1, ["100%正品吗"])
    assert [(await listed(limit=2, offset=at))[1].__len__() for at in (0, 2, 4)] == [2, 1, 0]


async def test_a_taken_question_is_refused_with_its_owner(file_desk):
    (owner,) = await file_desk.add(RETURN)
    (refused,) = await file_desk.add(Wording(question="退货怎么弄", answer="-"))
    assert isinstance(refused, QuestionTaken)
    (conflict,) = refused.conflicts
    assert (conflict.answer_id, conflict.question, conflict.score >= 0.55) == (owner.id, "退货怎么弄", True)
    (kept,) = await file_desk.add(Wording(question="退货怎么弄", answer="-"), allow_conflicts=True)
    assert isinstance(kept, CuratedAnswer)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"negative": ("海外订单怎么退货",)}, {"question": "海外订单怎么退货"}),
        ({"status": "retired"}, {}),
        ({"scope": ("d1",)}, {"scope": ("d2",)}),
        ({"valid_until": START}, {"valid_from": START}),
    ],
)
async def test_answers_that_never_meet_do_not_conflict(file_desk, first, second):
    await file_desk.add(replace(RETURN, **first))
    (added,) = await file_desk.add(replace(RETURN, similar=(), answer="-", **second))
    assert isinstance(added, CuratedAnswer)


async def test_in_one_batch_each_stands_alone_and_the_first_of_equals_wins(file_desk):
    blank = Wording(question=" ", answer="-")
    results = await file_desk.add(RETURN, blank, replace(RETURN, answer="-"), INVOICE)
    kinds = [type(result) for result in results]
    assert kinds == [CuratedAnswer, InvalidRequest, QuestionTaken, CuratedAnswer]


async def test_a_rehearsal_tells_and_writes_nothing(file_desk):
    results = await file_desk.add(RETURN, RETURN, is_rehearsal=True)
    assert [type(result) for result in results] == [CuratedAnswer, QuestionTaken]
    assert (await file_desk.book.store.page(PRINCIPAL, DEFAULT_COLLECTION)).total == 0


async def test_a_collection_has_an_end(file_desk):
    editor = CuratedEditor(file_desk.book, file_desk.clock, CuratedLimits(answers_per_collection=1))
    added, refused = await editor.add(PRINCIPAL, DEFAULT_COLLECTION, [RETURN, INVOICE])
    assert (type(added), type(refused)) == (CuratedAnswer, InvalidRequest)
    changed = await editor.change(PRINCIPAL, DEFAULT_COLLECTION, added.id, lambda wording: wording)
    assert changed.wording == RETURN


async def test_a_store_that_is_away_is_told(tmp_path):
    async with open_database(str(tmp_path / "empty.db")) as database:  # never migrated
        with pytest.raises(StoreUnavailable):
            await open_desk(database).add(RETURN)
