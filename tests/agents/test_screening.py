"""Blocked words in questions and answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from yingda.agents.screening import REFUSAL, WordFilters, with_screening
from yingda.testing import collect, turn
from yingda.turns.events import (
    ContentBlocked,
    LanguageChosen,
    PassageCited,
    ReasoningDelta,
    StepTimed,
    TextDelta,
    TurnEvent,
)
from yingda.turns.options import AnswerOptions, Project
from yingda.turns.record import record_from_events
from yingda.turns.types import Turn

PROJECT = Project(blocked_words=("法轮功", "bad word"), refusal_texts=(("ja", "お断りします。"),))
TIMED = StepTimed(step="model", elapsed_ms=1.0)


def cited(name: str) -> PassageCited:
    return PassageCited(passage_id=name, quote="", start=0, end=0)


class Script:
    """Always answers the same; counts how often it was asked, came to its end, and was closed."""

    def __init__(self, *events: TurnEvent | str) -> None:
        self.calls = self.finished = self.closed = 0
        self._events = [TextDelta(text=event) if isinstance(event, str) else event for event in events]

    async def __call__(self, turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        self.calls += 1
        try:
            for event in self._events:
                yield event
            self.finished += 1
        finally:
            self.closed += 1


def asked(text: str = "你好", **overrides):
    return turn(text, project=PROJECT, **overrides)


@pytest.mark.parametrize(
    ("text", "options", "language", "said"),
    [
        ("什么是法 輪 功？", AnswerOptions(), "zh", REFUSAL["zh"]),
        ("What is a BAD-word?", AnswerOptions(), "en", REFUSAL["en"]),
        ("法轮功", AnswerOptions(language="ja"), "ja", "お断りします。"),
    ],
)
async def test_a_question_is_refused_and_nobody_is_asked(text, options, language, said):
    answer = Script("never")
    events = await collect(with_screening(answer, WordFilters()), asked(text, options=options))
    assert (answer.calls, events) == (
        0,
        [LanguageChosen(language=language), ContentBlocked(what="question"), TextDelta(text=said)],
    )
    assert record_from_events(events).failed_attempts == 0


async def test_an_answer_breaks_off_before_the_clause_and_is_closed_first():
    answer = Script(
        LanguageChosen(language="ja"), "天气很好，", cited("p1"), "关于法", cited("p2"), "轮功", TIMED, "的。"
    )
    screened = with_screening(answer, WordFilters())(asked())
    events = []
    async for event in screened:
        events.append(event)
        if isinstance(event, ContentBlocked):
            assert (answer.closed, answer.finished) == (1, 0)
    assert events == [
        LanguageChosen(language="ja"),
        TextDelta(text="天气很好，"),
        cited("p1"),
        ContentBlocked(what="answer"),
        TextDelta(text="\n\nお断りします。"),
    ]


async def test_a_word_that_only_the_end_decides_blocks_at_the_end():
    answer = Script("a bad", " word")
    assert await collect(with_screening(answer, WordFilters()), asked("Hello there")) == [
        ContentBlocked(what="answer"),
        TextDelta(text=REFUSAL["en"]),
    ]


async def test_citations_keep_their_place_in_text_that_is_held_back():
    answer = Script(
        "一共七", "天", cited("p1"), TIMED, "可退，满", cited("p2"), "百元", "免运费。", cited("p3")
    )
    events = await collect(with_screening(answer, WordFilters()), asked())
    assert events == [
        TIMED,
        TextDelta(text="一共七天"),
        cited("p1"),
        TextDelta(text="可退，"),
        TextDelta(text="满"),
        cited("p2"),
        TextDelta(text="百元免运费。"),
        cited("p3"),
    ]


async def test_thoughts_are_not_shown():
    answer = Script(ReasoningDelta(text="法轮功"), "好。")
    assert await collect(with_screening(answer, WordFilters()), asked()) == [TextDelta(text="好。")]


async def test_a_project_without_words_costs_nothing():
    answer = Script("法轮功")
    made = []

    def spy(turn: Turn):
        made.append(answer(turn))
        return made[-1]

    assert with_screening(spy, WordFilters())(turn("法轮功")) is made[0]
    await made[0].aclose()


async def test_a_list_is_compiled_once_until_it_changes():
    filters = WordFilters()
    first = await filters.of(asked())
    same = await filters.of(turn("", project=Project(blocked_words=tuple(list(PROJECT.blocked_words)))))
    other = await filters.of(turn("", project=Project(blocked_words=("x",))))
    assert (first is same, first is other) == (True, False)
