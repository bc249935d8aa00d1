"""One line of the result, and all of them as a Markdown table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A figure beside its target; `baseline` and `ratio` are empty where there is nothing to compare."""

    name: str
    target: str
    measured: str
    holds: bool
    baseline: str = ""
    ratio: str = ""


def markdown(lines: Sequence[Line]) -> str:
    """The table as the documentation shows it."""
    head = ("| What | Target | Measured | Baseline | Ratio | |", "|---|---|---|---|---|---|")
    rows = (
        f"| {line.name} | {line.target} | {line.measured} | {line.baseline} | {line.ratio} "
        f"| {'pass' if line.holds else '**miss**'} |"
        for line in lines
    )
    return "\n".join((*head, *rows))
