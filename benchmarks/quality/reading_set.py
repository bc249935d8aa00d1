"""CMRC 2018 as it lies on disk: paragraphs, their questions, and the answers that people marked in them."""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ABSENT = 2
"""What the `main` of a part returns where its public data is not there."""

Part = Literal["dev", "trial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with the paragraph that answers it, and its answers as any of the annotators marked them."""

    question: str
    paragraph: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSet:
    """`contexts` are the texts of the paragraphs by their id."""

    contexts: dict[str, str]
    asked: tuple[Asked, ...]


def public(name: str) -> Path | None:
    """The folder of that name under the one that `YINGDA_DATA` names; None where it is absent."""
    folder = Path(os.environ.get("YINGDA_DATA", "")) / name
    return folder if os.environ.get("YINGDA_DATA") and folder.is_dir() else None


def load(part: Part) -> ReadingSet | None:
    """A part of the set; None where it is absent."""
    folder = public("cmrc2018")
    path = folder / f"cmrc2018_{part}.json.gz" if folder else None
    if path is None or not path.exists():
        return None
    with gzip.open(path) as file:
        paragraphs = [each for article in json.load(file)["data"] for each in article["paragraphs"]]
    return ReadingSet(
        contexts={each["id"]: each["context"] for each in paragraphs},
        asked=tuple(
            Asked(
                question=one["question"],
                paragraph=each["id"],
                answers=tuple(answer["text"] for answer in one["answers"]),
            )
            for each in paragraphs
            for one in each["qas"]
        ),
    )


def sampled(asked: Sequence[Asked], count: int | None) -> Sequence[Asked]:
    """All of them, or always the same few."""
    return asked if count is None or count >= len(asked) else random.Random(7).sample(asked, count)
