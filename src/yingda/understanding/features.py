"""What a linear model sees of a message: words, pairs of words, and runs of characters."""

from __future__ import annotations

import re
from itertools import pairwise

from yingda.understanding.normalise import fold

_TOKEN = re.compile(r"[a-z0-9']+|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e01-\u0e5b]|[^\w\s]")
_LATIN = re.compile(r"[a-z0-9']")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{3,}")
_LOUD = re.compile(r"[!！]{2,}|[?？]{2,}")
_LONGEST_CHARS = 400
_LONGEST_RUN = 5
_MOST_PAIRED_WORDS = 14
_ENDINGS = ("ing", "edly", "ies", "ed", "es", "s", "ly")
_SHORTEST_STEM = 3


def features_of(text: str) -> list[str]:
    """Names of all features, repeats included; those with a colon second are made of whole words.

    A Chinese character counts as a word; of a longer message only the beginning is read.
    """
    folded = fold(text[:_LONGEST_CHARS])
    words = _TOKEN.findall(folded)
    stems = [_stem(word) for word in words]
    framed = ["^", *stems, "$"]
    names = [f"w:{word}" for word in words]
    names += [f"b:{one} {next_one}" for one, next_one in pairwise(framed)]
    names += _together(stems)
    for word, stem in zip(words, stems, strict=True):
        if len(word) > 1 or _LATIN.match(word):
            names += (f"r:{stem}", *_runs(f" {word} "))
    for run in _HAN_RUN.findall(folded):
        names += [f"t:{run[start : start + 3]}" for start in range(len(run) - 2)]
    if _LOUD.search(text):
        names.append("c:loud")
    if _is_shouted(text):
        names.append("c:shouted")
    return names


def _together(stems: list[str]) -> list[str]:
    """Which words stand in one message, near or far; a long message holds too many to say anything."""
    kinds = sorted(set(stems))
    if len(kinds) > _MOST_PAIRED_WORDS:
        return []
    return [f"p:{one} {other}" for place, one in enumerate(kinds) for other in kinds[place + 1 :]]


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def _runs(padded: str) -> list[str]:
    length = len(padded)
    return [
        padded[start : start + size]
        for size in range(2, min(_LONGEST_RUN, length) + 1)
        for start in range(length - size + 1)
    ]


def _is_shouted(text: str) -> bool:
    letters = [char for char in text if char.isascii() and char.isalpha()]
    return len(letters) >= _SHOUTED_LETTERS and sum(map(str.isupper, letters)) > 0.8 * len(letters)


_SHOUTED_LETTERS = 8
