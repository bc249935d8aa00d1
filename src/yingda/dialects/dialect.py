"""What a wire contract must say, all of it pure: no I/O, no clock, no engine."""

from __future__ import annotations

from typing import Any, Protocol

from yingda.errors import AnswerError
from yingda.turns.record import Record
from yingda.web.stream import Encoder


class Dialect(Protocol):
    """One contract. `keep_alive` is what may be written between two frames of a quiet stream."""

    name: str
    keep_alive: bytes

    def encoder(self, *, trace: bool) -> Encoder: ...

    def body(self, record: Record, *, trace: bool) -> dict[str, Any]:
        """The JSON answer of a turn that ended well."""
        ...

    def error(self, error: AnswerError) -> tuple[int, dict[str, Any]]:
        """Status and JSON body of an error."""
        ...
