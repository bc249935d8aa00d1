"""A mainland mobile number, also in pieces over several turns and put right in part."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from yingda.flows.slots.amends import change_in, meant_in, part_in, put_in, swapped
from yingda.flows.slots.slot import Hearing, Reading
from yingda.turns.events import Scalar
from yingda.understanding.values.digits import DigitRun, digit_runs, spelt
from yingda.understanding.values.phones import mobiles

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LENGTH = 11
_FEWEST = 2
"""Digits that make a piece of a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mobile:
    """Canonical as eleven digits."""

    name: ClassVar[str] = "mobile_cn"

    def read(self, hearing: Hearing) -> Reading | None:
        """A whole number wherever it stands; pieces of one only where it is asked for."""
        if amended := _amended(hearing):
            return amended
        for text in meant_in(hearing.text):
            if whole := mobiles(text):
                first = whole[0]
                return Reading(
                    value=first.value, quote=text[first.start : first.end], needs_read_back=first.is_guess
                )
        return _piece(hearing) if hearing.is_asked else None

    def object_to(self, value: Scalar, hearing: Hearing) -> str | None:
        """`bad_mobile` where it is no mobile number."""
        return None if isinstance(value, str) and _MOBILE.fullmatch(value) else "bad_mobile"

    def say(self, value: Scalar) -> str:
        """In groups of three, four and four."""
        text = str(value)
        return f"{text[:3]} {text[3:7]} {text[7:]}"


def _amended(hearing: Hearing) -> Reading | None:
    known = hearing.known if isinstance(hearing.known, str) else hearing.pieces
    if not known or (not hearing.is_asked and "牌" in hearing.text):
        return None
    value = None
    if part := part_in(hearing.text):
        value = _joined_tail(known, part.rest) or put_in(known, part, _digits(part.rest))
    elif change := change_in(hearing.text):
        value = swapped(known, _digits(change.wrong), _digits(change.right))
    if value is None or not _MOBILE.fullmatch(value):
        return None
    return Reading(value=value, quote=hearing.text, replaces_tail=True)


def _joined_tail(known: str, rest: str) -> str | None:
    """A tail completes a number that is still too short."""
    digits = _digits(rest)
    return known + digits if len(known) < _LENGTH and len(known) + len(digits) == _LENGTH else None


def _digits(text: str) -> str:
    runs = digit_runs(text)
    return runs[0].core.value if runs else spelt(text)


def _piece(hearing: Hearing) -> Reading | None:
    said = meant_in(hearing.text)[0]
    runs = [run for run in digit_runs(said) if len(run.core.value) >= _FEWEST]
    if not runs:
        return None
    run = max(runs, key=lambda one: len(one.core.value))
    value, start, end, is_guess = _joined(hearing.pieces, run)
    return Reading(
        value=value,
        quote=said[start:end],
        is_partial=len(value) < _LENGTH,
        needs_read_back=is_guess,
    )


def _joined(so_far: str, run: DigitRun) -> tuple[str, int, int, bool]:
    """The pieces with what was said now: whatever makes a number, else the plain joining of both."""
    for stretch in run.stretches():
        if _MOBILE.fullmatch(so_far + stretch.value):
            return so_far + stretch.value, stretch.start, stretch.end, stretch.is_guess
    core = run.core
    for overlap in range(2, len(core.value)):
        if so_far.endswith(core.value[:overlap]) and _MOBILE.fullmatch(so_far + core.value[overlap:]):
            return so_far + core.value[overlap:], core.start, core.end, True
    if not so_far:
        wide = [one for one in run.stretches() if one.value.startswith("1") and len(one.value) < _LENGTH]
        core = core if core.value.startswith("1") or not wide else wide[0]
    elif len(so_far + core.value) > _LENGTH and re.match(r"1[3-9]", core.value):
        so_far = ""
    return so_far + core.value, core.start, core.end, core.is_guess
