"""Labelled messages as people write them down: CSV, JSON lines, or YAML with a block of lines for a label."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import yaml

from yingda.errors import InvalidRequest

Example = tuple[str, str]


def examples_from_file(file: Path) -> tuple[Example, ...]:
    """Pairs of text and label, each pair once, in the order of the file; raises InvalidRequest.

    CSV and JSON lines have the fields `text` and `label` (a CSV without a header has them in this order), or
    `category` or `intent` for the label. YAML maps each label to a list, or to a block with one text a line.
    """
    text = file.read_text("utf-8-sig")
    read = {".csv": _from_csv, ".jsonl": _from_json_lines, ".yaml": _from_yaml, ".yml": _from_yaml}
    if file.suffix.lower() not in read:
        raise InvalidRequest(f"{file.name}: csv, jsonl or yaml is understood")
    try:
        pairs = [(said.strip(), label.strip()) for said, label in read[file.suffix.lower()](text)]
    except (ValueError, KeyError, AttributeError, yaml.YAMLError) as error:
        raise InvalidRequest(f"{file.name}: not a list of texts with labels ({error})") from None
    found = tuple(dict.fromkeys((said, label) for said, label in pairs if said and label))
    if len({label for _, label in found}) < 2:
        raise InvalidRequest(f"{file.name}: at least two labels are needed")
    return found


def digest_of(examples: Sequence[Example]) -> str:
    """Names a set of examples, whatever their order."""
    lines = sorted(f"{label}\t{text}" for text, label in examples)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def near_duplicates(
    held_out: Iterable[str], trained: Iterable[str], limit: float = 0.8
) -> list[tuple[str, str]]:
    """Pairs of a held-out text and one trained on that share more than `limit` of their character pairs."""
    known = [(_pairs(text), text) for text in trained]
    judged = [(_pairs(text), text) for text in held_out]
    return [
        (text, other)
        for mine, text in judged
        for theirs, other in known
        if len(mine & theirs) > limit * len(mine | theirs)
    ]


def _pairs(text: str) -> frozenset[str]:
    flat = "".join(text.lower().split())
    return frozenset(flat[at : at + 2] for at in range(max(1, len(flat) - 1)))


def _from_csv(text: str) -> Iterator[Example]:
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    names = [name.strip().lower() for name in rows[0]] if rows else []
    labels = [name for name in _LABELS if name in names]
    if "text" not in names or not labels:
        yield from ((row[0], row[1] if len(row) > 1 else "") for row in rows)
        return
    at, label_at = names.index("text"), names.index(labels[0])
    for row in rows[1:]:
        if len(row) > max(at, label_at):
            yield row[at], row[label_at]


def _from_json_lines(text: str) -> Iterator[Example]:
    for line in text.splitlines():
        if line.strip():
            fields = json.loads(line)
            yield str(fields["text"]), str(next(fields[name] for name in _LABELS if name in fields))


def _from_yaml(text: str) -> Iterator[Example]:
    for label, said in yaml.safe_load(text).items():
        for each in said.splitlines() if isinstance(said, str) else said:
            yield str(each), str(label)


_LABELS = ("label", "category", "intent")
