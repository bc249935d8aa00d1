"""Word lists over text: exact and normalised matching of a hundred thousand words at once. Pure.

    word        how it is matched
    "C++"       begins or ends with what folds to nothing: exactly as written
    "64"        digits only: nothing between them but what nobody sees
    "spam"      an alphabet with blanks between its words: whole words, marks between the letters
                ("s.p-am"), blanks and apostrophes only where the word has them or between all letters
    "敏感词"     anything else: marks and blanks anywhere ("敏*感 词"), the end of a clause only between all
                characters of three or more

So `class` is no "ass", `can't it` no "tit", and 很大，便宜 no 大便. Positions are told in the text as given.
The words lie sorted in several automata: each is built fast enough to hold up nobody who shares the
interpreter, and together they read a megabyte in a twentieth of a second.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from ahocorasick_rs import AhoCorasick

from yingda.safety.folding import BLANK, HARD, WIDE, FoldedText, citation_begun, fold

Level = Literal["warn", "mask", "block"]
_LEVELS: tuple[Level, ...] = ("warn", "mask", "block")

_AUTOMATON_WORDS = 8000
_NO_GAPS: frozenset[int] = frozenset()
_ALPHABETIC = re.compile("[0-9a-z\u00df-\u052f]+")
_VOICING = frozenset("\u3099\u309a")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")


@dataclass(frozen=True, slots=True)
class Word:
    """A listed word: `warn` is noted only, `mask` is shown as stars, `block` is not shown at all."""

    text: str
    level: Level = "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A listed word found at `text[start:end]`."""

    word: Word
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Hits in the order of their ends; from `undecided` on, more text may still make a hit."""

    hits: tuple[Hit, ...]
    undecided: int


class _Rule(NamedTuple):
    """How a word may be written; `gaps` are where in its fold it has separators itself."""

    gaps: frozenset[int]
    is_numeric: bool
    is_alphabetic: bool
    needs_next: bool


class WordFilter:
    """A compiled list; building it for 90,000 words takes a second of one thread."""

    def __init__(self, words: Iterable[Word]) -> None:
        # No object of its own for each word: the collector would have to walk them all, time and again.
        folded, literal, rules = _Listed(), _Listed(), dict[str, _Rule]()
        for word in words:
            view = FoldedText(word.text)
            if _is_bare(view):
                folded.add(view.folded, word)
                rules[view.folded] = _rule(view, rules.get(view.folded))
            elif word.text:
                literal.add(word.text, word)
        self._folded, self._literal = _Patterns(folded), _Patterns(literal)
        self._rules = [rules[pattern] for pattern in self._folded.patterns]

    def look(self, text: str, *, is_whole: bool = True) -> Look:
        """What is found; a text that is not whole may go on, so its tail may be undecided."""
        view = FoldedText(text)
        found, open_at = self._matches(view, is_whole)
        found += [
            Hit(word=self._literal.word(index), start=start, end=end)
            for index, start, end in self._literal.found(view.text)
        ]
        found.sort(key=lambda hit: (hit.end, hit.start))
        if is_whole:
            return Look(hits=tuple(found), undecided=len(text))
        begun = citation_begun(text)
        open_at += [hit.start for hit in found if hit.end > begun]
        open_at += [begun, self._literal.begun(view.text), self._begun(view)]
        return Look(hits=tuple(hit for hit in found if hit.end <= begun), undecided=min(open_at))

    def _begun(self, view: FoldedText) -> int:
        begun = self._folded.begun(view.folded)
        return view.starts[begun] if begun < len(view.folded) else len(view.text)

    def blocked(self, text: str) -> Hit | None:
        """The first word in a whole text that must not be shown."""
        return next((hit for hit in self.look(text).hits if hit.word.level == "block"), None)

    def _matches(self, view: FoldedText, is_whole: bool) -> tuple[list[Hit], list[int]]:
        """Hits by normalised words, and the starts of those that the next character decides."""
        hits: list[Hit] = []
        open_at: list[int] = []
        for index, start, end in self._folded.found(view.folded):
            rule = self._rules[index]
            if not (_may_start(rule, view, start) and _holds_together(rule, view, start, end)):
                continue
            if end < len(view.folded):
                if not _may_end(rule, view, end):
                    continue
            elif rule.needs_next and not is_whole and not view.rest_gap():
                open_at.append(view.starts[start])
                continue
            word = self._folded.word(index)
            hits.append(Hit(word=word, start=view.starts[start], end=view.end(end)))
        return hits, open_at


class _Listed:
    """What is looked for, and the word as it was listed; of those alike the strictest."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.levels: dict[str, Level] = {}

    def add(self, pattern: str, word: Word) -> None:
        level = self.levels.get(pattern)
        if level is None or _LEVELS.index(word.level) > _LEVELS.index(level):
            self.texts[pattern], self.levels[pattern] = word.text, word.level


