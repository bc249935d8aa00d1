"""How many spoken and written values are read right, on public sets of examples.

Reads `recognizers_text_zh`, `wetext_itn` and `pii_examples_zh` under the folder named by `YINGDA_DATA`.
Cases that the first marks as not supported are left out. Of a time that may lie in the past or to come, one
reading has to be the given one; the end of a stretch of days may be the last day or the one after it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from yingda.safety.mask import masked
from yingda.safety.personal import is_identity
from yingda.understanding.values.durations import durations
from yingda.understanding.values.itn import written
from yingda.understanding.values.money import amounts
from yingda.understanding.values.numbers import numbers, shares
from yingda.understanding.values.phones import phones
from yingda.understanding.values.plates import is_plate, plates
from yingda.understanding.values.times import times

ABSENT = 2
"""What `main` returns where the data is not there."""
REQUIRED = {"resolved": 0.85, "written": 0.97, "personal": 1.0, "left alone": 1.0}
ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
TOLERANCE = Decimal("1e-9")

Case = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Score:
    """How many of how many are right; `missed` are those that are not."""

    right: int
    missed: tuple[str, ...]

    @property
    def total(self) -> int:
        """All cases."""
        return self.right + len(self.missed)

    @property
    def rate(self) -> float:
        """0..1."""
        return self.right / self.total if self.total else 0.0


def main(arguments: list[str] | None = None) -> int:
    """Print the table, with `--misses` each miss; 1 where a rate is missed, 2 where the data is absent."""
    folder = Path(os.environ.get("YINGDA_DATA", ""))
    needed = ("recognizers_text_zh", "wetext_itn", "pii_examples_zh")
    if "YINGDA_DATA" not in os.environ or not all((folder / name).is_dir() for name in needed):
        print(f"n/a: set YINGDA_DATA to the folder that holds {', '.join(needed)}")
        return ABSENT
    scores = dict(_scores(folder))
    totals = {
        "resolved": _sum(score for name, score in scores.items() if name.startswith("resolved")),
        "written": _sum(score for name, score in scores.items() if name.startswith("written")),
        "personal": scores["personal"],
        "left alone": scores["left alone"],
    }
    for name, score in (scores | totals).items():
        required = f"  required {REQUIRED[name]}" if name in REQUIRED else ""
        print(f"{name:<32} {score.right:>4} of {score.total:<4} {score.rate:.4f}{required}")
        if arguments and name not in totals:
            print("".join(f"    {miss}\n" for miss in score.missed), end="")
    return int(any(totals[name].rate < required for name, required in REQUIRED.items()))


def _scores(folder: Path) -> Iterator[tuple[str, Score]]:
    for path, judge in _MODELS.items():
        cases = json.loads((folder / "recognizers_text_zh" / f"{path}.json").read_text("utf-8-sig"))
        supported = [case for case in cases if not any(key.startswith("NotSupported") for key in case)]
        yield f"resolved: {Path(path).name}", _score((_shown(case), judge(case)) for case in supported)
    for path in sorted((folder / "wetext_itn").glob("*.txt")):
        lines = [line.split(" => ") for line in path.read_text("utf-8").splitlines() if " => " in line]
        pairs = [(spoken.strip(), right.strip()) for spoken, right in lines]
        if path.stem != "SOURCE":
            yield (
                f"written: {path.stem}",
                _score(
                    (f"{spoken} → {written(spoken)}, not {right}", written(spoken) == right)
                    for spoken, right in pairs
                ),
            )
    examples = json.loads((folder / "pii_examples_zh" / "any_rule_examples.json").read_text("utf-8"))
    yield "personal", _score(_personal(examples))
    yield "left alone", _score(_left_alone(examples))


def _sum(scores: Iterable[Score]) -> Score:
    kept = list(scores)
    return Score(sum(score.right for score in kept), tuple(miss for score in kept for miss in score.missed))


def _score(judged: Iterable[tuple[str, bool]]) -> Score:
    kept = list(judged)
    return Score(sum(right for _, right in kept), tuple(shown for shown, right in kept if not right))


def _shown(case: Case) -> str:
    return f"{case['Input']} → " + "; ".join(
        f"{one['Text']} {json.dumps(one.get('Resolution'), ensure_ascii=False)}" for one in case["Results"]
    )


# What a case of each model says, against what we read


def _same(read: list[Decimal], given: list[str]) -> bool:
    return len(read) == len(given) and all(
        abs(ours - Decimal(theirs)) <= TOLERANCE * max(1, abs(ours))
        for ours, theirs in zip(read, given, strict=True)
    )


def _values(case: Case) -> list[str]:
    return [str(one["Resolution"]["value"]).removesuffix("%") for one in case["Results"]]


def _is_number(case: Case) -> bool:
    return _same([one.value for one in numbers(case["Input"])], _values(case))


def _is_share(case: Case) -> bool:
    return _same([one.value for one in shares(case["Input"])], _values(case))


def _is_money(case: Case) -> bool:
    read = [one.value for one in amounts(case["Input"])]
    given = [one["Resolution"] for one in case["Results"]]
    is_currency = [
        theirs.get("isoCurrency") in (None, ours.currency) for ours, theirs in zip(read, given, strict=False)
    ]
    return _same([ours.value for ours in read], [theirs["value"] for theirs in given]) and all(is_currency)


def _is_phone(case: Case) -> bool:
    read = [case["Input"][one.start : one.end] for one in phones(case["Input"])]
    return [_digits(one) for one in read] == [_digits(one["Text"]) for one in case["Results"]]


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


def _is_time(case: Case) -> bool:
    reference = (case.get("Context") or {}).get("ReferenceDateTime", "2017-03-22T00:00:00")
    now = datetime.fromisoformat(reference).replace(tzinfo=ZONE)
    text = case["Input"]
    given = [one["Resolution"]["values"] for one in case["Results"]]
    if any(value["type"] == "duration" for values in given for value in values):
        return [one.value.seconds for one in durations(text)] == [
            float(values[0]["value"]) for values in given
        ]
    resolvable = [values for values in given if values[0].get("value") != "not resolved"]
    read = [one.value for one in times(text, now)]
    return len(read) == len(resolvable) and all(
        any(_is_meant(span.start, span.end, value) for span in when.spans for value in values)
        for when, values in zip(read, resolvable, strict=True)
    )


def _is_meant(start: datetime, end: datetime, value: Case) -> bool:
    match value["type"]:
        case "date":
            return start.date().isoformat() == value["value"]
        case "datetime":
            return start.strftime("%Y-%m-%d %H:%M:%S") == value["value"]
        case "time":
            return start.strftime("%H:%M:%S") == value["value"]
        case "daterange":
            ends = {end.date().isoformat(), (end - DAY).date().isoformat()}
            return start.strftime("%Y-%m-%d") == value["start"] and value["end"] in ends
        case kind:
            form = "%H:%M:%S" if kind == "timerange" else "%Y-%m-%d %H:%M:%S"
            return (start.strftime(form), end.strftime(form)) == (value["start"], value["end"])


_MODELS: dict[str, Callable[[Case], bool]] = {
    "Number/NumberModel": _is_number,
    "Number/PercentModel": _is_share,
    "DateTime/DateTimeModel": _is_time,
    "NumberWithUnit/CurrencyModel": _is_money,
    "Sequence/PhoneNumberModel": _is_phone,
}

# Personal data inside sentences

_SENTENCES = {
    "email": "请把回执发到{}，谢谢",
    "mobile_cn": "我的手机是{}，随时可以打",
    "landline_cn": "单位的座机是{}，白天有人接",
    "bank_card": "退款请打到卡号{}上",
    "id_card_15": "老身份证号{}，没有换过",
    "id_card_18_format_only": "身份证号码是{}，本人办理",
}
_PLATES = ("plate_ordinary", "plate_new_energy")
_PLAIN = {
    "amount": "一共付了{}元",
    "date": "订单是{}下的",
    "time24": "下单时间{}左右",
    "time12": "到货时间{}左右",
}


def _personal(examples: Case) -> Iterator[tuple[str, bool]]:
    for kind, sentence in _SENTENCES.items():
        for value in examples[kind]["valid"]:
            if kind == "id_card_18_format_only" and not is_identity(value):
                continue
            text = sentence.format(value)
            yield text, value not in masked(text)
    for kind in _PLATES:
        for value in examples[kind]["valid"]:
            if is_plate(value):
                yield value, [one.value for one in plates(f"我的车是{value}，停在楼下")] == [value]


def _left_alone(examples: Case) -> Iterator[tuple[str, bool]]:
    for kind, sentence in _PLAIN.items():
        for value in examples[kind]["valid"]:
            text = sentence.format(value)
            yield text, masked(text) == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
