"""The opening passages of documents: what a curated answer that links a document cites of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import Row, func, select

from yingda.curated.store import opened
from yingda.knowledge import tables as t
from yingda.storage.sql import Database
from yingda.turns.types import CollectionId, DocumentId, Passage, Principal

RevisionOf = Callable[[Principal, CollectionId], int]


class Openings:
    """Reads the first chunk of each document's current version; `revision` is the knowledge base's own."""

    def __init__(self, database: Database, revision: RevisionOf) -> None:
        self._database = database
        self.revision = revision

    async def __call__(
        self, principal: Principal, collection: CollectionId, document_ids: Collection[DocumentId]
    ) -> dict[DocumentId, Passage]:
        """By document, those that live, are enabled and have text; raises `StoreUnavailable`."""
        if not document_ids:
            return {}
        words = func.substr(t.versions.c.text, t.chunks.c.start + 1, t.chunks.c.end - t.chunks.c.start)
        query = (
            select(t.documents.c.source, t.chunks, words.label("text"))
            .join(
                t.versions,
                (t.versions.c.document_id == t.documents.c.id)
                & (t.versions.c.version == t.documents.c.current_version),
            )
            .join(
                t.chunks,
                (t.chunks.c.document_id == t.versions.c.document_id)
                & (t.chunks.c.version == t.versions.c.version),
            )
            .where(
                t.documents.c.id.in_(document_ids),
                t.documents.c.tenant == principal.tenant,
                t.documents.c.collection == collection,
                t.documents.c.status == "active",
                t.documents.c.is_enabled,
                t.chunks.c.ordinal == 0,
            )
        )
        async with opened(self._database.reader) as connection:
            rows = (await connection.execute(query)).all()
        return {DocumentId(row.document_id): _passage(row) for row in rows}


def _passage(row: Row[Any]) -> Passage:
    return Passage(
        id=row.id,
        document_id=DocumentId(row.document_id),
        version=row.version,
        source=row.source,
        text=row.text,
        start=row.start,
        end=row.end,
        score=1.0,
        heading=tuple(row.heading),
        page=row.page,
    )
