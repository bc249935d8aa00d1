"""Where a text may be cut so that no character, as people see it, is torn (after UAX 29)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

MAX_CLUSTER = 32
"""Code points; what is longer is no character of any language, and may be cut."""

_ZWJ = "\u200d"
_SARA_AM = "\u0e33\u0eb3"
_VOICED = "\uff9e\uff9f"


def certain_length(text: str) -> int:
    """How much of a growing text is made of finished characters; what follows may join the rest.

    Ideographs, ASCII punctuation, blanks and full-width signs are finished at once.
    """
    if not text or _stands_alone(text[-1]):
        return len(text)
    least = max(0, len(text) - MAX_CLUSTER)
    start = len(text) - 1
    while start > least and _joins(text, start):
        start -= 1
    is_endless = start == least and least > 0
    return len(text) if is_endless else start


def pieces(text: str, most: int) -> Iterator[str]:
    """The text in pieces of at most `most` code points, cut between characters."""
    while len(text) > most:
        cut = certain_length(text[:most]) or most
        yield text[:cut]
        text = text[cut:]
    yield text


def _stands_alone(char: str) -> bool:
    if "\u4e00" <= char <= "\u9fff" or "\u3000" <= char <= "\u3029" or "\uff01" <= char <= "\uff65":
        return True
    return char < "\x7f" and not char.isalnum() and char not in "#*\r"


def _joins(text: str, index: int) -> bool:
    """Whether the code points before and at `index` belong to one character."""
    before, at = text[index - 1], text[index]
    if before in "\r\n":
        return before + at == "\r\n"
    if _extends(at) or before == _ZWJ or unicodedata.combining(before) == 9:  # 9: a virama joins consonants
        return True
    if _is_flag_letter(at) and _is_flag_letter(before):
        return _flag_letters_before(text, index) % 2 == 1
    return _joins_hangul(_jamo(before), _jamo(at))


def _extends(char: str) -> bool:
    return (
        unicodedata.category(char) in ("Mn", "Me", "Mc")
        or char in (_ZWJ, "\u200c")
        or char in _SARA_AM
        or char in _VOICED
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_letters_before(text: str, index: int) -> int:
    count = 0
    while index > count and _is_flag_letter(text[index - count - 1]):
        count += 1
    return count


def _jamo(char: str) -> str:
    """The kind of a Korean sign: a leading consonant, a vowel, a trailing one, or a syllable that ends so."""
    if "\uac00" <= char <= "\ud7a3":
        return "LV" if (ord(char) - 0xAC00) % 28 == 0 else "LVT"
    if "\u1100" <= char <= "\u115f" or "\ua960" <= char <= "\ua97c":
        return "L"
    if "\u1160" <= char <= "\u11a7" or "\ud7b0" <= char <= "\ud7c6":
        return "V"
    return "T" if "\u11a8" <= char <= "\u11ff" or "\ud7cb" <= char <= "\ud7fb" else ""


def _joins_hangul(before: str, at: str) -> bool:
    return (
        (before == "L" and at in ("L", "V", "LV", "LVT"))
        or (before in ("LV", "V") and at in ("V", "T"))
        or (before in ("LVT", "T") and at == "T")
    )
