"""Opinions on data answers; one against an answer takes every cached answer of its tenant out of use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from yingda.data_training import tables as t
from yingda.data_training.store import aware, note_change, raise_revision, reading, writing
from yingda.errors import Forbidden, NotFound
from yingda.storage.sql import Database
from yingda.turns.clock import Clock
from yingda.turns.types import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFeedback:
    """What somebody thinks of an answer."""

    question: str
    sql: str
    is_thumb_up: bool
    user_id: str
    conversation_id: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """A kept opinion."""

    id: int
    question: str
    sql: str
    is_thumb_up: bool
    user_id: str
    conversation_id: str
    comment: str
    create_time: datetime
    update_time: datetime
    is_in_training_data: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackQuery:
    """A page of opinions; `before` is the first moment that no longer counts."""

    is_thumb_up: bool | None = None
    is_in_training_data: bool | None = None
    since: datetime | None = None
    before: datetime | None = None
    sort_by: Literal["id", "create_time", "update_time", "user_id"] = "create_time"
    is_descending: bool = True
    offset: int = 0
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackCounts:
    """How many there are, for the answer, and taken into the training data."""

    total: int
    positive: int
    trained: int


class FeedbackStore:
    """Opinions of the principal's tenant; a key that is bound to a user changes that user's own only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(self, principal: Principal, new: NewFeedback) -> int:
        """Keep it; its number."""
        at = self._clock.now()
        return await writing(self._database, lambda c: _add(c, principal, new, at))

    async def update(self, principal: Principal, feedback_id: int, values: dict[str, Any]) -> Feedback:
        """Change these fields; raises `NotFound`, and `Forbidden` for another user's."""
        at = self._clock.now()
        return await writing(self._database, lambda c: _update(c, principal, feedback_id, values, at))

    async def delete(self, principal: Principal, feedback_id: int) -> None:
        """Raises `NotFound`, and `Forbidden` for another user's."""
        at = self._clock.now()
        await writing(self._database, lambda c: _delete(c, principal, feedback_id, at))

    async def page(self, principal: Principal, wanted: FeedbackQuery) -> tuple[list[Feedback], int]:
        """Some opinions, and how many fit."""
        return await reading(self._database, lambda c: _page(c, principal, wanted))

    async def of_ids(self, principal: Principal, ids: Sequence[int]) -> list[Feedback]:
        """Those that are there."""
        query = (
            select(t.feedback).where(*_seen(principal), t.feedback.c.id.in_(ids)).order_by(t.feedback.c.id)
        )
        return await reading(self._database, lambda c: [_feedback(row) for row in c.execute(query)])

    async def counts(self, principal: Principal) -> FeedbackCounts:
        return await reading(self._database, lambda c: _counts(c, principal))


def _add(connection: Connection, principal: Principal, new: NewFeedback, at: datetime) -> int:
    values = {
        "question": new.question,
        "sql": new.sql,
        "is_thumb_up": new.is_thumb_up,
        "user_id": new.user_id,
        "conversation_id": new.conversation_id,
        "comment": new.comment,
    }
    times = {"create_time": at, "update_time": at, "is_in_training_data": False}
    done = connection.execute(insert(t.feedback).values(tenant=principal.tenant, **values, **times))
    (feedback_id,) = done.inserted_primary_key or (0,)
    note_change(connection, principal, f"feedback-{feedback_id}", "create", at)
    if not new.is_thumb_up:
        raise_revision(connection, principal.tenant)
    return int(feedback_id)


def _update(
    connection: Connection, principal: Principal, feedback_id: int, values: dict[str, Any], at: datetime
) -> Feedback:
    _check_own(connection, principal, feedback_id)
    mine = (t.feedback.c.tenant == principal.tenant, t.feedback.c.id == feedback_id)
    connection.execute(update(t.feedback).where(*mine).values(**values, update_time=at))
    if values.get("is_thumb_up") is False:
        raise_revision(connection, principal.tenant)
    note_change(connection, principal, f"feedback-{feedback_id}", "update", at)
    return _feedback(connection.execute(select(t.feedback).where(*mine)).one())


def _delete(connection: Connection, principal: Principal, feedback_id: int, at: datetime) -> None:
    _check_own(connection, principal, feedback_id)
    mine = (t.feedback.c.tenant == principal.tenant, t.feedback.c.id == feedback_id)
    connection.execute(delete(t.feedback).where(*mine))
    note_change(connection, principal, f"feedback-{feedback_id}", "delete", at)


def _check_own(connection: Connection, principal: Principal, feedback_id: int) -> None:
    mine = (t.feedback.c.tenant == principal.tenant, t.feedback.c.id == feedback_id)
    owner = connection.scalar(select(t.feedback.c.user_id).where(*mine))
    if owner is None:
        raise NotFound("没有这条反馈", field="id")
    if principal.user_id not in (None, owner):
        raise Forbidden("this feedback is another user's")


def _page(connection: Connection, principal: Principal, wanted: FeedbackQuery) -> tuple[list[Feedback], int]:
    fits = _fitting(principal, wanted)
    order = t.feedback.c[wanted.sort_by]
    query = (
        select(t.feedback)
        .where(*fits)
        .order_by(order.desc() if wanted.is_descending else order.asc(), t.feedback.c.id.desc())
        .limit(wanted.limit)
        .offset(wanted.offset)
    )
    total = connection.scalar(select(func.count()).select_from(t.feedback).where(*fits))
    return [_feedback(row) for row in connection.execute(query)], total or 0


def _fitting(principal: Principal, wanted: FeedbackQuery) -> list[ColumnElement[bool]]:
    fits = _seen(principal)
    for name in ("is_thumb_up", "is_in_training_data"):
        if (value := getattr(wanted, name)) is not None:
            fits.append(t.feedback.c[name] == value)
    if wanted.since is not None:
        fits.append(t.feedback.c.create_time >= wanted.since)
    if wanted.before is not None:
        fits.append(t.feedback.c.create_time < wanted.before)
    return fits


def _seen(principal: Principal) -> list[ColumnElement[bool]]:
    fits = [t.feedback.c.tenant == principal.tenant]
    if principal.user_id is not None:
        fits.append(t.feedback.c.user_id == principal.user_id)
    return fits


def _counts(connection: Connection, principal: Principal) -> FeedbackCounts:
    positive = func.count().filter(t.feedback.c.is_thumb_up.is_(True))
    trained = func.count().filter(t.feedback.c.is_in_training_data.is_(True))
    query = select(func.count(), positive, trained).where(*_seen(principal))
    row = connection.execute(query).one()
    return FeedbackCounts(total=row[0], positive=row[1], trained=row[2])


def _feedback(row: Row[Any]) -> Feedback:
    return Feedback(
        id=row.id,
        question=row.question,
        sql=row.sql,
        is_thumb_up=row.is_thumb_up,
        user_id=row.user_id,
        conversation_id=row.conversation_id,
        comment=row.comment,
        create_time=aware(row.create_time),
        update_time=aware(row.update_time),
        is_in_training_data=row.is_in_training_data,
    )
