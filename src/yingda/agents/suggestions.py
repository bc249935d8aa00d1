"""Questions to go on with: found in the documents that an answer rests on, and checked by searching."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from cachetools import LRUCache

from yingda.agents.asked import content_words
from yingda.agents.headings import KINDS, Kind, answered_in
from yingda.agents.passages import CONTEXT
from yingda.agents.prompts import load
from yingda.agents.screening import WordFilters
from yingda.agents.wording import LANGUAGES, as_data
from yingda.errors import AnswerError
from yingda.knowledge.types import Chunk, Retrieval, Retriever
from yingda.llm.quick_reply import QuickReply, ask
from yingda.llm.types import ChatModel, Prompt
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.events import StepTimed, SuggestionsOffered, TurnEvent, UsageReported
from yingda.turns.options import Language
from yingda.turns.record import Record
from yingda.turns.types import DocumentId, Passage, Principal, Turn, Usage
from yingda.understanding.language import language_of, language_of_turn

log = logging.getLogger(__name__)

TEMPLATE = load("suggestions")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionsConfig:
    """All of it ends `limit_s` after the last text; what a model says is waited for `model_s` at most.

    `alike` is the share of common content words from which two questions are one, `alike_letters` that of
    common characters, where words are not told apart by blanks. `checked_count` bounds the
    searches of one turn; `remembered_count` of their outcomes and `remembered_places_count` surroundings are
    kept until the collection changes.
    """

    count: int = 3
    limit_s: float = 1.5
    model_s: float = 1.0
    alike: float = 0.7
    alike_letters: float = 0.85
    document_count: int = 3
    chunk_count: int = 24
    checked_count: int = 9
    remembered_count: int = 4096
    remembered_places_count: int = 256
    passage_chars: int = 400
    max_tokens: int = 256


DEFAULTS = SuggestionsConfig()


class Surroundings(Protocol):
    """Reads what stands around a place in a document; `registry.reading.Shelf` does."""

    async def around(
        self, principal: Principal, document_id: DocumentId, at: int, limit: int
    ) -> tuple[Chunk, ...]:
        """Nearest first; nothing of a document that is gone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """Questions, and what the model that worded them was paid."""

    questions: tuple[str, ...] = ()
    usages: tuple[Usage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """`document_id` None: worded by a model, any document may answer it."""

    question: str
    document_id: DocumentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where to look in a document, and which of its places the answer has told already."""

    document_id: DocumentId
    at: int
    told: tuple[int, ...]

    def answers(self, start: int, end: int) -> bool:
        """Whether a told place lies there."""
        return any(start <= at < end for at in self.told)


def with_suggestions(answer: Answerer, suggester: Suggester, filters: WordFilters, clock: Clock) -> Answerer:
    """Offers questions after an answer from the documents, where the caller wants them; else costs nothing.

    None after an answer that missed, or that has no document behind it, and none with a blocked word.
    Nothing that goes wrong here touches the answer. Stands outside of `with_screening`, which holds the end
    of a text back until the answer inside has returned.
    """

    def answer_and_suggest(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        if not turn.options.suggests or turn.options.category != "documents":
            return answer(turn)
        return _answer_and_suggest(turn, answer, partial(_allowed, suggester, filters), clock)

    return answer_and_suggest


async def _answer_and_suggest(
    turn: Turn, answer: Answerer, suggest: Callable[[Turn, Record], Awaitable[Suggested]], clock: Clock
) -> AsyncGenerator[TurnEvent, None]:
    said = Record()
    async with aclosing(answer(turn)) as events:
        async for event in events:
            said.add(event)
            yield event
    if said.missed is not None or said.blocked is not None or not (said.passages or said.curated):
        return
    started_s = clock.monotonic()
    suggested = await suggest(replace(turn, question=said.question or turn.question), said)
    for usage in suggested.usages:
        yield UsageReported(usage=usage)
    elapsed_ms = (clock.monotonic() - started_s) * 1000
    yield StepTimed(step="suggest", elapsed_ms=elapsed_ms, note=f"questions={len(suggested.questions)}")
    if suggested.questions:
        yield SuggestionsOffered(questions=suggested.questions)


async def _allowed(suggester: Suggester, filters: WordFilters, turn: Turn, said: Record) -> Suggested:
    suggested = await suggester.suggest(turn, said)
    if not turn.project.blocked_words:
        return suggested
    words = await filters.of(turn)
    allowed = tuple(question for question in suggested.questions if not words.blocked(question))
    return replace(suggested, questions=allowed)


class Suggester:
    """Finds questions that the documents in scope answer, by rules and, where there is one, a model too."""

    def __init__(
        self,
        retriever: Retriever,
        surroundings: Surroundings,
        model: ChatModel | None,
        clock: Clock,
        config: SuggestionsConfig = DEFAULTS,
    ) -> None:
        self._retriever = retriever
        self._surroundings = surroundings
        self._model = model
        self._clock = clock
        self._config = config
        self._answerable: LRUCache[object, bool] = LRUCache(config.remembered_count)
        self._chunks: LRUCache[object, tuple[Chunk, ...]] = LRUCache(config.remembered_places_count)

    async def suggest(self, turn: Turn, said: Record) -> Suggested:
        """Up to `count` questions; none where the time is over or the documents cannot be read."""
        left_s = min(self._config.limit_s, turn.answer_by_s - self._clock.monotonic())
        try:
            return await asyncio.wait_for(self._suggest(turn, said), left_s)
        except (TimeoutError, AnswerError) as error:
            log.info("turn %s goes without suggestions: %r", turn.id, error)
        except Exception:
            log.exception("turn %s goes without suggestions", turn.id)
        return Suggested()

    async def _suggest(self, turn: Turn, said: Record) -> Suggested:
        language = said.language or language_of_turn(turn)
        passages = said.passages or (await self._search(turn, turn.question, self._config.count)).passages
        found = await self._found(turn, said, passages, language)
        reply = QuickReply(text=None, note="no model")
        if self._model is not None and passages:
            prompt = self._prompt(turn, passages, language)
            reply = await ask(self._model, prompt, self._config.model_s)
        worded = [_Candidate(question=q) for q in questions_from_reply(reply.text or "", language)]
        questions = await self._chosen(turn, [*worded, *found])
        return Suggested(questions=questions, usages=reply.usages)

    async def _found(
        self, turn: Turn, said: Record, passages: Sequence[Passage], language: Language
    ) -> list[_Candidate]:
        """Questions near the passages, the best kinds first, none that was just answered."""
        found: list[tuple[Kind, _Candidate]] = []
        for place in _places(said, passages, turn.options.scope)[: self._config.document_count]:
            chunks = await self._near(turn, place)
            headings = {chunk.heading for chunk in chunks if place.answers(chunk.start, chunk.end)}
            for one in (each for chunk in chunks for each in answered_in(chunk, language)):
                if one.of_heading not in headings and not place.answers(one.start, one.end):
                    candidate = _Candidate(question=one.question, document_id=place.document_id)
                    found.append((one.kind, candidate))
        return [candidate for kind in KINDS for own, candidate in found if own == kind]

    async def _near(self, turn: Turn, place: _Place) -> tuple[Chunk, ...]:
        revision = self._retriever.revision(turn.principal, turn.collection)
        key = (turn.principal.tenant, turn.collection, revision, place.document_id, place.at)
        known = self._chunks.get(key)
        if known is None:
            known = self._chunks[key] = await self._surroundings.around(
                turn.principal, place.document_id, place.at, self._config.chunk_count
            )
        return known

    async def _chosen(self, turn: Turn, candidates: Iterable[_Candidate]) -> tuple[str, ...]:
        """The first that are new, and that a search answers."""
        known = [message.text for message in turn.history if message.role == "user"]
        known += [turn.text, turn.question]
        chosen: list[str] = []
        left = self._config.checked_count
        for candidate in candidates:
            if len(chosen) == self._config.count or not left:
                break
            if any(self._is_alike(candidate.question, other) for other in (*known, *chosen)):
                continue
            left -= 1
            if await self._is_answerable(turn, candidate):
                chosen.append(candidate.question)
        return tuple(chosen)

    def _is_alike(self, question: str, other: str) -> bool:
        if (
            not question.isascii()
            and _shared(_letters(question), _letters(other)) >= self._config.alike_letters
        ):
            return True
        ours, theirs = _words(question), _words(other)
        return _shared(ours, theirs) >= self._config.alike if ours or theirs else question == other

    async def _is_answerable(self, turn: Turn, candidate: _Candidate) -> bool:
        revision = self._retriever.revision(turn.principal, turn.collection)
        where = (turn.principal.tenant, turn.collection, revision, turn.project.threshold, turn.options.scope)
        key = (where, candidate)
        known = self._answerable.get(key)
        if known is None:
            found = await self._search(turn, candidate.question, self._config.count)
            documents = {passage.document_id for passage in found.passages}
            known = bool(documents) if candidate.document_id is None else candidate.document_id in documents
            self._answerable[key] = known
        return known

    async def _search(self, turn: Turn, question: str, limit: int) -> Retrieval:
        """By words alone: there is no time left for a remote leg, and it need not be paid for."""
        threshold, scope = turn.project.threshold, turn.options.scope
        tuned = self._retriever if threshold is None else self._retriever.at(threshold)
        return await tuned.retrieve(
            turn.principal,
            turn.collection,
            question,
            by_s=self._clock.monotonic(),
            limit=limit,
            scope=None if scope is None else frozenset(map(DocumentId, scope)),
        )

    def _prompt(self, turn: Turn, passages: Sequence[Passage], language: Language) -> Prompt:
        quoted = "\n".join(passage.text[: self._config.passage_chars] for passage in passages)
        asked = "\n".join(message.text for message in turn.history if message.role == "user")
        messages = TEMPLATE.messages(
            count=str(self._config.count + 2),
            language=LANGUAGES[language],
            passages=as_data(quoted),
            asked=as_data(asked),
            question=as_data(turn.question),
        )
        return Prompt(messages=messages, max_tokens=self._config.max_tokens, temperature=0.3)


def _places(said: Record, passages: Sequence[Passage], scope: Iterable[str] | None) -> list[_Place]:
    """Documents that were cited, those that were found, the rest of the scope; uncited, the best was told."""
    found = [(passage.document_id, passage.start) for passage in passages]
    told = [(citation.document_id, citation.start) for citation in said.citations] or found[:1]
    first: dict[DocumentId, int] = {}
    rest = [(DocumentId(each), 0) for each in scope or ()]
    for document_id, start in (*told, *found, *rest):
        first.setdefault(document_id, start)
    return [
        _Place(
            document_id=document_id,
            at=at,
            told=tuple(start for document, start in told if document == document_id),
        )
        for document_id, at in first.items()
        if document_id != CONTEXT
    ]


_LONGEST_QUESTION = 120
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)、．])\s*|^[\"'“]|[\"'”,，]+\s*$")


def questions_from_reply(reply: str, language: Language) -> list[str]:
    """The questions of a model's reply: a JSON array, in a fence or between words; failing that, its lines.

    Those in another language, and what is no single short line, are left out.
    """
    begin, end = reply.find("["), reply.rfind("]")
    try:
        said = json.loads(reply[begin : end + 1]) if 0 <= begin < end else None
    except ValueError:
        said = None
    if not isinstance(said, list):
        lines = (_BULLET.sub("", _BULLET.sub("", line)).strip() for line in reply.splitlines())
        said = [line for line in lines if line.endswith(("?", "？"))]
    questions = [each.strip() for each in said if isinstance(each, str)]
    return [
        each
        for each in questions
        if each and len(each) <= _LONGEST_QUESTION and "\n" not in each and language_of(each) == language
    ]


def _words(question: str) -> frozenset[str]:
    return frozenset(word.text for word in content_words(question))


def _letters(question: str) -> frozenset[str]:
    return frozenset(char for char in question.lower() if char.isalnum())


def _shared(ours: frozenset[str], theirs: frozenset[str]) -> float:
    return len(ours & theirs) / max(1, len(ours | theirs))
