"""The own words of every collection, in memory: what the index reads on each write and search."""

from __future__ import annotations

from collections.abc import Sequence

from yingda.knowledge.analyzer import NO_WORDS, Lexicon
from yingda.turns.types import CollectionId


class CollectionLexicons:
    """An `index.tantivy_index.Lexicons` that the library fills; read from any thread."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, CollectionId], tuple[tuple[str, ...], Lexicon]] = {}

    def __call__(self, tenant: str, collection: CollectionId) -> Lexicon:
        """The words as last put; none where none were."""
        known = self._known.get((tenant, collection))
        return known[1] if known else NO_WORDS

    def put(self, tenant: str, collection: CollectionId, words: Sequence[str]) -> None:
        """From now on these are the collection's words, and no others."""
        key, given = (tenant, collection), tuple(words)
        if not given:
            self._known.pop(key, None)
        elif key not in self._known or self._known[key][0] != given:
            self._known[key] = (given, Lexicon(given))
