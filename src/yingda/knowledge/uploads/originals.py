"""The bytes as they were sent, in parts: a large file never holds the database's one writer up for long."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import partial

from sqlalchemy import Connection, and_, delete, insert, select

from yingda.errors import NotFound
from yingda.knowledge import tables as t
from yingda.knowledge.registry import transaction
from yingda.knowledge.registry.collections import TAKES_NAME
from yingda.storage.sql import Database
from yingda.turns.types import DocumentId

PART_BYTES = 1024 * 1024


async def write(database: Database, document_id: DocumentId, data: bytes) -> None:
    """Keep the bytes in the place of others; a transaction a part.

    Raises `NotFound` once the document is deleted: nothing may be kept of it any more.
    """
    forgotten = delete(t.originals).where(t.originals.c.document_id == document_id)
    await transaction.write(database, lambda connection: connection.execute(forgotten))
    for part, start in enumerate(range(0, len(data), PART_BYTES)):
        row = {"document_id": document_id, "part": part, "data": data[start : start + PART_BYTES]}
        await transaction.write(database, partial(_put, row))


async def read(database: Database, document_id: DocumentId, part_count: int) -> AsyncIterator[bytes]:
    """Part by part; whoever asked has checked that they may."""
    for part in range(part_count):
        data = await transaction.read(database, partial(_part, document_id, part))
        if data is None:
            return
        yield data


def _put(row: Mapping[str, object], connection: Connection) -> None:
    # The lock keeps deletion waiting until the end of the transaction.
    living = and_(t.documents.c.id == row["document_id"], t.documents.c.status.in_(TAKES_NAME))
    if connection.scalar(select(t.documents.c.id).where(living).with_for_update()) is None:
        raise NotFound(f"no document {row['document_id']}")
    connection.execute(insert(t.originals).values(row))


def _part(document_id: DocumentId, part: int, connection: Connection) -> bytes | None:
    wanted = (t.originals.c.document_id == document_id, t.originals.c.part == part)
    return connection.scalar(select(t.originals.c.data).where(*wanted))


def part_count(size_bytes: int) -> int:
    """How many parts so many bytes make."""
    return -(-size_bytes // PART_BYTES)
