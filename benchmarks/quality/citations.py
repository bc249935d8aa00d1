"""Are wrong citations dropped and true ones kept? A scripted model says the sentences that `grounded` checks.

Each passage of `data/citations.json` comes with five false sentences a model might rest on it, and five true
ones. Half of the passages were looked at while the checks were tuned; the other half is `held_out`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yingda.agents.grounded import grounded
from yingda.testing import FrozenClock, ScriptedModel, collect, turn
from yingda.turns.events import PassageCited
from yingda.turns.types import DocumentId, Passage

DATA = Path(__file__).parent / "data" / "citations.json"
HALVES = ("tuning", "held_out")
REQUIRED_DROPPED = 57 / 60
ALLOWED_LOST = 2 / 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One sentence that cites the first of its passages."""

    half: str
    kind: str
    sentence: str
    is_true: bool
    passages: tuple[Passage, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a required count is missed over both halves together."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.quality.citations", description=__doc__)
    options.add_argument("--misses", choices=HALVES, help="print every claim of that half judged wrongly")
    chosen = options.parse_args(arguments)
    judged = asyncio.run(_judge(load()))
    print(f"{'half':<10}{'wrong dropped':>16}{'true lost':>12}")
    for half in HALVES:
        part = [(claim, kept) for claim, kept in judged if claim.half == half]
        print(f"{half:<10}{_rate(part, is_true=False):>16}{_rate(part, is_true=True):>12}")
        for claim, kept in part if half == chosen.misses else ():
            if kept != claim.is_true:
                print(f"  {claim.kind}: {claim.sentence}")
    wrong = [kept for claim, kept in judged if not claim.is_true]
    true = [kept for claim, kept in judged if claim.is_true]
    dropped, lost = wrong.count(False) / len(wrong), true.count(False) / len(true)
    return int(dropped < REQUIRED_DROPPED or lost > ALLOWED_LOST)


def load() -> list[Claim]:
    """All claims, in the order of the file; each is asked with its passage and the one most like it."""
    entries = json.loads(DATA.read_text("utf-8"))["passages"]
    by_id = {entry["id"]: _passage(entry) for entry in entries}
    return [
        Claim(
            half=entry["half"],
            kind=said["kind"],
            sentence=said["sentence"],
            is_true=truth == "true",
            passages=(by_id[entry["id"]], by_id[entry["sibling"]]),
        )
        for entry in entries
        for truth in ("wrong", "true")
        for said in entry[truth]
    ]


def _passage(entry: dict[str, str]) -> Passage:
    return Passage(
        id=entry["id"],
        document_id=DocumentId(entry["id"]),
        version=1,
        source=f"{entry['id']}.md",
        text=entry["text"],
        start=0,
        end=len(entry["text"]),
        score=0.9,
    )


async def _judge(claims: Sequence[Claim]) -> list[tuple[Claim, bool]]:
    return [(claim, await _is_kept(claim)) for claim in claims]


async def _is_kept(claim: Claim) -> bool:
    stop = "。" if claim.sentence[-1] > "\u2e80" else "."
    model = ScriptedModel([f"{claim.sentence} [1]{stop}"])
    events = await collect(grounded(model, clock=FrozenClock()), turn("?", passages=claim.passages))
    cited = {event.passage_id for event in events if isinstance(event, PassageCited)}
    return claim.passages[0].id in cited


def _rate(judged: Sequence[tuple[Claim, bool]], *, is_true: bool) -> str:
    dropped = [not kept for claim, kept in judged if claim.is_true == is_true]
    return f"{sum(dropped)}/{len(dropped)}"


if __name__ == "__main__":
    sys.exit(main())
