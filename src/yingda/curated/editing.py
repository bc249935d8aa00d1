"""Changes of curated answers: checked, compared with all others, and written only if nobody came between."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from yingda.curated.answer import LIMITS, CuratedAnswer, CuratedId, CuratedLimits, Wording, checked
from yingda.curated.book import CuratedBook
from yingda.curated.conflict import QuestionTaken, conflicts
from yingda.curated.match import Matcher
from yingda.curated.store import Overtaken
from yingda.errors import AnswerError, InvalidRequest, NotFound, StoreUnavailable
from yingda.turns.clock import Clock
from yingda.turns.types import CollectionId, Principal

ATTEMPTS = 5
"""How often a change is tried over because another one came first."""

Change = Callable[[Wording], Wording]
"""Makes the new wording of an answer from the one it has."""

Result = CuratedAnswer | AnswerError


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveOptions:
    """`allow_conflicts` lets an answer take a question from another; `is_rehearsal` writes nothing."""

    allow_conflicts: bool = False
    is_rehearsal: bool = False


STRICT = SaveOptions()


class CuratedEditor:
    """Adds, changes and deletes answers; what it did is matched on return, elsewhere within a second."""

    def __init__(self, book: CuratedBook, clock: Clock, limits: CuratedLimits = LIMITS) -> None:
        self._book = book
        self._clock = clock
        self._limits = limits

    async def add(
        self,
        principal: Principal,
        collection: CollectionId,
        wordings: Sequence[Wording],
        options: SaveOptions = STRICT,
    ) -> list[Result]:
        """One result a wording, in their order: each stands or falls alone, also against those before it."""
        at, by = self._clock.now(), principal.key_id
        new = [
            CuratedAnswer(
                id=CuratedId(uuid.uuid4().hex),
                wording=wording,
                created_at=at,
                created_by=by,
                updated_at=at,
                updated_by=by,
            )
            for wording in wordings
        ]

        def decide(matcher: Matcher) -> list[Result]:
            return self._judged(new, matcher, options)

        return await self._write(principal, collection, decide, options)

    async def change(
        self,
        principal: Principal,
        collection: CollectionId,
        answer_id: CuratedId,
        change: Change,
        options: SaveOptions = STRICT,
    ) -> CuratedAnswer:
        """The answer as changed; raises `NotFound`, `InvalidRequest` and `QuestionTaken`."""
        at = self._clock.now()

        def decide(matcher: Matcher) -> list[Result]:
            known = matcher.answers.get(answer_id)
            if known is None:
                return [NotFound(f"没有编号为 {answer_id} 的标准答案", field="intervention_id")]
            new = replace(known, wording=change(known.wording), updated_at=at, updated_by=principal.key_id)
            return self._judged([new], matcher, options)

        (result,) = await self._write(principal, collection, decide, options)
        if isinstance(result, AnswerError):
            raise result
        return result

    async def delete(
        self, principal: Principal, collection: CollectionId, answer_ids: Collection[CuratedId]
    ) -> int:
        """How many there were; from now on none of them is given."""
        gone = await self._book.store.delete(principal, collection, answer_ids)
        await self._book.fresh(principal, collection)
        return gone

    async def _write(
        self,
        principal: Principal,
        collection: CollectionId,
        decide: Callable[[Matcher], list[Result]],
        options: SaveOptions,
    ) -> list[Result]:
        for _ in range(ATTEMPTS):
            seen, matcher = await self._book.fresh(principal, collection)
            results = await asyncio.to_thread(decide, matcher)
            kept = [result for result in results if isinstance(result, CuratedAnswer)]
            if options.is_rehearsal or not kept:
                return results
            try:
                await self._book.store.save(principal, collection, seen, kept)
            except Overtaken:
                continue
            await self._book.fresh(principal, collection)
            return results
        raise StoreUnavailable("too many changes at once", retry_after_s=1)

    def _judged(
        self, answers: Sequence[CuratedAnswer], matcher: Matcher, options: SaveOptions
    ) -> list[Result]:
        """What is kept is compared with those after it, too; runs in a thread."""
        here = Matcher((), self._book.config.match)
        results: list[Result] = []
        for answer in answers:
            try:
                new = self._accepted(answer, (matcher, here), options)
                if new.id not in matcher.answers:
                    self._make_room(new, (matcher, here))
                here.add(new)
                results.append(new)
            except AnswerError as error:
                results.append(error)
        return results

    def _make_room(self, answer: CuratedAnswer, matchers: tuple[Matcher, ...]) -> None:
        answers = 1 + sum(len(one.answers) for one in matchers)
        questions = len(answer.wording.asked) + sum(one.question_count for one in matchers)
        for count, most, what in (
            (answers, self._limits.answers_per_collection, "标准答案"),
            (questions, self._limits.questions_per_collection, "标准问题与相似问题"),
        ):
            if count > most:
                raise InvalidRequest(f"{what}合计不能超过 {most} 条", field="question")

    def _accepted(
        self, answer: CuratedAnswer, matchers: tuple[Matcher, ...], options: SaveOptions
    ) -> CuratedAnswer:
        wording = checked(answer.wording, self._limits)
        if not options.allow_conflicts and (found := conflicts(wording, answer.id, matchers)):
            raise QuestionTaken(found)
        return replace(answer, wording=wording)
