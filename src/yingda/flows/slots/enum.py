"""One of a few choices, by its name or by another word for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from yingda.flows.slots.amends import meant_in
from yingda.flows.slots.slot import Hearing, Reading
from yingda.turns.events import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Enum:
    """`choices` are the values; `words` lead from what people say to one of them."""

    name: ClassVar[str] = "enum"
    choices: tuple[str, ...]
    words: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for word, choice in self.words.items():
            if choice not in self.choices:
                raise ValueError(f"words.{word}: {choice!r} is not among the choices")

    def read(self, hearing: Hearing) -> Reading | None:
        """The longest word that was said; two choices in one breath are none."""
        readings = (self._said(text) for text in meant_in(hearing.text))
        return next((reading for reading in readings if reading), None)

    def _said(self, text: str) -> Reading | None:
        said = {choice: choice for choice in self.choices} | dict(self.words)
        low = text.lower()
        spoken = sorted((word for word in said if word.lower() in low), key=len, reverse=True)
        outer = [
            word for place, word in enumerate(spoken) if not any(word in longer for longer in spoken[:place])
        ]
        if len({said[word] for word in outer}) != 1:
            return None
        at = low.index(outer[0].lower())
        return Reading(value=said[outer[0]], quote=text[at : at + len(outer[0])])

    def object_to(self, value: Scalar, hearing: Hearing) -> str | None:
        """`no_choice` for what is not among the choices."""
        return None if value in self.choices else "no_choice"

    def say(self, value: Scalar) -> str:
        """By its name."""
        return str(value)
