"""Fits the constants of `relevance.Calibration` on our own `shop` question set, and prints them.

Logistic regression towards the shipped constants, plus a pairwise term that puts the right passage before the
others. `lead` and `crowd` stay as shipped: they compare the passages that one question finds, which so small
a set cannot teach.
Round the result, copy it into `Calibration` by hand, then run `relevance.py` and `cmrc2018.py`.
"""

from __future__ import annotations

import tempfile
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from relevance import TENANT, index_of, load

from yingda.knowledge.relevance import Calibration
from yingda.turns.types import DEFAULT_COLLECTION

HITS = 30
NEGATIVE_HITS = 3
STEPS = 20_000
RATE = 0.05
PULL = 0.003
PAIR_WEIGHT = 0.9
PAIR_MARGIN = 0.5
LEAST = {"bias": -15.0, "lone": -6.0, "missing": -6.0, "unknown": -6.0}
KEPT = ("lead", "crowd")
MOST = {"bias": 0.0, "lone": 0.0, "missing": 0.0, "unknown": 0.0}

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Rows of features, a leading 1 for the bias; `pairs` are right minus other passages of a question."""

    right: Rows
    wrong: Rows
    pairs: Rows


def main() -> None:
    """Print each constant as shipped and as fitted."""
    names = [field.name for field in fields(Calibration)]
    shipped = np.array(astuple(Calibration()))
    for name, old, new in zip(names, shipped, _fitted(_samples(), shipped, names), strict=True):
        print(f"{name:<10}{old:>8.2f}{new:>8.2f}")


def _samples() -> Samples:
    questions = load("shop")
    right, wrong, pairs = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        index = index_of(questions, Path(folder))

        def rows(question: str) -> dict[str, Rows]:
            found = index.features(TENANT, DEFAULT_COLLECTION, question, HITS)
            return {chunk.id: np.array((1.0, *features)) for chunk, features in found}

        for question, ordinal in questions.answerable:
            found = rows(question)
            best = found.pop(str(ordinal), None)
            if best is not None:
                right.append(best)
                pairs += [best - other for other in found.values()]
        for question in questions.unanswerable:
            wrong += list(rows(question).values())[:NEGATIVE_HITS]
    return Samples(right=np.array(right), wrong=np.array(wrong), pairs=np.array(pairs))


def _fitted(samples: Samples, shipped: Rows, names: list[str]) -> Rows:
    least = np.array([LEAST.get(name, 0.0) for name in names])
    most = np.array([MOST.get(name, 9.0) for name in names])
    for at in map(names.index, KEPT):
        least[at] = most[at] = shipped[at]
    weights = shipped.copy()
    for _ in range(STEPS):
        slope = -samples.right.T @ (1.0 - _logistic(samples.right @ weights)) / len(samples.right)
        slope += samples.wrong.T @ _logistic(samples.wrong @ weights) / len(samples.wrong)
        slope -= (
            PAIR_WEIGHT
            * samples.pairs.T
            @ _logistic(PAIR_MARGIN - samples.pairs @ weights)
            / len(samples.pairs)
        )
        slope += PULL * (weights - shipped)
        weights = np.clip(weights - RATE * slope, least, most)
    return weights


def _logistic(values: Rows) -> Rows:
    return 1.0 / (1.0 + np.exp(-values))


if __name__ == "__main__":
    main()
