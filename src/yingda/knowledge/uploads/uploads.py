"""The door to the knowledge base: an upload has its document id at once, and is read when its turn comes."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, and_, func, insert, select, update

from yingda.errors import InvalidRequest, NotFound, Overloaded
from yingda.knowledge import tables as t
from yingda.knowledge.registry.collections import TAKES_NAME, free_name, lock_collection
from yingda.knowledge.registry.documents import IS_CURRENT, MAX_NAME_CHARS
from yingda.knowledge.registry.transaction import read, write
from yingda.knowledge.uploads import originals
from yingda.knowledge.uploads.records import OPEN_STATES, Accepted, NewUpload
from yingda.storage.sql import Database
from yingda.turns.clock import Clock
from yingda.turns.types import CollectionId, DocumentId, Principal


class QuotaReached(Overloaded):
    """The project has as many documents as it may have, or as many of them wait."""

    code, retryable = "quota_reached", False


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadsConfig:
    """The counts bound one project; an upload whose bytes are not all there after `receive_s` fails."""

    document_count: int = 100_000
    waiting_count: int = 10_000
    receive_s: float = 60.0


class Uploads:
    """Takes uploads in; `arrived` is set whenever there is something to do for the worker."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        arrived: asyncio.Event,
        config: UploadsConfig | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._arrived = arrived
        self._config = config or UploadsConfig()

    async def check_room(self, principal: Principal, collection: CollectionId) -> None:
        """Raises `QuotaReached` where one more would be too many."""
        mine = (t.documents.c.tenant == principal.tenant, t.documents.c.collection == collection)
        held = (
            select(func.count()).select_from(t.documents).where(*mine, t.documents.c.status.in_(TAKES_NAME))
        )
        waiting = select(func.count()).where(
            t.uploads.c.tenant == principal.tenant,
            t.uploads.c.collection == collection,
            t.uploads.c.state.in_(OPEN_STATES),
        )

        def check(connection: Connection) -> None:
            if (connection.scalar(held) or 0) >= self._config.document_count:
                raise QuotaReached("the project has as many documents as it may have")
            if (connection.scalar(waiting) or 0) >= self._config.waiting_count:
                raise QuotaReached("too many documents of the project wait to be read", retry_after_s=60)

        await read(self._database, check)

    async def submit(self, principal: Principal, collection: CollectionId, new: NewUpload) -> Accepted:
        """Queue an upload, durable on return; raises `QuotaReached` and `StoreUnavailable`.

        A `client_ref` that is known gives what came of it, and nothing is queued.
        """
        sha256 = None if new.data is None else await asyncio.to_thread(_digest, new.data)
        await self.check_room(principal, collection)

        def insert_new(connection: Connection) -> tuple[Accepted, bool]:
            lock_collection(connection, principal.tenant, collection)
            if (known := _known(connection, principal, collection, new.client_ref)) is not None:
                return known, False
            duplicate_of = same_bytes(connection, principal, collection, sha256)
            return self._insert(connection, principal, collection, new, sha256, duplicate_of), True

        accepted, is_new = await write(self._database, insert_new)
        if not is_new:
            return accepted
        if new.data is not None:
            await originals.write(self._database, accepted.document_id, new.data)
            await self._set_free(accepted.document_id)
        self._arrived.set()
        return accepted

    async def requeue(self, principal: Principal, document_id: DocumentId) -> None:
        """Have the document made again of what it was made from.

        Raises `NotFound`, and `InvalidRequest` where nothing is kept that it could be made from.
        """
        mine = (t.uploads.c.document_id == document_id, t.uploads.c.tenant == principal.tenant)

        def queue_again(connection: Connection) -> None:
            row = connection.execute(select(t.uploads).where(*mine)).one_or_none()
            if row is None:
                _require(connection, principal, document_id)
                raise InvalidRequest("the original of this document is not kept", field="ctdoc_id")
            if row.state not in OPEN_STATES:
                connection.execute(update(t.uploads).where(*mine).values(self._anew(row.claim)))

        await write(self._database, queue_again)
        self._arrived.set()

    def _anew(self, claim: int) -> dict[str, object]:
        now = self._clock.now()
        return {
            "state": "queued",
            "progress": 0,
            "claim": claim + 1,
            "tries": 0,
            "free_at": now,
            "updated_at": now,
            "fail_code": None,
            "fail_reason": None,
        }

    def _insert(
        self,
        connection: Connection,
        principal: Principal,
        collection: CollectionId,
        new: NewUpload,
        sha256: str | None,
        duplicate_of: DocumentId | None,
    ) -> Accepted:
        scope: dict[str, object] = {"tenant": principal.tenant, "collection": collection}
        name = free_name(connection, (principal.tenant, collection), new.name, MAX_NAME_CHARS)
        document_id = self._reserve(connection, name, scope)
        row = self._row(new) | scope
        connection.execute(
            insert(t.uploads).values(
                **row,
                document_id=document_id,
                key_id=principal.key_id,
                sha256=sha256,
                duplicate_of=duplicate_of,
            )
        )
        return Accepted(
            document_id=document_id,
            name=name,
            state="queued",
            has_original=new.data is not None,
            duplicate_of=duplicate_of,
        )

    def _reserve(self, connection: Connection, name: str, scope: Mapping[str, object]) -> DocumentId:
        now = self._clock.now()
        document_id = DocumentId(secrets.token_hex(16))
        row = {"id": document_id, "source": name, "status": "reserved", "current_version": 0}
        connection.execute(insert(t.documents).values(**row, **scope, created_at=now, updated_at=now))
        return document_id

    def _row(self, new: NewUpload) -> dict[str, object]:
        """The upload by itself; its bytes, if it has any, are still to be written."""
        now = self._clock.now()
        receive_s = self._config.receive_s if new.data is not None else 0.0
        return {
            "kind": new.kind,
            "state": "queued",
            "progress": 0,
            "suffix": new.suffix,
            "url": new.url,
            "final_url": "",
            "size_bytes": None if new.data is None else len(new.data),
            "tags": list(new.tags),
            "language": new.language,
            "client_ref": new.client_ref,
            "warnings": [],
            "claim": 0,
            "tries": 0,
            "free_at": now + timedelta(seconds=receive_s),
            "updated_at": now,
        }

    async def _set_free(self, document_id: DocumentId) -> None:
        all_there = (
            update(t.uploads)
            .where(t.uploads.c.document_id == document_id, t.uploads.c.claim == 0)
            .values(free_at=self._clock.now())
        )
        await write(self._database, lambda connection: connection.execute(all_there))


