"""Retrieval before an answer: finds the passages, says what was found, and says so when nothing was."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace

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
from yingda.turns.types import Turn
from yingda.understanding.language import language_of_turn

NOT_FOUND: dict[Language, str] = {
    "zh": "抱歉，知识库中未找到相关内容。",
    "en": "Sorry, nothing about this was found in the knowledge base.",
    "ja": "申し訳ございません。ナレッジベースに関連する内容が見つかりませんでした。",
    "ko": "죄송합니다. 지식베이스에서 관련 내용을 찾지 못했습니다.",
    "th": "ขออภัย ไม่พบเนื้อหาที่เกี่ยวข้องในฐานความรู้",
}
"""What is said where the knowledge base has no answer (helpdesk 1.2)."""

NOT_SEARCHED: dict[Language, str] = {
    "zh": "抱歉，知识库暂时无法检索，请稍后再试。",
    "en": "Sorry, the knowledge base cannot be searched at the moment. Please try again later.",
    "ja": "申し訳ございません。ただいまナレッジベースを検索できません。後ほどもう一度お試しください。",
    "ko": "죄송합니다. 지금은 지식베이스를 검색할 수 없습니다. 잠시 후 다시 시도해 주세요.",
    "th": "ขออภัย ขณะนี้ไม่สามารถค้นหาฐานความรู้ได้ โปรดลองใหม่อีกครั้งในภายหลัง",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PassagesConfig:
    """`passage_count` bounds what an answer may rest on."""

    passage_count: int = 5


DEFAULTS = PassagesConfig()


def with_passages(
    retriever: Retriever, answer: Answerer, clock: Clock, config: PassagesConfig = DEFAULTS
) -> Answerer:
    """Gives the answerer inside a turn with `passages` set; it is not called where there are none.

    Without a passage the contract's sentence stands, and the turn counts as unresolved. An index that does
    not answer is told as what it is.
    """

    async def find_and_answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        started_s = clock.monotonic()
        try:
            found = await retriever.retrieve(
                turn.principal,
                turn.collection,
                turn.question,
                by_s=turn.route_by_s,
                limit=config.passage_count,
            )
        except IndexUnavailable as error:
            yield AnswerDegraded(reason=error.code)
            yield TextDelta(text=NOT_SEARCHED[language_of_turn(turn)])
            yield AnswerMissed(reason=error.code)
            return
        for step in _steps(found, (clock.monotonic() - started_s) * 1000):
            yield step
        yield PassagesFound(passages=found.passages)
        if not found.passages:
            yield TextDelta(text=NOT_FOUND[language_of_turn(turn)])
            yield AnswerMissed(reason="no_passage")
            return
        async with aclosing(answer(replace(turn, passages=found.passages))) as events:
            async for event in events:
                yield event

    return find_and_answer


def _steps(found: Retrieval, elapsed_ms: float) -> Iterator[StepTimed]:
    for name, took_ms, note in found.steps:
        yield StepTimed(step=name, elapsed_ms=took_ms, note=note)
    note = f"passages={len(found.passages)} best={found.best_score:.2f}"
    if found.degraded:
        note += f" degraded={','.join(found.degraded)}"
    yield StepTimed(step="retrieve", elapsed_ms=elapsed_ms, note=note)
