"""Does the score that decides tell questions that can be answered from those that cannot? On CMRC 2018.

Paragraphs whose MD5 ends in an odd digit are left out of the index; their questions are then the ones that
nothing answers, although much in the index is like them. The threshold keeps 95 % of the answerable questions
of the trial part; dev questions are judged by it.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.quality.indexed import index_of, search
from benchmarks.quality.rates import Rate, required
from benchmarks.quality.reading_set import ABSENT, Asked, ReadingSet, load
from numpy.typing import NDArray

from yingda.knowledge.index.tantivy_index import TantivyIndex

KEPT = 0.95
LEAST_AUROC = 0.97
MOST_ANSWERED = 0.10

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The best score of each question that something answers, and of each that nothing does."""

    answerable: Scores
    others: Scores

    def auroc(self) -> float:
        """How often an answerable question scores above another, ties counted half."""
        others = np.sort(self.others)
        below = np.searchsorted(others, self.answerable, "left")
        level = np.searchsorted(others, self.answerable, "right")
        return float((below + level).mean() / 2 / len(others))

    def spread(self) -> float:
        """Half the width of the 95 % interval of the AUROC, after Hanley and McNeil (1982)."""
        area, right, wrong = self.auroc(), len(self.answerable), len(self.others)
        one, two = area / (2 - area), 2 * area**2 / (1 + area)
        variance = area * (1 - area) + (right - 1) * (one - area**2) + (wrong - 1) * (two - area**2)
        return float(1.96 * np.sqrt(variance / (right * wrong)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a requirement is missed, 2 where the data is absent."""
    argparse.ArgumentParser(prog="python -m benchmarks.quality.abstention", description=__doc__).parse_args(
        arguments
    )
    dev, trial = load("dev"), load("trial")
    if dev is None or trial is None:
        print("n/a: CMRC 2018 is absent, YINGDA_DATA names no folder that holds it")
        return ABSENT
    contexts = dev.contexts | trial.contexts
    kept = {key: text for key, text in contexts.items() if not is_left_out(text)}
    with tempfile.TemporaryDirectory() as folder:
        index = index_of(Path(folder), kept)
        judged, chosen = _split(index, dev), _split(index, trial)
    return _report(judged, float(np.quantile(chosen.answerable, 1 - KEPT)))


def is_left_out(text: str) -> bool:
    """Whether the MD5 of the text ends in an odd digit."""
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[-1], 16) % 2 == 1


def _split(index: TantivyIndex, part: ReadingSet) -> Split:
    answerable = [one for one in part.asked if not is_left_out(part.contexts[one.paragraph])]
    others = [one for one in part.asked if is_left_out(part.contexts[one.paragraph])]
    return Split(answerable=_best(index, answerable), others=_best(index, others))


def _best(index: TantivyIndex, asked: Sequence[Asked]) -> Scores:
    found = [search(index, one.question, 1) for one in asked]
    return np.array([best[0].score if best else 0.0 for best in found])


def _report(judged: Split, threshold: float) -> int:
    auroc, spread = judged.auroc(), judged.spread()
    answered = int((judged.others >= threshold).sum())
    kept = int((judged.answerable >= threshold).sum())
    own = float(np.quantile(judged.answerable, 1 - KEPT))
    rates = (
        Rate(name=f"answered, nothing answers ({threshold:.3f})", right=answered, total=len(judged.others)),
        Rate(name="answered, something answers", right=kept, total=len(judged.answerable)),
        Rate(
            name=f"answered, nothing answers ({own:.3f})",
            right=int((judged.others >= own).sum()),
            total=len(judged.others),
            most=MOST_ANSWERED,
        ),
    )
    interval = f"[{auroc - spread:.3f}, {auroc + spread:.3f}]"
    counts = f"{len(judged.answerable)}:{len(judged.others)}"
    bound = required(LEAST_AUROC, None, holds=auroc >= LEAST_AUROC)
    print(f"{'AUROC of the best score':<34}{auroc:>8.4f}  {interval}{counts:>12}{bound}")
    print(*(rate.line() for rate in rates), sep="\n")
    return int(auroc < LEAST_AUROC or not all(rate.holds for rate in rates))


if __name__ == "__main__":
    sys.exit(main())
