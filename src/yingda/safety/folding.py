"""Text as a word list reads it: without width, case, accents, script variants, look-alikes and separators.

Every character folds by itself, whatever stands around it, so that a piece of a text folds to a piece of its
fold and a stream can be read in any portions. What folds to nothing is a separator; `gap_of` says how much it
parts.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, cached_property

import opencc

NOISE, BLANK, HARD, WIDE = 1, 2, 4, 8
"""What may stand between two characters of a word: a mark, a blank, the end of a clause, too much of it."""

_WIDEST_GAP = 8
_REMEMBERED = 0x30000
"""Code points from here on are rare, and too many for a fold of each to be kept."""

_LOOKALIKES = str.maketrans(
    "АаВвЕеКкМмНнОоРрСсТтУуХхІіЅѕЈјԁԛԝһӏѵΑαΒβΕεΖζΗηΙιΚκΜΝνΟοΡρΤτΥυΧχγωϲϳᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɑɡıȷøłđħŧƒ",
    "aabbeekkmmhhooppccttyyxxiissjjdqwhlvaabbeezzhniikkmnvooppttyuxxywcjabcdefghijklmnoprstuvwyzagijoldhtf",
)
_NEGATIVE_LETTERS = (0x1F150, 0x1F170)
_MARKED_SCRIPTS = re.compile("[\u00c0-\u052f\u1e00-\u1fff\u3040-\u30ff]")
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]"
)
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u180e")
_LINE_ENDS = frozenset("\n\r\v\f\x85\u2028\u2029")
_CLAUSE_ENDS = frozenset(",;!?:。、")
_APOSTROPHES = frozenset("'’‘")
_CITATION = re.compile(r"\[\[[0-9a-f]{32}\]\]")
_CITATION_BEGUN = re.compile(r"\[(?:\[(?:[0-9a-f]{0,32}|[0-9a-f]{32}\])?)?\Z")
_LONGEST_CITATION = 36


def fold(text: str) -> str:
    """What is compared; a separator folds to nothing, a ligature to several characters."""
    return text.translate(_FOLDS)


@cache
def gap_of(separator: str) -> int:
    """How one character that folds to nothing parts its neighbours; 0 where nobody sees it."""
    if separator in _LINE_ENDS:
        return BLANK | HARD
    category = unicodedata.category(separator)
    if category.startswith("Z") or separator == "\t" or separator in _APOSTROPHES:
        return BLANK
    if category.startswith("C") or _MARKS.match(separator) or separator in _FILLERS:
        return 0
    return HARD if unicodedata.normalize("NFKC", separator) in _CLAUSE_ENDS else NOISE


def without_citations(text: str) -> str:
    """The text, as long as before, with line ends in place of whole citation blocks."""
    return _CITATION.sub("\n" * _LONGEST_CITATION, text) if "[[" in text else text


def citation_begun(text: str) -> int:
    """Where a citation block begins that the text may end within; its length where none does."""
    begun = _CITATION_BEGUN.search(text, max(0, len(text) - _LONGEST_CITATION))
    return begun.start() if begun else len(text)


class FoldedText:
    """A text beside its fold; positions in the fold are told in those of the text."""

    def __init__(self, text: str) -> None:
        self.text = without_citations(text)
        self.folded = fold(self.text)

    @cached_property
    def starts(self) -> list[int]:
        """For every character of the fold the one of the text that it comes from."""
        return [at for at, char in enumerate(self.text) for _ in _FOLDS[ord(char)]]

    def end(self, folded_end: int) -> int:
        """Where a stretch of the fold ends in the text."""
        return self.starts[folded_end - 1] + 1

    def gap(self, at: int) -> int:
        """What stands before the fold's character `at`, back to the one before it; flags."""
        return _gap(self.text[self.starts[at - 1] + 1 : self.starts[at]]) if at else HARD

    def rest_gap(self) -> int:
        """What stands after the fold's last character."""
        return _gap(self.text[self.starts[-1] + 1 :])


def _gap(between: str) -> int:
    flags, seen = 0, 0
    for char in between:
        flag = gap_of(char)
        flags |= flag
        seen += flag > 0
    return flags | WIDE if seen > _WIDEST_GAP else flags


def _fold_of(char: str) -> str:
    for first in _NEGATIVE_LETTERS:
        if 0 <= ord(char) - first < 26:
            return chr(ord(char) - first + ord("a"))
    return "".join(map(_bare, unicodedata.normalize("NFKC", char)))


def _bare(char: str) -> str:
    if _MARKED_SCRIPTS.match(char):
        char = unicodedata.normalize("NFD", char)
    kept = _MARKS.sub("", char.translate(_LOOKALIKES).casefold()).translate(_LOOKALIKES)
    kept = "".join(each for each in kept if unicodedata.category(each)[0] not in "PSZC")
    return "" if kept in _FILLERS else _simplifier().convert(kept)


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


class _Folds(dict[int, str]):
    """A translation table that fills itself."""

    def __missing__(self, code: int) -> str:
        folded = _fold_of(chr(code))
        if code < _REMEMBERED:
            self[code] = folded
        return folded


_FOLDS = _Folds()
