"""The dataqa paths over a real engine and store and a scripted answerer, behind the real gates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp
from tests.databases import migrated_file
from tests.dialects.docqa.house import principal, serving

from yingda.answer_cache.cache import MemoryAnswerCache
from yingda.conversations.sqlite import open_sqlite
from yingda.conversations.sqlite_archive import open_sqlite_archive
from yingda.data_training.feedback import FeedbackStore
from yingda.data_training.store import TrainingStore
from yingda.dialects.dataqa.asks import Asks, DataqaConfig
from yingda.dialects.dataqa.respond import PREFIX, Refusals
from yingda.dialects.dataqa.routes.ask import ask_routes
from yingda.dialects.dataqa.routes.caches import CacheDesk, cache_routes
from yingda.dialects.dataqa.routes.conversations import Shelf, conversation_routes, user_routes
from yingda.dialects.dataqa.routes.database import DatabaseDesk, database_routes
from yingda.dialects.dataqa.routes.exports import export_routes
from yingda.dialects.dataqa.routes.feedback import FeedbackDesk, feedback_routes
from yingda.dialects.dataqa.routes.training import TrainingDesk, training_admin_routes, training_routes
from yingda.dialects.dataqa.routes.upkeep import UpkeepDesk, upkeep_routes
from yingda.dialects.dataqa.upkeep import Upkeep
from yingda.dialects.helpdesk.errors import error_body
from yingda.engine import Engine, EngineConfig
from yingda.storage.sql import Database, open_database
from yingda.testing.clock import FrozenClock
from yingda.text_to_sql.failures import SqlRefused
from yingda.text_to_sql.model import Dimension, Measure, SemanticModel, Table
from yingda.text_to_sql.types import Rows
from yingda.turns.events import AgentChosen, RowsFetched, TextDelta, TurnEvent
from yingda.turns.types import Principal, Turn
from yingda.web.auth import Authenticator, AuthGate
from yingda.web.keys import Keys
from yingda.web.limits import BodyLimiter, BodyLimits
from yingda.web.respond import ErrorResponses
from yingda.web.stream import StreamWatch

ASK = "/api/v0/ask_agent"
STREAM = "/api/v0/ask_agent_stream"
CLASSIFIED = AgentChosen(agent="database", intent="DATABASE", confidence=0.95)
ROWS = RowsFetched(
    sql="SELECT region, sum(amount) AS total FROM orders GROUP BY region",
    columns=("region", "total"),
    rows=(("华东", 12.5), ("华北", 8)),
    row_count=2,
)
SUMMARY = TextDelta(text="华东最高，为 12.5。")
FOUND: tuple[TurnEvent, ...] = (CLASSIFIED, ROWS, SUMMARY)
CHATTED: tuple[TurnEvent, ...] = (
    AgentChosen(agent="chat", intent="CHAT", confidence=0.9),
    TextDelta(text="你好！"),
)


class Script:
    """An answerer whose steps are events to yield, bells to wait for, and errors to raise."""

    def __init__(self) -> None:
        self.steps: list[Any] = list(FOUND)
        self.turns: list[Turn] = []

    async def __call__(self, turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        self.turns.append(turn)
        for step in self.steps:
            if isinstance(step, BaseException):
                raise step
            if isinstance(step, asyncio.Event):
                await step.wait()
            else:
                yield step


ORDERS = Table(
    name="orders",
    source="t_orders",
    label="订单",
    primary_key=("id",),
    row_count=7,
    dimensions=(
        Dimension(name="id", expr="id", data_type="integer", is_key=True),
        Dimension(name="region", expr="region", label="地区", values=("华东", "华北"), has_all_values=True),
        Dimension(name="phone", expr="phone", is_private=True),
    ),
    measures=(Measure(name="amount", expr="amount", aggregation="sum", label="金额"),),
)


class ScriptedSource:
    """A source that runs what begins with SELECT."""

    model = SemanticModel(name="shop", dialect="sqlite", version="1", tables=(ORDERS,))

    async def run(self, principal: Principal, sql: str) -> Rows:
        await self.check(principal, sql)
        rows = (("华东", 12.5, 1),)
        return Rows(
            columns=("region", "total", "total"),
            data_types=("string", "number", "number"),
            rows=rows,
            row_count=1,
            is_counted=True,
            is_limited=False,
            sql=sql,
            duration_s=0.001,
        )

    async def check(self, principal: Principal, sql: str) -> None:
        if not sql.startswith("SELECT"):
            raise SqlRefused("not_a_select", "only SELECT")

    async def checks(self) -> dict[str, str]:
        return {"database": "ok", "model": "off"}


@dataclass(slots=True)
class House:
    """A server, its script, and a key for each kind of caller."""

    url: str
    script: Script
    clock: FrozenClock
    database: Database
    keys: dict[str, str] = field(default_factory=dict)

    def caller(self, name: str = "data") -> httpx.AsyncClient:
        """Somebody with that key."""
        headers = {"X-API-Key": self.keys[name]}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20.0, trust_env=False)


CALLERS = {
    "data": principal("default", "data"),
    "admin": principal("default", "data", "admin"),
    "john": principal("default", "data", user_id="john"),
    "stranger": principal("other", "data", "admin"),
    "chat": principal("default", "chat"),
}


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


async def no_redis() -> dict[str, Any]:
    """As without Redis."""
    return {"connected": False, "memory_usage": None, "keys_count": 0}


@pytest.fixture
async def house(tmp_path, clock: FrozenClock) -> AsyncIterator[House]:
    path, script = tmp_path / "yingda.db", Script()
    migrated_file(path)
    async with (
        open_sqlite(path, clock) as store,
        open_sqlite_archive(path, store) as archive,
        open_database(str(path)) as database,
    ):
        engine = Engine(script, store, clock, EngineConfig(busy_wait_s=0.05))
        config = DataqaConfig(zone=ZoneInfo("Asia/Shanghai"), max_conversations=3)
        keys, upkeep = Keys(database), Upkeep(archive, clock, config)
        authenticator = Authenticator("", keys)
        made = {name: await keys.create(name, one, clock.now()) for name, one in CALLERS.items()}
        await authenticator.refresh()
        errors = ErrorResponses(error_body, {PREFIX: Refusals(clock, config.zone)})
        routes = FastAPI()
        errors.install(routes)
        shelf = Shelf(archive, upkeep, clock, config)
        desk = UpkeepDesk(
            archive=archive,
            upkeep=upkeep,
            cache=MemoryAnswerCache(clock),
            redis_info=no_redis,
            clock=clock,
            config=config,
        )
        training, feedback = TrainingStore(database, clock), FeedbackStore(database, clock)
        source = ScriptedSource()
        caches = CacheDesk(
            answers=desk.cache, is_enabled=True, vectors=lambda: None, clock=clock, zone=config.zone
        )
        for router in (
            *(
                build(TrainingDesk(store=training, check=source.check, clock=clock, zone=config.zone))
                for build in (training_routes, training_admin_routes)
            ),
            feedback_routes(
                FeedbackDesk(feedback=feedback, training=training, clock=clock, zone=config.zone)
            ),
            cache_routes(caches),
            database_routes(DatabaseDesk(source=source, checks=source.checks, clock=clock, zone=config.zone)),
            ask_routes(Asks(engine, archive, clock, config), engine, StreamWatch(), config.zone),
            user_routes(shelf),
            conversation_routes(shelf),
            export_routes(shelf),
            upkeep_routes(desk),
        ):
            routes.include_router(router)
        app: ASGIApp = BodyLimiter(routes, BodyLimits(), errors)
        app = AuthGate(app, authenticator, lambda path: False, errors)
        running = asyncio.create_task(engine.run())
        async with serving(app) as url:
            secrets = {name: secret for name, (_, secret) in made.items()}
            yield House(url, script, clock, database, secrets)
            await engine.shutdown(0.0)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def ask(client: httpx.AsyncClient, question: str = "各地区销售额", **fields: Any) -> dict[str, Any]:
    """The data of an answer."""
    response = await client.post(ASK, json={"question": question, **fields})
    data: dict[str, Any] = response.json()["data"]
    return data
