"""The composition root: settings → stores, knowledge, models, answerers, engine.

Every object of the server is built here, once, top to bottom; the page is meant to be read. `wiring/` holds
what takes more than a line.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from yingda.answer_cache.cache import AnswerCache
from yingda.conversations.unkept import UnkeptConversations
from yingda.curated.answerer import CuratedParts
from yingda.dialects.dataqa.wire import DIALECT as DATAQA
from yingda.dialects.fastgpt.insides import Insides
from yingda.engine import Engine, EngineConfig
from yingda.llm.gateway import Gateway
from yingda.observability.metrics import Metrics
from yingda.projects.store import Projects
from yingda.settings import Settings
from yingda.storage.schema import migrate
from yingda.storage.sql import Database, open_database
from yingda.turns.clock import Clock, SystemClock
from yingda.web.auth import Authenticator
from yingda.web.keys import Keys
from yingda.web.stream import StreamWatch
from yingda.wiring.answers import Sources, answerer_from
from yingda.wiring.background import background, sweep
from yingda.wiring.business import open_business
from yingda.wiring.calls import CallFaces, CallNeeds, open_calls
from yingda.wiring.curated import open_curated
from yingda.wiring.data import Data, DataNeeds, open_data
from yingda.wiring.desk import Desks, open_desks
from yingda.wiring.knowledge import Knowledge, open_knowledge
from yingda.wiring.models import gateway_from
from yingda.wiring.stores import Stores, open_cache, open_conversations, sqlite_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the commands and the web application work with."""

    settings: Settings
    clock: Clock
    database: Database
    stores: Stores
    knowledge: Knowledge
    curated: CuratedParts
    desks: Desks
    projects: Projects
    gateway: Gateway | None
    cache: AnswerCache
    calls: CallFaces
    data: Data
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
        stores = await stack.enter_async_context(open_conversations(settings, clock))
        sources = await _sources(stack, settings, database, stores, clock)
        metrics = Metrics()
        engine = Engine(
            answerer_from(sources),
            UnkeptConversations(stores.conversations, frozenset({DATAQA})),
            clock,
            _engine_config(settings),
            [metrics.turn_ended],
        )
        keys = Keys(database)
        authenticator = Authenticator(settings.api_key.get_secret_value(), keys)
        await authenticator.refresh()
        watch = StreamWatch()
        parts = Parts(
            settings=settings,
            clock=clock,
            database=database,
            stores=stores,
            knowledge=sources.knowledge,
            curated=sources.curated,
            desks=sources.desks,
            projects=sources.projects,
            gateway=sources.gateway,
            cache=sources.cache,
            calls=sources.calls,
            data=sources.data,
            engine=engine,
            metrics=metrics,
            keys=keys,
            authenticator=authenticator,
            watch=watch,
        )
        _export_gauges(parts)
        for work in _work_beside(parts):
            await stack.enter_async_context(background(work))
        yield parts


async def _sources(
    stack: AsyncExitStack, settings: Settings, database: Database, stores: Stores, clock: Clock
) -> Sources:
    http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
    knowledge = await open_knowledge(stack, settings, database, http, clock)
    projects = Projects(database, clock)
    await projects.refresh()
    gateway, curated = gateway_from(settings, http), await open_curated(database, knowledge, clock)
    business = await open_business(settings, http, stores.archive, clock)
    desks = open_desks(settings, database, stores.handovers, curated, business.shop, clock)
    needs = CallNeeds(
        settings=settings,
        clock=clock,
        database=database,
        archive=stores.archive,
        desk=desks.desk,
        gateway=gateway,
        retriever=knowledge.retriever,
        http=http,
        insides=Insides(),
    )
    return Sources(
        settings=settings,
        clock=clock,
        knowledge=knowledge,
        gateway=gateway,
        cache=await stack.enter_async_context(open_cache(settings, clock)),
        curated=curated,
        projects=projects,
        desks=desks,
        business=business,
        calls=await open_calls(stack, needs),
        data=await open_data(
            stack,
            DataNeeds(
                settings=settings, clock=clock, database=database, archive=stores.archive, gateway=gateway
            ),
        ),
    )


def _work_beside(parts: Parts) -> Iterator[Coroutine[Any, Any, None]]:
    """What goes on beside the turns."""
    yield parts.engine.run()
    yield parts.authenticator.run()
    yield parts.watch.run()
    yield parts.projects.run()
    yield parts.curated.book.run()
    yield parts.curated.hits.run()
    yield parts.desks.operating.run()
    yield parts.desks.bells.run()
    yield parts.knowledge.worker.run()
    yield parts.data.book.run()
    facts = (parts.calls.callflow.facts, parts.calls.fastgpt.facts)
    yield sweep(parts.settings, (parts.stores.conversations, *facts), parts.clock)


def _engine_config(settings: Settings) -> EngineConfig:
    return EngineConfig(idle_s=settings.session_ttl_s, history_budget_tokens=settings.history_budget_tokens)


def _export_gauges(parts: Parts) -> None:
    metrics, engine = parts.metrics, parts.engine
    metrics.gauge("yingda_live_turns", "Turns being answered", lambda: engine.live_turns)
    metrics.gauge(
        "yingda_unsaved_turns", "Ended turns that wait for their store", lambda: engine.unsaved_turns
    )
    metrics.gauge("yingda_open_streams", "Event streams with a client", lambda: parts.watch.open_streams)
    if parts.gateway is not None:
        slots = parts.gateway.slots
        metrics.gauge("yingda_model_calls", "Model calls under way", lambda: slots.snapshot().active)
        metrics.gauge("yingda_model_waiting", "Turns that wait for a model", lambda: slots.snapshot().waiting)
