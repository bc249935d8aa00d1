"""Documents, their versions and their collection's revision, each tenant by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, update

from yingda.errors import InvalidRequest, NotFound
from yingda.knowledge import tables as t
from yingda.knowledge.registry.collections import TAKES_NAME, free_name, lock_collection, raise_revision
from yingda.knowledge.registry.columns import LABELS, chunk_rows, label_values, labels_from
from yingda.knowledge.registry.records import (
    Current,
    Deleted,
    Fingerprint,
    Labels,
    NewVersion,
    Place,
)
from yingda.knowledge.registry.transaction import read, write
from yingda.storage.sql import Database
from yingda.turns.clock import Clock
from yingda.turns.types import CollectionId, DocumentId, Principal

MAX_NAME_CHARS = 128
AnyRow = Row[*tuple[Any, ...]]
IS_CURRENT = and_(
    t.versions.c.document_id == t.documents.c.id, t.versions.c.version == t.documents.c.current_version
)


class Overtaken(Exception):
    """Another upload took the place that this one was made for; `current` is what stands there now."""

    def __init__(self, current: Current | None) -> None:
        super().__init__("another upload of the same source came first")
        self.current = current


class Documents:
    """The writing side of the registry.

    Each method is one short transaction. It locks the collection's row first, so that on both engines two
    writers of one collection come one after the other, and raises the collection's revision if it changes
    anything.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def current(self, principal: Principal, collection: CollectionId, source: str) -> Current | None:
        """The living document known by that source."""

        def found(connection: Connection) -> Current | None:
            return _current(connection, _living(principal, collection, source))

        return await read(self._database, found)

    async def behind(self, principal: Principal, document_id: DocumentId) -> Current | None:
        """The living document of that id; None while it is reserved. Raises `NotFound`."""

        def found(connection: Connection) -> Current | None:
            _collection_of(connection, principal, document_id)
            return _current(connection, _mine(principal, document_id))

        return await read(self._database, found)

    async def put(self, principal: Principal, collection: CollectionId, new: NewVersion) -> None:
        """Make the upload its document's current version and archive the one before.

        Raises `Overtaken`, having changed nothing, if `new.place` is no longer the next one of the source,
        and `NotFound` if the id that the document was to have was deleted.
        """
        is_mine = _mine(principal, new.place.document_id)
        which = is_mine if new.is_reserved else _living(principal, collection, new.source)

        def put(connection: Connection) -> None:
            lock_collection(connection, principal.tenant, collection)
            current = _current(connection, which)
            is_next = new.place == current.next if current else new.place.version == 1
            if not is_next:
                raise Overtaken(current)
            self._put_document(connection, principal, collection, new)
            self._put_version(connection, new)
            self._record(
                connection, principal, collection, new.place, new.source, "replaced" if current else "added"
            )
            raise_revision(connection, principal.tenant, collection)

        await write(self._database, put)

    async def relabel(
        self, principal: Principal, collection: CollectionId, source: str, labels: Labels, origin: str | None
    ) -> None:
        """Give the current version other labels and the document another origin, the bytes being the same."""

        def relabel(connection: Connection) -> None:
            lock_collection(connection, principal.tenant, collection)
            current = _current(connection, _living(principal, collection, source))
            if current is None or (current.labels, current.origin) == (labels, origin):
                return
            connection.execute(
                update(t.versions)
                .where(
                    t.versions.c.document_id == current.document_id, t.versions.c.version == current.version
                )
                .values(label_values(labels))
            )
            connection.execute(
                update(t.documents)
                .where(t.documents.c.id == current.document_id)
                .values(origin=origin, updated_at=self._clock.now())
            )
            place = Place(document_id=current.document_id, version=current.version)
            self._record(connection, principal, collection, place, source, "relabelled")
            raise_revision(connection, principal.tenant, collection)

        await write(self._database, relabel)

    async def delete(self, principal: Principal, document_id: DocumentId) -> Deleted:
        """End the document and erase what it said; its audit trail stays. Raises `NotFound`."""

        def delete(connection: Connection) -> Deleted:
            collection = _collection_of(connection, principal, document_id)
            lock_collection(connection, principal.tenant, collection)
            row = _living_document(connection, principal, document_id)
            self._erase(connection, document_id)
            place = Place(document_id=document_id, version=row.current_version)
            self._record(connection, principal, collection, place, row.source, "deleted")
            raise_revision(connection, principal.tenant, collection)
            return Deleted(
                document_id=document_id,
                collection=collection,
                source=row.source,
                chunk_count=row.chunk_count or 0,
            )

        return await write(self._database, delete)

    async def rename(self, principal: Principal, document_id: DocumentId, wanted: str) -> str:
        """Give the document the name, or the next one that is free; which one. Raises `NotFound`.

        Every index must write the document again. Raises `InvalidRequest` where a watched folder names it.
        """

        def rename(connection: Connection) -> str:
            collection = _collection_of(connection, principal, document_id)
            lock_collection(connection, principal.tenant, collection)
            row = _living_document(connection, principal, document_id)
            if row.origin is not None:
                raise InvalidRequest("the document has the name of its file in a watched folder")
            scope = (principal.tenant, collection)
            name = free_name(connection, scope, wanted, MAX_NAME_CHARS, document_id)
            self._amend(connection, document_id, {"source": name})
            connection.execute(
                update(t.index_entries)
                .where(t.index_entries.c.document_id == document_id)
                .values(version=0, vector_version=None)
            )
            place = Place(document_id=document_id, version=row.current_version)
            self._record(connection, principal, collection, place, name, "renamed")
            raise_revision(connection, principal.tenant, collection)
            return name

        return await write(self._database, rename)

    async def enable(self, principal: Principal, document_id: DocumentId, *, is_enabled: bool) -> None:
        """Let indexes hold the document, or let them drop it. Raises `NotFound`."""

        def enable(connection: Connection) -> None:
            collection = _collection_of(connection, principal, document_id)
            lock_collection(connection, principal.tenant, collection)
            row = _living_document(connection, principal, document_id)
            self._amend(connection, document_id, {"is_enabled": is_enabled})
            place = Place(document_id=document_id, version=row.current_version)
            change = "enabled" if is_enabled else "disabled"
            self._record(connection, principal, collection, place, row.source, change)
            raise_revision(connection, principal.tenant, collection)

        await write(self._database, enable)

    def _amend(self, connection: Connection, document_id: DocumentId, values: Mapping[str, object]) -> None:
        connection.execute(
            update(t.documents)
            .where(t.documents.c.id == document_id)
            .values(**values, updated_at=self._clock.now())
        )

    def _put_document(
        self, connection: Connection, principal: Principal, collection: CollectionId, new: NewVersion
    ) -> None:
        now = self._clock.now()
        changed = {"current_version": new.place.version, "origin": new.origin, "updated_at": now}
        if new.place.version > 1:
            connection.execute(
                update(t.versions)
                .where(t.versions.c.document_id == new.place.document_id, t.versions.c.status == "active")
                .values(status="archived")
            )
            connection.execute(
                update(t.documents).where(t.documents.c.id == new.place.document_id).values(changed)
            )
            return
        if new.is_reserved:
            _fill_reserved(connection, principal, collection, new, changed)
            return
        connection.execute(
            insert(t.documents).values(
                id=new.place.document_id,
                tenant=principal.tenant,
                collection=collection,
                source=new.source,
                status="active",
                created_at=now,
                **changed,
            )
        )

    def _put_version(self, connection: Connection, new: NewVersion) -> None:
        connection.execute(
            insert(t.versions).values(
                document_id=new.place.document_id,
                version=new.place.version,
                status="active",
                sha256=new.fingerprint.sha256,
                recipe=new.fingerprint.recipe,
                size_bytes=new.size_bytes,
                text=new.parsed.text,
                title=new.parsed.title,
                media_type=new.parsed.media_type,
                encoding=new.parsed.encoding,
                page_count=new.parsed.page_count,
                chunk_count=len(new.chunks),
                created_at=self._clock.now(),
                **label_values(new.labels),
            )
        )
        if new.chunks:
            connection.execute(insert(t.chunks), chunk_rows(new))

    def _erase(self, connection: Connection, document_id: DocumentId) -> None:
        self._amend(connection, document_id, {"status": "deleted"})
        connection.execute(
            update(t.versions)
            .where(t.versions.c.document_id == document_id)
            .values(status="deleted", text="", title=None)
        )
        for table in (t.chunks, t.uploads, t.originals):
            connection.execute(delete(table).where(table.c.document_id == document_id))

    def _record(
        self,
        connection: Connection,
        principal: Principal,
        collection: CollectionId,
        place: Place,
        source: str,
        change: str,
    ) -> None:
        connection.execute(
            insert(t.changes).values(
                tenant=principal.tenant,
                collection=collection,
                document_id=place.document_id,
                version=place.version,
                source=source,
                change=change,
                key_id=principal.key_id,
                at=self._clock.now(),
            )
        )


