"""Curated answers: their store, its picture in memory, and the log of hits."""

from __future__ import annotations

from yingda.curated.answerer import CuratedParts
from yingda.curated.book import CuratedBook
from yingda.curated.hits import HitLog
from yingda.curated.openings import Openings
from yingda.curated.store import CuratedStore
from yingda.storage.sql import Database
from yingda.turns.clock import Clock
from yingda.wiring.knowledge import Knowledge


async def open_curated(database: Database, knowledge: Knowledge, clock: Clock) -> CuratedParts:
    """Loaded, so that the first question finds them."""
    book = CuratedBook(CuratedStore(database), embedder=knowledge.embedder)
    await book.load()
    return CuratedParts(
        book=book,
        openings=Openings(database, knowledge.library.revision),
        hits=HitLog(database, clock),
    )
