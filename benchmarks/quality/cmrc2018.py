"""Ranking quality on CMRC 2018: does the paragraph that answers a question come first?

Dev and trial paragraphs, dev questions. `--leg` shows one leg of retrieval alone; vectors take the endpoint
of `EMBEDDING_BASE_URL`. Only what beats the words may be the default. Nothing is fitted to it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.quality.indexed import index_of, search
from benchmarks.quality.legs import LEGS, Leg, orders
from benchmarks.quality.rates import Rate
from benchmarks.quality.reading_set import ABSENT, Asked, load, sampled

from yingda.settings import Settings

REQUIRED = {1: 0.970, 5: 0.996}
DEPTHS = (1, 3, 5, 20)
THRESHOLD = 0.5
UNANSWERABLE_COUNT = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a required rate is missed, 2 where the data is absent."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.quality.cmrc2018", description=__doc__)
    options.add_argument("--leg", nargs="+", choices=LEGS, default=list(LEGS), help="these and no others")
    options.add_argument("--count", type=int, help="only so many of the questions, always the same")
    chosen = options.parse_args(arguments)
    dev, trial = load("dev"), load("trial")
    if dev is None or trial is None:
        print("n/a: CMRC 2018 is absent, YINGDA_DATA names no folder that holds it")
        return ABSENT
    contexts = dev.contexts | trial.contexts
    asked = sampled(dev.asked, chosen.count)
    print(f"{len(contexts)} paragraphs, {len(asked)} questions")
    with tempfile.TemporaryDirectory() as folder:
        questions = [one.question for one in asked]
        found = asyncio.run(orders(contexts, questions, chosen.leg, Settings(), Path(folder)))
    holds = [_report(leg, asked, found.get(leg)) for leg in chosen.leg]
    for name, each in (("without", _without(contexts, dev.asked)), ("with", contexts)):
        print(_passing(each, dev.asked, name).line())
    return int(not all(holds))


def _report(leg: Leg, asked: Sequence[Asked], found: Sequence[Sequence[str]] | None) -> bool:
    """Only the default leg has to keep what is required."""
    if found is None:
        print(f"{leg}: n/a, no embedding endpoint is set")
        return True
    ranks = [
        ids.index(one.paragraph) + 1 if one.paragraph in ids else sys.maxsize
        for one, ids in zip(asked, found, strict=True)
    ]
    rates = [
        Rate(
            name=f"{leg} hit@{depth}",
            right=sum(rank <= depth for rank in ranks),
            total=len(ranks),
            least=REQUIRED.get(depth) if leg == "lexical" else None,
        )
        for depth in DEPTHS
    ]
    print(*(rate.line() for rate in rates), sep="\n")
    return all(rate.holds for rate in rates)


def _without(contexts: dict[str, str], asked: Sequence[Asked]) -> dict[str, str]:
    """The paragraphs but those of a random sample of questions."""
    removed = {one.paragraph for one in _sample(asked)}
    return {key: text for key, text in contexts.items() if key not in removed}


def _sample(asked: Sequence[Asked]) -> Sequence[Asked]:
    return random.Random(7).sample(asked, UNANSWERABLE_COUNT)


def _passing(contexts: dict[str, str], asked: Sequence[Asked], name: str) -> Rate:
    sample = _sample(asked)
    with tempfile.TemporaryDirectory() as folder:
        index = index_of(Path(folder), contexts)
        best = [search(index, one.question, 1) for one in sample]
    passed = sum(bool(found) and found[0].score >= THRESHOLD for found in best)
    return Rate(name=f"score >= {THRESHOLD}, {name} its text", right=passed, total=len(sample))


if __name__ == "__main__":
    sys.exit(main())
