"""How well labels are told apart: scores for each label, and which are taken for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelScore:
    """0..1 each; `count` is how many messages have the label."""

    label: str
    precision: float
    recall: float
    f1: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """`confusions` are (right label, label given, count), the most frequent first."""

    accuracy: float
    macro_f1: float
    labels: tuple[LabelScore, ...]
    confusions: tuple[tuple[str, str, int], ...]


def trial_of(right: Sequence[str], given: Sequence[str]) -> Trial:
    """The figures for labels that should have been given against those that were."""
    pairs = Counter(zip(right, given, strict=True))
    labels = tuple(_score(label, pairs) for label in sorted(set(right)))
    wrong = [(one, other, count) for (one, other), count in pairs.items() if one != other]
    return Trial(
        accuracy=sum(pairs[label, label] for label in set(right)) / max(1, len(right)),
        macro_f1=sum(score.f1 for score in labels) / max(1, len(labels)),
        labels=labels,
        confusions=tuple(sorted(wrong, key=lambda each: (-each[2], each[:2]))),
    )


def auroc(above: Sequence[float], below: Sequence[float]) -> float:
    """How often one of `above` is larger than one of `below`; ties count half."""
    wins = sum((high > low) + 0.5 * (high == low) for high in above for low in below)
    return wins / max(1, len(above) * len(below))


def _score(label: str, pairs: Counter[tuple[str, str]]) -> LabelScore:
    hits = pairs[label, label]
    count = sum(number for (right, _), number in pairs.items() if right == label)
    guesses = sum(number for (_, given), number in pairs.items() if given == label)
    return LabelScore(
        label=label,
        precision=hits / guesses if guesses else 0.0,
        recall=hits / count if count else 0.0,
        f1=2 * hits / (guesses + count) if guesses + count else 0.0,
        count=count,
    )
