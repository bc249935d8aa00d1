"""What a page shows before anybody reads it: lines of cells at their places, and ruled lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A stretch of a line without wide gaps; `base` is the y its letters stand on, `em` their size."""

    text: str
    left: float
    right: float
    base: float
    em: float
    font: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line with its box in points, y upwards; without a known place all are 0 and there are no cells."""

    text: str
    left: float = 0.0
    right: float = 0.0
    top: float = 0.0
    bottom: float = 0.0
    size: float = 0.0
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A horizontal stroke, or an edge of a box."""

    y: float
    left: float
    right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Lines in the order of the file, which is mostly that of reading."""

    lines: Sequence[Line]
    rules: Sequence[Rule] = ()
    is_picture: bool = False
    """Images and not one line: most likely a scan."""
