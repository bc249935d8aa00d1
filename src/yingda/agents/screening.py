"""Blocked words: a question with one is refused, an answer breaks off before one is shown."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass

from yingda.safety.screen import StreamScreen
from yingda.safety.words import Word, WordFilter
from yingda.turns.answerer import Answerer
from yingda.turns.events import (
    ContentBlocked,
    LanguageChosen,
    ReasoningDelta,
    StepTimed,
    TextAwaited,
    TextDelta,
    TurnEvent,
    UsageReported,
)
from yingda.turns.options import Language
from yingda.turns.types import Turn
from yingda.understanding.language import language_of_turn

REFUSAL: dict[Language, str] = {
    "zh": "抱歉，这个内容我无法回答，请换个问题试试。",
    "en": "Sorry, I cannot answer this. Please ask something else.",
    "ja": "申し訳ございませんが、この内容にはお答えできません。別のご質問をお願いいたします。",
    "ko": "죄송합니다. 이 내용에는 답변할 수 없습니다. 다른 질문을 해 주세요.",
    "th": "ขออภัย ไม่สามารถตอบเนื้อหานี้ได้ โปรดลองถามเรื่องอื่น",
}

BESIDE_THE_TEXT = (StepTimed, UsageReported, TextAwaited)
"""Events that say nothing about a place in the text: they wait for none of it."""


def with_screening(answer: Answerer, filters: WordFilters) -> Answerer:
    """Refuses questions with a blocked word without calling `answer`, and ends answers before one.

    What was shown stays: text is let out clause by clause, once checked, and events that stand at a place in
    the text wait for it. On a hit the generator inside is closed before the refusal is said. Thoughts are not
    checked and not shown. The turn counts as resolved. Without blocked words the generator inside is handed
    out as it is.
    """

    def screen_where_needed(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        return _screened(turn, answer, filters) if turn.project.blocked_words else answer(turn)

    return screen_where_needed


async def _screened(turn: Turn, answer: Answerer, filters: WordFilters) -> AsyncGenerator[TurnEvent, None]:
    words = await filters.of(turn)
    if words.blocked(turn.text) is not None:
        language = language_of_turn(turn)
        yield LanguageChosen(language=language)
        yield ContentBlocked(what="question")
        yield TextDelta(text=refusal(turn, language))
        return
    passing = _Passing(words, language_of_turn(turn))
    async with aclosing(answer(turn)) as events:
        async for event in events:
            for shown in passing.take(event):
                yield shown
            if passing.is_blocked:
                break
    for shown in passing.finish():
        yield shown
    if passing.is_blocked:
        yield ContentBlocked(what="answer")
        gap = "\n\n" if passing.has_shown_text else ""
        yield TextDelta(text=gap + refusal(turn, passing.language))


def refusal(turn: Turn, language: Language) -> str:
    """The project's own words, else ours."""
    return dict(turn.project.refusal_texts).get(language) or REFUSAL[language]


class _Passing:
    """An answer's events on their way through the screen."""

    def __init__(self, words: WordFilter, language: Language) -> None:
        self.language = language
        self.is_blocked = False
        self._screen = StreamScreen(words)
        self._read = self._shown = 0
        self._waiting: deque[tuple[int, TurnEvent]] = deque()

    @property
    def has_shown_text(self) -> bool:
        return self._shown > 0

    def take(self, event: TurnEvent) -> Iterator[TurnEvent]:
        """What may be shown now that this has come."""
        if isinstance(event, TextDelta):
            self._read += len(event.text)
            yield from self._let_out(event.text)
        elif isinstance(event, BESIDE_THE_TEXT):
            yield event
        elif not isinstance(event, ReasoningDelta):
            yield from self._in_place(event)

    def finish(self) -> Iterator[TurnEvent]:
        """The rest of an answer that is over; nothing of a blocked one."""
        yield from self._let_out(None)

    def _in_place(self, event: TurnEvent) -> Iterator[TurnEvent]:
        if isinstance(event, LanguageChosen):
            self.language = event.language
        self._waiting.append((self._read, event))
        yield from self._until("")

    def _let_out(self, text: str | None) -> Iterator[TurnEvent]:
        released = self._screen.finish() if text is None else self._screen.feed(text)
        self.is_blocked = released.blocked is not None
        yield from self._until(released.text)

    def _until(self, text: str) -> Iterator[TurnEvent]:
        """The text with the events that stand in it or right after it."""
        while self._waiting and self._waiting[0][0] <= self._shown + len(text):
            at, event = self._waiting.popleft()
            before, text = text[: at - self._shown], text[at - self._shown :]
            if before:
                yield TextDelta(text=before)
            self._shown = at
            yield event
        if text:
            self._shown += len(text)
            yield TextDelta(text=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    listed: tuple[str, ...]
    words: asyncio.Future[WordFilter]


class WordFilters:
    """Compiled word lists, one for each tenant, kept until the list is another one."""

    def __init__(self) -> None:
        self._by_tenant: dict[str, _Compiled] = {}

    async def of(self, turn: Turn) -> WordFilter:
        """The filter of the turn's project; a new list is compiled once, in a thread, for all who wait."""
        tenant, listed = turn.principal.tenant, turn.project.blocked_words
        known = self._by_tenant.get(tenant)
        # The list stays the same object until its project changes, and mostly equal then.
        if known is None or (known.listed is not listed and known.listed != listed):
            compiling = asyncio.ensure_future(asyncio.to_thread(_compiled, listed))
            known = self._by_tenant[tenant] = _Compiled(listed=listed, words=compiling)
        return await asyncio.shield(known.words)


def _compiled(listed: tuple[str, ...]) -> WordFilter:
    return WordFilter(map(Word, listed))
