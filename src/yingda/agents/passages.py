"""Retrieval before an answer: finds the passages, says what was found, and says so when nothing was."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace

from yingda.agents.unfound import Unfound, say_not_found
from yingda.errors import IndexUnavailable
from yingda.knowledge.types import Retrieval, Retriever
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.events import (
    AnswerDegraded,
    AnswerMissed,
    PassagesFound,
    StepTimed,
    TextDelta,
    TurnEvent,
)
from yingda.turns.options import Language
from yingda.turns.types import DocumentId, Passage, Turn
from yingda.understanding.language import language_of_turn

NOT_SEARCHED: dict[Language, str] = {
    "zh": "抱歉，知识库暂时无法检索，请稍后再试。",
    "en": "Sorry, the knowledge base cannot be searched at the moment. Please try again later.",
    "ja": "申し訳ございません。ただいまナレッジベースを検索できません。後ほどもう一度お試しください。",
    "ko": "죄송합니다. 지금은 지식베이스를 검색할 수 없습니다. 잠시 후 다시 시도해 주세요.",
    "th": "ขออภัย ขณะนี้ไม่สามารถค้นหาฐานความรู้ได้ โปรดลองใหม่อีกครั้งในภายหลัง",
}


CONTEXT = DocumentId("ctx")
"""Stands for the passage that a caller brings along, wherever a document or a passage is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassagesConfig:
    """`passage_count` bounds what an answer may rest on, besides what the caller brings along.

    `threshold` (0..1), where it is set, goes before the project's and the retriever's.
    """

    passage_count: int = 5
    threshold: float | None = None


DEFAULTS = PassagesConfig()


def with_passages(
    retriever: Retriever,
    answer: Answerer,
    clock: Clock,
    config: PassagesConfig = DEFAULTS,
    unfound: Unfound = say_not_found,
) -> Answerer:
    """Gives the answerer inside a turn with `passages` set; it is not called where there are none.

    The caller's own passage stands first, and may stand alone. Without any `unfound` answers, and the turn
    counts as unresolved. An index that does not answer is told as what it is.
    """

    async def find_and_answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        started_s = clock.monotonic()
        revision = retriever.revision(turn.principal, turn.collection)
        brought = _brought_along(turn.options.context)
        try:
            found = await _found(retriever, turn, config)
        except IndexUnavailable as error:
            yield AnswerDegraded(reason=error.code)
            if not brought:
                yield TextDelta(text=NOT_SEARCHED[language_of_turn(turn)])
                yield AnswerMissed(reason=error.code)
                return
            found = Retrieval(passages=())
        for step in _steps(found, (clock.monotonic() - started_s) * 1000):
            yield step
        passages = (*brought, *found.passages)
        yield PassagesFound(passages=passages, revision=revision)
        told = answer(replace(turn, passages=passages)) if passages else unfound(turn, "no_passage")
        async with aclosing(told) as events:
            async for event in events:
                yield event

    return find_and_answer


async def _found(retriever: Retriever, turn: Turn, config: PassagesConfig) -> Retrieval:
    """As the project tunes it, within the documents that the caller names."""
    project, scope = turn.project, turn.options.scope
    threshold = project.threshold if config.threshold is None else config.threshold
    tuned = retriever if threshold is None else retriever.at(threshold)
    return await tuned.retrieve(
        turn.principal,
        turn.collection,
        turn.question,
        by_s=turn.route_by_s,
        limit=project.passage_count or config.passage_count,
        scope=None if scope is None else frozenset(map(DocumentId, scope)),
    )


def _brought_along(context: str) -> tuple[Passage, ...]:
    if not context.strip():
        return ()
    return (
        Passage(
            id=CONTEXT,
            document_id=CONTEXT,
            version=1,
            source="context",
            text=context,
            start=0,
            end=len(context),
            score=1.0,
        ),
    )


def _steps(found: Retrieval, elapsed_ms: float) -> Iterator[StepTimed]:
    for name, took_ms, note in found.steps:
        yield StepTimed(step=name, elapsed_ms=took_ms, note=note)
    note = f"passages={len(found.passages)} best={found.best_score:.2f}"
    if found.degraded:
        note += f" degraded={','.join(found.degraded)}"
    yield StepTimed(step="retrieve", elapsed_ms=elapsed_ms, note=note)
