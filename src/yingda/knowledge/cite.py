"""Whether a passage supports a sentence: figures, names and negation must agree, and enough words must."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from yingda.knowledge import polarity
from yingda.knowledge.facts import Clause, clauses
from yingda.knowledge.placed import Line, Placed, Source, fit, holds, read, share_a_stem
from yingda.knowledge.quantities import Quantity
from yingda.knowledge.wordings import has_like, reworded

Reason = Literal["supported", "empty", "overlap", "numbers", "names", "polarity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """`score` is the share of the sentence's content words in the quote; `start:end` cuts it out."""

    score: float
    start: int
    end: int
    reason: Reason

    @property
    def holds(self) -> bool:
        return self.reason == "supported"


ENOUGH = 0.5
"""Share of content words: below it a sentence says something else, whatever its figures."""
FOREIGN = 0.25
"""Below this share the passage is about something else, so no finer reason is looked for."""
WIDEN_BY = 0.15
"""A second sentence joins the quote where it adds this much."""
KNOWN = 0.35
"""How much of what a clause is about must occur in the passage, if only by characters."""
FIGURE_COUNT = 2
"""A figure counts like so many words where the sentence to quote is chosen."""
RATE = "per"
"""The unit of a rate, such as per day."""
MARGIN = 0.35
"""A figure belongs elsewhere where another clause fits better by this many words."""


def supports(sentence: str, passage_text: str) -> Support:
    """The best sentence of the passage (or two adjacent ones), and whether it bears this one out."""
    said = clauses(sentence)
    if not any(clause.words or clause.quantities for clause in said):
        return Support(score=0.0, start=0, end=0, reason="empty")
    if _best_possible(said, passage_text) < FOREIGN:
        return Support(score=0.0, start=0, end=0, reason="overlap")
    source = read(passage_text)
    window = _best_window(said, source)
    if window is None:
        return Support(score=0.0, start=0, end=0, reason="overlap")
    score, first, last = window
    quoted = tuple(placed for line in source.lines[first : last + 1] for placed in line.placed)
    reason = _objection(said, quoted, source, score) or "supported"
    return Support(
        score=round(score, 3), start=source.lines[first].start, end=source.lines[last].end, reason=reason
    )


def _best_possible(said: Sequence[Clause], passage_text: str) -> float:
    """An upper bound of the coverage, read off the characters: most passages are not worth a parse."""
    text = reworded(unicodedata.normalize("NFKC", passage_text)).lower()
    words = [word for clause in said for word in clause.words]
    codes = [code for clause in said for code in clause.codes]
    others = len(_figures(said))
    chars = frozenset(text)
    marks = [float(code in text) for code in codes] + [_may_occur(word, text, chars) for word in words]
    return (others + sum(marks)) / ((others + len(marks)) or 1)


def _may_occur(word: str, text: str, chars: frozenset[str]) -> float:
    if word[0] < "\u0e00":  # a stem is the beginning of its word
        return float(word[:5] in text or has_like(word))
    return 1.0 if word in text else sum(char in chars for char in word) / len(word)


def _best_window(said: Sequence[Clause], source: Source) -> tuple[float, int, int] | None:
    best: tuple[float, int, int] | None = None
    for span in (1, 2):
        for first in range(len(source.lines) - span + 1):
            score = _coverage(said, source.lines[first : first + span], FIGURE_COUNT)
            if best is None or score > best[0] + (WIDEN_BY if span > 1 else 0.0):
                best = (score, first, first + span - 1)
    if best is None:
        return None
    _, first, last = best
    return _coverage(said, source.lines[first : last + 1]), first, last


def _coverage(said: Sequence[Clause], lines: Sequence[Line], figure_count: int = 1) -> float:
    """The share of words, codes and figures of the sentence that the lines hold."""
    words = frozenset().union(*(line.words for line in lines))
    chars = frozenset().union(*(line.chars for line in lines))
    found = [placed.clause for line in lines for placed in line.placed]
    marks = [_presence(word, words, chars) for clause in said for word in clause.words]
    marks += [float(holds(figure, found)) for figure in _figures(said) * figure_count]
    marks += [float(any(code in other.codes for other in found)) for clause in said for code in clause.codes]
    return sum(marks) / (len(marks) or 1)


def _presence(word: str, words: frozenset[str], chars: frozenset[str]) -> float:
    """1 for the word itself; else in Chinese the share of its characters, at a discount: 运费 in 退货运费."""
    if word in words:
        return 1.0
    if word[0] < "\u0e00":
        return 0.7 if any(share_a_stem(word, other) for other in words) else 0.0
    return 0.8 * sum(char in chars for char in word) / len(word)