class _Patterns:
    """Sorted strings, found all at once; indexes are into `patterns`."""

    def __init__(self, listed: _Listed) -> None:
        self.patterns: Sequence[str] = _sorted(listed.texts)
        self._listed = listed
        self._longest = max(map(len, self.patterns), default=0)
        self._automata = [
            (first, AhoCorasick(self.patterns[first : first + _AUTOMATON_WORDS], store_patterns=False))
            for first in range(0, len(self.patterns), _AUTOMATON_WORDS)
        ]

    def word(self, index: int) -> Word:
        """The word as it was listed."""
        pattern = self.patterns[index]
        return Word(self._listed.texts[pattern], self._listed.levels[pattern])

    def found(self, text: str) -> Iterator[tuple[int, int, int]]:
        """(index, start, end) of every occurrence, overlapping ones too."""
        for first, automaton in self._automata:
            for index, start, end in automaton.find_matches_as_indexes(text, overlapping=True):
                yield first + index, start, end

    def begun(self, text: str) -> int:
        """Where the longest tail starts that a pattern goes on from; the text's length where none does."""
        for start in range(max(0, len(text) - self._longest + 1), len(text)):
            tail = text[start:]
            at = bisect_left(self.patterns, tail)
            # The tail itself sorts first of all that begin with it.
            at += at < len(self.patterns) and self.patterns[at] == tail
            if at < len(self.patterns) and self.patterns[at].startswith(tail):
                return start
        return len(text)


def _sorted(patterns: Iterable[str]) -> list[str]:
    """In order, by portions: sorting all at once lets no other thread in until it is done."""
    portions: defaultdict[str, list[str]] = defaultdict(list)
    for pattern in patterns:
        portions[pattern[0]].append(pattern)
    return [pattern for first in sorted(portions) for pattern in sorted(portions[first])]


def _is_bare(view: FoldedText) -> bool:
    """Whether the word's first and last characters survive folding: then its fold says all of it."""
    return bool(view.folded and fold(view.text[0]) and fold(view.text[-1]))


def _rule(view: FoldedText, other: _Rule | None) -> _Rule:
    """The rule of a word, with the separators of one that folds alike."""
    folded = view.folded
    gaps = _NO_GAPS if folded == view.text else _gaps(view)
    if other is not None:
        gaps |= other.gaps
    is_alphabetic = _ALPHABETIC.fullmatch(folded) is not None
    needs_next = is_alphabetic or _KANA.match(folded[-1]) is not None
    return _shared_rule(gaps, folded.isdigit() and folded.isascii(), is_alphabetic, needs_next)


@lru_cache(maxsize=1024)
def _shared_rule(gaps: frozenset[int], is_numeric: bool, is_alphabetic: bool, needs_next: bool) -> _Rule:
    return _Rule(gaps, is_numeric, is_alphabetic, needs_next)


def _gaps(view: FoldedText) -> frozenset[int]:
    return frozenset(at for at in range(1, len(view.folded)) if view.gap(at))


def _may_start(rule: _Rule, view: FoldedText, start: int) -> bool:
    if not rule.is_alphabetic or start == 0:
        return True
    return bool(view.gap(start)) or not _ALPHABETIC.match(view.folded[start - 1])


def _may_end(rule: _Rule, view: FoldedText, end: int) -> bool:
    """Not within a word of an alphabet, and not before the mark that makes another kana of the last one."""
    if not rule.needs_next or view.gap(end):
        return True
    after = view.folded[end]
    return not (after in _VOICING or (rule.is_alphabetic and _ALPHABETIC.match(after)))


def _holds_together(rule: _Rule, view: FoldedText, start: int, end: int) -> bool:
    """Whether what stands between the characters leaves them one word."""
    gaps = [view.gap(at) for at in range(start + 1, end)]
    if not any(gaps):
        return True
    if any(gap & WIDE for gap in gaps):
        return False
    foreign = [gap for offset, gap in enumerate(gaps, 1) if gap and offset not in rule.gaps]
    if rule.is_numeric:
        return not foreign
    if len(gaps) > 1 and all(gaps):
        return True
    parting = BLANK if rule.is_alphabetic else HARD
    return not any(gap & parting for gap in foreign)
