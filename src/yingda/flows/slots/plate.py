"""A mainland number plate, also in pieces over several turns and put right in part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from yingda.flows.slots.amends import change_in, meant_in, part_in, put_in, swapped
from yingda.flows.slots.slot import Hearing, Reading
from yingda.turns.events import Scalar
from yingda.understanding.values.mention import Mention
from yingda.understanding.values.plates import is_plate, plate_piece, plate_symbols, plates


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """Canonical without any separator: 沪A89395."""

    name: ClassVar[str] = "plate_cn"

    def read(self, hearing: Hearing) -> Reading | None:
        """A whole plate wherever it stands; pieces of one only where it is asked for."""
        if amended := self._amended(hearing):
            return amended
        for text in meant_in(hearing.text):
            if whole := plates(text):
                return _reading(text, whole[0])
        if not hearing.is_asked:
            return None
        piece = plate_piece(hearing.text, hearing.pieces)
        if piece is None or (len(piece.value) < 2 and piece.is_guess):
            return None
        return _reading(hearing.text, piece)

    def _amended(self, hearing: Hearing) -> Reading | None:
        known = hearing.known if isinstance(hearing.known, str) else hearing.pieces
        if len(known) < 2 or (not hearing.is_asked and not _is_about_plate(hearing.text)):
            return None
        value = None
        if part := part_in(hearing.text):
            value = put_in(known, part, plate_symbols(part.rest))
        elif change := change_in(hearing.text):
            value = swapped(known, plate_symbols(change.wrong), plate_symbols(change.right))
        if value is None or not is_plate(value):
            return None
        return Reading(value=value, quote=hearing.text, replaces_tail=True)

    def object_to(self, value: Scalar, hearing: Hearing) -> str | None:
        """`bad_plate` where no vehicle can carry it."""
        return None if isinstance(value, str) and is_plate(value) else "bad_plate"

    def say(self, value: Scalar) -> str:
        """Initials first, the rest in groups of two or three."""
        text = str(value)
        rest = text[2:]
        return f"{text[:2]} {rest[:3]} {rest[3:]}"


def _is_about_plate(text: str) -> bool:
    return "牌" in text or any(char.isascii() and char.isalpha() for char in text)


def _reading(text: str, plate: Mention[str]) -> Reading:
    return Reading(
        value=plate.value,
        quote=text[plate.start : plate.end],
        is_partial=not is_plate(plate.value),
        needs_read_back=plate.is_guess,
    )
