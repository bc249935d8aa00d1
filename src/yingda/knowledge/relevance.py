"""How well a passage answers a question, from words alone: features, and a calibrated score 0..1.

BM25 says which passage is best; it cannot say that none is good. The score can: it weighs how much of what
the question asks for (idf-weighted, so a rare word counts more than a common one) the passage holds, how near
together, in its heading or not, and whether a number or code of the question is missing from it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import add, attrgetter, mul
from typing import NamedTuple

from yingda.knowledge.analyzer import VAGUE_WEIGHT, Question, Unit
from yingda.knowledge.forms import form_asked_for

_ASKED = re.compile(r"[^。!?;\n]*\?")
_REFERRED = re.compile(
    r"(?:(?:请|可以?|需|详情|具体|详细|说明|方法|并)参[考照]|参见|详见|请见|参阅)[^。;!\n]{2,80}"
    r"| (?:see|refer to)  [^.;\n]{2,80}"
)
"""Where a passage names another one: words there say what that one is about. As `analyzer` writes it out."""
_WINDOW_CHARS = 60
_OCCURRENCES = 6
_FAQ_LINES = 8
_OTHER_CREDIT = 0.8
_PARTIAL_CREDIT = 0.7
_CLAUSE_SHARE = 0.65
_OWN_SHARE = 0.6
_CROWD = slice(3, 10)
_CROWD_ALLOWED = 0.35
_CROWD_HALF_COUNT = 200


class Features(NamedTuple):
    """Each 0..1. `lone`, `missing` and `unknown` count against: a single shared word, numbers and codes of
    the question that the passage does not hold, and words of it that no passage of the collection holds.

    `lead` is the BM25 score over the best candidate's: it orders, it does not decide. A passage without one
    has its coverage instead. `crowd` is that of the fourth to tenth candidate, beyond what is usual: where so
    many passages come near the best one, the question is about their common subject and none answers it. In
    a small collection, where some are always near, it counts for less. `form` is the coverage where the
    passage begins as the answer to such a question does, see `forms`.
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
    crowd: float
    form: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The logistic's constants, rounded from fits on our own set (`benchmarks/quality/fit_relevance.py`).

    `lead` was chosen by measured ranking (`benchmarks/quality/cmrc2018.py`) and `crowd` on the trial part of
    `benchmarks/quality/abstention.py`: small sets cannot teach them.
    """

    bias: float = -9.6
    coverage: float = 6.0
    bigrams: float = 2.0
    heading: float = 2.0
    window: float = 2.3
    faq: float = 1.0
    lone: float = -1.0
    missing: float = -2.6
    unknown: float = -1.6
    lead: float = 6.0
    crowd: float = -9.0
    form: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A passage as `analyzer.index_text` folded it, with all that no question changes about it.

    `whole` is both texts, `shapes` are those of its heading and of the questions it holds. `own` is the
    passage without what it says of others, None where it says nothing of them.
    """

    body: str
    heading: str = ""
    whole: str = field(init=False)
    shapes: tuple[frozenset[str], ...] = field(init=False)
    own: Evidence | None = field(init=False)

    def __post_init__(self) -> None:
        own, count = _REFERRED.subn(" ", self.body)
        object.__setattr__(self, "own", Evidence(body=own, heading=self.heading) if count else None)
        object.__setattr__(self, "whole", f"{self.heading}\n{self.body}")
        asked = _ASKED.findall(self.body)[:_FAQ_LINES] if "?" in self.body else []
        lines = (line for line in (*asked, self.heading) if line.strip())
        object.__setattr__(self, "shapes", tuple(map(_shape, lines)))


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
        self._weights = [weight for _, weight in self._weighed]
        self._sought = [_sought(unit) for unit in question.units]
        self._total = _sum(self._weighed)
        self._unknown = _share(_sum(w for w in self._weighed if self._is_unknown(w[0])), self._total)
        self._exact = [(at, w) for at, (unit, w) in enumerate(self._weighed) if unit.kind in _EXACT]
        self._exact_total = _sum(self._exact)
        self._pairs = self._weighed_pairs(question)
        self._pairs_total = _sum(self._pairs)
        self._shape = _shape(question.plain)
        self._shows_form = form_asked_for(question.plain)
        self._clauses = [
            Relevance(clause, document_count, passage_count, calibration) for clause in question.clauses
        ]

    def rate(self, passages: Sequence[Evidence]) -> list[float]:
        """A score 0..1 for each passage, in the order given."""
        return [probability(self._best(passage, None), self._calibration) for passage in passages]

    def features(self, hits: Sequence[tuple[Evidence, float]]) -> list[Features]:
        """What the scores are made of, in the order given; each passage with the BM25 score of its hit."""
        scores = sorted((bm25 for _, bm25 in hits), reverse=True)
        best = scores[0] if scores else 0.0
        crowd = _crowd(scores) * _share(self._passage_count, self._passage_count + _CROWD_HALF_COUNT)
        return [self._best(passage, _share(bm25, best), crowd) for passage, bm25 in hits]

    def _best(self, passage: Evidence, lead: float | None, crowd: float = 0.0) -> Features:
        """Those of the whole question, or a mixture of them with those of an asking clause.

        What is told before a question weighs less than the question, but it says what that is about.
        """
        whole = self._read(passage, lead, crowd)
        if not self._clauses:
            return whole
        parts = (clause._read(passage, lead, crowd) for clause in self._clauses)
        asked = [whole, *(_between(part, whole, _CLAUSE_SHARE) for part in parts)]
        return max(asked, key=lambda features: probability(features, self._calibration))

    def _read(self, passage: Evidence, lead: float | None, crowd: float) -> Features:
        """Mostly by its own words, where it has others beside them."""
        features = self._features(passage, lead, crowd)
        if passage.own is None:
            return features
        return _between(self._features(passage.own, lead, crowd), features, _OWN_SHARE)

    def _features(self, passage: Evidence, lead: float | None, crowd: float) -> Features:
        whole = passage.whole
        credits = [_credit(sought, whole) for sought in self._sought]
        coverage = self._covered(credits)
        return Features(
            coverage=coverage,
            bigrams=_share(sum([w for pair, w in self._pairs if pair in whole]), self._pairs_total),
            heading=self._heading(passage.heading, credits),
            window=self._window(passage.body, credits),
            faq=max((_dice(self._shape, shape) for shape in passage.shapes), default=0.0),
            lone=self._lone(passage.heading, credits),
            missing=self._missing(credits),
            unknown=self._unknown,
            lead=coverage if lead is None else lead,
            crowd=crowd,
            form=coverage if self._shows_form and self._shows_form(passage.body) else 0.0,
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
        return _share(sum(map(mul, self._weights, credits)), self._total)

    def _lone(self, heading: str, credits: Sequence[float]) -> float:
        """1 where a longer question shares a single word with the passage, and not its heading."""
        if len(credits) < 2 or len(credits) - credits.count(0.0) > 1:
            return 0.0
        held = [sought for sought, one in zip(self._sought, credits, strict=True) if one]
        return float(not any(_credit(sought, heading) for sought in held))

    def _missing(self, credits: Sequence[float]) -> float:
        if not self._exact:
            return 0.0
        return _share(sum([w for at, w in self._exact if credits[at] < 1.0]), self._exact_total)

    def _heading(self, heading: str, credits: Sequence[float]) -> float:
        """What the whole passage does not hold, its heading does not hold either."""
        if not heading.strip():
            return 0.0
        asked = zip(self._sought, credits, strict=True)
        return self._covered([_credit(sought, heading) if one else 0.0 for sought, one in asked])

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


_EXACT = ("code", "number")
"""Units that a passage holds as they are, or not at all."""

_in_order = attrgetter(*Features._fields)


def _crowd(scores: Sequence[float]) -> float:
    """Of BM25 scores, highest first; where there are few candidates, there is no crowd."""
    if not scores:
        return 0.0
    mean = _share(sum(scores[_CROWD]) / (_CROWD.stop - _CROWD.start), scores[0])
    return max(0.0, mean - _CROWD_ALLOWED) / (1.0 - _CROWD_ALLOWED)


def _between(part: Features, whole: Features, share: float) -> Features:
    """No clause hides a code that is missing."""
    mixed = (share * one + (1.0 - share) * other for one, other in zip(part, whole, strict=True))
    return Features(*mixed)._replace(missing=max(part.missing, whole.missing))


def probability(features: Features, calibration: Calibration) -> float:
    """The logistic of the weighed features."""
    total = calibration.bias + sum(map(mul, _in_order(calibration), features))
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, total))))


def credit(unit: Unit, text: str) -> float:
    """How far a passage holds a unit: as it is, as another word for it, or in part."""
    return _credit(_sought(unit), text)


class _Sought(NamedTuple):
    """A unit as passages hold it: `divisible` is a word that counts in part as well."""

    needle: str
    others: tuple[str, ...]
    divisible: str


def _sought(unit: Unit) -> _Sought:
    """A Chinese word stands anywhere, a Latin one between blanks; a question's own words are as they are."""
    return _Sought(
        needle=unit.text if unit.kind in ("word", "char") else _needle(unit.text),
        others=tuple(map(_needle, unit.others)),
        divisible=unit.text if unit.kind == "word" and len(unit.text) > 2 else "",
    )


def _needle(token: str) -> str:
    return f" {token} " if token[0].isascii() else token


def _credit(sought: _Sought, text: str) -> float:
    needle, others, divisible = sought
    if needle in text:
        return 1.0
    for other in others:
        if other in text:
            return _OTHER_CREDIT
    if not divisible:
        return 0.0
    longest = _longest_run(divisible, text)
    return _PARTIAL_CREDIT * _share(longest, len(divisible)) if longest > 1 else 0.0


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
    """Of at least two characters: one alone says nothing."""
    longest = 1
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
