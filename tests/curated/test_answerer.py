"""A curated answer is said word for word, with the documents it links, or not at all."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.curated.desk import PRINCIPAL, open_desk
from tests.knowledge.shelving import open_knowledge

from yingda.curated.answer import Wording
from yingda.curated.answerer import CuratedParts, pieces, with_curated
from yingda.curated.hits import Hit
from yingda.curated.openings import Openings
from yingda.storage.sql import open_database
from yingda.testing import collect, turn
from yingda.testing.clock import START
from yingda.turns.events import CuratedMatched, PassageCited, PassagesFound, StepTimed, TextDelta, TurnEvent
from yingda.turns.options import AnswerOptions
from yingda.turns.record import record_from_events
from yingda.turns.types import DEFAULT_COLLECTION, DocumentId, Turn

RETURN = Wording(question="怎么退货", answer="请在七天内到订单页面里点申请退货。\n运费由我们承担。")
ELSEWHERE = [TextDelta(text="found elsewhere")]


async def elsewhere(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
    for event in ELSEWHERE:
        yield event


def answerer(desk, database=None):
    openings = Openings(database or desk.database, lambda principal, collection: 7)
    parts = CuratedParts(book=desk.book, openings=openings, hits=desk.hits)
    return with_curated(elsewhere, parts, desk.clock)


def asked(question: str = "怎么退货？", **options) -> Turn:
    return turn(question, principal=PRINCIPAL, options=AnswerOptions(**options))


async def answered(answer, question: Turn) -> list[TurnEvent]:
    """Without the step, whose time is not ours."""
    return [event for event in await collect(answer, question) if not isinstance(event, StepTimed)]


async def test_it_is_said_word_for_word_and_logged(file_desk):
    (added,) = await file_desk.add(RETURN)
    events = await collect(answerer(file_desk), asked())
    assert events == [
        StepTimed(step="curated", elapsed_ms=0.0, note="standard score=1.00"),
        CuratedMatched(answer_id=added.id, score=1.0),
        TextDelta(text="请在七天内到订单页面里点申请退货。\n运费由我们承担。"),
    ]
    await file_desk.hits.flush()
    (line,) = (await file_desk.hits.page(PRINCIPAL, DEFAULT_COLLECTION)).items
    assert line == Hit(answer_id=added.id, turn_id="t1", question="怎么退货？", score=1.0, at=START)


async def test_a_follow_up_is_matched_as_it_was_resolved(file_desk):
    await file_desk.add(RETURN)
    question = replace(asked("那怎么退"), question="怎么退货")
    events = await answered(answerer(file_desk), question)
    assert isinstance(events[0], CuratedMatched)


@pytest.mark.parametrize("question", ["怎么换货", "不能退货吗", "退货要多久"])
async def test_other_questions_go_on(file_desk, question):
    await file_desk.add(RETURN)
    assert await answered(answerer(file_desk), asked(question)) == ELSEWHERE


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "draft"},
        {"status": "retired"},
        {"valid_from": START + timedelta(seconds=1)},
        {"valid_until": START},
    ],
)
async def test_what_does_not_hold_now_is_not_said(file_desk, fields):
    await file_desk.add(replace(RETURN, **fields))
    assert await answered(answerer(file_desk), asked()) == ELSEWHERE


async def test_without_any_answers_nothing_is_said_about_them(file_desk):
    assert await collect(answerer(file_desk), asked()) == ELSEWHERE


async def test_a_store_that_is_away_costs_no_turn(file_desk, tmp_path):
    await file_desk.add(replace(RETURN, documents=(DocumentId("d1"),)))
    async with open_database(str(tmp_path / "empty.db")) as database:  # never migrated
        step, *events = await collect(answerer(file_desk, database), asked())
    assert (step.note, events) == ("store_unavailable", ELSEWHERE)


async def test_linked_documents_are_cited_by_their_opening(database, tmp_path):
    desk = open_desk(database)
    async with open_knowledge(database, tmp_path / "home") as knowledge:
        stored = await knowledge.ingest("退货.txt", "退货须知。全文如下。\n第二段")
        gone = await knowledge.ingest("旧.txt", "旧的须知。")
        await desk.add(replace(RETURN, documents=(stored.document_id, gone.document_id)))
        await knowledge.library.delete(PRINCIPAL, gone.document_id)
        said = answerer(desk)
        events = await answered(said, asked())
        plain = await answered(said, asked(cites=False))
    record = record_from_events(events)
    (citation,) = record.citations
    assert (record.revision, [passage.source for passage in record.passages]) == (7, ["退货.txt"])
    assert (citation.source, citation.quote, citation.start, citation.end, citation.at) == (
        "退货.txt",
        "退货须知。",
        0,
        5,
        len(RETURN.answer),
    )
    assert not any(isinstance(event, PassagesFound | PassageCited) for event in plain)


async def test_an_answer_stays_within_the_scope_and_ends_with_its_documents(database, tmp_path):
    desk = open_desk(database)
    async with open_knowledge(database, tmp_path / "home") as knowledge:
        home = (await knowledge.ingest("a.txt", "甲。")).document_id
        other = (await knowledge.ingest("b.txt", "乙。")).document_id
        await desk.add(replace(RETURN, scope=(home,), documents=(home, other)))
        said = answerer(desk)
        outcomes = {}
        for name, scope in (("all", None), ("home", (home,)), ("other", (other,)), ("both", (home, other))):
            record = record_from_events(await answered(said, asked(scope=scope)))
            outcomes[name] = (record.curated is not None, list(record.sources))
        await knowledge.library.delete(PRINCIPAL, home)
        after = await answered(said, asked())
    assert outcomes == {
        "all": (True, ["a.txt", "b.txt"]),
        "home": (True, ["a.txt"]),
        "other": (False, []),
        "both": (True, ["a.txt", "b.txt"]),
    }
    assert after == ELSEWHERE


@pytest.mark.parametrize(
    "text",
    [
        "好。",
        "",
        "一二三。" * 20,
        "Pay 3.50 EUR. Then wait.\n\n- a\n- b",
        "没有句号的很长的一句话" * 9,
        "👨‍👩‍👧！é",
    ],
)
def test_pieces_are_the_whole_text(text):
    assert "".join(pieces(text)) == text
