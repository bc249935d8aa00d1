"""Retrieval before an answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from yingda.agents.passages import NOT_SEARCHED, with_passages
from yingda.agents.unfound import NOT_FOUND
from yingda.errors import IndexUnavailable
from yingda.knowledge.types import Retrieval
from yingda.testing import FrozenClock, collect, turn
from yingda.turns.events import (
    AnswerDegraded,
    AnswerMissed,
    PassagesFound,
    StepTimed,
    TextDelta,
    TurnEvent,
)
from yingda.turns.options import AnswerOptions, Project
from yingda.turns.types import CollectionId, DocumentId, Passage, Principal, Turn

PASSAGE = Passage(
    id="p1",
    document_id=DocumentId("d1"),
    version=1,
    source="a.md",
    text="七天可退。",
    start=0,
    end=5,
    score=0.8,
)


class Shelf:
    """A retriever that always finds the same; keeps what it was asked."""

    def __init__(self, clock: FrozenClock, found: Retrieval | None) -> None:
        self.asked: list[tuple[str, float, int]] = []
        self.scopes: list[frozenset[DocumentId] | None] = []
        self.thresholds: list[float] = []
        self._clock, self._found = clock, found

    def at(self, threshold: float) -> Shelf:
        self.thresholds.append(threshold)
        return self

    async def retrieve(
        self,
        principal: Principal,
        collection: CollectionId,
        question: str,
        *,
        by_s: float,
        limit: int = 5,
        scope: frozenset[DocumentId] | None = None,
    ) -> Retrieval:
        self.asked.append((question, by_s, limit))
        self.scopes.append(scope)
        self._clock.advance(0.25)
        if self._found is None:
            raise IndexUnavailable
        return self._found

    def revision(self, principal: Principal, collection: CollectionId) -> int:
        return 1


async def echo(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
    yield TextDelta(text="".join(passage.text for passage in turn.passages))


async def test_gives_the_answerer_its_passages() -> None:
    clock = FrozenClock()
    found = Retrieval(
        passages=(PASSAGE,), best_score=0.8, degraded=("vector",), steps=(("vector", 150.0, "late"),)
    )
    shelf = Shelf(clock, found)
    events = await collect(with_passages(shelf, echo, clock), turn("能退吗", question="商品能退吗"))
    assert (shelf.asked, events) == (
        [("商品能退吗", 1000.15, 5)],
        [
            StepTimed(step="vector", elapsed_ms=150.0, note="late"),
            StepTimed(step="retrieve", elapsed_ms=250.0, note="passages=1 best=0.80 degraded=vector"),
            PassagesFound(passages=(PASSAGE,), revision=1),
            TextDelta(text="七天可退。"),
        ],
    )


@pytest.mark.parametrize(("text", "said"), [("能退吗", NOT_FOUND["zh"]), ("Can I return?", NOT_FOUND["en"])])
async def test_says_that_nothing_was_found(text: str, said: str) -> None:
    clock = FrozenClock()
    events = await collect(with_passages(Shelf(clock, Retrieval(passages=())), echo, clock), turn(text))
    assert events == [
        StepTimed(step="retrieve", elapsed_ms=250.0, note="passages=0 best=0.00"),
        PassagesFound(passages=(), revision=1),
        TextDelta(text=said),
        AnswerMissed(reason="no_passage"),
    ]


async def test_says_that_the_index_is_away() -> None:
    clock = FrozenClock()
    assert await collect(with_passages(Shelf(clock, None), echo, clock), turn("能退吗")) == [
        AnswerDegraded(reason="index_unavailable"),
        TextDelta(text=NOT_SEARCHED["zh"]),
        AnswerMissed(reason="index_unavailable"),
    ]


FOUND = Retrieval(passages=(PASSAGE,), best_score=0.8)
CONTEXT_PASSAGE = Passage(
    id="ctx",
    document_id=DocumentId("ctx"),
    version=1,
    source="context",
    text="今天可退。",
    start=0,
    end=5,
    score=1.0,
)


async def test_searches_as_the_project_and_the_caller_want_it() -> None:
    clock = FrozenClock()
    shelf = Shelf(clock, FOUND)
    asked = turn(
        "能退吗",
        options=AnswerOptions(scope=("d1", "d2")),
        project=Project(passage_count=9, threshold=0.3),
    )
    await collect(with_passages(shelf, echo, clock), asked)
    told = (shelf.asked, shelf.scopes, shelf.thresholds)
    assert told == ([("能退吗", 1000.15, 9)], [frozenset({"d1", "d2"})], [0.3])


@pytest.mark.parametrize(
    ("found", "passages"),
    [(FOUND, (CONTEXT_PASSAGE, PASSAGE)), (Retrieval(passages=()), (CONTEXT_PASSAGE,))],
)
async def test_what_the_caller_brings_along_stands_first(found, passages) -> None:
    clock = FrozenClock()
    asked = turn("能退吗", options=AnswerOptions(context="今天可退。"))
    events = await collect(with_passages(Shelf(clock, found), echo, clock), asked)
    said = "".join(passage.text for passage in passages)
    assert events[1:] == [PassagesFound(passages=passages, revision=1), TextDelta(text=said)]


async def test_what_the_caller_brings_along_outlives_the_index() -> None:
    clock = FrozenClock()
    asked = turn("能退吗", options=AnswerOptions(context="今天可退。"))
    events = await collect(with_passages(Shelf(clock, None), echo, clock), asked)
    assert (events[0], events[-1]) == (
        AnswerDegraded(reason="index_unavailable"),
        TextDelta(text="今天可退。"),
    )
