"""Free words, and digits of any meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from yingda.flows.slots.slot import Hearing, Reading
from yingda.turns.events import Scalar
from yingda.understanding.values.digits import digit_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Whatever answers the question, between two lengths in characters."""

    name: ClassVar[str] = "text"
    min_chars: int = 1
    max_chars: int = 500

    def read(self, hearing: Hearing) -> Reading | None:
        """All the words, where they answer the question."""
        words = hearing.text.strip()
        return Reading(value=words, quote=words) if hearing.is_asked and words else None

    def object_to(self, value: Scalar, hearing: Hearing) -> str | None:
        """`too_short` or `too_long`."""
        if len(str(value)) < self.min_chars:
            return "too_short"
        return "too_long" if len(str(value)) > self.max_chars else None

    def say(self, value: Scalar) -> str:
        """As it was said."""
        return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """Read digit by digit: a code, the end of a card; pieces are joined up to `min_chars`."""

    name: ClassVar[str] = "digits"
    min_chars: int = 1
    max_chars: int = 32

    def read(self, hearing: Hearing) -> Reading | None:
        """The longest run of digits, behind the pieces of earlier turns."""
        runs = [run.core for run in digit_runs(hearing.text)] if hearing.is_asked else []
        if not runs:
            return None
        run = max(runs, key=lambda one: len(one.value))
        value = hearing.pieces + run.value
        return Reading(
            value=value,
            quote=hearing.text[run.start : run.end],
            is_partial=len(value) < self.min_chars,
            needs_read_back=run.is_guess,
        )

    def object_to(self, value: Scalar, hearing: Hearing) -> str | None:
        """`too_short` or `too_long`, `no_digits` for anything else than digits."""
        text = str(value)
        if not (text.isascii() and text.isdigit()):
            return "no_digits"
        if len(text) < self.min_chars:
            return "too_short"
        return "too_long" if len(text) > self.max_chars else None

    def say(self, value: Scalar) -> str:
        """In groups of four."""
        text = str(value)
        return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
