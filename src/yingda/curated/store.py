"""Curated answers in the SQL database: one code path for both engines, one revision a collection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from yingda.curated import tables as t
from yingda.curated.answer import CuratedAnswer, CuratedId, Status, Wording
from yingda.errors import NotFound, StoreUnavailable
from yingda.knowledge.analyzer import fold
from yingda.storage.sql import Database
from yingda.turns.types import CollectionId, DocumentId, Principal

Scope = tuple[str, CollectionId]
"""A tenant and one of its collections."""


class Overtaken(Exception):
    """Somebody changed the collection after it was read; read it again and decide anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CuratedPage:
    """Answers, latest change first, ties by id; `total` counts all that fit."""

    items: tuple[CuratedAnswer, ...]
    total: int


class CuratedStore:
    """Reads and writes the answers of a principal's collections; every method raises `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def revisions(self) -> dict[Scope, int]:
        """Of every collection that ever had an answer: what a follower compares."""
        async with opened(self._database.reader) as connection:
            rows = await connection.execute(select(t.revisions))
            return {(row.tenant, row.collection): row.revision for row in rows}

    async def load(
        self, principal: Principal, collection: CollectionId
    ) -> tuple[int, tuple[CuratedAnswer, ...]]:
        """The revision, 0 before the first change, and all answers as of then, oldest first."""
        query = (
            select(t.answers)
            .where(_inside(principal, collection))
            .order_by(t.answers.c.created_at, t.answers.c.id)
        )
        async with opened(self._database.reader) as connection:
            # The revision first: a change between the two is then seen again, never missed.
            revision = await connection.scalar(_revision(principal, collection))
            rows = (await connection.execute(query)).all()
        return revision or 0, tuple(map(_answer, rows))

    async def page(
        self,
        principal: Principal,
        collection: CollectionId,
        *,
        keyword: str = "",
        status: Status | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> CuratedPage:
        """Those with the keyword in a question or in the answer, and of that status."""
        fits = [_inside(principal, collection)]
        if folded := fold(keyword).strip():
            fits.append(t.answers.c.searched.contains(folded, autoescape=True))
        if status is not None:
            fits.append(t.answers.c.status == status)
        page = (
            select(t.answers)
            .where(*fits)
            .order_by(t.answers.c.updated_at.desc(), t.answers.c.id)
            .limit(limit)
            .offset(offset)
        )
        async with opened(self._database.reader) as connection:
            total = await connection.scalar(select(func.count()).select_from(t.answers).where(*fits))
            rows = (await connection.execute(page)).all()
        return CuratedPage(items=tuple(map(_answer, rows)), total=total or 0)

    async def answer(
        self, principal: Principal, collection: CollectionId, answer_id: CuratedId
    ) -> CuratedAnswer:
        """One answer; raises `NotFound`."""
        query = select(t.answers).where(_inside(principal, collection), t.answers.c.id == answer_id)
        async with opened(self._database.reader) as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound(f"no curated answer {answer_id}")
        return _answer(row)

    async def save(
        self,
        principal: Principal,
        collection: CollectionId,
        seen: int,
        changed: Sequence[CuratedAnswer],
    ) -> None:
        """Write new and changed answers, all or none; raises `Overtaken` unless `seen` is the revision still.

        Hits are not written: they may be counted meanwhile.
        """
        async with opened(self._database.engine) as connection:
            await _raise_revision(connection, principal, collection, seen)
            for answer in changed:
                values = _values(answer)
                done = await connection.execute(
                    update(t.answers)
                    .where(_inside(principal, collection), t.answers.c.id == answer.id)
                    .values(values)
                )
                if done.rowcount == 0:
                    born = {
                        "id": answer.id,
                        "tenant": principal.tenant,
                        "collection": collection,
                        "hit_count": 0,
                        "created_at": answer.created_at,
                        "created_by": answer.created_by,
                    }
                    await connection.execute(insert(t.answers).values(born | values))

    async def delete(
        self, principal: Principal, collection: CollectionId, answer_ids: Collection[CuratedId]
    ) -> int:
        """How many of them were there and are gone now; their hits stay in the log."""
        gone = delete(t.answers).where(_inside(principal, collection), t.answers.c.id.in_(answer_ids))
        async with opened(self._database.engine) as connection:
            await _raise_revision(connection, principal, collection, None)
            return (await connection.execute(gone)).rowcount


@asynccontextmanager
async def opened(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction, committed at the end of the block; raises `StoreUnavailable`."""
    try:
        async with engine.begin() as connection:
            yield connection
    except (SQLAlchemyError, OSError) as error:
        raise StoreUnavailable("the curated answers cannot be reached", retry_after_s=5) from error


def _inside(principal: Principal, collection: CollectionId) -> ColumnElement[bool]:
    return and_(t.answers.c.tenant == principal.tenant, t.answers.c.collection == collection)


def _revision(principal: Principal, collection: CollectionId) -> Any:
    return select(t.revisions.c.revision).where(
        t.revisions.c.tenant == principal.tenant, t.revisions.c.collection == collection
    )


async def _raise_revision(
    connection: AsyncConnection, principal: Principal, collection: CollectionId, seen: int | None
) -> None:
    """Makes the row if there is none, and locks it; None raises it from wherever it is."""
    first = {"tenant": principal.tenant, "collection": collection, "revision": 0}
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    await connection.execute(make(t.revisions).values(first).on_conflict_do_nothing())
    fits = [t.revisions.c.tenant == principal.tenant, t.revisions.c.collection == collection]
    if seen is not None:
        fits.append(t.revisions.c.revision == seen)
    raised = update(t.revisions).where(*fits).values(revision=t.revisions.c.revision + 1)
    if (await connection.execute(raised)).rowcount == 0:
        raise Overtaken


def _values(answer: CuratedAnswer) -> dict[str, object]:
    wording = answer.wording
    return {
        "question": wording.question,
        "answer": wording.answer,
        "similar": list(wording.similar),
        "negative": list(wording.negative),
        "documents": list(wording.documents),
        "scope": list(wording.scope),
        "valid_from": wording.valid_from,
        "valid_until": wording.valid_until,
        "status": wording.status,
        "searched": fold("\n".join((*wording.asked, wording.answer))),
        "updated_at": answer.updated_at,
        "updated_by": answer.updated_by,
    }


def _answer(row: Row[Any]) -> CuratedAnswer:
    return CuratedAnswer(
        id=CuratedId(row.id),
        wording=Wording(
            question=row.question,
            answer=row.answer,
            similar=tuple(row.similar),
            negative=tuple(row.negative),
            documents=tuple(DocumentId(one) for one in row.documents),
            scope=tuple(DocumentId(one) for one in row.scope),
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            status=row.status,
        ),
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        hit_count=row.hit_count,
        last_hit_at=row.last_hit_at,
    )
