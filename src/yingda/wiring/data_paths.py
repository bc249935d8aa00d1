"""The paths of data questions, over what answers and keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter
from sqlglot import exp

from yingda.conversations.archive import Archive
from yingda.conversations.store import Conversations
from yingda.dialects.dataqa.asks import Asks
from yingda.dialects.dataqa.routes.ask import ask_routes
from yingda.dialects.dataqa.routes.caches import CacheDesk, cache_routes
from yingda.dialects.dataqa.routes.conversations import Shelf, conversation_routes, user_routes
from yingda.dialects.dataqa.routes.database import DatabaseDesk, database_routes
from yingda.dialects.dataqa.routes.exports import export_routes
from yingda.dialects.dataqa.routes.feedback import FeedbackDesk, feedback_routes
from yingda.dialects.dataqa.routes.training import TrainingDesk, training_admin_routes, training_routes
from yingda.dialects.dataqa.routes.upkeep import UpkeepDesk, upkeep_routes
from yingda.dialects.dataqa.upkeep import Upkeep
from yingda.engine import Engine
from yingda.errors import AnswerError
from yingda.knowledge.embed import Embedder
from yingda.text_to_sql.failures import SqlRefused
from yingda.turns.clock import Clock
from yingda.turns.types import Principal
from yingda.web.auth import DEFAULT_TENANT
from yingda.web.stream import StreamWatch
from yingda.wiring.data import Data

PROBE = Principal(tenant=DEFAULT_TENANT, key_id="health", roles=frozenset({"data"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPaths:
    """What the routes need beside the data questions themselves."""

    data: Data
    engine: Engine
    archive: Archive
    conversations: Conversations
    embedder: Embedder | None
    has_model: bool
    is_cached: bool
    clock: Clock
    watch: StreamWatch

    def routers(self) -> Iterator[APIRouter]:
        """All there are."""
        yield from self._conversations()
        yield from self._teaching()
        data, clock, zone = self.data, self.clock, self.data.config.zone
        yield cache_routes(
            CacheDesk(
                answers=data.cache,
                is_enabled=self.is_cached,
                vectors=lambda: self.embedder,
                clock=clock,
                zone=zone,
            )
        )
        yield database_routes(DatabaseDesk(source=data.source, checks=self.checks, clock=clock, zone=zone))

    def _conversations(self) -> Iterator[APIRouter]:
        data, clock, config = self.data, self.clock, self.data.config
        upkeep = Upkeep(self.archive, clock, config)
        shelf = Shelf(self.archive, upkeep, clock, config)
        yield ask_routes(Asks(self.engine, self.archive, clock, config), self.engine, self.watch, config.zone)
        yield user_routes(shelf)
        yield conversation_routes(shelf)
        yield export_routes(shelf)
        yield upkeep_routes(
            UpkeepDesk(
                archive=self.archive,
                upkeep=upkeep,
                cache=data.cache,
                redis_info=data.redis_info,
                clock=clock,
                config=config,
            )
        )

    def _teaching(self) -> Iterator[APIRouter]:
        data, clock, zone = self.data, self.clock, self.data.config.zone
        desk = TrainingDesk(store=data.training, check=data.source.check, clock=clock, zone=zone)
        yield training_routes(desk)
        yield training_admin_routes(desk)
        yield feedback_routes(
            FeedbackDesk(feedback=data.feedback, training=data.training, clock=clock, zone=zone)
        )

    async def checks(self) -> dict[str, str]:
        """The state of database, conversations and model in a few words."""
        return {
            "database": await self._database(),
            "conversations": await self._stored(),
            "model": "ok" if self.has_model else "off",
        }

    async def _database(self) -> str:
        model = self.data.source.model
        table = exp.to_table(model.tables[0].source, dialect=model.dialect)
        try:
            await self.data.source.check(PROBE, exp.select("1").from_(table).limit(1).sql(model.dialect))
        except SqlRefused:
            return "degraded: the model does not fit"
        except AnswerError as error:
            return f"unavailable: {error.code}"
        return "ok"

    async def _stored(self) -> str:
        try:
            await self.conversations.ping()
        except AnswerError as error:
            return f"unavailable: {error.code}"
        return "ok"
