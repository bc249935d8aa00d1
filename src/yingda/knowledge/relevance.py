"""How well a passage answers a question, from words alone: features, and a calibrated score 0..1.

BM25 says which passage is best; it cannot say that none is good. The score can: it weighs how much of what
the question asks for (idf-weighted, so a rare word counts more than a common one) the passage holds, how near
together, in its heading or not, and whether a number or code of the question is missing from it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import add, attrgetter, mul

from yingda.knowledge.analyzer import VAGUE_WEIGHT, Question, Unit

_ASKED = re.compile(r"[^。!?;\n]*\?")
_WINDOW_CHARS = 60
_OCCURRENCES = 6
_FAQ_LINES = 8
_OTHER_CREDIT = 0.8
_PARTIAL_CREDIT = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Each 0..1. `lone`, `missing` and `unknown` count against: a single shared word, numbers and codes of
    the question that the passage does not hold, and words of it that no passage of the collection holds.

    `lead` is the BM25 score over the best candidate's: it orders, it does not decide. A passage without one
    has its coverage instead.
    """

    coverage: float
    bigrams: float
    heading: float
    window: float
    faq: float
    lone: float
    missing: float
    unknown: float
    lead: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The logistic's constants, rounded from fits on our own set (`benchmarks/quality/fit_relevance.py`).

    `lead` was chosen by measured ranking (`benchmarks/quality/cmrc2018.py`): small sets cannot teach it.
    """

    bias: float = -10.0
    coverage: float = 6.4
    bigrams: float = 0.4
    heading: float = 2.0
    window: float = 2.3
    faq: float = 1.0
    lone: float = -1.0
    missing: float = -2.4
    unknown: float = -0.8
    lead: float = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A passage as `analyzer.index_text` folded it, and the BM25 score that brought it here, if one did."""

    body: str
    heading: str = ""
    bm25: float | None = None


class Relevance:
    """One question, weighed by its collection's statistics; rates any number of passages.

    `document_count(token)` is how many passages of the collection hold it, of `passage_count`.
    """

    def __init__(
        self,
        question: Question,
        document_count: Callable[[str], int],
        passage_count: int,
        calibration: Calibration = Calibration(),
    ) -> None:
        self._document_count = document_count
        self._passage_count = passage_count
        self._rarest = math.log1p(passage_count + 0.5) + math.log(2)
        self._calibration = calibration
        self._question = question
        self._weighed = [(unit, unit.weight * self._idf(unit.text)) for unit in question.units]
        self._total = _sum(self._weighed)
        self._unknown = _share(_sum(w for w in self._weighed if self._is_unknown(w[0])), self._total)
        self._exact = [(at, w) for at, (unit, w) in enumerate(self._weighed) if unit.kind in _EXACT]
        self._exact_total = _sum(self._exact)
        self._pairs = self._weighed_pairs(question)
        self._pairs_total = _sum(self._pairs)
        self._shape = _shape(question.plain)
        self._clauses = [
            Relevance(clause, document_count, passage_count, calibration) for clause in question.clauses
        ]

    def rate(self, passages: Sequence[Evidence]) -> list[float]:
        """A score 0..1 for each passage, in the order given."""
        return [probability(features, self._calibration) for features in self.features(passages)]

    def features(self, passages: Sequence[Evidence]) -> list[Features]:
        """What the scores are made of, in the order given."""
        best = max((passage.bm25 for passage in passages if passage.bm25 is not None), default=0.0)
        return [self._best_features(passage, best) for passage in passages]

    def _best_features(self, passage: Evidence, best_bm25: float) -> Features:
        """Those of the whole question or of an asking clause, but no clause hides a code that is missing."""
        whole = self._features(passage, best_bm25)
        if not self._clauses:
            return whole
        parts = (clause._features(passage, best_bm25) for clause in self._clauses)
        asked = [whole, *(replace(part, missing=max(part.missing, whole.missing)) for part in parts)]
        return max(asked, key=lambda features: probability(features, self._calibration))

    def _features(self, passage: Evidence, best_bm25: float) -> Features:
        whole = f"{passage.heading}\n{passage.body}"
        credits = [credit(unit, whole) for unit, _ in self._weighed]
        coverage = self._covered(credits)
        return Features(
            coverage=coverage,
            bigrams=_share(sum([w for pair, w in self._pairs if pair in whole]), self._pairs_total),
            heading=self._heading(passage.heading, credits),
            window=self._window(passage.body, credits),
            faq=self._faq(passage),
            lone=self._lone(passage.heading, credits),
            missing=self._missing(credits),
            unknown=self._unknown,
            lead=coverage if passage.bm25 is None else _share(passage.bm25, best_bm25),
        )

    def _is_unknown(self, unit: Unit) -> bool:
        """Whether the collection has neither the word nor one for it, nor a part of it."""
        if unit.weight <= VAGUE_WEIGHT or unit.kind in ("number", "value"):
            return False
        parts = map("".join, pairwise(unit.text)) if unit.kind == "word" else ()
        tokens = (unit.text, *unit.others, *parts)
        return not any(self._document_count(token.replace(" ", "_")) for token in tokens)

    def _idf(self, token: str) -> float:
        """0..1; 1 for a token that the collection does not know."""
        count = self._document_count(token.replace(" ", "_"))
        odds = (self._passage_count + 0.5) / (count + 0.5)
        return min(1.0, math.log1p(odds) / self._rarest) if self._passage_count else 1.0

    def _weighed_pairs(self, question: Question) -> list[tuple[str, float]]:
        """Neighbouring characters of the question or, where it has none, its Latin words between blanks."""
        if pairs := dict.fromkeys(_pairs(question.segments)):
            return [(pair, self._idf(pair)) for pair in pairs]
        return [(f" {unit.text} ", weight) for unit, weight in self._weighed if unit.kind != "char"]

    def _covered(self, credits: Iterable[float]) -> float:
        """How much of the question the credits come to, 0..1."""
        return _share(sum([w * one for (_, w), one in zip(self._weighed, credits, strict=True)]), self._total)

    def _lone(self, heading: str, credits: Sequence[float]) -> float:
        """1 where a longer question shares a single word with the passage, and not its heading."""
        if len(credits) < 2 or len(credits) - credits.count(0.0) > 1:
            return 0.0
        held = [unit for (unit, _), one in zip(self._weighed, credits, strict=True) if one]
        return float(not any(credit(unit, heading) for unit in held))

    def _missing(self, credits: Sequence[float]) -> float:
        if not self._exact:
            return 0.0
        return _share(sum([w for at, w in self._exact if credits[at] < 1.0]), self._exact_total)

    def _heading(self, heading: str, credits: Sequence[float]) -> float:
        """What the whole passage does not hold, its heading does not hold either."""
        if not heading.strip():
            return 0.0
        asked = zip(self._weighed, credits, strict=True)
        return self._covered([credit(unit, heading) if one else 0.0 for (unit, _), one in asked])

    def _window(self, body: str, credits: Iterable[float]) -> float:
        """The best share of the question found within one window of the passage."""
        weighed = self._weighed
        places = [
            (at, index) for index, one in enumerate(credits) if one for at in _places(weighed[index][0], body)
        ]
        places.sort()
        held = [0] * len(weighed)
        best, now, start = 0.0, 0.0, 0
        for at, index in places:
            while at - places[start][0] > _WINDOW_CHARS:
                gone = places[start][1]
                held[gone] -= 1
                if not held[gone]:
                    now -= weighed[gone][1]
                start += 1
            if not held[index]:
                now += weighed[index][1]
                if now > best:
                    best = now
            held[index] += 1
        return min(1.0, _share(best, self._total))

    def _faq(self, passage: Evidence) -> float:
        asked = _ASKED.findall(passage.body)[:_FAQ_LINES] if "?" in passage.body else []
        lines = [line for line in (*asked, passage.heading) if line.strip()]
        return max((_dice(self._shape, _shape(line)) for line in lines), default=0.0)


