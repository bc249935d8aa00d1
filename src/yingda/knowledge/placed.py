"""A passage read once into clauses that know their neighbours, and how well a claim fits one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from yingda.knowledge.facts import Clause, clauses
from yingda.knowledge.quantities import Quantity
from yingda.knowledge.sentences import split

CONTEXT = 0.3
"""What a word of a neighbouring clause is worth against one of the clause itself."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A clause of the passage; `near` are the words of its neighbours up to the next strong mark."""

    clause: Clause
    words: frozenset[str]
    near: frozenset[str]


@dataclass(frozen=True, slots=True)
class Line:
    start: int
    end: int
    placed: tuple[Placed, ...]
    words: frozenset[str]
    chars: frozenset[str]


@dataclass(frozen=True, slots=True)
class Source:
    lines: tuple[Line, ...]
    text: str
    words: frozenset[str]


@lru_cache(maxsize=256)
def read(text: str) -> Source:
    """Parsed once for all sentences that are checked against the passage."""
    lines: list[Line] = []
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
    return Source(tuple(lines), joined, frozenset(word for line in lines for word in line.words))


def _line(start: int, end: int, found: Sequence[Clause], header: Sequence[Clause]) -> Line:
    placed = tuple(
        Placed(
            clause,
            frozenset(clause.words),
            frozenset(w for other in found if other.group == clause.group for w in other.words),
        )
        for clause in found
    )
    everything = (*found, *header)
    words = frozenset(word for clause in everything for word in clause.words)
    return Line(start, end, placed, words, frozenset("".join(clause.text for clause in everything)))


def share_a_stem(one: str, other: str) -> bool:
    """Long words by their beginnings, shorter ones where one begins the other: `driv` and `driver`."""
    short, long = sorted((one, other), key=len)
    if len(short) > 4:
        return short[:5] == long[:5]
    return len(short) == 4 and long.startswith(short) and len(long) - 4 <= 3


def holds(figure: Quantity, where: Iterable[Clause]) -> bool:
    return any(figure.agrees(other) for clause in where for other in clause.quantities)


def fit(said: Clause, placed: Placed, besides: str = "-") -> float:
    """How many words the clauses share, kinds of figures `besides` one counted like words."""
    kinds = {q.unit for q in said.quantities if q.unit and q.unit != besides and holds(q, (placed.clause,))}
    return len(kinds) + sum(
        1.0 if is_among(word, placed.words) else CONTEXT if is_among(word, placed.near) else 0.0
        for word in set(said.words)
    )


def is_among(word: str, words: frozenset[str]) -> bool:
    """Chinese words also where one holds the other: the same characters are not always cut alike."""
    if word in words:
        return True
    if word[0] < "\u0e00":
        return any(share_a_stem(word, other) for other in words)
    return any(len(other) > 1 and (other in word or (len(word) > 1 and word in other)) for other in words)
