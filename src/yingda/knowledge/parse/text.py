"""Characters and lines: what is dropped, and how wrapped lines grow together again."""

from __future__ import annotations

import re
from collections.abc import Iterable

HARD_BREAK = "\u2028"
"""A line break the author meant, on its way through `unwrap`; `clean` makes it a newline."""

_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# NUL and lone surrogates cannot be stored, the others cannot be seen; U+FEFF is a stray byte order mark.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]")
_WIDE = "\u2e80-\u303f\u3040-\u30ff\u3100-\u31ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_WIDE_CHAR = re.compile(f"[{_WIDE}“”‘’…—]")
_HYPHENATED = re.compile(r"[A-Za-z]{2}[-\u2010\u00ad]$")


def clean(text: str) -> str:
    """Newlines as LF; without NUL, other invisible controls and lone surrogates."""
    return _UNWANTED.sub("", _NEWLINES.sub("\n", text))


def squeeze(text: str) -> str:
    """On one line, with single blanks."""
    return " ".join(text.split())


def is_wide(char: str) -> bool:
    """Whether the character is written without blanks around it, as Chinese is."""
    return _WIDE_CHAR.match(char) is not None


def columns(text: str) -> int:
    """Width on a terminal: a Chinese character counts twice."""
    return len(text) + len(_WIDE_CHAR.findall(text))


def unwrap(lines: Iterable[str]) -> str:
    """One paragraph out of its wrapped lines; blank lines are skipped.

    Chinese lines meet without a blank, a hyphenated word becomes whole, all others get a blank between.
    """
    pieces: list[str] = []
    for line in filter(None, map(str.strip, lines)):
        if pieces and _is_hyphenated(pieces[-1], line):
            pieces[-1] = pieces[-1][:-1]
        elif pieces:
            pieces.append(_glue(pieces[-1][-1], line[0]))
        pieces.append(line)
    return "".join(pieces)


def _is_hyphenated(left: str, right: str) -> bool:
    return right[0].islower() and _HYPHENATED.search(left[-3:]) is not None


def _glue(left: str, right: str) -> str:
    if is_wide(left) and is_wide(right):
        return ""
    # Where one side is Latin the blank was lost in the wrapping; beside punctuation there was none.
    is_mixed = is_wide(left) or is_wide(right)
    return "" if is_mixed and not (left.isalnum() and right.isalnum()) else " "
