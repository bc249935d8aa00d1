"""Identity numbers, bank cards and e-mail addresses, written or read out digit by digit."""

from __future__ import annotations

import re

from yingda.safety.personal import BANK_CARD, EMAIL, IDENTITY, is_card, is_identity
from yingda.understanding.values.digits import digit_runs
from yingda.understanding.values.mention import Mention
from yingda.understanding.values.width import plain

_CHECK_X = re.compile(r"\s*(?:[xX]|艾?克斯|叉)")
_IDENTITY_LENGTH = 18
_SEPARATORS = re.compile(r"[ -]")


def identity_numbers(text: str) -> list[Mention[str]]:
    """Numbers of eighteen characters whose check digit is right, in capitals."""
    flat = plain(text)
    found = [
        Mention(number[0].upper(), number.start(), number.end())
        for number in IDENTITY.finditer(flat)
        if is_identity(number[0])
    ]
    return found or [number for run in digit_runs(flat) for number in _spoken_identity(flat, run.core)]


def _spoken_identity(text: str, run: Mention[str]) -> list[Mention[str]]:
    check = _CHECK_X.match(text, run.end) if len(run.value) == _IDENTITY_LENGTH - 1 else None
    number, end = (run.value + "X", check.end()) if check else (run.value, run.end)
    return [Mention(number, run.start, end, run.is_guess)] if is_identity(number) else []


def bank_cards(text: str) -> list[Mention[str]]:
    """Numbers of cards that pass their own check, as digits alone."""
    flat = plain(text)
    written = ((_SEPARATORS.sub("", card[0]), card.start(), card.end()) for card in BANK_CARD.finditer(flat))
    spoken = ((run.core.value, run.core.start, run.core.end) for run in digit_runs(flat))
    found = {
        start: Mention(digits, start, end) for digits, start, end in (*spoken, *written) if is_card(digits)
    }
    return [found[start] for start in sorted(found) if not is_identity(found[start].value)]


def emails(text: str) -> list[Mention[str]]:
    """Addresses as they are written, in small letters."""
    return [Mention(one[0].lower(), one.start(), one.end()) for one in EMAIL.finditer(plain(text))]
