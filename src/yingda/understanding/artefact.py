"""A trained classifier as two files: numbers in NAME.npz, everything readable in NAME.json beside it."""

from __future__ import annotations

import hashlib
import io
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from yingda.errors import InvalidRequest
from yingda.understanding.classifier import Classifier

FORMAT = 1
"""Rises with every change that makes older files unreadable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is known of a model: what it was trained on, and its cross-validated scores, 0..1."""

    name: str
    examples: int
    digest: str
    accuracy: float
    macro_f1: float

    def said(self, labels: int) -> str:
        """One line for people."""
        return (
            f"{self.name} {self.digest}: {labels} labels, {self.examples} examples, "
            f"accuracy {self.accuracy:.3f}, macro-F1 {self.macro_f1:.3f}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """A model with its card."""

    model: Classifier
    card: Card


def save(artefact: Artefact, file: Path) -> None:
    """Write `file` (.npz) and the JSON beside it; a reader sees the old pair or the new one.

    The same artefact gives the same bytes.
    """
    model, numbers = artefact.model, io.BytesIO()
    np.savez_compressed(
        numbers, weights=model.weights.astype(np.float16), rarity=model.rarity, known=model.known
    )
    readable = {
        "format": FORMAT,
        "numbers": hashlib.sha256(numbers.getvalue()).hexdigest(),
        "card": asdict(artefact.card),
        "temperature": model.temperature,
        "has_cues": model.has_cues,
        "labels": list(model.labels),
        "vocabulary": list(model.vocabulary),
    }
    text = json.dumps(readable, ensure_ascii=False, separators=(",", ":"))
    _replace(file.with_suffix(".npz"), numbers.getvalue())
    _replace(file.with_suffix(".json"), text.encode())


def load(file: Path) -> Artefact:
    """Raises InvalidRequest where the files are missing, of another format, or not of one training."""
    try:
        readable = json.loads(file.with_suffix(".json").read_bytes())
        numbers = file.with_suffix(".npz").read_bytes()
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"{file.name} cannot be read: {error}") from None
    if readable.get("format") != FORMAT:
        raise InvalidRequest(f"{file.name} is of format {readable.get('format')}, this server reads {FORMAT}")
    if hashlib.sha256(numbers).hexdigest() != readable["numbers"]:
        raise InvalidRequest(f"{file.name}: the .npz and the .json are not of one training")
    with np.load(io.BytesIO(numbers), allow_pickle=False) as arrays:
        model = Classifier(
            labels=tuple(readable["labels"]),
            vocabulary={name: place for place, name in enumerate(readable["vocabulary"])},
            rarity=arrays["rarity"],
            weights=arrays["weights"].astype(np.float32),
            temperature=readable["temperature"],
            has_cues=readable["has_cues"],
            known=arrays["known"],
        )
    return Artefact(model=model, card=Card(**readable["card"]))


def _replace(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(file)
