"""Whole answers without a model on CMRC 2018: does what the product says hold what people marked?

Dev and trial paragraphs are taken in, each as a file; every dev question goes through the engine as a turn of
its own. An answer is right where it holds one of the marked ones, compared without white space and case.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.quality.rates import Rate, required
from benchmarks.quality.reading_set import ABSENT, Asked, load, sampled

from yingda.app import Parts, open_parts
from yingda.commands import OPERATOR
from yingda.knowledge.intake import Incoming
from yingda.settings import Settings
from yingda.turns.types import DEFAULT_COLLECTION, TurnRequest

REQUIRED = 0.72
MOST_MEDIAN_CHARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the product made of a question, and in how many milliseconds."""

    asked: Asked
    text: str
    is_refused: bool
    took_ms: float

    @property
    def holds(self) -> bool:
        """Whether a marked answer stands in it."""
        said = _bare(self.text)
        return not self.is_refused and any(_bare(answer) in said for answer in self.asked.answers)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a requirement is missed, 2 where the data is absent."""
    options = argparse.ArgumentParser(
        prog="python -m benchmarks.quality.answer_sentence", description=__doc__
    )
    options.add_argument("--part", choices=("dev", "trial"), default="dev", help="whose questions are asked")
    options.add_argument("--count", type=int, help="only so many of the questions, always the same")
    options.add_argument("--misses", action="store_true", help="print every question that went wrong")
    chosen = options.parse_args(arguments)
    dev, trial = load("dev"), load("trial")
    if dev is None or trial is None:
        print("n/a: CMRC 2018 is absent, YINGDA_DATA names no folder that holds it")
        return ABSENT
    asked = sampled((dev if chosen.part == "dev" else trial).asked, chosen.count)
    told = asyncio.run(_ask(dev.contexts | trial.contexts, asked))
    for each in told if chosen.misses else ():
        if not each.holds:
            print(f"{each.asked.question} {each.asked.answers} -> {each.text!r}")
    return _report(told)


async def _ask(contexts: Mapping[str, str], asked: Sequence[Asked]) -> list[Told]:
    with tempfile.TemporaryDirectory(prefix="yingda-quality-") as home:
        async with open_parts(Settings(home=Path(home), hot_cache_enabled=False)) as parts:
            files = [_file(key, text) for key, text in contexts.items()]
            await parts.knowledge.ingestor.ingest_many(
                OPERATOR, DEFAULT_COLLECTION, files, lambda result: None
            )
            return [await _told(parts, each) for each in asked]


def _file(key: str, text: str) -> Incoming:
    return Incoming(source=f"{key}.txt", read=text.encode)


async def _told(parts: Parts, asked: Asked) -> Told:
    started = time.perf_counter()
    live = await parts.engine.start(OPERATOR, TurnRequest(dialect="helpdesk", text=asked.question))
    await live.wait_ended()
    record = live.record
    return Told(
        asked=asked,
        text=record.text,
        is_refused=record.missed is not None,
        took_ms=(time.perf_counter() - started) * 1000,
    )


def _report(told: Sequence[Told]) -> int:
    rate = Rate(
        name="holds a marked answer",
        right=sum(each.holds for each in told),
        total=len(told),
        least=REQUIRED,
    )
    chars = [len(each.text) for each in told if not each.is_refused]
    median = statistics.median(chars)
    is_short = median <= MOST_MEDIAN_CHARS
    bound = required(None, MOST_MEDIAN_CHARS, holds=is_short)
    print(rate.line())
    print(Rate(name="refused", right=sum(each.is_refused for each in told), total=len(told)).line())
    print(f"{'characters, median':<34}{median:>8.0f}{bound}")
    print(f"{'characters, 90th of 100':<34}{sorted(chars)[int(0.9 * len(chars))]:>8.0f}")
    print(f"{'milliseconds a turn, median':<34}{statistics.median(each.took_ms for each in told):>8.1f}")
    return int(not (rate.holds and is_short))


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text).lower()


if __name__ == "__main__":
    sys.exit(main())
