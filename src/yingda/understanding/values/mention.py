"""A value, and where in the text it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Mention(Generic[V]):
    """`text[start:end]` says `value`; positions are those of the text as it was given.

    `is_guess`: a likely mishearing was mended, or something between two readings was decided.
    """

    value: V
    start: int
    end: int
    is_guess: bool = False
