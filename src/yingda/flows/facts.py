"""Facts that others push into a call: a small table on the SQL database, one code path for both engines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Index, Table, Text, and_, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from yingda.conversations.rows import microseconds, moment
from yingda.errors import InvalidRequest, StoreUnavailable
from yingda.storage.sql import Database, metadata
from yingda.turns.types import Principal

call_facts = Table(
    "call_facts",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("dialect", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_call_facts_at", "at"),
)
"""`user_id` is the user of the key that pushed the fact, empty for a key of nobody in particular."""

_Rows = list[tuple[Any, ...]]
"""User, key, value and time, oldest first."""

_KEY = ("tenant", "dialect", "external_id", "user_id", "key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What was told, and when."""

    value: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FactLimits:
    """How much may be told of one call."""

    key_chars: int = 64
    value_chars: int = 2000
    facts_per_call: int = 100


class Facts:
    """The facts of calls by their names on the wire.

    A key that is bound to a user sees what keys of that user told, any other key all there is.
    """

    def __init__(self, database: Database, dialect: str, limits: FactLimits | None = None) -> None:
        self._database = database
        self._dialect = dialect
        self._limits = limits or FactLimits()
        self._reads: list[tuple[str, str, asyncio.Future[_Rows]]] = []
        self._reading: asyncio.Task[None] | None = None

    async def put(self, principal: Principal, external_id: str, key: str, fact: Fact) -> None:
        """Keep the fact in place of an earlier one of that key; raises InvalidRequest beyond a limit."""
        self._check(key, fact.value)
        named = {"tenant": principal.tenant, "dialect": self._dialect, "external_id": external_id}
        row = {**named, "user_id": principal.user_id or "", "key": key, "value": fact.value}
        async with _transaction(self._database.engine) as connection:
            await connection.execute(_upsert(self._database.dialect, {**row, "at": microseconds(fact.at)}))
            count = select(func.count()).where(self._of(principal, external_id))
            if (await connection.scalar(count) or 0) > self._limits.facts_per_call:
                raise InvalidRequest("there are too many facts of this call already", field="key")

    async def of(self, principal: Principal, external_id: str) -> dict[str, Fact]:
        """All facts of the call; of two with one key the later one."""
        read: asyncio.Future[_Rows] = asyncio.get_running_loop().create_future()
        self._reads.append((principal.tenant, external_id, read))
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        rows = await read
        return {
            key: Fact(value=value, at=moment(at))
            for user_id, key, value, at in rows
            if principal.user_id in (None, user_id)
        }

    async def erase(self, principal: Principal, external_id: str) -> int:
        """Forget all facts of the call; how many there were."""
        async with _transaction(self._database.engine) as connection:
            gone = await connection.execute(delete(call_facts).where(self._of(principal, external_id)))
            return gone.rowcount

    async def sweep(self, before: datetime) -> int:
        """Forget facts of every call that were told before then; how many there were."""
        async with _transaction(self._database.engine) as connection:
            gone = await connection.execute(
                delete(call_facts).where(
                    call_facts.c.dialect == self._dialect, call_facts.c.at < microseconds(before)
                )
            )
            return gone.rowcount

    async def _read(self) -> None:
        """Serve all who wait by one look: where many callers speak at once, one each would take too long."""
        while self._reads:
            reads, self._reads = self._reads, []
            try:
                found = await self._look({(tenant, call) for tenant, call, _ in reads})
            except StoreUnavailable as error:
                for _, _, read in reads:
                    if not read.done():
                        read.set_exception(error)
                continue
            for tenant, call, read in reads:
                if not read.done():
                    read.set_result(found[tenant, call])

    async def _look(self, calls: Collection[tuple[str, str]]) -> dict[tuple[str, str], _Rows]:
        columns = call_facts.c
        found: dict[tuple[str, str], _Rows] = {call: [] for call in calls}
        async with _transaction(self._database.reader) as connection:
            for tenant in {tenant for tenant, _ in calls}:
                names = [external_id for its_tenant, external_id in calls if its_tenant == tenant]
                wanted = (
                    columns.tenant == tenant,
                    columns.dialect == self._dialect,
                    columns.external_id.in_(names),
                )
                rows = select(
                    columns.external_id, columns.user_id, columns.key, columns.value, columns.at
                ).where(*wanted)
                for external_id, *row in await connection.execute(rows.order_by(columns.at, columns.key)):
                    found[tenant, external_id].append(tuple(row))
        return found

    def _of(self, principal: Principal, external_id: str) -> ColumnElement[bool]:
        wanted = [
            call_facts.c.tenant == principal.tenant,
            call_facts.c.dialect == self._dialect,
            call_facts.c.external_id == external_id,
        ]
        if principal.user_id is not None:
            wanted.append(call_facts.c.user_id == principal.user_id)
        return and_(*wanted)

    def _check(self, key: str, value: str) -> None:
        for name, text, limit in (
            ("key", key, self._limits.key_chars),
            ("value", value, self._limits.value_chars),
        ):
            if len(text) > limit:
                raise InvalidRequest(f"longer than {limit} characters", field=name)


def _upsert(dialect: str, row: dict[str, Any]) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    changed = {"value": row["value"], "at": row["at"]}
    return insert(call_facts).values(row).on_conflict_do_update(index_elements=_KEY, set_=changed)


@asynccontextmanager
async def _transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    try:
        async with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StoreUnavailable("the facts of calls do not answer", retry_after_s=5) from error
