"""What an index folder holds of the registry, and what it still lacks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    and_,
    case,
    delete,
    func,
    insert,
    not_,
    null,
    or_,
    select,
    tuple_,
    update,
)

from yingda.knowledge import tables as t
from yingda.knowledge.registry.collections import raise_revision
from yingda.knowledge.registry.documents import IS_CURRENT, AnyRow
from yingda.knowledge.registry.records import Pending
from yingda.knowledge.registry.transaction import read, write
from yingda.knowledge.types import Chunk
from yingda.storage.sql import Database
from yingda.turns.types import CollectionId, DocumentId

Scope = tuple[str, CollectionId]
"""A tenant and one of its collections."""

_IS_ACTIVE = and_(t.documents.c.status == "active", t.documents.c.is_enabled)
_IS_INDEXED = t.index_entries.c.version == t.documents.c.current_version


class IndexState:
    """The registry as the keeper of one index sees it: every tenant's documents, and only their state.

    `index_name` tells index folders apart that serve the same database.
    """

    def __init__(self, database: Database, index_name: str) -> None:
        self._database = database
        self._name = index_name

    async def pending(self, only: Collection[DocumentId] | None = None) -> list[Pending]:
        """Documents whose entry differs from the registry; all of them, or those among `only`.

        In the order of tenant, collection, id.
        """
        entry = t.index_entries.c.version
        query = self._compared().where(
            or_(
                and_(_IS_ACTIVE, or_(entry.is_(None), entry != t.documents.c.current_version)),
                and_(not_(_IS_ACTIVE), entry.is_not(None)),
            )
        )
        return await self._read(query, only)

    async def without_vectors(
        self, only: Collection[DocumentId] | None = None, *, limit: int = 1000
    ) -> list[Pending]:
        """Indexed documents that can be found by their words only, no embedding having been at hand."""
        vectors = t.index_entries.c.vector_version
        query = self._compared().where(
            _IS_ACTIVE, _IS_INDEXED, or_(vectors.is_(None), vectors != t.documents.c.current_version)
        )
        return await self._read(query.limit(limit), only)

    async def chunks(self, pending: Pending) -> tuple[Chunk, ...]:
        """The chunks of that version, in order; none for a document that must go."""
        if pending.version is None:
            return ()
        whole = (
            select(t.documents.c.source, t.versions.c.text)
            .join(t.versions, t.versions.c.document_id == t.documents.c.id)
            .where(t.documents.c.id == pending.document_id, t.versions.c.version == pending.version)
        )
        pieces = (
            select(t.chunks)
            .where(t.chunks.c.document_id == pending.document_id, t.chunks.c.version == pending.version)
            .order_by(t.chunks.c.ordinal)
        )

        def found(connection: Connection) -> tuple[Chunk, ...]:
            document = connection.execute(whole).one()
            rows = connection.execute(pieces)
            return tuple(_chunk(row, document.source, document.text) for row in rows)

        return await read(self._database, found)

    async def dictionaries(self, only: Collection[Scope] | None = None) -> dict[Scope, tuple[str, ...]]:
        """The own words of all collections, or of `only` these."""
        query = select(t.collections.c.tenant, t.collections.c.name, t.collections.c.words)
        if only is not None:
            query = query.where(tuple_(t.collections.c.tenant, t.collections.c.name).in_(only))
        rows = await read(self._database, lambda connection: connection.execute(query).all())
        return {(row.tenant, row.name): tuple(row.words) for row in rows}

    async def mark(self, done: Sequence[Pending], words: Sequence[str] | None = None) -> None:
        """Note what the index holds now, and raise the revisions of the collections concerned.

        `words` are those that documents of one collection were written with: where the collection has others
        by now, the documents stay pending.

        The revision grows when the registry changes and again here: what was answered and cached in between,
        from the index as it was before, is never served again.
        """
        held = [
            {
                "index_name": self._name,
                "document_id": one.document_id,
                "version": one.version,
                "vector_version": one.vector_version,
            }
            for one in done
            if one.version is not None
        ]
        scopes = sorted({(one.tenant, one.collection) for one in done})
        before = delete(t.index_entries).where(
            t.index_entries.c.index_name == self._name,
            t.index_entries.c.document_id.in_([one.document_id for one in done]),
        )

        def note(connection: Connection) -> None:
            entries = held
            for tenant, collection in scopes:
                raise_revision(connection, tenant, collection)
                if words is not None and tuple(words) != _words(connection, tenant, collection):
                    entries = [{**entry, "version": 0} for entry in held]
            connection.execute(before)
            if entries:
                connection.execute(insert(t.index_entries), entries)

        await write(self._database, note, is_lasting=False)  # forgotten, it is written to the index again

    async def forget(self) -> None:
        """The index is empty: everything is pending again; the vectors stay what they are."""
        emptied = update(t.index_entries).where(t.index_entries.c.index_name == self._name).values(version=0)
        await write(self._database, lambda connection: connection.execute(emptied))

    async def forget_vectors(self, tenant: str, collection: CollectionId) -> None:
        """The collection's vectors were dropped."""
        inside = select(t.documents.c.id).where(
            t.documents.c.tenant == tenant, t.documents.c.collection == collection
        )
        dropped = (
            update(t.index_entries)
            .where(t.index_entries.c.index_name == self._name, t.index_entries.c.document_id.in_(inside))
            .values(vector_version=None)
        )
        await write(self._database, lambda connection: connection.execute(dropped))

    async def chunk_counts(self) -> dict[Scope, int]:
        """How many chunks the index must hold of each collection, if its entries are true."""
        query = (
            select(t.documents.c.tenant, t.documents.c.collection, func.sum(t.versions.c.chunk_count))
            .join(t.index_entries, t.index_entries.c.document_id == t.documents.c.id)
            .join(
                t.versions,
                and_(
                    t.versions.c.document_id == t.documents.c.id,
                    t.versions.c.version == t.index_entries.c.version,
                ),
            )
            .where(t.index_entries.c.index_name == self._name)
            .group_by(t.documents.c.tenant, t.documents.c.collection)
        )
        rows = await read(self._database, lambda connection: connection.execute(query).all())
        return {(row[0], row[1]): int(row[2]) for row in rows}

    async def revisions(self) -> dict[Scope, int]:
        """The revision of every collection of every tenant."""
        query = select(t.collections.c.tenant, t.collections.c.name, t.collections.c.revision)
        rows = await read(self._database, lambda connection: connection.execute(query).all())
        return {(row.tenant, row.name): row.revision for row in rows}

    def _compared(self) -> Select[*tuple[Any, ...]]:
        entry = and_(
            t.index_entries.c.document_id == t.documents.c.id, t.index_entries.c.index_name == self._name
        )
        version = case((_IS_ACTIVE, t.documents.c.current_version), else_=null())
        return (
            select(
                t.documents.c.tenant,
                t.documents.c.collection,
                t.documents.c.id,
                version.label("version"),
                t.index_entries.c.vector_version,
                t.versions.c.chunk_count,
            )
            .join(t.versions, IS_CURRENT)
            .outerjoin(t.index_entries, entry)
            .order_by(t.documents.c.tenant, t.documents.c.collection, t.documents.c.id)
        )

    async def _read(
        self, query: Select[*tuple[Any, ...]], only: Collection[DocumentId] | None
    ) -> list[Pending]:
        if only is not None:
            query = query.where(t.documents.c.id.in_(only))
        return [_pending(row) for row in await read(self._database, lambda c: c.execute(query).all())]


def _words(connection: Connection, tenant: str, collection: str) -> tuple[str, ...]:
    found = connection.scalar(
        select(t.collections.c.words).where(
            t.collections.c.tenant == tenant, t.collections.c.name == collection
        )
    )
    return tuple(found or ())


def _pending(row: AnyRow) -> Pending:
    return Pending(
        tenant=row.tenant,
        collection=row.collection,
        document_id=row.id,
        version=row.version,
        vector_version=row.vector_version,
        chunk_count=row.chunk_count,
    )


def _chunk(row: AnyRow, source: str, text: str) -> Chunk:
    return Chunk(
        id=row.id,
        document_id=row.document_id,
        version=row.version,
        source=source,
        ordinal=row.ordinal,
        start=row.start,
        end=row.end,
        text=text[row.start : row.end],
        heading=tuple(row.heading),
        page=row.page,
    )
