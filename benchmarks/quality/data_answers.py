"""How many questions over data are answered right without a model, wrong, or not at all.

Own questions are in `data_questions/*.yaml`, with SQL written by hand before there was a parser, or with the
outcome that is right: `ambiguous`, `outside`. Rows have to be the same with multiplicity; an answer may show
more columns than asked for, such as the figure it ranks by, and where the rows are ordered its first or last
column decides. The public set is held to its very columns; its model is drafted from the database alone.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from itertools import permutations
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from yingda.business.shop.database import make_shop
from yingda.text_to_sql.databases.database import DatabaseConfig
from yingda.text_to_sql.databases.opening import open_database
from yingda.text_to_sql.draft import draft_model
from yingda.text_to_sql.load import model_from_yaml
from yingda.text_to_sql.model import SemanticModel
from yingda.text_to_sql.parse import read
from yingda.text_to_sql.types import Ambiguous, Asked, Outside, Understood
from yingda.text_to_sql.value_index import ValueConfig, ValueIndex, values_of

ABSENT = 2
"""What `main` returns where public data is not there."""
QUESTIONS = Path(__file__).parent / "data_questions"
SHOP_MODEL = Path(__file__).parents[2] / "samples" / "shop" / "model.yaml"
SETS = ("chinook", "northwind", "shop")
REQUIRED = {"own": (0.90, 0.03), "public": (0.60, 0.15)}
"""Lowest share right, highest share answered and wrong."""
TODAY = date(2026, 11, 20)
_DIGITS = 9

Row = tuple[Any, ...]


@dataclass(slots=True)
class Tally:
    """Outcomes of one set, and what went wrong."""

    right: int = 0
    wrong: int = 0
    refused: int = 0
    missed: list[str] = field(default_factory=list)
    reading_ms: list[float] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All questions."""
        return self.right + self.wrong + self.refused

    def add(self, outcome: str, shown: str) -> None:
        """Count one question."""
        setattr(self, outcome, getattr(self, outcome) + 1)
        if outcome != "right":
            self.missed.append(f"{outcome}: {shown}")

    def joined(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(
            self.right + other.right,
            self.wrong + other.wrong,
            self.refused + other.refused,
            self.missed + other.missed,
            self.reading_ms + other.reading_ms,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A database with its model and values."""

    path: Path
    model: SemanticModel
    values: ValueIndex


def main(arguments: list[str] | None = None) -> int:
    """Print the table, with `--misses` each miss; 1 where a rate is missed, 2 where data is absent."""
    data = Path(os.environ["YINGDA_DATA"]) if os.environ.get("YINGDA_DATA") else None
    tallies: dict[str, Tally] = {}
    with TemporaryDirectory() as folder:
        for name, path in _databases(data, Path(folder)):
            place = _placed(path, _model_text(name))
            for file in sorted(QUESTIONS.glob(f"{name}*.yaml")):
                if not file.stem.endswith("_model"):
                    tallies[file.stem] = _own(place, yaml.safe_load(file.read_text("utf-8")))
        own = Tally()
        for tally in tallies.values():
            own = own.joined(tally)
        tallies["own"] = own
        if (public := _public(data)) is not None:
            tallies["public"] = public
    for name, tally in tallies.items():
        _show(name, tally, shows_misses=bool(arguments))
    if set(SETS) - set(tallies) or "public" not in tallies:
        print("n/a: not all of the public data is in the folder named by YINGDA_DATA")
        return ABSENT
    return int(any(not _is_enough(name, tallies[name]) for name in REQUIRED))


def _databases(data: Path | None, folder: Path) -> Iterator[tuple[str, Path]]:
    """The databases that are there; what is text or relative to a day is built in the folder."""
    if data is not None and (data / "chinook").is_dir():
        yield "chinook", data / "chinook" / "Chinook_Sqlite.sqlite"
    if data is not None and (data / "northwind").is_dir():
        path = folder / "northwind.sqlite"
        with closing(sqlite3.connect(path)) as database:
            packed = (data / "northwind" / "create.sql.gz").read_bytes()
            database.executescript(gzip.decompress(packed).decode("utf-8"))
        yield "northwind", path
    if SHOP_MODEL.exists():
        path = folder / "shop.sqlite"
        make_shop(path, yaml.safe_load((QUESTIONS / "shop.yaml").read_text("utf-8"))["today"])
        yield "shop", path


def _model_text(name: str) -> str:
    path = SHOP_MODEL if name == "shop" else QUESTIONS / f"{name}_model.yaml"
    return path.read_text("utf-8")


def _placed(path: Path, text: str) -> Place:
    model = model_from_yaml(text)
    return Place(path=path, model=model, values=asyncio.run(_values(path, model)))


async def _values(path: Path, model: SemanticModel) -> ValueIndex:
    async with open_database(f"sqlite:///{path}", DatabaseConfig()) as database:
        return await values_of(database, model, ValueConfig())


def _own(place: Place, document: dict[str, Any]) -> Tally:
    tally = Tally()
    with closing(sqlite3.connect(place.path)) as database:
        for question in document["questions"]:
            reading, ms = _read(place, question["ask"], document["today"])
            tally.reading_ms.append(ms)
            expected = question.get("outcome")
            if isinstance(reading, Understood):
                golds = [question["sql"], *question.get("either", ())] if "sql" in question else []
                rows = _rows(database, reading.sql)
                is_ordered = bool(question.get("ordered"))
                is_right = any(
                    _is_same(_rows(database, gold), rows, is_ordered=is_ordered, is_strict=False)
                    for gold in golds
                )
                tally.add("right" if is_right else "wrong", question["ask"])
            else:
                is_right = expected == {Ambiguous: "ambiguous", Outside: "outside"}[type(reading)]
                tally.add("right" if is_right else "refused", question["ask"])
    return tally


def _public(data: Path | None) -> Tally | None:
    """The public set; None where its database is not there or is another one."""
    folder = data / "spider_concert_singer" if data else None
    if folder is None or not folder.is_dir():
        return None
    path = folder / "concert_singer.sqlite"
    questions = json.loads((folder / "dev.json").read_text("utf-8"))
    tally = Tally()
    with closing(sqlite3.connect(path)) as database:
        try:
            golds = [_rows(database, one["query"]) for one in questions]
        except sqlite3.OperationalError as error:
            print(f"n/a: the database beside the public questions is not theirs: {error}")
            return None
        model = asyncio.run(draft_model(f"sqlite:///{path}"))
        place = Place(path=path, model=model, values=asyncio.run(_values(path, model)))
        for question, gold in zip(questions, golds, strict=True):
            reading, ms = _read(place, question["question"], TODAY)
            tally.reading_ms.append(ms)
            if not isinstance(reading, Understood):
                tally.add("refused", question["question"])
                continue
            said = question["query"].lower()
            is_ordered = "order by" in said and "limit" not in said
            is_right = _is_same(gold, _rows(database, reading.sql), is_ordered=is_ordered, is_strict=True)
            tally.add("right" if is_right else "wrong", question["question"])
    return tally


def _read(place: Place, question: str, today: date) -> tuple[Any, float]:
    began = time.perf_counter()
    reading = read(place.model, place.values, Asked(question=question, today=today))
    return reading, 1000 * (time.perf_counter() - began)


def _rows(database: sqlite3.Connection, sql: str) -> list[Row]:
    return [tuple(_cell(cell) for cell in row) for row in database.execute(sql)]


def _cell(value: object) -> object:
    """Numbers to nine digits; a quarter as its first month, however it is written."""
    if isinstance(value, int | float):
        return f"{value:.{_DIGITS}g}"
    if isinstance(value, str) and len(value) == 7 and value[4:6] == "-Q":
        return f"{value[:5]}{3 * int(value[6]) - 2:02d}"
    return value


def _is_same(gold: list[Row], rows: list[Row], *, is_ordered: bool, is_strict: bool) -> bool:
    if len(gold) != len(rows):
        return False
    if not gold:
        return True
    width, wider = len(gold[0]), len(rows[0])
    if width > wider or (is_strict and width != wider):
        return False
    for chosen in permutations(range(wider), width):
        picked = [tuple(row[index] for index in chosen) for row in rows]
        if sorted(map(repr, picked)) == sorted(map(repr, gold)):
            if not is_ordered or picked == gold:
                return True
            return not is_strict and any(
                [r[end] for r in picked] == [r[end] for r in gold] for end in (0, -1)
            )
    return False


def _column(rows: list[Row], index: int) -> list[Any]:
    return [row[index] for row in rows]


def _show(name: str, tally: Tally, *, shows_misses: bool) -> None:
    if not tally.total:
        return
    right, wrong = tally.right / tally.total, tally.wrong / tally.total
    required = f"  required {REQUIRED[name][0]}, {REQUIRED[name][1]}" if name in REQUIRED else ""
    refused, reading = tally.refused / tally.total, median(tally.reading_ms)
    print(
        f"{name:<16} {tally.right:>4} of {tally.total:<4} right {right:.3f}  wrong {wrong:.3f}"
        f"  refused {refused:.3f}  reading p50 {reading:.1f} ms{required}"
    )
    if shows_misses and name != "own":
        print("".join(f"    {miss}\n" for miss in tally.missed), end="")


def _is_enough(name: str, tally: Tally) -> bool:
    least, most = REQUIRED[name]
    return tally.right >= least * tally.total and tally.wrong <= most * tally.total


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
