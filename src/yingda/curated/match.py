"""Which curated answer a question asks for: candidates by an inverted index, then pair by pair.

A matcher is a frozen picture of one collection, built aside and swapped in whole, so any thread may use it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Literal

import numpy as np

from yingda.curated.agreement import Difference
from yingda.curated.alike import AlikeWeights, Likeness, likeness
from yingda.curated.answer import CuratedAnswer, CuratedId
from yingda.curated.reading import Reading, exact_form, read
from yingda.knowledge.embed import Vectors

Fits = Callable[[CuratedAnswer], bool]
"""Whether an answer comes into question at all: its status, its time, its scope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchConfig:
    """`threshold` was chosen on the tuned half of our pairs, see docs/curated.md.

    A negative question within `negative_near` of the match, and itself likelier than `negative_least`,
    vetoes it, unless the question is the answer's own word for word. `candidate_count` pairs are compared,
    and `neighbour_count` near by vector. The search for them goes from rare words to common ones and ends
    with `postings_count` looked at or `scored_count` found: what shares no rare word is no match.
    """

    threshold: float = 0.55
    negative_near: float = 0.1
    negative_least: float = 0.3
    candidate_count: int = 24
    neighbour_count: int = 8
    postings_count: int = 3000
    scored_count: int = 300
    common_weight: float = 0.85
    weights: AlikeWeights = field(default_factory=AlikeWeights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An answer's best question for what was asked.

    `vetoed_by` is the negative question that speaks against it.
    """

    answer: CuratedAnswer
    question: str
    kind: Literal["standard", "similar"]
    score: float
    differences: tuple[Difference, ...] = ()
    vetoed_by: str | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    answer: CuratedAnswer
    text: str
    reading: Reading


class Matcher:
    """Finds the answers of one collection; what `before` has read already is taken over from it."""

    def __init__(
        self,
        answers: Iterable[CuratedAnswer],
        config: MatchConfig | None = None,
        before: Matcher | None = None,
        vectors: Mapping[str, Vectors] | None = None,
    ) -> None:
        self._config = config or MatchConfig()
        self._known = before.readings if before else {}
        self.answers: dict[CuratedId, CuratedAnswer] = {}
        self.readings: dict[str, Reading] = {}
        self._entries: list[_Entry] = []
        self._postings: dict[str, list[int]] = defaultdict(list)
        self._norms: list[float] = []
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._answers_with: Counter[str] = Counter()
        for answer in answers:
            self.add(answer)
        self._matrix = self._stacked(vectors or {})

    @property
    def has_vectors(self) -> bool:
        """Whether a question's vector would be of any use."""
        return len(self._matrix) > 0

    @property
    def question_count(self) -> int:
        """How many questions there are to compare with."""
        return len(self._entries)

    @property
    def questions(self) -> Sequence[str]:
        """Every standard and similar question."""
        return [entry.text for entry in self._entries]

    def with_vectors(self, vectors: Mapping[str, Vectors]) -> Matcher:
        """The same answers, with vectors of their questions by text."""
        return Matcher(self.answers.values(), self._config, self, vectors)

    def add(self, answer: CuratedAnswer) -> None:
        """Take one more answer in; only while nobody else uses this matcher."""
        self.answers[answer.id] = answer
        seen: set[str] = set()
        for text in answer.wording.asked:
            reading = self._read(text)
            tokens = reading.grams.union(term.text for term in reading.terms)
            for token in tokens:
                self._postings[token].append(len(self._entries))
            self._exact[reading.exact].append(len(self._entries))
            self._entries.append(_Entry(answer, text, reading))
            self._norms.append(1 / (2 + len(tokens)))
            seen |= tokens
        for text in answer.wording.negative:
            self._read(text)
        self._answers_with.update(seen)

    def best(self, question: str, fits: Fits, vector: Vectors | None = None) -> Match | None:
        """The likeliest answer above the threshold that no negative question speaks against."""
        if (equal := self._equal(question, fits)) is not None:
            return equal
        for match in self.matches(question, fits, vector):
            if match.score < self._config.threshold:
                return None
            if match.vetoed_by is None:
                return match
        return None

    def matches(
        self, question: str, fits: Fits, vector: Vectors | None = None, limit: int = 10
    ) -> list[Match]:
        """The likeliest answers, each with its best question, best first; ties by id."""
        asked = read(question)
        cosines = self._matrix @ vector if vector is not None and len(self._matrix) else None
        found: dict[CuratedId, tuple[Likeness, _Entry]] = {}
        for number in self._candidates(asked, cosines):
            entry = self._entries[number]
            if not fits(entry.answer):
                continue
            cosine = float(cosines[number]) if cosines is not None else 0.0
            alike = likeness(asked, entry.reading, self._weight, cosine or None, self._config.weights)
            known = found.get(entry.answer.id)
            if known is None or alike.score > known[0].score:
                found[entry.answer.id] = (alike, entry)
        ranked = sorted(found.values(), key=lambda pair: (-pair[0].score, pair[1].answer.id))
        return [self._match(asked, alike, entry) for alike, entry in ranked[:limit]]

    def _equal(self, question: str, fits: Fits) -> Match | None:
        """The common case, in microseconds: the question as somebody wrote it down."""
        for number in self._exact.get(exact_form(question), ()):
            entry = self._entries[number]
            if fits(entry.answer):
                return self._match(entry.reading, Likeness(score=1.0), entry)
        return None

    def _match(self, asked: Reading, alike: Likeness, entry: _Entry) -> Match:
        return Match(
            answer=entry.answer,
            question=entry.text,
            kind="standard" if entry.text == entry.answer.wording.question else "similar",
            score=alike.score,
            differences=alike.differences,
            vetoed_by=self._veto(asked, alike.score, entry.answer),
        )

    def _veto(self, asked: Reading, score: float, answer: CuratedAnswer) -> str | None:
        config = self._config
        if score >= 1.0:
            return None
        least = max(config.negative_least, score - config.negative_near)
        for text in answer.wording.negative:
            if likeness(asked, self.readings[text], self._weight, None, config.weights).score >= least:
                return text
        return None

    def _candidates(self, asked: Reading, cosines: Vectors | None) -> list[int]:
        """Entries that share rare words, equal ones first; and the nearest by vector."""
        scores: dict[int, float] = defaultdict(float)
        tokens = asked.grams.union(term.text for term in asked.terms)
        looked = 0
        for token in sorted(tokens, key=lambda token: (len(self._postings.get(token, ())), token)):
            postings = self._postings.get(token, ())
            looked += len(postings)
            if scores and (looked > self._config.postings_count or len(scores) > self._config.scored_count):
                break
            weight = self._rarity(token)
            for number in postings[: self._config.postings_count]:
                scores[number] += weight
        norms = self._norms
        ranked = nlargest(
            self._config.candidate_count,
            ((shared * norms[number], -number) for number, shared in scores.items()),
        )
        near: Iterable[int] = ()
        if cosines is not None:
            near = map(int, np.argsort(-cosines, kind="stable")[: self._config.neighbour_count])
        exact = self._exact.get(asked.exact, ())
        return list(dict.fromkeys([*exact, *(-number for _, number in ranked), *near]))

    def _rarity(self, token: str) -> float:
        return math.log((len(self.answers) + 1) / (self._answers_with.get(token, 0) + 0.5))

    def _weight(self, word: str) -> float:
        """1 for a word of few answers, down to `common_weight` for one of all."""
        if len(self.answers) < 2:
            return 1.0
        rarity = self._rarity(word) / math.log(2 * (len(self.answers) + 1))
        least = self._config.common_weight
        return least + (1 - least) * min(1.0, max(0.0, rarity))

    def _read(self, text: str) -> Reading:
        reading = self.readings.get(text) or self._known.get(text) or read(text)
        self.readings[text] = reading
        return reading

    def _stacked(self, vectors: Mapping[str, Vectors]) -> Vectors:
        """One row an entry, zero where its vector is not known."""
        some = next(iter(vectors.values()), None)
        if some is None:
            return np.empty((0, 0), np.float32)
        unknown = np.zeros_like(some)
        rows = [vectors.get(entry.text, unknown) for entry in self._entries]
        return np.stack(rows) if rows else np.empty((0, 0), np.float32)
