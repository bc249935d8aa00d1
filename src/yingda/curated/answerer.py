"""Gives the answer that people wrote for a question, word for word, before anything is searched."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from yingda.curated.answer import CuratedAnswer, CuratedId
from yingda.curated.book import CuratedBook
from yingda.curated.hits import Hit, HitLog
from yingda.curated.match import Fits, Match
from yingda.curated.openings import Openings
from yingda.errors import StoreUnavailable
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.events import (
    CuratedMatched,
    PassageCited,
    PassagesFound,
    StepTimed,
    TextDelta,
    TurnEvent,
)
from yingda.turns.types import Passage, Turn

TRIES = 3
"""How many answers whose documents are gone are passed over."""
_SENTENCE = re.compile(r".+?(?:[。！？!?…]+[”’」』）)\"']*|\.(?=\s)|\n|$)\s*", re.DOTALL)
_QUOTE_END = re.compile(r"[。！？!?\n]|\.(?=\s)")
_PIECE_CHARS = 24
_QUOTE_CHARS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CuratedParts:
    """What it takes to give curated answers."""

    book: CuratedBook
    openings: Openings
    hits: HitLog


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    match: Match
    passages: tuple[Passage, ...]


def with_curated(answer: Answerer, curated: CuratedParts, clock: Clock) -> Answerer:
    """Where a curated answer matches, it is all that is said; else the answerer inside is asked.

    A store that is away costs the curated answers, never the turn. A collection without curated answers is
    not looked into: the generator inside is handed out as it is.
    """

    def look_where_there_are_any(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        has_any = curated.book.revision(turn.principal, turn.collection)
        return say_or_answer(turn) if has_any else answer(turn)

    async def say_or_answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        started_s = clock.monotonic()
        given: _Given | None = None
        note = "none"
        try:
            given = await _given(curated, turn)
        except StoreUnavailable as error:
            note = error.code
        note = f"{given.match.kind} score={given.match.score:.2f}" if given else note
        yield StepTimed(step="curated", elapsed_ms=(clock.monotonic() - started_s) * 1000, note=note)
        if given is None:
            async with aclosing(answer(turn)) as events:
                async for event in events:
                    yield event
            return
        curated.hits.note(turn.principal, turn.collection, _hit(turn, given.match, clock.now()))
        for event in _said(given, curated.openings.revision(turn.principal, turn.collection)):
            yield event

    return look_where_there_are_any


def fits_request(at: datetime, scope: Iterable[str] | None) -> Fits:
    """Approved, valid at that moment, and within the scope of the request."""
    within = None if scope is None else frozenset(scope)

    def fits(answer: CuratedAnswer) -> bool:
        wording = answer.wording
        return wording.status == "approved" and wording.is_valid(at) and wording.is_within(within)

    return fits


async def _given(curated: CuratedParts, turn: Turn) -> _Given | None:
    """The best answer that may be given; one that belongs to documents ends with the last of them."""
    gone: set[CuratedId] = set()
    may_be = fits_request(turn.started_at, turn.options.scope)
    for _ in range(TRIES):
        match = await curated.book.find(
            turn.principal,
            turn.collection,
            turn.question,
            lambda answer: answer.id not in gone and may_be(answer),
        )
        if match is None:
            return None
        wording = match.answer.wording
        wanted = (*wording.documents, *wording.scope)
        living = await curated.openings(turn.principal, turn.collection, wanted)
        if not wording.scope or any(one in living for one in wording.scope):
            passages = (living[one] for one in wording.documents if one in living)
            return _Given(match=match, passages=tuple(p for p in passages if _may_cite(turn, p)))
        gone.add(match.answer.id)
    return None


def _may_cite(turn: Turn, passage: Passage) -> bool:
    scope = turn.options.scope
    return turn.options.cites and (scope is None or passage.document_id in scope)


def _hit(turn: Turn, match: Match, at: datetime) -> Hit:
    return Hit(answer_id=match.answer.id, turn_id=turn.id, question=turn.question, score=match.score, at=at)


def _said(given: _Given, revision: int) -> Iterator[TurnEvent]:
    yield CuratedMatched(answer_id=given.match.answer.id, score=given.match.score)
    if given.passages:
        yield PassagesFound(passages=given.passages, revision=revision)
    for piece in pieces(given.match.answer.wording.answer):
        yield TextDelta(text=piece)
    for passage in given.passages:
        yield _cited(passage)


def pieces(text: str) -> Iterator[str]:
    """The text cut behind ends of sentences, no piece but the last very short; joined they are the text."""
    piece = ""
    for sentence in _SENTENCE.findall(text):
        piece += sentence
        if len(piece) >= _PIECE_CHARS:
            yield piece
            piece = ""
    if piece:
        yield piece


def _cited(passage: Passage) -> PassageCited:
    """The passage's first sentence, exactly as it is stored."""
    skipped = len(passage.text) - len(passage.text.lstrip())
    found = _QUOTE_END.search(passage.text, skipped)
    end = min(skipped + _QUOTE_CHARS, found.end() if found else len(passage.text))
    quote = passage.text[skipped:end].rstrip()
    start = passage.start + skipped
    return PassageCited(passage_id=passage.id, quote=quote, start=start, end=start + len(quote))
