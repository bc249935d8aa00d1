"""What an index folder holds of the registry, and what it still lacks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Select, and_, case, delete, false, insert, null, or_, select

from yingda.knowledge import tables as t
from yingda.knowledge.registry.documents import IS_CURRENT, AnyRow, raise_revision
from yingda.knowledge.registry.records import Pending
from yingda.knowledge.registry.transaction import transaction
from yingda.knowledge.types import Chunk
from yingda.storage.sql import Database
from yingda.turns.types import CollectionId, DocumentId


class IndexState:
    """The registry as the keeper of one index sees it: every tenant's documents, and only their state.

    `index_name` tells index folders apart that serve the same database.
    """

    def __init__(self, database: Database, index_name: str) -> None:
        self._database = database
        self._name = index_name

    async def pending(self, only: Collection[DocumentId] | None = None) -> list[Pending]:
        """Documents whose entry differs from the registry, by id; all of them, or those among `only`."""
        query = self._compared().where(
            or_(
                and_(t.documents.c.status == "active", t.index_entries.c.version.is_(None)),
                and_(
                    t.documents.c.status == "active",
                    t.index_entries.c.version != t.documents.c.current_version,
                ),
                and_(t.documents.c.status == "deleted", t.index_entries.c.version.is_not(None)),
            )
        )
        if only is not None:
            query = query.where(t.documents.c.id.in_(only))
        return await self._read(query)

    async def without_vectors(self, limit: int) -> list[Pending]:
        """Documents that can be found by words only, indexed while no embedding was to be had."""
        query = self._compared().where(
            t.documents.c.status == "active",
            t.index_entries.c.version == t.documents.c.current_version,
            t.index_entries.c.has_vectors == false(),
        )
        return await self._read(query.limit(limit))

    async def chunks(self, pending: Pending) -> tuple[Chunk, ...]:
        """The chunks of that version, in order; none for a document that must go."""
        if pending.version is None:
            return ()
        version = and_(
            t.versions.c.document_id == pending.document_id, t.versions.c.version == pending.version
        )
        whole = select(t.documents.c.source, t.versions.c.text).join(
            t.versions, t.versions.c.document_id == t.documents.c.id
        )
        pieces = (
            select(t.chunks)
            .where(t.chunks.c.document_id == pending.document_id, t.chunks.c.version == pending.version)
            .order_by(t.chunks.c.ordinal)
        )
        async with transaction(self._database.reader) as connection:
            document = (await connection.execute(whole.where(version))).one()
            rows = (await connection.execute(pieces)).all()
        return tuple(_chunk(row, document.source, document.text) for row in rows)

    async def mark(self, done: Sequence[Pending], with_vectors: Collection[DocumentId]) -> None:
        """Note what the index holds now, and raise the revisions of the collections concerned.

        The revision grows when the registry changes and again here: what was answered and cached in between,
        from the index as it was before, is never served again.
        """
        held = [one for one in done if one.version is not None]
        async with transaction(self._database.engine) as connection:
            for tenant, collection in sorted({(one.tenant, one.collection) for one in done}):
                await raise_revision(connection, tenant, collection)
            await connection.execute(self._entries([one.document_id for one in done]))
            if held:
                await connection.execute(
                    insert(t.index_entries),
                    [
                        {
                            "index_name": self._name,
                            "document_id": one.document_id,
                            "version": one.version,
                            "has_vectors": one.document_id in with_vectors,
                        }
                        for one in held
                    ],
                )

    async def forget(self) -> None:
        """The index is empty: everything is pending again."""
        async with transaction(self._database.engine) as connection:
            await connection.execute(
                delete(t.index_entries).where(t.index_entries.c.index_name == self._name)
            )

    async def revisions(self) -> dict[tuple[str, CollectionId], int]:
        """The revision of every collection of every tenant."""
        async with transaction(self._database.reader) as connection:
            rows = await connection.execute(
                select(t.collections.c.tenant, t.collections.c.name, t.collections.c.revision)
            )
            return {(row.tenant, row.name): row.revision for row in rows}

    def _compared(self) -> Select[*tuple[Any, ...]]:
        entry = and_(
            t.index_entries.c.document_id == t.documents.c.id, t.index_entries.c.index_name == self._name
        )
        version = case((t.documents.c.status == "active", t.documents.c.current_version), else_=null())
        return (
            select(
                t.documents.c.tenant,
                t.documents.c.collection,
                t.documents.c.id,
                version.label("version"),
                t.versions.c.chunk_count,
            )
            .join(t.versions, IS_CURRENT)
            .outerjoin(t.index_entries, entry)
            .order_by(t.documents.c.id)
        )

    async def _read(self, query: Select[*tuple[Any, ...]]) -> list[Pending]:
        async with transaction(self._database.reader) as connection:
            return [_pending(row) for row in await connection.execute(query)]

    def _entries(self, document_ids: Iterable[DocumentId]) -> Any:
        return delete(t.index_entries).where(
            t.index_entries.c.index_name == self._name, t.index_entries.c.document_id.in_(document_ids)
        )


def _pending(row: AnyRow) -> Pending:
    return Pending(
        tenant=row.tenant,
        collection=row.collection,
        document_id=row.id,
        version=row.version,
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
