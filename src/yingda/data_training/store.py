"""Training items in the SQL database; every change leaves a line in the trail within its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from yingda.data_training import tables as t
from yingda.data_training.items import Change, Item, ItemQuery, NewItem, new_id
from yingda.errors import NotFound, StoreUnavailable
from yingda.storage.sql import Database, Work
from yingda.turns.clock import Clock
from yingda.turns.types import Principal

T = TypeVar("T")

_ORDERS = {"id": t.items.c.id, "training_data_type": t.items.c.kind, "updated_at": t.items.c.updated_at}


class TrainingStore:
    """Items of the principal's tenant; every method raises `StoreUnavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(self, principal: Principal, new: Sequence[NewItem]) -> list[str]:
        """Keep them, not approved yet; an item that is there already is not kept twice. Ids in order."""
        at = self._clock.now()
        return await writing(self._database, lambda c: [_add(c, principal, one, at) for one in new])

    async def update(self, principal: Principal, item_id: str, new: NewItem) -> Item:
        """Replace what it says, which takes its approval away; raises `NotFound`."""
        at = self._clock.now()
        values = {"kind": new.kind, "question": new.question, "content": new.content, "updated_at": at}
        return await writing(
            self._database,
            lambda c: _change(c, principal, item_id, {**values, **_UNAPPROVED}, "update", at),
        )

    async def approve(self, principal: Principal, item_id: str, by: str) -> Item:
        """Let answers use it; `by` vouches for it. Raises `NotFound`."""
        at = self._clock.now()
        values = {"approved_by": by, "approved_at": at, "updated_at": at}
        return await writing(self._database, lambda c: _change(c, principal, item_id, values, "approve", at))

    async def withdraw(self, principal: Principal, item_id: str) -> Item:
        """Take the approval away; raises `NotFound`."""
        at = self._clock.now()
        values = {**_UNAPPROVED, "updated_at": at}
        return await writing(self._database, lambda c: _change(c, principal, item_id, values, "withdraw", at))

    async def delete(self, principal: Principal, ids: Sequence[str]) -> list[str]:
        """Delete those that are there; which they were."""
        at = self._clock.now()
        return await writing(self._database, lambda c: _delete(c, principal, ids, at))

    async def page(self, principal: Principal, wanted: ItemQuery) -> tuple[list[Item], int]:
        """Some items, and how many fit."""
        return await reading(self._database, lambda c: _page(c, principal, wanted))

    async def item(self, principal: Principal, item_id: str) -> Item | None:
        """The item; None where it is not the tenant's."""
        mine = (t.items.c.tenant == principal.tenant, t.items.c.id == item_id)
        found = select(t.items).where(*mine)
        row = await reading(self._database, lambda c: c.execute(found).one_or_none())
        return None if row is None else _item(row)

    async def approved_pairs(self, principal: Principal) -> tuple[int, list[Item]]:
        """The revision, and the pairs that answers may use, oldest first."""
        return await reading(self._database, lambda c: _approved(c, principal))

    async def revision(self, principal: Principal) -> int:
        """How often something changed that answers depend on."""
        return await reading(self._database, lambda c: _revision(c, principal.tenant))

    async def counts(self, principal: Principal) -> dict[str, tuple[int, int]]:
        """Of each kind, how many there are and how many of them are approved."""
        return await reading(self._database, lambda c: _counts(c, principal))

    async def changes(self, principal: Principal, *, limit: int = 100) -> list[Change]:
        """The trail, latest first."""
        return await reading(self._database, lambda c: _changes(c, principal, limit))


async def writing(database: Database, work: Work[T]) -> T:
    """One transaction; raises `StoreUnavailable`."""
    try:
        return await database.write(work)
    except SQLAlchemyError as error:
        raise StoreUnavailable("the training data do not answer", retry_after_s=5) from error


async def reading(database: Database, work: Work[T]) -> T:
    """One look; raises `StoreUnavailable`."""
    try:
        return await database.read(work)
    except SQLAlchemyError as error:
        raise StoreUnavailable("the training data do not answer", retry_after_s=5) from error


def note_change(
    connection: Connection, principal: Principal, subject: str, action: str, at: datetime
) -> None:
    """A line in the trail."""
    values = {"subject": subject, "action": action, "key_id": principal.key_id, "at": at}
    connection.execute(insert(t.changes).values(tenant=principal.tenant, **values))


def raise_revision(connection: Connection, tenant: str) -> None:
    """Leave every cached answer behind."""
    raised = update(t.revisions).where(t.revisions.c.tenant == tenant)
    done = connection.execute(raised.values(revision=t.revisions.c.revision + 1))
    if done.rowcount == 0:
        connection.execute(insert(t.revisions).values(tenant=tenant, revision=1))


