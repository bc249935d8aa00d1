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
from operator import attrgetter, mul

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


@dataclass(frozen=True, slots=True)
class _Weighed:
    unit: Unit
    weight: float


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
        self._units = [_Weighed(unit, unit.weight * self._idf(unit.text)) for unit in question.units]
        self._total = sum(weighed.weight for weighed in self._units)
        self._unknown = _share(sum(w.weight for w in self._units if self._is_unknown(w.unit)), self._total)
        self._pairs = {pair: self._idf(pair) for pair in _pairs(question.segments)}
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
        credits = [credit(weighed.unit, whole) for weighed in self._units]
        matched = sum(w.weight * credit for w, credit in zip(self._units, credits, strict=True))
        coverage = _share(matched, self._total)
        return Features(
            coverage=coverage,
            bigrams=self._bigrams(whole),
            heading=self._heading(passage.heading),
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

    def _lone(self, heading: str, credits: Sequence[float]) -> float:
        """1 where a longer question shares a single word with the passage, and not its heading."""
        held = [w.unit for w, credit in zip(self._units, credits, strict=True) if credit > 0]
        return float(len(held) < 2 <= len(self._units) and not any(credit(unit, heading) for unit in held))

    def _missing(self, credits: Sequence[float]) -> float:
        asked = [
            (w.weight, credit)
            for w, credit in zip(self._units, credits, strict=True)
            if w.unit.kind in ("code", "number")
        ]
        return _share(sum(w for w, credit in asked if credit < 1.0), sum(w for w, _ in asked))

    def _bigrams(self, text: str) -> float:
        if not self._pairs:
            return self._latin_pairs(text)
        held = sum(weight for pair, weight in self._pairs.items() if pair in text)
        return _share(held, sum(self._pairs.values()))

    def _latin_pairs(self, text: str) -> float:
        words = [w for w in self._units if w.unit.kind != "char"]
        return _share(
            sum(w.weight for w in words if f" {w.unit.text} " in text), sum(w.weight for w in words)
        )

    def _heading(self, heading: str) -> float:
        if not heading.strip():
            return 0.0
        return _share(sum(w.weight * credit(w.unit, heading) for w in self._units), self._total)

    def _window(self, body: str, credits: Iterable[float]) -> float:
        """The best share of the question found within one window of the passage."""
        places: list[tuple[int, int]] = []
        for index, credit in enumerate(credits):
            if credit > 0:
                places += [(at, index) for at in _places(self._units[index].unit, body)]
        places.sort()
        held = [0] * len(self._units)
        best, now, start = 0.0, 0.0, 0
        for at, index in places:
            while at - places[start][0] > _WINDOW_CHARS:
                gone = places[start][1]
                held[gone] -= 1
                now -= 0.0 if held[gone] else self._units[gone].weight
                start += 1
            now += 0.0 if held[index] else self._units[index].weight
            held[index] += 1
            best = max(best, now)
        return min(1.0, _share(best, self._total))

    def _faq(self, passage: Evidence) -> float:
        asked = _ASKED.findall(passage.body)[:_FAQ_LINES] if "?" in passage.body else []
        lines = [line for line in (*asked, passage.heading) if line.strip()]
        return max((_dice(self._shape, _shape(line)) for line in lines), default=0.0)


_in_order = attrgetter(*Features.__slots__)


def probability(features: Features, calibration: Calibration) -> float:
    """The logistic of the weighed features."""
    total = calibration.bias + sum(map(mul, _in_order(calibration), _in_order(features)))
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, total))))


def credit(unit: Unit, text: str) -> float:
    """How far a passage holds a unit: as it is, as another word for it, or in part."""
    if _holds(text, unit.text, unit.kind != "word" and unit.kind != "char"):
        return 1.0
    if any(_holds(text, other, other[0].isascii()) for other in unit.others):
        return _OTHER_CREDIT
    return _PARTIAL_CREDIT * _part(unit, text)


def _holds(text: str, token: str, is_run: bool) -> bool:
    return f" {token} " in text if is_run and token[0].isascii() else token in text


def _part(unit: Unit, text: str) -> float:
    if unit.kind != "word" or len(unit.text) < 3:
        return 0.0
    return _share(longest if (longest := _longest_run(unit.text, text)) > 1 else 0, len(unit.text))


def _places(unit: Unit, body: str) -> list[int]:
    places: list[int] = []
    for token in (unit.text, *unit.others):
        at = body.find(token)
        while at >= 0 and len(places) < _OCCURRENCES:
            places.append(at)
            at = body.find(token, at + 1)
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
    shape = {word for word in words if word.isascii()}
    for word in words:
        if not word.isascii():
            shape.update(map("".join, pairwise(word)))
    return frozenset(shape)


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return _share(2.0 * len(one & other), len(one) + len(other))


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
