"""The reading side of the registry: lists, versions, stored text, counts, the audit trail."""

from __future__ import annotations

from sqlalchemy import Connection, and_, func, select

from yingda.errors import NotFound
from yingda.knowledge import tables as t
from yingda.knowledge.registry.columns import labels_from
from yingda.knowledge.registry.documents import IS_CURRENT, AnyRow
from yingda.knowledge.registry.records import (
    Change,
    Counts,
    Document,
    DocumentPage,
    DocumentSummary,
    DocumentText,
    VersionSummary,
)
from yingda.knowledge.registry.transaction import read
from yingda.knowledge.types import Chunk
from yingda.storage.sql import Database
from yingda.turns.types import CollectionId, DocumentId, Principal

_VERSION_COUNT = (
    select(func.count())
    .select_from(t.versions)
    .where(t.versions.c.document_id == t.documents.c.id)
    .scalar_subquery()
    .label("version_count")
)

_OF_VERSION = and_(
    t.chunks.c.document_id == t.versions.c.document_id, t.chunks.c.version == t.versions.c.version
)


class Shelf:
    """What may be read of the registry; takes no write lock, so it never waits for an ingest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def documents(
        self, principal: Principal, collection: CollectionId, *, limit: int = 20, offset: int = 0
    ) -> DocumentPage:
        """Living documents, latest change first, ties by id."""
        living = and_(
            t.documents.c.tenant == principal.tenant,
            t.documents.c.collection == collection,
            t.documents.c.status == "active",
        )
        page = (
            select(t.documents, _VERSION_COUNT)
            .where(living)
            .order_by(t.documents.c.updated_at.desc(), t.documents.c.id)
            .limit(limit)
            .offset(offset)
        )

        def found(connection: Connection) -> DocumentPage:
            total = connection.scalar(select(func.count()).select_from(t.documents).where(living))
            rows = connection.execute(page)
            return DocumentPage(items=tuple(map(_summary, rows)), total=total or 0)

        return await read(self._database, found)

    async def document(self, principal: Principal, document_id: DocumentId) -> Document:
        """A living document with its versions; raises `NotFound`."""
        mine = and_(
            t.documents.c.id == document_id,
            t.documents.c.tenant == principal.tenant,
            t.documents.c.status == "active",
        )
        versions = (
            select(t.versions)
            .where(t.versions.c.document_id == document_id)
            .order_by(t.versions.c.version.desc())
        )

        def found(connection: Connection) -> Document:
            row = connection.execute(select(t.documents, _VERSION_COUNT).where(mine)).one_or_none()
            if row is None:
                raise NotFound(f"no document {document_id}")
            return Document(
                summary=_summary(row), versions=tuple(map(_version, connection.execute(versions)))
            )

        return await read(self._database, found)

    async def text(
        self, principal: Principal, document_id: DocumentId, version: int | None = None
    ) -> DocumentText:
        """The stored text of a version, by default the current one; raises `NotFound`.

        Archived versions can be read as long as the document lives: older answers cite them.
        """
        wanted = t.documents.c.current_version if version is None else version
        query = (
            select(t.documents.c.source, t.versions)
            .join(t.versions, t.versions.c.document_id == t.documents.c.id)
            .where(
                t.documents.c.id == document_id,
                t.documents.c.tenant == principal.tenant,
                t.documents.c.status == "active",
                t.versions.c.version == wanted,
            )
        )
        row = await read(self._database, lambda connection: connection.execute(query).one_or_none())
        if row is None:
            raise NotFound(f"no version {version} of document {document_id}")
        return DocumentText(
            document_id=document_id,
            version=row.version,
            source=row.source,
            title=row.title,
            media_type=row.media_type,
            text=row.text,
        )

    async def around(
        self, principal: Principal, document_id: DocumentId, at: int, limit: int
    ) -> tuple[Chunk, ...]:
        """The current version's chunks that begin nearest to a place in its text, nearest first.

        Nothing of a document that is gone.
        """
        current = (t.documents.c.id == document_id, t.documents.c.tenant == principal.tenant)
        nearest = (
            select(t.chunks, t.documents.c.source)
            .join(t.versions, _OF_VERSION)
            .join(t.documents, IS_CURRENT)
            .where(*current, t.documents.c.status == "active")
            .order_by(func.abs(t.chunks.c.start - at), t.chunks.c.ordinal)
            .limit(limit)
        )

        def found(connection: Connection) -> tuple[Chunk, ...]:
            rows = connection.execute(nearest).all()
            if not rows:
                return ()
            first, last = min(row.start for row in rows), max(row.end for row in rows)
            text = connection.scalar(
                select(func.substr(t.versions.c.text, first + 1, last - first)).where(
                    t.versions.c.document_id == document_id, t.versions.c.version == rows[0].version
                )
            )
            return tuple(_chunk(row, text or "", first) for row in rows)

        return await read(self._database, found)

    async def counts(self, principal: Principal, collection: CollectionId) -> Counts:
        """How many living documents there are, and how many chunks their current versions have."""
        query = (
            select(func.count().label("documents"), func.sum(t.versions.c.chunk_count).label("chunks"))
            .select_from(t.documents)
            .join(t.versions, IS_CURRENT)
            .where(
                t.documents.c.tenant == principal.tenant,
                t.documents.c.collection == collection,
                t.documents.c.status == "active",
            )
        )
        row = await read(self._database, lambda connection: connection.execute(query).one())
        return Counts(documents=row.documents, chunks=int(row.chunks or 0))

    async def of_origin(
        self, principal: Principal, collection: CollectionId, origin: str
    ) -> dict[str, DocumentId]:
        """The living documents that came from that watched folder, by source."""
        query = select(t.documents.c.source, t.documents.c.id).where(
            t.documents.c.tenant == principal.tenant,
            t.documents.c.collection == collection,
            t.documents.c.status == "active",
            t.documents.c.origin == origin,
        )
        rows = await read(self._database, lambda connection: connection.execute(query).all())
        return {row.source: row.id for row in rows}

    async def changes(self, principal: Principal, document_id: DocumentId) -> tuple[Change, ...]:
        """The document's audit trail, oldest first; still there when the document is not."""
        query = (
            select(t.changes)
            .where(t.changes.c.tenant == principal.tenant, t.changes.c.document_id == document_id)
            .order_by(t.changes.c.id)
        )
        rows = await read(self._database, lambda connection: connection.execute(query).all())
        return tuple(
            Change(
                document_id=row.document_id,
                source=row.source,
                version=row.version,
                change=row.change,
                key_id=row.key_id,
                at=row.at,
            )
            for row in rows
        )


def _chunk(row: AnyRow, text: str, first: int) -> Chunk:
    """`text` is the version's from `first` on."""
    return Chunk(
        id=row.id,
        document_id=row.document_id,
        version=row.version,
        source=row.source,
        ordinal=row.ordinal,
        start=row.start,
        end=row.end,
        text=text[row.start - first : row.end - first],
        heading=tuple(row.heading),
        page=row.page,
    )


def _summary(row: AnyRow) -> DocumentSummary:
    return DocumentSummary(
        document_id=row.id,
        source=row.source,
        status=row.status,
        current_version=row.current_version,
        version_count=row.version_count,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _version(row: AnyRow) -> VersionSummary:
    return VersionSummary(
        version=row.version,
        status=row.status,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        chunk_count=row.chunk_count,
        media_type=row.media_type,
        page_count=row.page_count,
        labels=labels_from(row),
        created_at=row.created_at,
    )
