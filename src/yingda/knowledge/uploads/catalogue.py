"""Everything that is or may become a document, in one list, however it came in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, or_, select

from yingda.errors import NotFound
from yingda.knowledge import tables as t
from yingda.knowledge.registry.collections import TAKES_NAME
from yingda.knowledge.registry.documents import IS_CURRENT
from yingda.knowledge.registry.transaction import read
from yingda.knowledge.uploads import originals
from yingda.knowledge.uploads.records import Entry, EntryPage, Original, Wanted
from yingda.storage.sql import Database
from yingda.turns.types import CollectionId, DocumentId, Principal, Provenance

SEARCHABLE = "ready"

_STATE = func.coalesce(t.uploads.c.state, "ready")
_KIND = func.coalesce(t.uploads.c.kind, "file")
_HAS_ORIGINAL = and_(
    t.uploads.c.sha256.is_not(None),
    or_(t.versions.c.sha256.is_(None), t.versions.c.sha256 == t.uploads.c.sha256),
)
"""A version that came in by another way was not made from what is kept."""


class Catalogue:
    """The reading side; takes no write lock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        principal: Principal,
        collection: CollectionId,
        wanted: Wanted,
        *,
        limit: int = 20,
        offset: int = 0,
    ) -> EntryPage:
        """Newest first, ties by id."""
        which = and_(_held(principal), t.documents.c.collection == collection, *_conditions(wanted))
        page = (
            _entries(which)
            .order_by(t.documents.c.created_at.desc(), t.documents.c.id)
            .limit(limit)
            .offset(offset)
        )
        count = _joined(select(func.count())).where(which)

        def found(connection: Connection) -> EntryPage:
            total = connection.scalar(count)
            return EntryPage(items=tuple(map(_entry, connection.execute(page))), total=total or 0)

        return await read(self._database, found)

    async def entry(self, principal: Principal, document_id: DocumentId) -> Entry:
        """One of them; raises `NotFound`."""
        return _entry(await self._one(principal, document_id))

    async def states(self, principal: Principal, document_ids: Sequence[str]) -> dict[str, str]:
        """`ready` for what answers may rest on, else why not; what is not the caller's is left out."""
        which = and_(_held(principal), t.documents.c.id.in_(document_ids))
        query = _joined(
            select(t.documents.c.id, t.documents.c.status, t.documents.c.is_enabled, _STATE.label("state"))
        ).where(which)
        rows = await read(self._database, lambda connection: connection.execute(query).all())
        return {row.id: _searchable(row) for row in rows}

    async def provenances(
        self, principal: Principal, document_ids: Sequence[DocumentId]
    ) -> dict[DocumentId, Provenance]:
        """How each of the caller's documents came in; what is not the caller's is left out."""
        query = _entries(and_(_held(principal), t.documents.c.id.in_(document_ids)))
        rows = await read(self._database, lambda connection: connection.execute(query).all())
        return {
            row.id: Provenance(
                kind=row.kind, url=row.final_url or row.url or "", is_kept=bool(row.has_original)
            )
            for row in rows
        }

    async def char_count(self, principal: Principal, document_id: DocumentId) -> int | None:
        """Code points of the stored text of the current version; None where there is none."""
        length = _joined(select(func.length(t.versions.c.text))).where(
            _held(principal), t.documents.c.id == document_id
        )
        return await read(self._database, lambda connection: connection.scalar(length))

    async def original(self, principal: Principal, document_id: DocumentId) -> Original:
        """What the current version was made from; raises `NotFound` where that is not kept."""
        row = await self._one(principal, document_id)
        if not row.has_original:
            raise NotFound(f"no original of document {document_id} is kept")
        return Original(
            name=row.name,
            suffix=row.suffix,
            size_bytes=row.sent_bytes,
            part_count=originals.part_count(row.sent_bytes),
        )

    def parts(self, document_id: DocumentId, original: Original) -> AsyncIterator[bytes]:
        """The bytes of an original that this caller was given."""
        return originals.read(self._database, document_id, original.part_count)

    async def _one(self, principal: Principal, document_id: DocumentId) -> Row[Any]:
        one = _entries(and_(_held(principal), t.documents.c.id == document_id))
        row: Row[Any] | None = await read(
            self._database, lambda connection: connection.execute(one).one_or_none()
        )
        if row is None:
            raise NotFound(f"no document {document_id}")
        return row


def _held(principal: Principal) -> ColumnElement[bool]:
    return and_(t.documents.c.tenant == principal.tenant, t.documents.c.status.in_(TAKES_NAME))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(_STATE.in_((wanted.state,)))
    if wanted.kind is not None:
        found.append(_KIND.in_((wanted.kind,)))
    if wanted.keyword:
        lowered = func.lower(t.documents.c.source)
        found.append(lowered.contains(wanted.keyword.lower(), autoescape=True))
    if wanted.document_ids is not None:
        found.append(t.documents.c.id.in_(wanted.document_ids))
    return found


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.select_from(t.documents)
        .outerjoin(t.uploads, t.uploads.c.document_id == t.documents.c.id)
        .outerjoin(t.versions, IS_CURRENT)
    )


def _entries(which: ColumnElement[bool]) -> Select[Any]:
    changed = case(
        (t.uploads.c.updated_at > t.documents.c.updated_at, t.uploads.c.updated_at),
        else_=t.documents.c.updated_at,
    )
    columns = (
        t.documents.c.id,
        t.documents.c.source.label("name"),
        t.documents.c.created_at,
        t.documents.c.is_enabled,
        changed.label("updated_at"),
        _KIND.label("kind"),
        _STATE.label("state"),
        func.coalesce(t.uploads.c.progress, 100).label("progress"),
        _HAS_ORIGINAL.label("has_original"),
        func.coalesce(t.versions.c.size_bytes, t.uploads.c.size_bytes).label("size_bytes"),
        func.coalesce(t.versions.c.sha256, t.uploads.c.sha256).label("sha256"),
        t.uploads.c.size_bytes.label("sent_bytes"),
        t.versions.c.page_count,
        t.versions.c.chunk_count,
        t.uploads.c.suffix,
        t.uploads.c.url,
        t.uploads.c.final_url,
        t.uploads.c.duplicate_of,
        t.uploads.c.tags,
        t.uploads.c.language,
        t.uploads.c.client_ref,
        t.uploads.c.fail_code,
        t.uploads.c.fail_reason,
        t.uploads.c.warnings,
    )
    return _joined(select(*columns)).where(which)


def _searchable(row: Row[Any]) -> str:
    """What is read again stays searchable meanwhile."""
    if not row.is_enabled:
        return "disabled"
    return SEARCHABLE if row.status == "active" else str(row.state)


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        document_id=row.id,
        name=row.name,
        kind=row.kind,
        state=row.state,
        progress=row.progress,
        is_enabled=row.is_enabled,
        has_original=bool(row.has_original),
        created_at=row.created_at,
        updated_at=row.updated_at,
        url=row.url or "",
        final_url=row.final_url or "",
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        page_count=row.page_count,
        chunk_count=row.chunk_count,
        fail_code=row.fail_code,
        fail_reason=row.fail_reason,
        duplicate_of=row.duplicate_of,
        tags=tuple(row.tags or ()),
        language=row.language or "",
        client_ref=row.client_ref,
        warnings=tuple(row.warnings or ()),
    )