_EXACT = ("code", "number")
"""Units that a passage holds as they are, or not at all."""

_in_order = attrgetter(*Features.__slots__)


def probability(features: Features, calibration: Calibration) -> float:
    """The logistic of the weighed features."""
    total = calibration.bias + sum(map(mul, _in_order(calibration), _in_order(features)))
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, total))))


def credit(unit: Unit, text: str) -> float:
    """How far a passage holds a unit: as it is, as another word for it, or in part."""
    token, kind = unit.text, unit.kind
    # A Chinese word stands anywhere, a Latin one between blanks; most tests end at the first one.
    if token in text and (kind == "word" or kind == "char" or not token[0].isascii() or f" {token} " in text):
        return 1.0
    for other in unit.others:
        if other in text and (not other[0].isascii() or f" {other} " in text):
            return _OTHER_CREDIT
    if kind != "word" or len(token) < 3:
        return 0.0
    longest = _longest_run(token, text)
    return _PARTIAL_CREDIT * _share(longest, len(token)) if longest > 1 else 0.0


def _places(unit: Unit, body: str) -> list[int]:
    places: list[int] = []
    find = body.find
    for token in (unit.text, *unit.others):
        at = find(token)
        while at >= 0 and len(places) < _OCCURRENCES:
            places.append(at)
            at = find(token, at + 1)
    return places


def _longest_run(segment: str, text: str) -> int:
    longest = 0
    for start in range(len(segment)):
        while start + longest < len(segment) and segment[start : start + longest + 1] in text:
            longest += 1
    return longest


def _pairs(segments: Iterable[str]) -> list[str]:
    return [first + second for segment in segments for first, second in pairwise(segment)]


def _shape(line: str) -> frozenset[str]:
    """Latin words, and pairs of neighbouring characters of the rest."""
    words = line.split()
    shape: set[str] = set()
    for word in words:
        if word.isascii():
            shape.add(word)
        else:
            shape.update(map(add, word, word[1:]))
    return frozenset(shape)


def _sum(weighed: Iterable[tuple[object, float]]) -> float:
    return sum([weight for _, weight in weighed])


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return _share(2.0 * len(one & other), len(one) + len(other))


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
