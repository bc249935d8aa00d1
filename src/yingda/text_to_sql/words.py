"""Readable words out of the names in a database: parts, singular and plural, what a comment says."""

from __future__ import annotations

import re

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\W]+")
_PREFIXES = frozenset({"tbl", "t", "dim", "fact", "fct", "vw", "v", "stg", "ods", "dwd", "dws", "ads"})
_IRREGULAR = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "indices": "index",
    "criteria": "criterion",
    "series": "series",
    "species": "species",
    "news": "news",
    "data": "data",
    "media": "media",
}
_PLURALS = {one: many for many, one in _IRREGULAR.items()}
_COMMENT_ENDS = re.compile(r"[（(：:，,；;。|\n]|\s[-—–]\s")
_VALUES = re.compile(r"([\w.+-]+)\s*(?:=|＝|:|：|->|-)\s*([^\s,，;；、|/()（）\[\]]+)")
_LABEL_CHARS = 24


def parts_of(name: str) -> list[str]:
    """`SongReleaseYear`, `song_release_year` → song, release, year."""
    return [part.lower() for part in _BOUNDARY.split(name) if part]


def readable(name: str) -> str:
    """The parts with spaces between, without a technical prefix such as `tbl_`."""
    parts = parts_of(name)
    if len(parts) > 1 and parts[0] in _PREFIXES:
        parts = parts[1:]
    return " ".join(parts)


def singular(word: str) -> str:
    """One of them, as far as English spelling tells; other words come back as they are."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def plural(word: str) -> str:
    """Many of them, as far as English spelling tells."""
    if word in _PLURALS:
        return _PLURALS[word]
    if not word.isascii() or singular(word) != word:
        return word
    if word.endswith("y") and len(word) > 2 and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    if word.endswith(("s", "x", "z", "sh", "ch")):
        return word + "es"
    return word + "s"


def last_word(text: str, form: str) -> str:
    """The text with its last word `singular` or `plural`."""
    head, space, last = text.rpartition(" ")
    return head + space + (singular(last) if form == "singular" else plural(last))


def label_in(comment: str) -> str:
    """The name that a comment begins with, such as 订单状态 in 订单状态：1=待付款; empty for a sentence."""
    label = _COMMENT_ENDS.split(comment.strip(), 1)[0].strip()
    return label if 0 < len(label) <= _LABEL_CHARS and len(label.split()) <= 4 else ""


def values_in(comment: str) -> tuple[tuple[str, str], ...]:
    """Pairs of a stored value and its name, where a comment lists at least two of them."""
    rest = comment.strip().removeprefix(label_in(comment)).lstrip("：:（( ")
    pairs = tuple(_VALUES.findall(rest))
    return pairs if len(pairs) > 1 else ()