def _living(principal: Principal, collection: CollectionId, source: str) -> ColumnElement[bool]:
    return and_(
        t.documents.c.tenant == principal.tenant,
        t.documents.c.collection == collection,
        t.documents.c.source == source,
        t.documents.c.status == "active",
    )


def _mine(principal: Principal, document_id: DocumentId) -> ColumnElement[bool]:
    return and_(
        t.documents.c.tenant == principal.tenant,
        t.documents.c.id == document_id,
        t.documents.c.status == "active",
    )


def _fill_reserved(
    connection: Connection,
    principal: Principal,
    collection: CollectionId,
    new: NewVersion,
    changed: Mapping[str, object],
) -> None:
    """The name may have been given away while the file waited: then the document takes the next free one."""
    place = and_(t.documents.c.id == new.place.document_id, t.documents.c.status == "reserved")
    wanted = connection.scalar(select(t.documents.c.source).where(place))
    if wanted is None:
        raise NotFound(f"no document {new.place.document_id}")
    scope = (principal.tenant, collection)
    name = free_name(connection, scope, wanted, MAX_NAME_CHARS, new.place.document_id)
    connection.execute(update(t.documents).where(place).values(**changed, source=name, status="active"))


def _current(connection: Connection, which: ColumnElement[bool]) -> Current | None:
    columns = (
        t.documents.c.id,
        t.documents.c.origin,
        t.versions.c.version,
        t.versions.c.sha256,
        t.versions.c.recipe,
        t.versions.c.chunk_count,
        *LABELS,
    )
    found = connection.execute(select(*columns).join(t.versions, IS_CURRENT).where(which))
    row = found.one_or_none()
    if row is None:
        return None
    return Current(
        document_id=row.id,
        version=row.version,
        fingerprint=Fingerprint(sha256=row.sha256, recipe=row.recipe),
        labels=labels_from(row),
        origin=row.origin,
        chunk_count=row.chunk_count,
    )


def _collection_of(connection: Connection, principal: Principal, document_id: DocumentId) -> CollectionId:
    found: CollectionId | None = connection.scalar(
        select(t.documents.c.collection).where(
            t.documents.c.id == document_id,
            t.documents.c.tenant == principal.tenant,
            t.documents.c.status.in_(TAKES_NAME),
        )
    )
    if found is None:
        raise NotFound(f"no document {document_id}")
    return found


def _living_document(connection: Connection, principal: Principal, document_id: DocumentId) -> AnyRow:
    found = connection.execute(
        select(
            t.documents.c.source,
            t.documents.c.origin,
            t.documents.c.current_version,
            t.versions.c.chunk_count,
        )
        .outerjoin(t.versions, IS_CURRENT)
        .where(
            t.documents.c.id == document_id,
            t.documents.c.tenant == principal.tenant,
            t.documents.c.status.in_(TAKES_NAME),
        )
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound(f"no document {document_id}")
    return row
