"""Whether a passage supports a sentence: figures, names and negation must agree, and enough words must."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from yingda.knowledge.facts import Clause, clauses, negations
from yingda.knowledge.quantities import Quantity
from yingda.knowledge.sentences import split

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
CONTEXT = 0.3
"""What a word of a neighbouring clause is worth against one of the clause itself."""
KNOWN = 0.35
"""How much of what a clause is about must occur in the passage, if only by characters."""
MARGIN = 0.35
"""A figure belongs elsewhere where another clause fits better by this many words."""


def supports(sentence: str, passage_text: str) -> Support:
    """The best sentence of the passage (or two adjacent ones), and whether it bears this one out."""
    said = clauses(sentence)
    if not any(clause.words or clause.quantities for clause in said):
        return Support(score=0.0, start=0, end=0, reason="empty")
    if _best_possible(said, passage_text) < FOREIGN:
        return Support(score=0.0, start=0, end=0, reason="overlap")
    source = _read(passage_text)
    window = _best_window(said, source)
    if window is None:
        return Support(score=0.0, start=0, end=0, reason="overlap")
    score, first, last = window
    quoted = tuple(placed for line in source.lines[first : last + 1] for placed in line.placed)
    reason = _objection(said, quoted, source, score) or "supported"
    return Support(
        score=round(score, 3), start=source.lines[first].start, end=source.lines[last].end, reason=reason
    )


@dataclass(frozen=True, slots=True)
class _Placed:
    """A clause of the passage; `near` are the words of its neighbours up to the next strong mark."""

    clause: Clause
    words: frozenset[str]
    near: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    placed: tuple[_Placed, ...]
    words: frozenset[str]
    chars: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Source:
    lines: tuple[_Line, ...]
    text: str
    words: frozenset[str]


@lru_cache(maxsize=256)
def _read(text: str) -> _Source:
    """Parsed once for all sentences that are checked against the passage."""
    lines: list[_Line] = []
    header: tuple[Clause, ...] = ()
    row_before = False
    for cut in split(text):
        is_row = cut.kind == "row"
        # A row is one clause, else its cells would lose each other; its column names stand in the first row.
        raw = text[cut.start : cut.end]
        found = clauses(raw.replace("|", " ") if is_row else raw)
        header = (found if not row_before else header) if is_row else ()
        row_before = is_row
        if found:
            lines.append(_line(cut.start, cut.end, found, header))
    joined = " ".join(placed.clause.text for line in lines for placed in line.placed)
    return _Source(tuple(lines), joined, frozenset(word for line in lines for word in line.words))


def _line(start: int, end: int, found: Sequence[Clause], header: Sequence[Clause]) -> _Line:
    placed = tuple(
        _Placed(
            clause,
            frozenset(clause.words),
            frozenset(w for other in found if other.group == clause.group for w in other.words),
        )
        for clause in found
    )
    everything = (*found, *header)
    words = frozenset(word for clause in everything for word in clause.words)
    return _Line(start, end, placed, words, frozenset("".join(clause.text for clause in everything)))


def _best_possible(said: Sequence[Clause], passage_text: str) -> float:
    """An upper bound of the coverage, read off the characters: most passages are not worth a parse."""
    text = unicodedata.normalize("NFKC", passage_text).lower()
    words = [word for clause in said for word in clause.words]
    codes = [code for clause in said for code in clause.codes]
    others = sum(len(clause.quantities) for clause in said)
    chars = frozenset(text)
    marks = [float(code in text) for code in codes] + [_may_occur(word, text, chars) for word in words]
    return (others + sum(marks)) / (others + len(marks))


def _may_occur(word: str, text: str, chars: frozenset[str]) -> float:
    if word[0] < "\u3400":
        return float(word[:5] in text)  # a stem is the beginning of its word
    return 1.0 if word in text else sum(char in chars for char in word) / len(word)


def _best_window(said: Sequence[Clause], source: _Source) -> tuple[float, int, int] | None:
    best: tuple[float, int, int] | None = None
    for span in (1, 2):
        for first in range(len(source.lines) - span + 1):
            score = _coverage(said, source.lines[first : first + span])
            if best is None or score > best[0] + (WIDEN_BY if span > 1 else 0.0):
                best = (score, first, first + span - 1)
    return best


def _coverage(said: Sequence[Clause], lines: Sequence[_Line]) -> float:
    """The share of words, codes and figures of the sentence that the lines hold."""
    words = frozenset().union(*(line.words for line in lines))
    chars = frozenset().union(*(line.chars for line in lines))
    found = [placed.clause for line in lines for placed in line.placed]
    marks = [_presence(word, words, chars) for clause in said for word in clause.words]
    marks += [float(_holds(figure, found)) for clause in said for figure in clause.quantities]
    marks += [float(any(code in other.codes for other in found)) for clause in said for code in clause.codes]
    return sum(marks) / len(marks)


def _presence(word: str, words: frozenset[str], chars: frozenset[str]) -> float:
    """1 for the word itself; else in Chinese the share of its characters, at a discount: 运费 in 退货运费."""
    if word in words:
        return 1.0
    if word[0] < "\u3400":
        return 0.7 if any(len(other) > 4 and other[:5] == word[:5] for other in words) else 0.0
    return 0.8 * sum(char in chars for char in word) / len(word)


def _holds(figure: Quantity, where: Iterable[Clause]) -> bool:
    return any(figure.agrees(other) for clause in where for other in clause.quantities)


def _objection(
    said: Sequence[Clause], window: Sequence[_Placed], source: _Source, score: float
) -> Reason | None:
    """The first reason to refuse, gravest first."""
    placed_codes = frozenset(code for placed in window for code in placed.clause.codes)
    if score < FOREIGN:
        return "overlap"
    if any(not _is_known(name, source) for clause in said for name in clause.names):
        return "names"
    if any(code not in placed_codes for clause in said for code in clause.codes):
        return "names"
    for figure in _strayed(said, window, source):
        return "names" if figure.is_choice else "numbers"
    if score < ENOUGH:
        return "overlap"
    if _is_swapped(said, window) or any(_is_stranger(clause, source) for clause in said):
        return "names"
    return None if _polarity_agrees(said, window) else "polarity"


def _is_known(name: str, source: _Source) -> bool:
    return name in source.words or name in source.text


def _is_stranger(clause: Clause, source: _Source) -> bool:
    """What the clause is about does not occur in the passage at all."""
    if not clause.subject or any(word in source.text for word in clause.subject):
        return False
    chars = frozenset(source.text)
    return sum(_presence(word, source.words, chars) for word in clause.subject) < KNOWN * len(clause.subject)


def _strayed(said: Sequence[Clause], window: Sequence[_Placed], source: _Source) -> Iterator[Quantity]:
    """The figures that the quote lacks, or that belong to another clause of the passage."""
    everywhere = [placed for line in source.lines for placed in line.placed]
    quoted = [placed.clause for placed in window]
    for clause in said:
        for figure in clause.quantities:
            if not (_holds(figure, quoted) and _is_at_home(figure, clause, everywhere)):
                yield figure


def _is_at_home(figure: Quantity, said: Clause, placed: Sequence[_Placed]) -> bool:
    """No clause with another figure of this kind fits the words better, nor contradicts the other figures."""
    here = there = 0.0
    clashes: list[bool] = []
    for other in placed:
        kin = [q for q in other.clause.quantities if q.unit == figure.unit or not figure.unit or not q.unit]
        if not kin:
            continue
        fit = _fit(said, other, figure.unit)
        if any(figure.agrees(q) for q in kin):
            here = max(here, fit)
            clashes.append(_clashes(said, other.clause, figure.unit))
        else:
            there = max(there, fit)
    return there <= here + MARGIN and not all(clashes)


def _fit(said: Clause, placed: _Placed, besides: str = "-") -> float:
    """How many words the clauses share, kinds of figures `besides` one counted like words."""
    kinds = {q.unit for q in said.quantities if q.unit and q.unit != besides and _holds(q, (placed.clause,))}
    return len(kinds) + sum(
        1.0 if _is_among(word, placed.words) else CONTEXT if _is_among(word, placed.near) else 0.0
        for word in set(said.words)
    )


def _is_among(word: str, words: frozenset[str]) -> bool:
    """Chinese words also where one holds the other: the same characters are not always cut alike."""
    if word in words or word[0] < "\u3400":
        return word in words
    return any(len(other) > 1 and (other in word or (len(word) > 1 and word in other)) for other in words)


def _clashes(said: Clause, other: Clause, besides: str) -> bool:
    """Another figure of the sentence's clause is of a kind that this clause has only with other values."""
    return any(
        any(q.unit == figure.unit for q in other.quantities)
        and not any(q.agrees(figure) for q in other.quantities)
        for figure in said.quantities
        if figure.unit not in ("", besides)
    )


