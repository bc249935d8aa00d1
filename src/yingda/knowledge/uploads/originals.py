"""The bytes as they were sent, in parts: a large file never holds the database's one writer up for long."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy import and_, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from yingda.errors import NotFound
from yingda.knowledge import tables as t
from yingda.knowledge.registry.collections import TAKES_NAME
from yingda.knowledge.registry.transaction import transaction
from yingda.storage.sql import Database
from yingda.turns.types import DocumentId

PART_BYTES = 1024 * 1024


async def write(database: Database, document_id: DocumentId, data: bytes) -> None:
    """Keep the bytes in the place of others; a transaction a part.

    Raises `NotFound` once the document is deleted: nothing may be kept of it any more.
    """
    async with transaction(database.engine) as connection:
        await connection.execute(delete(t.originals).where(t.originals.c.document_id == document_id))
    for part, start in enumerate(range(0, len(data), PART_BYTES)):
        row = {"document_id": document_id, "part": part, "data": data[start : start + PART_BYTES]}
        async with transaction(database.engine) as connection:
            await _hold(connection, document_id)
            await connection.execute(insert(t.originals).values(row))


async def read(database: Database, document_id: DocumentId, part_count: int) -> AsyncIterator[bytes]:
    """Part by part; whoever asked has checked that they may."""
    for part in range(part_count):
        wanted = select(t.originals.c.data).where(
            t.originals.c.document_id == document_id, t.originals.c.part == part
        )
        async with transaction(database.reader) as connection:
            data = await connection.scalar(wanted)
        if data is None:
            return
        yield data


async def _hold(connection: AsyncConnection, document_id: DocumentId) -> None:
    """Keep deletion waiting until the end of the transaction."""
    living = and_(t.documents.c.id == document_id, t.documents.c.status.in_(TAKES_NAME))
    if await connection.scalar(select(t.documents.c.id).where(living).with_for_update()) is None:
        raise NotFound(f"no document {document_id}")


def part_count(size_bytes: int) -> int:
    """How many parts so many bytes make."""
    return -(-size_bytes // PART_BYTES)
