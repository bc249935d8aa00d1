"""The history keeps its newest messages within the budget."""

from __future__ import annotations

from yingda.conversations.window import estimate_tokens, within_budget
from yingda.testing.clock import START
from yingda.turns.types import Message


def test_chinese_counts_by_character_and_english_by_four():
    assert [estimate_tokens(text) for text in ("退换货政策", "how do I return it", "")] == [5, 4, 1]


def test_the_newest_messages_that_fit_are_kept_whole():
    history = [Message(role="user", text="字" * size, at=START) for size in (5, 4, 3)]
    assert [len(message.text) for message in within_budget(history, 7)] == [4, 3]
    assert within_budget(history, 0) == ()