def _is_swapped(said: Sequence[Clause], window: Sequence[_Placed]) -> bool:
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


OPPOSITES: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(one), re.compile(other))
    for one, other in (
        (r"(?<![目当提])前(?!提)", r"(?<![售然])后(?!台)"),
        (r"\bbefore\b", r"\bafter\b"),
        (r"开启|启用|打开", r"关闭|停用"),
        (r"\benabled?\b", r"\bdisabled?\b"),
        (r"有效|生效", r"失效|无效"),
        (r"成功", r"失败"),
        (r"增加|提高|上升", r"减少|降低|下降"),
        (r"\bincreas", r"\bdecreas|\breduc"),
        (r"\brequired\b|\bmandatory\b|必须|必填", r"\boptional\b|可选|选填"),
        (r"\binclud", r"\bexclud"),
    )
)
"""Patterns that turn a statement round, like a negation."""


def _polarity_agrees(said: Sequence[Clause], window: Sequence[_Placed]) -> bool:
    """Clauses are laid on the one they fit best; over each, negations and opposites must even out."""
    laid: dict[int, list[Clause]] = {}
    for clause in said:
        fits = [_fit(clause, placed) + 0.5 * _points_alike(clause, placed.clause) for placed in window]
        if max(fits) >= 1.0 or len(window) == 1:
            # Equally good clauses must all agree: the subject may stand in one, the negation in the other.
            for index in (n for n, fit in enumerate(fits) if fit > max(fits) - 0.01):
                laid.setdefault(index, []).append(clause)
    return all(_evens_out(parts, window[index].clause) for index, parts in laid.items())


def _points_alike(one: Clause, other: Clause) -> bool:
    return (one.is_low, one.is_high) == (other.is_low, other.is_high)


def _evens_out(said: Sequence[Clause], source: Clause) -> bool:
    text = ",".join(clause.text for clause in said)
    turns = negations(text, source.text) + negations(source.text, text)
    turns += sum(_turned(text, source.text, one, other) for one, other in OPPOSITES)
    low, high = any(clause.is_low for clause in said), any(clause.is_high for clause in said)
    same_bound = low == high or not ((low and _is_only_high(source)) or (high and _is_only_low(source)))
    return turns % 2 == 0 and same_bound


def _is_only_high(clause: Clause) -> bool:
    return clause.is_high and not clause.is_low


def _is_only_low(clause: Clause) -> bool:
    return clause.is_low and not clause.is_high


def _turned(said: str, source: str, one: re.Pattern[str], other: re.Pattern[str]) -> bool:
    says = bool(one.search(said)), bool(other.search(said))
    reads = bool(one.search(source)), bool(other.search(source))
    return says != reads and sorted(says) == [False, True] == sorted(reads)