def same_bytes(
    connection: Connection,
    principal: Principal,
    collection: CollectionId,
    sha256: str | None,
    but: DocumentId | None = None,
) -> DocumentId | None:
    """The oldest other document of the collection that was, or is to be, made of the same bytes."""
    if sha256 is None:
        return None
    other = and_(
        t.documents.c.tenant == principal.tenant,
        t.documents.c.collection == collection,
        t.documents.c.status.in_(TAKES_NAME),
        t.documents.c.id != (but or ""),
    )
    columns = (t.documents.c.created_at, t.documents.c.id)
    made = select(*columns).join(t.versions, IS_CURRENT).where(other, t.versions.c.sha256 == sha256)
    sent = select(*columns).join(t.uploads).where(other, t.uploads.c.sha256 == sha256)
    found = [row for half in (made, sent) for row in connection.execute(half)]
    return min((row.created_at, row.id) for row in found)[1] if found else None


def _known(
    connection: Connection, principal: Principal, collection: CollectionId, client_ref: str | None
) -> Accepted | None:
    if client_ref is None:
        return None
    found = connection.execute(
        select(t.uploads, t.documents.c.source)
        .join(t.documents, t.documents.c.id == t.uploads.c.document_id)
        .where(
            t.uploads.c.tenant == principal.tenant,
            t.uploads.c.collection == collection,
            t.uploads.c.client_ref == client_ref,
        )
    )
    row = found.one_or_none()
    if row is None:
        return None
    return Accepted(
        document_id=row.document_id,
        name=row.source,
        state=row.state,
        has_original=row.sha256 is not None,
        duplicate_of=row.duplicate_of,
    )


def _require(connection: Connection, principal: Principal, document_id: DocumentId) -> None:
    found = connection.scalar(
        select(t.documents.c.id).where(
            t.documents.c.id == document_id,
            t.documents.c.tenant == principal.tenant,
            t.documents.c.status.in_(TAKES_NAME),
        )
    )
    if found is None:
        raise NotFound(f"no document {document_id}")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
