"""One state of a tantivy index, with what was read from it: the same passages are found again and again."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import tantivy

from yingda.knowledge.index.stored import Stored, stored_from_document

_MOST_STORED = 2_000
"""About 10 MB of passages."""
_MOST_COUNTS = 20_000


class Snapshot:
    """What a searcher sees never changes, so nothing that was read through it grows old.

    `stored` reads a hit by its segment and number; `document_count` is in how many chunks a term stands.
    """

    __slots__ = ("document_count", "searcher", "stored")

    def __init__(self, index: tantivy.Index) -> None:
        searcher = self.searcher = index.searcher()

        def stored(segment: int, number: int) -> Stored:
            return stored_from_document(searcher.doc(tantivy.DocAddress(segment, number)))

        def document_count(term: str) -> int:
            return max(searcher.doc_freq(name, term) for name in ("body", "heading"))

        self.stored: Callable[[int, int], Stored] = lru_cache(_MOST_STORED)(stored)
        self.document_count: Callable[[str], int] = lru_cache(_MOST_COUNTS)(document_count)