def _figures(said: Sequence[Clause]) -> list[Quantity]:
    """All but rates, which a passage may imply: 月费 is per month."""
    return [figure for clause in said for figure in clause.quantities if figure.unit != RATE]


def _objection(
    said: Sequence[Clause], window: Sequence[Placed], source: Source, score: float
) -> Reason | None:
    """The first reason to refuse, gravest first."""
    placed_codes = frozenset(code for placed in window for code in placed.clause.codes)
    if score < FOREIGN:
        return "overlap"
    if any(not _is_known(name, source) for clause in said for name in clause.names):
        return "names"
    if _is_renamed(said, window):
        return "names"
    if any(code not in placed_codes for clause in said for code in clause.codes):
        return "names"
    for figure in _strayed(said, window, source):
        return "names" if figure.is_choice else "numbers"
    if score < ENOUGH:
        return "overlap"
    if _is_swapped(said, window) or any(_is_stranger(clause, source) for clause in said):
        return "names"
    everywhere = [placed for line in source.lines for placed in line.placed]
    return None if polarity.agrees(said, window, everywhere) else "polarity"


def _is_known(name: str, source: Source) -> bool:
    return name in source.words or name in source.text


def _is_renamed(said: Sequence[Clause], window: Sequence[Placed]) -> bool:
    """Whether a name stands where the passage has another one."""
    ours = frozenset(name for clause in said for name in clause.names)
    theirs = frozenset(name for placed in window for name in placed.clause.names)
    quoted = " ".join([*(placed.clause.text for placed in window), *(w for p in window for w in p.words)])
    return any(name not in quoted for name in ours) and bool(theirs - ours)


def _is_stranger(clause: Clause, source: Source) -> bool:
    """What the clause is about does not occur in the passage at all."""
    if not clause.subject or any(word in source.text for word in clause.subject):
        return False
    chars = frozenset(source.text)
    return sum(_presence(word, source.words, chars) for word in clause.subject) < KNOWN * len(clause.subject)


def _strayed(said: Sequence[Clause], window: Sequence[Placed], source: Source) -> Iterator[Quantity]:
    """The figures that the quote lacks, or that belong to another clause of the passage."""
    everywhere = [placed for line in source.lines for placed in line.placed]
    quoted = [placed.clause for placed in window]
    for clause in said:
        for figure in clause.quantities:
            if figure.unit == RATE:
                rates = [other for each in quoted for other in each.quantities if other.unit == RATE]
                if rates and figure not in rates:
                    yield figure
            elif not (holds(figure, quoted) and _is_at_home(figure, clause, everywhere)):
                yield figure


def _is_at_home(figure: Quantity, said: Clause, placed: Sequence[Placed]) -> bool:
    """No clause with another figure of this kind fits the words better, nor contradicts the other figures."""
    here = there = 0.0
    clashes: list[bool] = []
    units = {q.unit for each in placed for q in each.clause.quantities if figure.agrees(q)} | {figure.unit}
    for other in placed:
        rivals = [q for q in other.clause.quantities if q.unit != RATE]
        kin = [q for q in rivals if q.unit in units]
        if not kin:
            continue
        likeness = fit(said, other, figure.unit)
        if any(figure.agrees(q) for q in kin):
            here = max(here, likeness)
            clashes.append(_clashes(said, other.clause, figure.unit))
        elif not all(any(q.agrees(own) for own in said.quantities) for q in kin) and not _clashes(
            said, other.clause, figure.unit
        ):
            there = max(there, likeness)
    return there <= here + MARGIN and not all(clashes)


def _clashes(said: Clause, other: Clause, besides: str) -> bool:
    """Another figure of the sentence's clause is of a kind that this clause has only with other values."""
    return any(
        any(q.unit == figure.unit for q in other.quantities)
        and not any(q.agrees(figure) for q in other.quantities)
        for figure in said.quantities
        if figure.unit not in (RATE, besides)
    )


def _is_swapped(said: Sequence[Clause], window: Sequence[Placed]) -> bool:
    """A word stands where the passage has another one before the same word: 银卡 for 金卡 before 会员."""
    known = frozenset(word for placed in window for word in placed.words)
    spoken = frozenset(word for clause in said for word in clause.words)
    before = [pair for placed in window for pair in placed.clause.modifiers]
    for clause in said:
        for modifier, word in clause.modifiers:
            rivals = [other for other, same in before if same == word]
            if modifier not in known and rivals and all(_differ(modifier, other, spoken) for other in rivals):
                return True
    return False


def _differ(modifier: str, other: str, spoken: frozenset[str]) -> bool:
    return len(modifier) == len(other) and other not in spoken and modifier[0] != other[0]
