"""The closed-class words of questions over data, in two languages: what they ask for, whatever the schema.

They stand in `closed_words.json`, by tag, what the tag carries, and the concept a word implies (`cheapest`:
`superlative/asc/price`). Words of a schema never stand there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

Word = tuple[str, str, str]
"""Tag, what it carries, and a concept such as `price` for words that imply one."""

_DATA: Final = json.loads((Path(__file__).parent / "closed_words.json").read_text("utf-8"))


def _tagged(key: str) -> Word:
    tag, carried, concept = (*key.split("/"), "", "")[:3]
    return tag, carried, concept


WORDS: Final[dict[str, Word]] = {
    phrase: _tagged(key) for key, phrases in _DATA["words"].items() for phrase in phrases
}

CONCEPTS: Final[dict[str, tuple[str, ...]]] = {
    concept: tuple(words) for concept, words in _DATA["concepts"].items()
}
"""What a field has to be called for a word that implies one, such as cheapest."""

UNITS: Final = frozenset(_DATA["units"])
"""Measure words that follow a Chinese numeral."""

NUMBER_WORDS: Final[dict[str, int]] = _DATA["numbers"]
