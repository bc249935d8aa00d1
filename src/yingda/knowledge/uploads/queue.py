"""The queue as its workers see it: one owner at a time, for as long as it gives signs of life."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Update, select, update

from yingda.knowledge import tables as t
from yingda.knowledge.registry.transaction import read, write
from yingda.knowledge.uploads import originals
from yingda.knowledge.uploads.records import OPEN_STATES, Claimed, UploadState
from yingda.knowledge.uploads.uploads import same_bytes
from yingda.storage.sql import Database
from yingda.turns.clock import Clock
from yingda.turns.types import DocumentId, Principal


class ClaimLost(Exception):
    """The upload is another worker's by now, or was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueConfig:
    """A worker that was not heard of for `lease_s` is taken for dead, and its upload is taken up again."""

    lease_s: float = 15.0


class UploadQueue:
    """What waits, in the order in which it came.

    Taken by compare-and-set; every write of a worker that comes too late raises `ClaimLost`.
    """

    def __init__(self, database: Database, clock: Clock, config: QueueConfig | None = None) -> None:
        self._database = database
        self._clock = clock
        self._config = config or QueueConfig()

    async def claim(self) -> Claimed | None:
        """Take the first upload that nobody has; None where there is none."""
        # Looked for without the write lock: most looks find nothing.
        while (row := await self._first()) is not None:
            claimed = await self._take(row)
            if claimed is not None:
                return claimed
        return None

    async def renew(self, claimed: Claimed) -> None:
        """A sign of life."""
        await self._write(claimed, {"free_at": self._lease()})

    async def advance(self, claimed: Claimed, state: UploadState, progress: int) -> None:
        """How far it is, in percent."""
        await self._write(claimed, {"state": state, "progress": progress, "free_at": self._lease()})

    async def keep(self, claimed: Claimed, data: bytes, *, final_url: str, suffix: str) -> Claimed:
        """Keep what was fetched, so that it is fetched once; returns the upload as it is now."""
        await originals.write(self._database, claimed.document_id, data)
        sha256 = hashlib.sha256(data).hexdigest()

        def duplicate(connection: Connection) -> DocumentId | None:
            mine = (claimed.principal, claimed.collection)
            return same_bytes(connection, *mine, sha256, claimed.document_id)

        values = {
            "final_url": final_url,
            "suffix": suffix,
            "size_bytes": len(data),
            "sha256": sha256,
            "duplicate_of": await read(self._database, duplicate),
        }
        await self._write(claimed, values)
        return replace(claimed, suffix=suffix, size_bytes=len(data), sha256=sha256)

    async def original(self, claimed: Claimed) -> bytes:
        """What the document is to be made of; shorter than it was sent if it never came whole."""
        count = originals.part_count(claimed.size_bytes or 0)
        parts = [part async for part in originals.read(self._database, claimed.document_id, count)]
        return b"".join(parts)

    async def finish(self, claimed: Claimed, warnings: Sequence[str] | None) -> None:
        """It is a document now; warnings None leaves those of the last time."""
        values: dict[str, object] = {"state": "ready", "progress": 100}
        if warnings is not None:
            values["warnings"] = list(warnings)
        await self._write(claimed, values)

    async def fail(self, claimed: Claimed, code: str, reason: str) -> None:
        """It cannot become one."""
        await self._write(claimed, {"state": "failed", "fail_code": code, "fail_reason": reason})

    async def release(self, claimed: Claimed, after_s: float = 0.0, *, is_its_fault: bool = False) -> None:
        """Queue it again, at its old place, to be taken up no sooner than that.

        A try counts only where the upload itself may be what went wrong.
        """
        values: dict[str, object] = {"state": "queued", "progress": 0, "free_at": self._after(after_s)}
        if not is_its_fault:
            values["tries"] = claimed.tries - 1
        await self._write(claimed, values)

    async def _first(self) -> Row[Any] | None:
        now = self._clock.now()
        first = (
            select(t.uploads, t.documents.c.source)
            .join(t.documents, t.documents.c.id == t.uploads.c.document_id)
            .where(t.uploads.c.state.in_(OPEN_STATES), t.uploads.c.free_at <= now)
            .order_by(t.uploads.c.number)
            .limit(1)
        )
        return await read(self._database, lambda connection: connection.execute(first).one_or_none())

    async def _take(self, row: Row[Any]) -> Claimed | None:
        claimed = _claimed(row)
        values = {
            "state": "parsing",
            "progress": 5,
            "claim": claimed.claim,
            "tries": claimed.tries,
            "free_at": self._lease(),
        }
        mine = (t.uploads.c.number == row.number, t.uploads.c.claim == row.claim)
        still_free = t.uploads.c.free_at <= self._clock.now()
        taken = update(t.uploads).where(*mine, still_free).values(values)
        done = await _write_hastily(self._database, taken)
        return claimed if done else None

    async def _write(self, claimed: Claimed, values: dict[str, object]) -> None:
        mine = (t.uploads.c.number == claimed.number, t.uploads.c.claim == claimed.claim)
        changed = update(t.uploads).where(*mine).values(**values, updated_at=self._clock.now())
        if not await _write_hastily(self._database, changed):
            raise ClaimLost

    def _lease(self) -> datetime:
        return self._after(self._config.lease_s)

    def _after(self, wait_s: float) -> datetime:
        return self._clock.now() + timedelta(seconds=wait_s)


async def _write_hastily(database: Database, change: Update) -> int:
    """How many rows it changed. Whatever a worker had noted and is forgotten, another one does again."""
    return await write(database, lambda connection: connection.execute(change).rowcount, is_lasting=False)


def _claimed(row: Row[Any]) -> Claimed:
    return Claimed(
        number=row.number,
        claim=row.claim + 1,
        tries=row.tries + 1,
        document_id=row.document_id,
        principal=Principal(tenant=row.tenant, key_id=row.key_id, roles=frozenset()),
        collection=row.collection,
        kind=row.kind,
        name=row.source,
        suffix=row.suffix,
        url=row.url,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
    )
