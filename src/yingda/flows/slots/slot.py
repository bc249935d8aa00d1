"""What a kind of slot must be able to do: hear its values, object to them, read them back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from yingda.turns.events import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """All that a slot type may look at.

    `text` are the caller's words of this turn, normalised; `raw` as they came. `pieces` is what earlier turns
    gave of this very slot, `known` its present value. `is_asked`: the slot's question is the open one, so
    that a bare "三" is an answer.
    """

    text: str
    raw: str
    at: datetime
    pieces: str = ""
    known: Scalar = None
    is_asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value heard, in its canonical form; `quote` are the caller's words for it.

    `is_partial`: `value` is what there is so far, earlier pieces included, and more must come.
    `needs_read_back`: a likely mishearing was mended. `replaces_tail`: the words changed a part of the known
    value; `value` is the whole of it after the change.
    """

    value: Scalar
    quote: str
    is_partial: bool = False
    needs_read_back: bool = False
    replaces_tail: bool = False


class SlotType(Protocol):
    """One kind of value with its options."""

    name: str

    def read(self, hearing: Hearing) -> Reading | None:
        """The value that was said, None where nothing of this kind was."""
        ...

    def object_to(self, value: Scalar, hearing: Hearing) -> str | None:
        """Why the value cannot be taken, as a slug (`future`, `too_old`, `bad_plate`...); None if it can."""
        ...

    def say(self, value: Scalar) -> str:
        """How it is read back: a number in groups, a time as people say it."""
        ...
