"""The whole product on its sample shop, without a model: is each question answered, cited, or refused?

Three sets of questions: `samples`, those of `samples/questions.jsonl`; `tuned`, looked at while the rules for
answers were made; `held out`, written with it and unseen until the rules stood (21 of 29 answered then, 8 of
8 refused); three small rules came after its misses were read. Refusals are required over all sets together.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yingda.app import Parts, open_parts
from yingda.commands import OPERATOR
from yingda.knowledge.intake import Incoming
from yingda.settings import Settings
from yingda.turns.record import Record
from yingda.turns.types import DEFAULT_COLLECTION, TurnRequest

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parent / "data"
DOCUMENTS = ROOT / "samples" / "documents"
SETS = {
    "samples": ROOT / "samples" / "questions.jsonl",
    "tuned": DATA / "samples_tuned.jsonl",
    "held out": DATA / "samples_held_out.jsonl",
    "english": DATA / "english.jsonl",
}
REQUIRED_ANSWERED = {"samples": 0.92, "tuned": 0.8, "held out": 0.8, "english": 0.8}
REQUIRED_REFUSED = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A line of a set; `answer` None says that no document holds one."""

    question: str
    sources: tuple[str, ...]
    answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the product made of a question."""

    asked: Asked
    text: str
    sources: tuple[str, ...]
    refused: bool

    @property
    def holds(self) -> bool:
        """Whether the answer holds the expected words, compared without white space and case."""
        return self.asked.answer is not None and _bare(self.asked.answer) in _bare(self.text)

    @property
    def cites(self) -> bool:
        return bool(set(self.asked.sources) & set(self.sources))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a required rate is missed."""
    chosen = _options(arguments)
    told = asyncio.run(_ask({name: load(SETS[name]) for name in chosen.sets}))
    print(f"{'set':<10}{'answered':>12}{'cited':>12}{'refused':>12}{'characters':>12}")
    holds = [_report(name, told[name]) for name in chosen.sets]
    for name in chosen.sets if chosen.misses else ():
        for each in told[name]:
            if not (each.refused if each.asked.answer is None else each.holds and each.cites):
                print(f"{name}: {each.asked.question} -> {each.sources} {each.text!r}")
    others = [each for name in chosen.sets for each in told[name] if each.asked.answer is None]
    refused = sum(each.refused for each in others)
    print(f"refused of all: {refused}/{len(others)}")
    return int(not all(holds) or refused < REQUIRED_REFUSED * len(others))


def load(path: Path) -> list[Asked]:
    """The questions of a set, in its order."""
    return [
        Asked(question=line["question"], sources=tuple(line["sources"]), answer=line["answer"])
        for line in map(json.loads, path.read_text("utf-8").splitlines())
    ]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="python -m benchmarks.quality.samples", description=__doc__)
    options.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS), help="these and no others")
    options.add_argument("--misses", action="store_true", help="print every question that went wrong")
    return options.parse_args(arguments)


async def _ask(sets: dict[str, list[Asked]]) -> dict[str, list[Told]]:
    with tempfile.TemporaryDirectory(prefix="yingda-quality-") as home:
        async with open_parts(Settings(home=Path(home), hot_cache_enabled=False)) as parts:
            await _take_in(parts)
            return {
                name: [await _told(parts, asked) for asked in questions] for name, questions in sets.items()
            }


async def _take_in(parts: Parts) -> None:
    files = [Incoming(source=path.name, read=path.read_bytes) for path in sorted(DOCUMENTS.iterdir())]
    await parts.knowledge.ingestor.ingest_many(OPERATOR, DEFAULT_COLLECTION, files, lambda result: None)


async def _told(parts: Parts, asked: Asked) -> Told:
    live = await parts.engine.start(OPERATOR, TurnRequest(dialect="helpdesk", text=asked.question))
    await live.wait_ended()
    record: Record = live.record
    return Told(asked=asked, text=record.text, sources=record.sources, refused=record.missed is not None)


def _report(name: str, told: Sequence[Told]) -> bool:
    answerable = [each for each in told if each.asked.answer is not None]
    others = [each for each in told if each.asked.answer is None]
    answered = sum(each.holds for each in answerable)
    cited = sum(each.cites for each in answerable)
    refused = sum(each.refused for each in others)
    mean = sum(len(each.text) for each in answerable) / len(answerable)
    counts = (f"{answered}/{len(answerable)}", f"{cited}/{len(answerable)}", f"{refused}/{len(others)}")
    print(f"{name:<10}" + "".join(f"{count:>12}" for count in counts) + f"{mean:>12.0f}")
    return answered >= REQUIRED_ANSWERED[name] * len(answerable)


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text).lower()


if __name__ == "__main__":
    sys.exit(main())
