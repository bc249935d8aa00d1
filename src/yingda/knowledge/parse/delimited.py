"""CSV and its relatives: the delimiter is found by trying."""

from __future__ import annotations

import csv
import io
from itertools import islice

from yingda.knowledge.parse import table
from yingda.knowledge.parse.draft import Draft

_DELIMITERS = (",", "\t", ";", "|")
_TRIAL_ROWS = 20


def write(text: str, draft: Draft) -> None:
    """Every row of the file as a table."""
    table.write(rows(text), draft)


def rows(text: str) -> list[list[str]]:
    """Every row of the file; quoted cells may hold newlines and delimiters."""
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))


def _delimiter(text: str) -> str:
    """The one that cuts the first rows into the most columns of which every row has as many."""
    return max(_DELIMITERS, key=lambda delimiter: _agreement(text, delimiter))


def _agreement(text: str, delimiter: str) -> tuple[float, int]:
    trial = islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), _TRIAL_ROWS)
    widths = [len(row) for row in trial if row]
    width = max(set(widths), key=widths.count, default=1)
    return (widths.count(width) / len(widths) if width > 1 else 0.0, width)
