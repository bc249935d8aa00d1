"""What the matcher knows about words: those that say the same, those that exclude each other, and parties.

They lie in `words.json`: groups parted by `|`, of which the first stands for all; alternatives that exclude
each other parted by ` / `; plain lists parted by spaces. Stricter than the vocabulary of retrieval: a text
found in vain costs a place in a list, a wrong answer costs trust.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import orjson

from yingda.knowledge.analyzer import stem

_WORDS = orjson.loads(Path(__file__).with_name("words.json").read_bytes())
_FIRST: dict[str, str] = {
    word: group.split("|")[0].replace("-", "").replace(" ", "")
    for group in _WORDS["same"]
    for word in group.split("|")
}
_APART = [[side.split("|") for side in group.split(" / ")] for group in _WORDS["apart"]]

FAINT = frozenset(word for line in _WORDS["faint"] for word in line.split())
"""Words that say little about what is asked; English ones are stems."""

MONEY = frozenset(word for line in _WORDS["money"] for word in line.split())
"""Words that say nothing more where "how much" is asked."""


def _pattern(words: Iterable[str], plural: str = "") -> re.Pattern[str]:
    """Any of the words, the longest first; Latin ones neither begin nor end inside a word."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    forms = (
        rf"(?<![a-z0-9]){re.escape(word)}{plural}(?![a-z0-9])" if word.isascii() else re.escape(word)
        for word in ordered
    )
    return re.compile("|".join(forms))


_PHRASES = _pattern(word for word in _FIRST if not (word.isascii() and word.isalpha()))
_TOKENS = {stem(word): stem(first) for word, first in _FIRST.items() if word.isascii() and word.isalpha()}
_SIDES: dict[str, set[tuple[int, int]]] = {}
for _number, _group in enumerate(_APART):
    for _side, _words in enumerate(_group):
        for _word in _words:
            _SIDES.setdefault(_word, set()).add((_number, _side))
_SIDED = _pattern(_SIDES)
_PARTY = _pattern((word for line in _WORDS["parties"] for word in line.split()), plural="s?")


def in_one_word(text: str) -> str:
    """A folded text in which every group of like words is said by its first."""
    return _PHRASES.sub(lambda found: _FIRST[found[0]], text)


def same_token(token: str) -> str:
    """The stem that stands for an English stem and those that say the same."""
    return _TOKENS.get(token, token)


def sides_of(text: str) -> frozenset[tuple[int, int]]:
    """Which alternatives of which groups a folded text names."""
    return frozenset(side for found in _SIDED.finditer(text) for side in _SIDES[found[0]])


def parties_in(text: str) -> tuple[str, ...]:
    """Who acts and who is acted upon, each once, in the order of the folded text."""
    return tuple(dict.fromkeys(found[0].removesuffix("s") for found in _PARTY.finditer(text)))
