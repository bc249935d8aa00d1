"""Words the analyzer knows about: function words, vague words, and words that stand for each other.

They lie in `vocabulary.json` as lines of words parted by spaces; English `alternatives` are stems.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import orjson


def _words(lines: Iterable[str]) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


def _by_word(groups: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for group in groups:
        words = group.split()
        for word in words:
            found.setdefault(word, {}).update(dict.fromkeys(other for other in words if other != word))
    return {word: tuple(others) for word, others in found.items()}


_VOCABULARY = orjson.loads(Path(__file__).with_name("vocabulary.json").read_bytes())
_ALTERNATIVES = _by_word(_VOCABULARY["alternatives"])

STOP_WORDS = _words(_VOCABULARY["stop"])
"""Dropped from questions; the index keeps them."""

PHRASES = _words(_VOCABULARY["phrases"])
"""Ways to ask that a segmenter would cut wrong, as 钱包 in 多少钱包邮; taken out of a question first."""

VAGUE_WORDS = _words(_VOCABULARY["vague"])
"""Count a third: they say little about what is asked."""

GENERIC_WORDS = _words(_VOCABULARY["generic"])
"""What kind of text describes a thing; a title may use another of these words, or none."""

KNOWN_WORDS = frozenset(_ALTERNATIVES)
"""All that have alternatives; the segmenter keeps them whole."""


def alternatives(word: str) -> tuple[str, ...]:
    """Words that a passage may use instead of this one, in either language."""
    return _ALTERNATIVES.get(word, ())
