"""The accident flow, played to the end by a noisy caller: `python -m benchmarks.quality.accident_calls`.

The same calls are played once more with readers that take words as they are written: what they miss is what
normalising spoken values is worth. Exit 1 where a required figure is missed.
"""

from __future__ import annotations

import dataclasses
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.quality.caller import Caller, Noise, Truth
from benchmarks.quality.plain_readers import plain_types

from yingda.flows.hearing import Heard
from yingda.flows.load import load, shipped
from yingda.flows.machine import Machine
from yingda.flows.state import State
from yingda.understanding.values import heard as normalised

SEEDS = range(200)
NOON = datetime(2025, 3, 31, 4, 0, tzinfo=UTC)
TURN_S = 6
MOST_TURNS = 80
PHOTO_STAGE = "photo_single"
HANDOFFS = ("0001", "0002", "0003")

FEWEST_HOMOPHONES, FEWEST_CORRECTIONS = 0.15, 0.10
LEAST_ACCURACY, MOST_WRONG_HANDOFFS, MOST_PLAIN_ACCURACY = 0.97, 0.01, 0.70


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """How one call went; `code` is the last stage's."""

    seed: int
    truth: Truth
    noise: Noise
    code: str
    state: State
    transcript: tuple[tuple[str, str], ...]


def play(machine: Machine, seed: int, *, is_normalised: bool) -> Call:
    """From the first word to the end of the call."""
    caller, at = Caller(seed), NOON
    state, said, code = machine.begin(at), "现在方便说话吗？", ""
    facts: dict[str, str] = {}
    transcript: list[tuple[str, str]] = []
    while not state.is_over and len(transcript) < MOST_TURNS:
        raw = caller.reply(said)
        text = normalised(raw) if is_normalised else raw
        step = machine.advance(state, Heard(text=text, raw=raw, at=at, facts=facts))
        state, said, code = step.state, step.text, machine.flow.reported(step.stage.code)
        facts = {"photo_done": "1"} if step.stage.name == PHOTO_STAGE else {}
        transcript.append((raw, said))
        at += timedelta(seconds=TURN_S)
    return Call(
        seed=seed,
        truth=caller.truth,
        noise=caller.noise,
        code=code,
        state=state,
        transcript=tuple(transcript),
    )


def expected_code(truth: Truth) -> str:
    """Where a call should end."""
    if truth.is_injured:
        return "0003"
    return "0001" if truth.wants_human else "0000"


def slots_right(call: Call) -> Iterator[tuple[str, bool]]:
    """Each value that a call which runs to its end has to bring home."""
    truth = call.truth
    values = {name: held.value for name, held in call.state.slots.items()}
    yield "injured", values.get("injured") is False
    yield "vehicles", values.get("vehicles") == truth.vehicles
    yield "hphm1", values.get("hphm1") == truth.plate
    if truth.vehicles > 1:
        yield "hphm2", "hphm2" in values and values["hphm2"] == truth.other
    yield "phone", values.get("phone") == truth.phone
    yield "at", _is_same_moment(str(values.get("at")), truth)
    yield "place", all(road in str(values.get("place")) for road in truth.roads)


def _is_same_moment(value: str, truth: Truth) -> bool:
    """An "hour ago" counts from when it is said, so it may be later by as long as the call has lasted."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return False
    meant = datetime.fromisoformat(f"{truth.at}+08:00")
    lasted = timedelta(seconds=TURN_S * MOST_TURNS) if truth.time.endswith("前") else timedelta(0)
    return meant <= found <= meant + lasted


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What came of all calls."""

    accuracy: float
    wrong_handoffs: float
    injuries_missed: int
    injuries_invented: int
    failed: tuple[str, ...]


def score(calls: Iterable[Call]) -> Score:
    """Values count for the calls that should run to their end, whether they did or not."""
    calls = list(calls)
    rights, failed = Counter[bool](), []
    for call in calls:
        if expected_code(call.truth) == "0000":
            for name, is_right in slots_right(call):
                rights[is_right] += 1
                if not is_right:
                    failed.append(f"{call.seed}:{name}")
    astray = [call for call in calls if call.code != expected_code(call.truth)]
    return Score(
        accuracy=rights[True] / max(1, rights.total()),
        wrong_handoffs=sum(call.code in HANDOFFS for call in astray) / max(1, len(calls)),
        injuries_missed=sum(call.truth.is_injured and call.code != "0003" for call in calls),
        injuries_invented=sum(not call.truth.is_injured and call.code == "0003" for call in calls),
        failed=(*failed, *(f"{call.seed}:ends {call.code}" for call in astray)),
    )


def main(arguments: list[str]) -> int:
    """Print rates and scores; with seeds as arguments, print those calls word by word."""
    flow = load(shipped("accident.yaml"))
    if arguments:
        for seed in map(int, arguments):
            _show(play(Machine(flow), seed, is_normalised=True))
        return 0
    calls = [play(Machine(flow), seed, is_normalised=True) for seed in SEEDS]
    plain = [play(Machine(flow, plain_types(flow)), seed, is_normalised=False) for seed in SEEDS]
    rates = _rates(call.noise for call in calls)
    found, without = score(calls), score(plain)
    print("noise, turns of all turns: " + ", ".join(f"{name} {rate:.1%}" for name, rate in rates.items()))
    lengths = sorted(len(call.transcript) for call in calls if expected_code(call.truth) == "0000")
    print(f"calls {len(calls)}, turns to the end: median {lengths[len(lengths) // 2]}, longest {lengths[-1]}")
    print(f"slot accuracy {found.accuracy:.3f}, wrong hand-offs {found.wrong_handoffs:.1%}")
    print(f"injuries missed {found.injuries_missed}, invented {found.injuries_invented}")
    print(f"slot accuracy with plain readers {without.accuracy:.3f}")
    print("not as meant: " + (" ".join(found.failed) or "nothing"))
    is_noise = rates["homophones"] >= FEWEST_HOMOPHONES and rates["corrections"] >= FEWEST_CORRECTIONS
    is_good = found.accuracy >= LEAST_ACCURACY and found.wrong_handoffs <= MOST_WRONG_HANDOFFS
    is_safe = found.injuries_missed == found.injuries_invented == 0
    return int(not (is_noise and is_good and is_safe and without.accuracy < MOST_PLAIN_ACCURACY))


def _rates(noises: Iterable[Noise]) -> dict[str, float]:
    total = Counter[str]()
    for noise in noises:
        total.update(dataclasses.asdict(noise))
    turns = total.pop("turns")
    return {name: count / turns for name, count in total.items()}


def _show(call: Call) -> None:
    print(f"\n# {call.seed} {call.truth}")
    for raw, said in call.transcript:
        print(f"> {raw}\n  {said}")
    print(call.code, {name: held.value for name, held in call.state.slots.items()})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
