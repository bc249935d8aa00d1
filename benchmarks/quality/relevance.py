"""Does the lexical score tell answerable questions from others? On our own small question sets.

The constants of `Calibration` are fitted on `shop` by `fit_relevance.py`; `hotel` and `office` show how they
carry over (words that `hotel` lacked went into the vocabulary, `office` was written after all fitting).
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from yingda.knowledge.index.tantivy_index import TantivyIndex
from yingda.knowledge.types import Chunk
from yingda.turns.types import DEFAULT_COLLECTION, DocumentId

DATA = Path(__file__).parent / "data"
TENANT = "benchmark"
THRESHOLD = 0.5
REQUIRED = {"passed": 0.9, "refused": 0.9}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSet:
    """Passages, questions with the ordinal of the passage that answers, questions that none answers."""

    chunks: list[Chunk]
    answerable: list[tuple[str, int]]
    unanswerable: list[str]


def load(name: str) -> QuestionSet:
    """The set of that name; each passage is a document of its own."""
    data = json.loads((DATA / f"{name}.json").read_text())
    return QuestionSet(
        chunks=[_chunk(ordinal, **passage) for ordinal, passage in enumerate(data["passages"])],
        answerable=[(question, ordinal) for question, ordinal in data["answerable"]],
        unanswerable=data["unanswerable"],
    )


def index_of(questions: QuestionSet, folder: Path) -> TantivyIndex:
    """A fresh index of the set's passages."""
    index = TantivyIndex(folder)
    documents = [(chunk.document_id, [chunk]) for chunk in questions.chunks]
    index.replace_many(TENANT, DEFAULT_COLLECTION, documents)
    return index


def main() -> int:
    """Print the rates of both sets; 1 where one is below what is required."""
    rates = [_report(name) for name in ("shop", "hotel", "office")]
    return int(any(rate[name] < least for rate in rates for name, least in REQUIRED.items()))


def _report(name: str) -> dict[str, float]:
    questions = load(name)
    with tempfile.TemporaryDirectory() as folder:
        index = index_of(questions, Path(folder))
        best = {
            asked: index.search(TENANT, DEFAULT_COLLECTION, asked, 1)
            for asked in (*(question for question, _ in questions.answerable), *questions.unanswerable)
        }
    score = {asked: found[0].score if found else 0.0 for asked, found in best.items()}
    first = {asked: int(found[0].chunk.id) if found else -1 for asked, found in best.items()}
    wrong = [
        f"refused {score[asked]:.2f} {asked}" for asked, _ in questions.answerable if score[asked] < THRESHOLD
    ]
    wrong += [
        f"other   {score[asked]:.2f} {asked} -> {first[asked]}"
        for asked, right in questions.answerable
        if first[asked] != right
    ]
    wrong += [
        f"passed  {score[asked]:.2f} {asked} -> {first[asked]}"
        for asked in questions.unanswerable
        if score[asked] >= THRESHOLD
    ]
    rates = {
        "passed": float(np.mean([score[asked] >= THRESHOLD for asked, _ in questions.answerable])),
        "first": float(np.mean([first[asked] == right for asked, right in questions.answerable])),
        "refused": float(np.mean([score[asked] < THRESHOLD for asked in questions.unanswerable])),
    }
    print(name, {key: round(rate, 3) for key, rate in rates.items()}, *wrong, sep="\n  ")
    return rates


def _chunk(ordinal: int, source: str, heading: list[str], text: str) -> Chunk:
    return Chunk(
        id=str(ordinal),
        document_id=DocumentId(f"{ordinal:03}"),
        version=1,
        source=source,
        ordinal=0,
        start=0,
        end=len(text),
        text=text,
        heading=tuple(heading),
    )


if __name__ == "__main__":
    sys.exit(main())
