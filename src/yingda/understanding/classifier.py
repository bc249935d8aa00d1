"""A linear model of messages: trained in seconds, read in microseconds, the same bytes every time.

Features (`features.py`) are weighed by how rare they are; a softmax over the labels is trained by stochastic
gradient descent with a fixed seed and a falling step. Two numbers come out of cross-validation: `temperature`
makes probabilities as right as they are sure, and `known`, the sorted highest scores of messages that the
model had not seen, tells how familiar a new message is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from yingda.understanding.cues import cues_of
from yingda.understanding.features import features_of

Floats = NDArray[np.float32]
Example = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """`word_weight` is what a feature of whole words counts beside a run of characters, `cue_weight` what the
    rules see (0: they are not asked); `doubt` is the share of a label that is spread over all labels."""

    epochs: int = 15
    step: float = 3.0
    doubt: float = 0.1
    word_weight: float = 1.5
    cue_weight: float = 0.0
    least_count: int = 2
    folds: int = 5
    seed: int = 1


DEFAULTS = TrainingConfig()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """`confidence` is the calibrated probability of the label, `familiarity` the share of messages of the
    kind trained on that look less familiar than this one; both 0..1."""

    label: str
    confidence: float
    familiarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier:
    """Weights: float32[feature, label], features in the order of the vocabulary."""

    labels: tuple[str, ...]
    vocabulary: dict[str, int]
    rarity: Floats
    weights: Floats
    temperature: float = 1.0
    known: Floats
    has_cues: bool = False

    def predict(self, text: str) -> Prediction:
        """The likeliest label; the first in order where several are."""
        scores = self.scores(text)
        best = int(scores.argmax())
        return Prediction(
            label=self.labels[best],
            confidence=float(_softmax(scores / self.temperature)[best]),
            familiarity=float(np.searchsorted(self.known, scores[best])) / max(1, len(self.known)),
        )

    def probabilities(self, text: str) -> dict[str, float]:
        """Calibrated, of every label; they sum to 1."""
        shares = _softmax(self.scores(text) / self.temperature)
        return dict(zip(self.labels, map(float, shares), strict=True))

    def scores(self, text: str) -> Floats:
        """float32[label], not calibrated; zeros where no feature is known."""
        places, values = vectorised(_names(text, self.has_cues), self.vocabulary, self.rarity)
        scores: Floats = values.dot(self.weights.take(places, axis=0))
        return scores


def train(examples: Sequence[Example], config: TrainingConfig = DEFAULTS) -> tuple[Classifier, list[Floats]]:
    """The model, and the scores that each example got from a model that had not seen it, in their order.

    With fewer than `folds` examples nothing is held back, and the scores are those of the model itself.
    """
    held_out = _held_out_scores(examples, config)
    model = fit(examples, config)
    held_out = held_out or [model.scores(text) for text, _ in examples]
    truth = [model.labels.index(label) for _, label in examples]
    known = np.sort(np.array([scores.max() for scores in held_out], np.float32))
    calibrated = Classifier(
        labels=model.labels,
        vocabulary=model.vocabulary,
        rarity=model.rarity,
        weights=model.weights,
        temperature=_temperature(held_out, truth),
        known=known[:: max(1, len(known) // _KEPT_SCORES)],
        has_cues=model.has_cues,
    )
    return calibrated, held_out


def fit(
    examples: Sequence[Example], config: TrainingConfig = DEFAULTS, labels: Sequence[str] = ()
) -> Classifier:
    """Weights only, not calibrated; `labels` adds some that no example may have."""
    names = tuple(sorted({label for _, label in examples} | set(labels)))
    has_cues = config.cue_weight > 0
    counted = [Counter(_names(text, has_cues)) for text, _ in examples]
    vocabulary, rarity = _vocabulary(counted, config)
    rows = [vectorised(list(counts), vocabulary, rarity) for counts in counted]
    order = {label: place for place, label in enumerate(names)}
    truth = [order[label] for _, label in examples]
    weights = _descend(rows, truth, (len(vocabulary), len(names)), config)
    kept = weights.astype(np.float16).astype(np.float32)
    return Classifier(
        labels=names,
        vocabulary=vocabulary,
        rarity=rarity,
        weights=kept,
        known=np.zeros(0, np.float32),
        has_cues=has_cues,
    )


def vectorised(
    names: list[str], vocabulary: dict[str, int], rarity: Floats
) -> tuple[NDArray[np.intp], Floats]:
    """Places of the known features, each once, and their values, of length 1 as a vector."""
    found = dict.fromkeys(map(vocabulary.get, names))
    found.pop(None, None)
    places = np.fromiter(found, np.intp, len(found))
    values = rarity.take(places)
    norm = math.sqrt(values.dot(values))
    return places, values / np.float32(norm) if norm else values


def fold_of(place: int, config: TrainingConfig, count: int) -> NDArray[np.intp]:
    """Places of the examples that are held back in that fold; every example is in exactly one."""
    order = np.random.default_rng(config.seed).permutation(count)
    return np.sort(order[place :: config.folds])


def _held_out_scores(examples: Sequence[Example], config: TrainingConfig) -> list[Floats]:
    if len(examples) < config.folds * 2:
        return []
    labels = sorted({label for _, label in examples})
    scores: list[Floats] = [np.zeros(0, np.float32)] * len(examples)
    for fold in range(config.folds):
        held = fold_of(fold, config, len(examples))
        without = set(map(int, held))
        model = fit([each for at, each in enumerate(examples) if at not in without], config, labels)
        for at in map(int, held):
            scores[at] = model.scores(examples[at][0])
    return scores


def _vocabulary(counted: list[Counter[str]], config: TrainingConfig) -> tuple[dict[str, int], Floats]:
    frequency = Counter(name for counts in counted for name in counts)
    least = config.least_count if len(counted) >= _FEW_EXAMPLES else 1
    kept = sorted(name for name, count in frequency.items() if count >= least)
    rarity = np.array(
        [(np.log((1 + len(counted)) / (1 + frequency[name])) + 1) * _weight(name, config) for name in kept],
        np.float32,
    )
    return {name: place for place, name in enumerate(kept)}, rarity


@lru_cache(maxsize=64)
def _names(text: str, has_cues: bool) -> list[str]:
    """Remembered for a moment: a message is read by more than one model."""
    return features_of(text) + cues_of(text) if has_cues else features_of(text)


def _weight(name: str, config: TrainingConfig) -> float:
    if name.startswith("="):
        return config.cue_weight
    return config.word_weight if name[1:2] == ":" else 1.0


def _descend(
    rows: list[tuple[NDArray[np.intp], Floats]],
    truth: list[int],
    shape: tuple[int, int],
    config: TrainingConfig,
) -> Floats:
    weights = np.zeros(shape, np.float32)
    random = np.random.default_rng(config.seed)
    steps = len(rows) * config.epochs
    spread = np.float32(config.doubt / shape[1])
    for epoch in range(config.epochs):
        for step, at in enumerate(random.permutation(len(rows)), epoch * len(rows)):
            places, values = rows[at]
            own = weights[places]
            error = _softmax(values @ own) - spread
            error[truth[at]] -= 1 - config.doubt
            weights[places] = own - np.outer(values * np.float32(config.step * (1 - step / steps)), error)
    return weights


def _softmax(scores: Floats) -> Floats:
    shares: Floats = np.exp(scores - scores.max())
    shares /= shares.sum()
    return shares


def _temperature(scores: list[Floats], truth: list[int]) -> float:
    """The one of a fixed ladder under which the right labels are least surprising."""

    def surprise(temperature: float) -> float:
        shares = (_softmax(each / np.float32(temperature)) for each in scores)
        return -sum(float(np.log(share[right] + 1e-9)) for share, right in zip(shares, truth, strict=True))

    return min((round(0.1 * step, 1) for step in range(2, 31)), key=surprise)


_KEPT_SCORES = 1000
_FEW_EXAMPLES = 300
"""Below that many, every feature is kept."""
