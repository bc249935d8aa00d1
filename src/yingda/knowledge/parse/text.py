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


def joined(left: str, right: str) -> str:
    """Two lines of one paragraph: Chinese without a blank, a hyphenated word whole, else with a blank."""
    if not left or not right:
        return left + right
    if _HYPHENATED.search(left) and right[0].islower():
        return left[:-1] + right
    if is_wide(left[-1]) or is_wide(right[0]):
        # A blank is kept where one side is Latin: wrapped lines lose it, and readers expect it there.
        both = is_wide(left[-1]) and is_wide(right[0])
        glue = "" if both or not (left[-1].isalnum() and right[0].isalnum()) else " "
        return left + glue + right
    return f"{left} {right}"


def unwrap(lines: Iterable[str]) -> str:
    """One paragraph out of its wrapped lines; blank lines are skipped."""
    text = ""
    for line in lines:
        text = joined(text, line.strip())
    return text
