"""How likely two questions are the same, 0..1: a logistic model over what their words share.

The weights come from a fit on the tuned half of our own pairs (`python -m benchmarks.quality.curated --fit`),
rounded, and kept from what few pairs speak for: that two types of question apart are nearer, for one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from yingda.curated.agreement import Difference, differences, type_distance
from yingda.curated.reading import Reading, Term

WeightOf = Callable[[str], float]
"""How much a word tells among the questions of a collection, 0..1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikeWeights:
    """Logit = bias + the sum of weight x feature; `differing_most` caps pairs that a check tells apart.

    With vectors, (cosine - `cosine_even`) x `cosine_gain` joins, at most `cosine_most` either way.
    """

    bias: float = -1.9
    covered: float = 3.6
    covered_least: float = 0.9
    grams: float = 0.1
    type_distance: float = -1.5
    replaced: float = -2.1
    added: float = -2.2
    subject: float = -1.0
    most: float = 0.99
    differing_most: float = 0.15
    cosine_even: float = 0.8
    cosine_gain: float = 10.0
    cosine_most: float = 2.0


DEFAULTS = AlikeWeights()


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """The probability that they are the same, and what tells them apart."""

    score: float
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """`covered` is the mean, `covered_least` the lesser share of each side's words that the other has.

    `replaced` is the weight of the heaviest word that either side has in place of another's, `added` of the
    heaviest that only one has; `grams` is Dice's coefficient of the pairs of characters.
    """

    covered: float
    covered_least: float
    grams: float
    type_distance: float
    replaced: float
    added: float
    subject: float


def likeness(
    one: Reading,
    other: Reading,
    weight_of: WeightOf,
    cosine: float | None = None,
    weights: AlikeWeights = DEFAULTS,
) -> Likeness:
    """1 only for equal forms; a question that cannot be compared is like no other."""
    if one.exact == other.exact:
        return Likeness(score=1.0)
    if one.is_closed or other.is_closed:
        return Likeness(score=0.0)
    logit = _logit(features(one, other, weight_of), weights)
    if cosine is not None:
        pull = (cosine - weights.cosine_even) * weights.cosine_gain
        logit += max(-weights.cosine_most, min(weights.cosine_most, pull))
    score = min(weights.most, 1 / (1 + math.exp(-logit)))
    if found := differences(one, other):
        return Likeness(score=min(score, weights.differing_most), differences=found)
    return Likeness(score=score)


def features(one: Reading, other: Reading, weight_of: WeightOf) -> Features:
    """What the model looks at; symmetric in the two questions."""
    mine, my_worst = _coverage(one, other, weight_of)
    theirs, their_worst = _coverage(other, one, weight_of)
    shared = len(one.grams & other.grams)
    total = len(one.grams) + len(other.grams)
    return Features(
        covered=(mine + theirs) / 2,
        covered_least=min(mine, theirs),
        grams=2 * shared / total if total else (mine + theirs) / 2,
        type_distance=type_distance(one, other),
        replaced=min(my_worst, their_worst),
        added=max(my_worst, their_worst),
        subject=float(bool(one.subject and other.subject and one.subject != other.subject)),
    )


def _logit(found: Features, weights: AlikeWeights) -> float:
    return (
        weights.bias
        + weights.covered * found.covered
        + weights.covered_least * found.covered_least
        + weights.grams * found.grams
        + weights.type_distance * found.type_distance
        + weights.replaced * found.replaced
        + weights.added * found.added
        + weights.subject * found.subject
    )


def _coverage(one: Reading, other: Reading, weight_of: WeightOf) -> tuple[float, float]:
    """The share of this side's words that the other has, by weight; the weight of the heaviest it lacks."""
    words = {term.text for term in other.terms}
    total = covered = worst = 0.0
    for term in one.terms:
        weight = term.weight * weight_of(term.text)
        share = _share(term, words, other)
        total += weight
        covered += weight * share
        worst = max(worst, weight * (1 - share))
    return (covered / total if total else 0.0), worst


def _share(term: Term, words: set[str], other: Reading) -> float:
    """How much of a word the other side has: for Chinese, of its characters that stand together there."""
    if term.text in words:
        return 1.0
    if term.is_latin:
        return 0.0
    text = term.text
    if text in other.content:
        return 1.0
    found = {at for at in range(len(text) - 1) if text[at : at + 2] in other.grams}
    return len(found | {at + 1 for at in found}) / len(text)
