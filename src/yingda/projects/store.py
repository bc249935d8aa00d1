"""Settings of projects: one row a tenant, read from memory, every change with its author."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Index,
    Integer,
    Row,
    Table,
    Text,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from yingda.errors import AnswerError, StoreUnavailable
from yingda.projects.limits import checked
from yingda.storage.sql import Database, metadata
from yingda.turns.clock import Clock
from yingda.turns.options import UNSET, Project
from yingda.turns.types import Principal

log = logging.getLogger(__name__)

REFRESH_S = 0.5

projects = Table(
    "projects",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
"""`settings` holds the fields that differ from an unset project; `revision` counts the changes."""

project_changes = Table(
    "project_changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("tenant", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_project_changes_tenant_revision", "tenant", "revision"),
)
"""The audit trail: who changed which fields, and when."""

_PROJECT: TypeAdapter[Project] = TypeAdapter(Project)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A project's settings as stored; revision 0 was never changed."""

    project: Project = UNSET
    revision: int = 0
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectChange:
    """A line of the audit trail."""

    revision: int
    fields: tuple[str, ...]
    key_id: str
    at: datetime


class Projects:
    """The settings of every tenant; `refresh` once, then `run`, and memory is at most a second behind."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._settled: dict[str, Settled] = {}

    def get(self, principal: Principal) -> Project:
        """From memory; the same object until something changes."""
        settled = self._settled.get(principal.tenant)
        return settled.project if settled else UNSET

    async def read(self, principal: Principal) -> Settled:
        """As the database has it now; raises `StoreUnavailable`."""
        async with _transaction(self._database.reader) as connection:
            row = (await connection.execute(_of(principal))).one_or_none()
        return _settled(row) if row else Settled()

    async def put(self, principal: Principal, project: Project) -> Settled:
        """Make these the settings; see `edit`."""
        return await self.edit(principal, lambda _: project)

    async def edit(self, principal: Principal, change: Callable[[Project], Project]) -> Settled:
        """Change the settings as they are stored; two changes at once come one after the other.

        Raises `InvalidRequest` for what `limits.checked` refuses, and `StoreUnavailable`. A change of nothing
        is none. Here it counts on return, in other processes within a second.
        """
        async with _transaction(self._database.engine) as connection:
            await _lock(connection, principal.tenant, self._clock.now())
            before = _settled((await connection.execute(_of(principal))).one())
            after = await asyncio.to_thread(checked, change(before.project))
            if after == before.project:
                return before
            settled = Settled(project=after, revision=before.revision + 1, changed_at=self._clock.now())
            await _write(connection, principal, before.project, settled)
        self._learn(principal.tenant, settled)
        return settled

    async def changes(self, principal: Principal, *, limit: int = 100) -> tuple[ProjectChange, ...]:
        """The audit trail, latest first."""
        query = (
            select(project_changes)
            .where(project_changes.c.tenant == principal.tenant)
            .order_by(project_changes.c.revision.desc())
            .limit(limit)
        )
        async with _transaction(self._database.reader) as connection:
            rows = (await connection.execute(query)).all()
        return tuple(
            ProjectChange(
                revision=row.revision, fields=tuple(row.fields), key_id=row.key_id, at=_aware(row.at)
            )
            for row in rows
        )

    async def refresh(self) -> None:
        """Read what has changed since; raises `StoreUnavailable`."""
        async with _transaction(self._database.reader) as connection:
            rows = (await connection.execute(select(projects.c.tenant, projects.c.revision))).all()
            changed = [row.tenant for row in rows if row.revision > self._revision(row.tenant)]
            for tenant in changed:
                row = (await connection.execute(select(projects).where(projects.c.tenant == tenant))).one()
                self._learn(tenant, _settled(row))

    async def run(self) -> None:
        """Keep up with other processes until cancelled; a database that is away leaves all as last read."""
        while True:
            await asyncio.sleep(REFRESH_S)
            try:
                await self.refresh()
            except AnswerError as error:
                log.warning("projects stay as last read: %s", error)

    def _revision(self, tenant: str) -> int:
        settled = self._settled.get(tenant)
        return settled.revision if settled else 0

    def _learn(self, tenant: str, settled: Settled) -> None:
        if settled.revision > self._revision(tenant):  # what was read may be older than what was put since
            self._settled[tenant] = settled


@asynccontextmanager
async def _transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    try:
        async with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StoreUnavailable("the projects' settings do not answer", retry_after_s=5) from error


async def _lock(connection: AsyncConnection, tenant: str, at: datetime) -> None:
    """Let one writer of the tenant at a time past, until its transaction ends; makes its row."""
    first = {"tenant": tenant, "revision": 0, "settings": {}, "changed_at": at}
    unchanged = {"revision": projects.c.revision}
    if connection.dialect.name == "postgresql":
        pg = postgresql.insert(projects).values(first)
        await connection.execute(pg.on_conflict_do_update(index_elements=["tenant"], set_=unchanged))
    else:
        lite = sqlite.insert(projects).values(first)
        await connection.execute(lite.on_conflict_do_update(index_elements=["tenant"], set_=unchanged))


async def _write(
    connection: AsyncConnection, principal: Principal, before: Project, settled: Settled
) -> None:
    after = settled.project
    differing = [each.name for each in fields(Project) if _differ(before, after, each.name)]
    await connection.execute(
        update(projects)
        .where(projects.c.tenant == principal.tenant)
        .values(revision=settled.revision, settings=_fields_set(after), changed_at=settled.changed_at)
    )
    await connection.execute(
        insert(project_changes).values(
            tenant=principal.tenant,
            revision=settled.revision,
            fields=differing,
            key_id=principal.key_id,
            at=settled.changed_at,
        )
    )


def _fields_set(project: Project) -> dict[str, Any]:
    names = (each.name for each in fields(Project))
    return {name: getattr(project, name) for name in names if _differ(project, UNSET, name)}


def _differ(one: Project, other: Project, name: str) -> bool:
    return bool(getattr(one, name) != getattr(other, name))


def _of(principal: Principal) -> Any:
    return select(projects).where(projects.c.tenant == principal.tenant)


def _settled(row: Row[Any]) -> Settled:
    return Settled(
        project=_PROJECT.validate_python(row.settings),
        revision=row.revision,
        changed_at=_aware(row.changed_at) if row.revision else None,
    )


def _aware(at: datetime) -> datetime:
    """SQLite keeps no zone; what it keeps is UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
