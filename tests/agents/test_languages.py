"""One language for the whole answer."""

from __future__ import annotations

from yingda.agents import (
    chitchat,
    extractive,
    fallback,
    introduced,
    passages,
    tickets,
    unfound,
    wording,
    writing,
)
from yingda.agents.languages import with_language
from yingda.handoff import answerer
from yingda.testing import collect, turn
from yingda.testing.clock import START
from yingda.turns.events import LanguageChosen, TextDelta
from yingda.turns.types import Message
from yingda.understanding.intents import read

OURS = ("zh", "en", "ja", "ko", "th")


async def say_language(turn):
    yield TextDelta(text=str(turn.options.language))


async def test_tells_the_language_and_hands_it_on():
    asked = turn("2024?", history=(Message(role="user", text="반품 기간이 어떻게 되나요?", at=START),))
    events = await collect(with_language(say_language), asked)
    assert events == [LanguageChosen(language="ko"), TextDelta(text="ko")]


def test_every_fixed_sentence_is_said_in_every_language():
    modules = (
        *(chitchat, extractive, fallback, introduced, passages),
        *(tickets, unfound, wording, writing, answerer),
    )
    tables = [value for module in modules for value in vars(module).values() if _is_table(value)]
    assert len(tables) >= 14
    assert [table for table in tables if set(table) != set(OURS)] == []


def _is_table(value):
    return isinstance(value, dict) and "zh" in value


def test_what_is_offered_is_understood():
    offered = ("转人工", "human agent", "オペレーター", "상담원 연결", "ติดต่อเจ้าหน้าที่")
    assert {read(text).intent for text in offered} == {"transfer_to_human"}
