"""Ranking quality on CMRC 2018: does the paragraph that answers a question come first?

Reads `cmrc2018/cmrc2018_{dev,trial}.json.gz` under the folder named by `YINGDA_DATA`.
Nothing is fitted to it.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import sys
import tempfile
from pathlib import Path

from yingda.knowledge.index.tantivy_index import TantivyIndex
from yingda.knowledge.types import Candidate, Chunk
from yingda.turns.types import DEFAULT_COLLECTION, DocumentId

TENANT = "benchmark"
REQUIRED = {1: 0.968, 5: 0.996}
THRESHOLD = 0.5
UNANSWERABLE_COUNT = 200

Questions = list[tuple[str, str]]
"""Question and the id of its paragraph."""


def main() -> int:
    """Print the table; 1 where a required rate is missed, 2 where the data is absent."""
    folder = Path(os.environ.get("YINGDA_DATA", "")) / "cmrc2018"
    if "YINGDA_DATA" not in os.environ or not (folder / "cmrc2018_dev.json.gz").exists():
        print("CMRC 2018 is absent: set YINGDA_DATA to the folder that holds cmrc2018/cmrc2018_dev.json.gz")
        return 2
    dev, questions = _read(folder / "cmrc2018_dev.json.gz")
    trial, _ = _read(folder / "cmrc2018_trial.json.gz")
    contexts = dev | trial
    rates = _ranking(contexts, questions)
    print(f"{len(contexts)} paragraphs, {len(questions)} questions")
    for depth, rate in rates.items():
        required = REQUIRED.get(depth)
        print(f"hit@{depth:<3} {rate:.4f}" + (f"  required {required}" if required else ""))
    passed, answerable = _threshold(contexts, questions)
    print(f"{passed} of {UNANSWERABLE_COUNT} questions without their paragraph score >= {THRESHOLD}")
    print(f"{answerable} of {UNANSWERABLE_COUNT} questions with their paragraph score >= {THRESHOLD}")
    return int(any(rates[depth] < required for depth, required in REQUIRED.items()))


def _read(path: Path) -> tuple[dict[str, str], Questions]:
    contexts: dict[str, str] = {}
    questions: Questions = []
    with gzip.open(path) as file:
        for article in json.load(file)["data"]:
            for paragraph in article["paragraphs"]:
                contexts[paragraph["id"]] = paragraph["context"]
                questions += [(asked["question"], paragraph["id"]) for asked in paragraph["qas"]]
    return contexts, questions


def _indexed(folder: str, contexts: dict[str, str]) -> TantivyIndex:
    index = TantivyIndex(Path(folder))
    index.replace_many(
        TENANT, DEFAULT_COLLECTION, [(DocumentId(key), [_chunk(key, text)]) for key, text in contexts.items()]
    )
    return index


def _chunk(key: str, text: str) -> Chunk:
    return Chunk(
        id=key,
        document_id=DocumentId(key),
        version=1,
        source=key,
        ordinal=0,
        start=0,
        end=len(text),
        text=text,
    )


def _search(index: TantivyIndex, question: str, limit: int) -> list[Candidate]:
    return index.search(TENANT, DEFAULT_COLLECTION, question, limit)


def _ranking(contexts: dict[str, str], questions: Questions) -> dict[int, float]:
    with tempfile.TemporaryDirectory() as folder:
        index = _indexed(folder, contexts)
        ranks = []
        for question, key in questions:
            found = [candidate.chunk.document_id for candidate in _search(index, question, 20)]
            ranks.append(found.index(DocumentId(key)) + 1 if key in found else sys.maxsize)
    return {depth: sum(rank <= depth for rank in ranks) / len(ranks) for depth in (1, 3, 5, 20)}


def _threshold(contexts: dict[str, str], questions: Questions) -> tuple[int, int]:
    """How many of a random sample pass, with their paragraphs taken out of the index, and with them in."""
    sample = random.Random(7).sample(questions, UNANSWERABLE_COUNT)
    removed = {key for _, key in sample}
    rest = {key: text for key, text in contexts.items() if key not in removed}
    return _passing(rest, sample), _passing(contexts, sample)


def _passing(contexts: dict[str, str], sample: Questions) -> int:
    with tempfile.TemporaryDirectory() as folder:
        index = _indexed(folder, contexts)
        best = [_search(index, question, 1) for question, _ in sample]
    return sum(bool(found) and found[0].score >= THRESHOLD for found in best)


if __name__ == "__main__":
    sys.exit(main())
