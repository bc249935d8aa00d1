"""The answer without a model: the best sentences of the passages, word for word, with their sources."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import replace

from yingda.agents.asked import read_question
from yingda.agents.extracts import DEFAULTS, Extract, ExtractConfig, extract
from yingda.agents.overview import overview
from yingda.agents.pages import folded
from yingda.agents.passages import CONTEXT
from yingda.agents.unfound import fallback_text
from yingda.knowledge.index.overview import wants_whole
from yingda.knowledge.sentences import plain
from yingda.turns.answerer import Answerer
from yingda.turns.events import AnswerExtracted, AnswerMissed, PassageCited, TextDelta, TurnEvent
from yingda.turns.options import Language
from yingda.turns.types import Passage, Turn
from yingda.understanding.language import language_of_turn

MORE: dict[Language, str] = {
    "zh": "\n资料中还有：{titles}",
    "en": "\nThe document also covers: {titles}",
    "ja": "\n資料にはほかに次の内容があります：{titles}",
    "ko": "\n자료에는 다음 내용도 있습니다: {titles}",
    "th": "\nเอกสารยังมีเนื้อหาเกี่ยวกับ: {titles}",
}
"""Stands at the end of an overview."""


SHORTEST = replace(DEFAULTS, prose_chars=120, second_share=1.01, neighbour_share=1.01)
"""One stretch of one passage, for callers who want no more than that; steps stay whole."""


def extractive(config: ExtractConfig = DEFAULTS, shortest: ExtractConfig = SHORTEST) -> Answerer:
    """Answers from `turn.passages` in a few milliseconds; equal turns get equal bytes.

    One `TextDelta` a sentence; after the sentences of a passage a `PassageCited` with their exact span.
    """

    async def quote_best(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        found, more = _found(replace(turn, passages=_answering(turn)), config, shortest)
        if not found:
            yield TextDelta(text=fallback_text(turn))
            yield AnswerMissed(reason="no_passage")
            return
        yield AnswerExtracted()
        for number, part in enumerate(found):
            for event in _told(part, is_first=number == 0):
                yield event
        if more:
            yield TextDelta(text=MORE[language_of_turn(turn)].format(titles=" / ".join(more)))

    return quote_best


def _answering(turn: Turn) -> tuple[Passage, ...]:
    """All passages but one that the caller brought along and that has no word of the question in it.

    The others were found by the question; nobody has looked at that one yet.
    """
    words = () if wants_whole(turn.question) else read_question(turn.question).content
    return tuple(
        passage
        for passage in turn.passages
        if passage.id != CONTEXT or not words or any(word.presence(folded(passage.text)) for word in words)
    )


def _found(
    turn: Turn, config: ExtractConfig, shortest: ExtractConfig
) -> tuple[Sequence[Extract], Sequence[str]]:
    if turn.options.is_elaborate is False:
        return extract(turn.question, turn.passages, shortest), ()
    whole = overview(turn.question, turn.passages)
    return (whole.parts, whole.more) if whole else (extract(turn.question, turn.passages, config), ())


def _told(part: Extract, *, is_first: bool) -> Iterator[TurnEvent]:
    text, gap = part.passage.text, "" if is_first else "\n"
    before = ""
    if part.title:
        yield TextDelta(text=gap * 2 + part.title)
        gap = "\n"
    paragraph = part.sentences[0].paragraph
    for sentence in part.sentences:
        said = plain(text[sentence.start : sentence.end], sentence.kind)
        if not said:
            continue
        if before:
            gap = "\n" if sentence.paragraph != paragraph else _space(before, said)
        yield TextDelta(text=gap + said)
        before, paragraph = said, sentence.paragraph
    yield PassageCited(
        passage_id=part.passage.id,
        quote=text[part.start : part.end],
        start=part.passage.start + part.start,
        end=part.passage.start + part.end,
    )


_UNSPACED = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")


def _space(before: str, after: str) -> str:
    """Sentences are parted by a space, Chinese and Japanese ones by nothing."""
    return "" if _UNSPACED.match(before[-1]) or _UNSPACED.match(after[0]) else " "
