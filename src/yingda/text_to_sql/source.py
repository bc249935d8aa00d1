"""A database as questions see it: every statement passes the guard, is weighed, bounded and counted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from yingda.errors import InvalidRequest
from yingda.text_to_sql.databases.database import Database, DatabaseConfig
from yingda.text_to_sql.databases.opening import open_database
from yingda.text_to_sql.failures import SqlFailed, SqlRefused
from yingda.text_to_sql.guard import Guard, GuardConfig, Guarded
from yingda.text_to_sql.model import SemanticModel
from yingda.text_to_sql.policy import Policies, bind
from yingda.text_to_sql.scalars import data_types_of, scalar_from, told_apart
from yingda.text_to_sql.types import Rows
from yingda.text_to_sql.value_index import LiveValues, ValueConfig
from yingda.turns.clock import Clock, SystemClock
from yingda.turns.types import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfig:
    """Bounds of an answer; `cost_ceiling` is in the engine's own units, None lets every plan through.

    A total behind the cap is counted within `count_timeout_s`, else only what is known is told.
    """

    row_cap: int = 1_000
    count_timeout_s: float = 2.0
    cost_ceiling: float | None = 50_000_000.0
    database: DatabaseConfig = field(default_factory=DatabaseConfig)
    guard: GuardConfig = field(default_factory=GuardConfig)
    values: ValueConfig = field(default_factory=ValueConfig)
    policies: Policies = field(default_factory=Policies)


class Source:
    """The `DataSource` of one database and model; `values` are what its dimensions hold."""

    def __init__(self, database: Database, model: SemanticModel, config: SourceConfig, clock: Clock) -> None:
        self._database = database
        self._model = model
        self._config = config
        self._clock = clock
        self._guard = Guard(model, config.guard)
        self.values = LiveValues(database, model, clock, config.values)

    @property
    def model(self) -> SemanticModel:
        return self._model

    async def check(self, principal: Principal, sql: str) -> None:
        """Let the guard and the engine's planner look at a statement without running it."""
        guarded = self._guarded(principal, sql)
        await self._weigh(guarded)
        await self._database.fetch(f"EXPLAIN {guarded.capped}")

    async def run(self, principal: Principal, sql: str) -> Rows:
        guarded = self._guarded(principal, sql)
        began = self._clock.monotonic()
        await self._weigh(guarded)
        found = await self._database.fetch(guarded.capped)
        is_limited = len(found.rows) > self._config.row_cap
        rows = found.rows[: self._config.row_cap]
        total = await self._total(guarded) if is_limited else len(rows)
        return Rows(
            columns=told_apart(found.columns),
            data_types=data_types_of(found.data_types, rows),
            rows=tuple(tuple(map(scalar_from, row)) for row in rows),
            row_count=len(found.rows) if total is None else total,
            is_counted=total is not None,
            is_limited=is_limited,
            sql=guarded.sql,
            duration_s=self._clock.monotonic() - began,
            restricted=guarded.restricted,
        )

    def _guarded(self, principal: Principal, sql: str) -> Guarded:
        bound = bind(self._config.policies, principal, self._model.dialect)
        return self._guard.check(sql, bound, self._config.row_cap)

    async def _weigh(self, guarded: Guarded) -> None:
        ceiling = self._config.cost_ceiling
        if ceiling is None:
            return
        cost = await self._database.cost(guarded.capped)
        if cost is not None and cost > ceiling:
            raise SqlRefused("too_costly", f"the plan costs {cost:.0f}, more than {ceiling:.0f}")

    async def _total(self, guarded: Guarded) -> int | None:
        """What the guard wrote, counted; two columns of one name cannot be, and a slow count is left."""
        sql = f"SELECT COUNT(*) FROM ({guarded.sql}) AS counted"  # noqa: S608
        try:
            found = await self._database.fetch(sql, self._config.count_timeout_s)
        except SqlFailed:
            return None
        return int(found.rows[0][0])


@asynccontextmanager
async def open_source(
    url: str, model: SemanticModel, config: SourceConfig | None = None, clock: Clock | None = None
) -> AsyncIterator[Source]:
    """Open a database for questions; raises `InvalidRequest` for an address that the model is not for.

    Nothing is connected before the first statement, and a database that restarts is connected anew.
    """
    bounds = config or SourceConfig()
    async with open_database(url, bounds.database) as database:
        if database.dialect != model.dialect:
            raise InvalidRequest(
                f"the model speaks {model.dialect}, the database {database.dialect}", field="url"
            )
        source = Source(database, model, bounds, clock or SystemClock())
        try:
            yield source
        finally:
            await source.values.close()