def aware(at: datetime) -> datetime:
    """SQLite keeps no zone; what it keeps is UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


_UNAPPROVED: dict[str, Any] = {"approved_by": "", "approved_at": None}


def _add(connection: Connection, principal: Principal, new: NewItem, at: datetime) -> str:
    same = select(t.items.c.id).where(
        t.items.c.tenant == principal.tenant,
        t.items.c.kind == new.kind,
        t.items.c.question == new.question,
        t.items.c.content == new.content,
    )
    if (found := connection.scalar(same.limit(1))) is not None:
        return str(found)
    item_id = new_id(new.kind)
    connection.execute(
        insert(t.items).values(
            id=item_id,
            tenant=principal.tenant,
            kind=new.kind,
            question=new.question,
            content=new.content,
            source=new.source,
            author=principal.key_id,
            created_at=at,
            updated_at=at,
            **_UNAPPROVED,
        )
    )
    note_change(connection, principal, item_id, "create", at)
    return item_id


def _change(
    connection: Connection,
    principal: Principal,
    item_id: str,
    values: dict[str, Any],
    action: str,
    at: datetime,
) -> Item:
    mine = (t.items.c.tenant == principal.tenant, t.items.c.id == item_id)
    before = connection.execute(select(t.items).where(*mine)).one_or_none()
    if before is None:
        raise NotFound("没有这条训练数据", field="id")
    connection.execute(update(t.items).where(*mine).values(**values))
    if before.approved_by or values.get("approved_by"):
        raise_revision(connection, principal.tenant)
    note_change(connection, principal, item_id, action, at)
    return _item(connection.execute(select(t.items).where(*mine)).one())


def _delete(connection: Connection, principal: Principal, ids: Sequence[str], at: datetime) -> list[str]:
    mine = (t.items.c.tenant == principal.tenant, t.items.c.id.in_(ids))
    found = connection.execute(select(t.items.c.id, t.items.c.approved_by).where(*mine)).all()
    connection.execute(delete(t.items).where(*mine))
    if any(row.approved_by for row in found):
        raise_revision(connection, principal.tenant)
    for row in found:
        note_change(connection, principal, row.id, "delete", at)
    return [row.id for row in found]


def _page(connection: Connection, principal: Principal, wanted: ItemQuery) -> tuple[list[Item], int]:
    fits = _fitting(principal, wanted)
    order = _ORDERS[wanted.sort_by]
    query = (
        select(t.items)
        .where(*fits)
        .order_by(order.desc() if wanted.is_descending else order.asc(), t.items.c.id)
        .limit(wanted.limit)
        .offset(wanted.offset)
    )
    total = connection.scalar(select(func.count()).select_from(t.items).where(*fits))
    return [_item(row) for row in connection.execute(query)], total or 0


def _fitting(principal: Principal, wanted: ItemQuery) -> list[ColumnElement[bool]]:
    fits = [t.items.c.tenant == principal.tenant]
    if wanted.kind is not None:
        fits.append(t.items.c.kind == wanted.kind)
    if wanted.is_approved is not None:
        fits.append((t.items.c.approved_by != "") == wanted.is_approved)
    if wanted.keyword:
        columns = (t.items.c.question, t.items.c.content)
        fits.append(or_(*(column.icontains(wanted.keyword, autoescape=True) for column in columns)))
    return fits


def _approved(connection: Connection, principal: Principal) -> tuple[int, list[Item]]:
    pairs = ItemQuery(kind="sql", is_approved=True)
    query = (
        select(t.items)
        .where(*_fitting(principal, pairs), t.items.c.question != "")
        .order_by(t.items.c.created_at, t.items.c.id)
    )
    # The revision first: a change between the two is then seen again, never missed.
    revision = _revision(connection, principal.tenant)
    return revision, [_item(row) for row in connection.execute(query)]


def _revision(connection: Connection, tenant: str) -> int:
    return connection.scalar(select(t.revisions.c.revision).where(t.revisions.c.tenant == tenant)) or 0


def _counts(connection: Connection, principal: Principal) -> dict[str, tuple[int, int]]:
    approved = func.count().filter(t.items.c.approved_by != "")
    query = (
        select(t.items.c.kind, func.count(), approved)
        .where(t.items.c.tenant == principal.tenant)
        .group_by(t.items.c.kind)
    )
    return {kind: (count, good) for kind, count, good in connection.execute(query)}


def _changes(connection: Connection, principal: Principal, limit: int) -> list[Change]:
    query = (
        select(t.changes)
        .where(t.changes.c.tenant == principal.tenant)
        .order_by(t.changes.c.id.desc())
        .limit(limit)
    )
    return [
        Change(subject=row.subject, action=row.action, key_id=row.key_id, at=aware(row.at))
        for row in connection.execute(query)
    ]


def _item(row: Row[Any]) -> Item:
    return Item(
        id=row.id,
        kind=row.kind,
        question=row.question,
        content=row.content,
        source=row.source,
        author=row.author,
        created_at=aware(row.created_at),
        updated_at=aware(row.updated_at),
        approved_by=row.approved_by,
        approved_at=aware(row.approved_at) if row.approved_at else None,
    )
