"""The part of the history that fits a token budget."""

from __future__ import annotations

from collections.abc import Sequence

from yingda.turns.types import Message

CJK_TOKENS_PER_CHAR = 1.0
OTHER_TOKENS_PER_CHAR = 0.25
"""Rough, on the safe side for the byte-pair vocabularies of current models; no vocabulary is loaded."""


def estimate_tokens(text: str) -> int:
    """About how many tokens a model would count, never below 1."""
    wide = sum(1 for char in text if ord(char) >= 0x2E80)
    return max(1, round(wide * CJK_TOKENS_PER_CHAR + (len(text) - wide) * OTHER_TOKENS_PER_CHAR))


def within_budget(history: Sequence[Message], budget_tokens: int) -> tuple[Message, ...]:
    """The newest messages whose estimates add up to at most the budget, oldest first, none cut in two."""
    kept: list[Message] = []
    left = budget_tokens
    for message in reversed(history):
        left -= estimate_tokens(message.text)
        if left < 0:
            break
        kept.append(message)
    return tuple(reversed(kept))
