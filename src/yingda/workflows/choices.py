"""Which of several options a caller means: by key, value, ordinal, or by the words of the option."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from yingda.understanding.negation import asserted
from yingda.understanding.normalise import clauses, fold
from yingda.understanding.values.numerals import worth

_ORDINAL = re.compile(
    r"(?:我?[选要]|就|那就)?(?:选项|第)?([0-9]{1,2}|[一二两三四五六七八九十]{1,3})(?:个|号|项|种|条|吧|的|那个)*"
)
_LAST = re.compile(r"(?:我?[选要]|就)?最后(?:一个|一项|那个|个)?吧?")
_POLITE = re.compile(r"^(?:我|就|要|想|选|那|嗯|呃|哦|啊|the|please)+|(?:吧|啊|呀|的|了|呢|哈|嘛|please)+$")


@dataclass(frozen=True, slots=True)
class Option:
    """`key` names its way out, `value` is what the caller reads or hears."""

    key: str
    value: str


def chosen(text: str, options: Sequence[Option]) -> Option | None:
    """The one option meant; None where it is none or where it could be several."""
    said = text.strip()
    for option in (*options, *(Option(one.key, one.key) for one in options)):
        if option.value == said:
            return next(one for one in options if one.key == option.key)
    folded = fold(text)
    if (by_number := _by_ordinal(folded, options)) is not None:
        return by_number
    return _by_words(folded, options)


def _by_ordinal(folded: str, options: Sequence[Option]) -> Option | None:
    said = folded.strip(" 。.!?,")
    if _LAST.fullmatch(said):
        return options[-1]
    number = _ORDINAL.fullmatch(said)
    place = worth(number[1]) if number else None
    return options[int(place) - 1] if place is not None and 1 <= place <= len(options) else None


def _by_words(folded: str, options: Sequence[Option]) -> Option | None:
    """An option whose words are said and not denied; one that lies within another gives way to it."""
    bare = _bare(folded)
    same = [option for option in options if _bare(fold(option.value)) == bare]
    if len(same) == 1:
        return same[0]
    said = [option for option in options if _is_said(fold(option.value), folded)]
    longest = [one for one in said if not any(_holds(other, one) for other in said)]
    return longest[0] if len(longest) == 1 else None


def _bare(folded: str) -> str:
    kept = re.sub(r"[\s。.!?,、]+", "", folded)
    return _POLITE.sub("", kept) or kept


def _is_said(words: str, folded: str) -> bool:
    """A single character says too little to be found within other words."""
    if len(words) < 2:
        return False
    pattern = re.compile(re.escape(words))
    return any(asserted(pattern, clause) for clause in clauses(folded))


def _holds(other: Option, one: Option) -> bool:
    return other is not one and fold(one.value) in fold(other.value) and len(other.value) > len(one.value)


def likeness(text: str, words: str) -> float:
    """How much of the shorter text's pairs of characters the other one shares, 0..1."""
    left, right = _pairs(fold(text)), _pairs(fold(words))
    if not left or not right:
        return 0.0
    return len(left & right) / min(len(left), len(right))


def _pairs(folded: str) -> set[str]:
    kept = re.sub(r"[\s\W_]+", "", folded)
    return {kept[at : at + 2] for at in range(max(1, len(kept) - 1))} if kept else set()
