"""The composition root: settings → stores, knowledge, models, answerers, engine.

Every object of the server is built here, once, top to bottom; the page is meant to be read. `wiring/` holds
what takes more than a line.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp

from yingda.answer_cache.cache import AnswerCache
from yingda.conversations.store import Conversations
from yingda.engine import Engine, EngineConfig
from yingda.handoff.desk import Desk
from yingda.knowledge.ingest import Ingestor
from yingda.knowledge.library import Library
from yingda.llm.gateway import Gateway
from yingda.observability.metrics import Metrics
from yingda.settings import Settings
from yingda.storage.schema import migrate
from yingda.storage.sql import Database, open_database
from yingda.turns.clock import Clock, SystemClock
from yingda.web.auth import Authenticator
from yingda.web.keys import Keys
from yingda.web.stream import StreamWatch
from yingda.wiring.answers import answerer_from
from yingda.wiring.background import background, sweep
from yingda.wiring.knowledge import open_knowledge
from yingda.wiring.models import gateway_from
from yingda.wiring.stores import open_cache, open_conversations, sqlite_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the commands and the web application work with."""

    settings: Settings
    clock: Clock
    database: Database
    conversations: Conversations
    library: Library
    ingestor: Ingestor
    gateway: Gateway | None
    cache: AnswerCache
    engine: Engine
    metrics: Metrics
    keys: Keys
    authenticator: Authenticator
    watch: StreamWatch


@asynccontextmanager
async def open_parts(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Parts]:
    """Build everything and look after it until the end of the block; raises what keeps the server from it."""
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        database_address = settings.database_url.get_secret_value() or str(sqlite_path(settings))
        await migrate(database_address)
        database = await stack.enter_async_context(open_database(database_address))
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        conversations = await stack.enter_async_context(open_conversations(settings, clock))
        library, ingestor, retriever = await open_knowledge(stack, settings, database, http, clock)
        gateway = gateway_from(settings, http)
        cache = await stack.enter_async_context(open_cache(settings, clock))
        desk = Desk(database)
        metrics = Metrics()
        answer = answerer_from(settings, clock, retriever, gateway, cache, desk)
        engine = Engine(answer, conversations, clock, _engine_config(settings), [metrics.turn_ended])
        keys = Keys(database)
        authenticator = Authenticator(settings.api_key.get_secret_value(), keys)
        await authenticator.refresh()
        watch = StreamWatch()
        _export_gauges(metrics, engine, watch, gateway)
        for work in (
            engine.run(),
            authenticator.run(),
            watch.run(),
            sweep(settings, conversations, clock),
        ):
            await stack.enter_async_context(background(work))
        yield Parts(
            settings=settings,
            clock=clock,
            database=database,
            conversations=conversations,
            library=library,
            ingestor=ingestor,
            gateway=gateway,
            cache=cache,
            engine=engine,
            metrics=metrics,
            keys=keys,
            authenticator=authenticator,
            watch=watch,
        )


def _engine_config(settings: Settings) -> EngineConfig:
    return EngineConfig(idle_s=settings.session_ttl_s, history_budget_tokens=settings.history_budget_tokens)


def _export_gauges(metrics: Metrics, engine: Engine, watch: StreamWatch, gateway: Gateway | None) -> None:
    metrics.gauge("yingda_live_turns", "Turns being answered", lambda: engine.live_turns)
    metrics.gauge(
        "yingda_unsaved_turns", "Ended turns that wait for their store", lambda: engine.unsaved_turns
    )
    metrics.gauge("yingda_open_streams", "Event streams with a client", lambda: watch.open_streams)
    if gateway is not None:
        slots = gateway.slots
        metrics.gauge("yingda_model_calls", "Model calls under way", lambda: slots.snapshot().active)
        metrics.gauge("yingda_model_waiting", "Turns that wait for a model", lambda: slots.snapshot().waiting)
