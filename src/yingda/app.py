"""The composition root: settings → stores, knowledge, models, answerers, engine, web application.

Every object of the server is built here, once, top to bottom; the page is meant to be read. Adding an agent
is one file and one line in `_answerer`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from redis.asyncio import Redis

from yingda.agents.agent import Agent
from yingda.agents.business import business, ticket
from yingda.agents.chitchat import chitchat
from yingda.agents.extractive import extractive
from yingda.agents.fallback import FallbackConfig, with_fallback
from yingda.agents.grounded import PROMPT_VERSION, GroundedConfig, grounded
from yingda.agents.passages import PassagesConfig, with_passages
from yingda.agents.resolution import with_resolved_question
from yingda.agents.router import route
from yingda.answer_cache.answerer import with_cache, with_single_flight
from yingda.answer_cache.cache import AnswerCache, MemoryAnswerCache
from yingda.answer_cache.key import cache_key
from yingda.answer_cache.redis import RedisAnswerCache
from yingda.conversations.postgres import open_postgres
from yingda.conversations.redis import open_redis
from yingda.conversations.sqlite import open_sqlite
from yingda.conversations.store import Conversations
from yingda.engine import Engine, EngineConfig
from yingda.errors import AnswerError
from yingda.handoff.answerer import silent, with_handoff
from yingda.handoff.desk import Desk
from yingda.handoff.policy import HandoffPolicy
from yingda.knowledge.chunk import ChunkConfig, chunk
from yingda.knowledge.embed import EmbedConfig, Embedder
from yingda.knowledge.index.tantivy_index import TantivyIndex
from yingda.knowledge.ingest import IngestConfig, Ingestor
from yingda.knowledge.intake import Intake, IntakeConfig
from yingda.knowledge.keeper import VectorSide, WordSide
from yingda.knowledge.lexicons import CollectionLexicons
from yingda.knowledge.library import Library, open_library
from yingda.knowledge.parse import ParseLimits
from yingda.knowledge.parse.pool import ParserPool
from yingda.knowledge.rerank import RerankConfig, Reranker
from yingda.knowledge.retrieve import Dense, HybridRetriever, RetrieveConfig
from yingda.knowledge.vectors import VectorStore
from yingda.llm.gateway import Gateway, GatewayConfig, build_gateway
from yingda.llm.limits import LimitsConfig
from yingda.llm.openai_chat import EndpointConfig
from yingda.observability.metrics import Metrics
from yingda.settings import Settings
from yingda.storage.schema import migrate
from yingda.storage.sql import Database, open_database
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock, SystemClock
from yingda.turns.types import Turn
from yingda.understanding.followup import resolve
from yingda.understanding.intents import read
from yingda.web.auth import Authenticator
from yingda.web.keys import Keys
from yingda.web.stream import StreamWatch

log = logging.getLogger(__name__)

CACHE_ANSWER_S = 0.25
"""A cache that takes longer than that is no help."""


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
        conversations = await stack.enter_async_context(_conversations(settings, clock))
        library, ingestor, retriever = await _knowledge(stack, settings, database, http, clock)
        gateway = _gateway(settings, http, clock)
        cache = await stack.enter_async_context(_cache(settings, clock))
        desk = Desk(database)
        metrics = Metrics()
        answer = _answerer(settings, clock, retriever, gateway, cache, desk)
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
            _sweep(settings, conversations, clock),
        ):
            await stack.enter_async_context(_background(work))
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


def sqlite_path(settings: Settings) -> Path:
    """The embedded database."""
    return settings.home / "yingda.db"


def _answerer(
    settings: Settings,
    clock: Clock,
    retriever: HybridRetriever,
    gateway: Gateway | None,
    cache: AnswerCache,
    desk: Desk,
) -> Answerer:
    small = gateway.small if gateway else None
    found = _from_passages(settings, clock, gateway)
    variant = f"{gateway.model.name} {PROMPT_VERSION}" if gateway else "extractive"
    key_of = partial(_key_of, retriever, variant)
    if settings.hot_cache_enabled and gateway is not None:
        found = with_single_flight(found, key_of)
    documents = with_passages(retriever, found, clock, PassagesConfig(passage_count=settings.rerank_top_k))
    if settings.hot_cache_enabled:
        documents = with_cache(documents, cache, key_of)
    agents = [
        Agent(name="documents", intents=frozenset({"knowledge_qa", "unknown"}), answer=documents),
        Agent(name="business", intents=frozenset({"business_query"}), answer=business(documents)),
        Agent(name="tickets", intents=frozenset({"ticket"}), answer=ticket(documents)),
        Agent(name="chitchat", intents=frozenset({"chitchat"}), answer=chitchat),
        Agent(name="handoff", intents=frozenset({"transfer_to_human", "emotion_sensitive"}), answer=silent),
    ]
    chosen = with_resolved_question(route(agents, read, small, clock), resolve, small, clock)
    policy = HandoffPolicy(max_failed_attempts=settings.max_failed_attempts)
    return with_handoff(chosen, desk, policy, clock)


def _from_passages(settings: Settings, clock: Clock, gateway: Gateway | None) -> Answerer:
    quoted = extractive()
    if gateway is None:
        return quoted
    written = grounded(gateway.model, GroundedConfig(max_tokens=settings.llm_max_tokens), clock)
    return with_fallback(written, quoted, clock, FallbackConfig(on_overload=settings.llm_overload))


def _key_of(retriever: HybridRetriever, variant: str, turn: Turn) -> str:
    return cache_key(turn, retriever.revision(turn.principal, turn.collection), variant)


async def _knowledge(
    stack: AsyncExitStack,
    settings: Settings,
    database: Database,
    http: aiohttp.ClientSession,
    clock: Clock,
) -> tuple[Library, Ingestor, HybridRetriever]:
    embedder, vectors = _dense(settings, http)
    side = VectorSide(store=vectors, embedder=embedder) if embedder and vectors else None
    lexicons = CollectionLexicons()
    index = await asyncio.to_thread(TantivyIndex, settings.home / "index", lexicons)
    words = WordSide(index=index, lexicons=lexicons)
    library = await stack.enter_async_context(open_library(database, words, settings.home, clock, side))
    parsers = await stack.enter_async_context(ParserPool(settings.parser_workers, ParseLimits()))
    chunker = partial(chunk, config=ChunkConfig(max_chars=settings.chunk_size_chars))
    recipe = IntakeConfig(recipe=f"5-{settings.chunk_size_chars}")
    intake = Intake(library, parsers, chunker, embedder, recipe)
    ingestor = Ingestor(library, intake, clock, IngestConfig(parallel=settings.parser_workers))
    retriever = HybridRetriever(
        index,
        library,
        clock,
        dense=Dense(embedder=embedder, vectors=vectors) if embedder and vectors else None,
        reranker=_reranker(settings, http),
        config=RetrieveConfig(threshold=settings.similarity_threshold),
    )
    return library, ingestor, retriever


def _dense(settings: Settings, http: aiohttp.ClientSession) -> tuple[Embedder | None, VectorStore | None]:
    if not settings.embedding_base_url:
        return None, None
    config = EmbedConfig(
        base_url=settings.embedding_base_url,
        model=settings.embedding_model,
        api_key=settings.embedding_api_key.get_secret_value(),
        batch_count=settings.embedding_batch_size,
    )
    return Embedder(http, config), VectorStore(settings.home / "vectors", settings.embedding_model)


def _reranker(settings: Settings, http: aiohttp.ClientSession) -> Reranker | None:
    if not settings.rerank_base_url:
        return None
    key = settings.rerank_api_key.get_secret_value()
    config = RerankConfig(base_url=settings.rerank_base_url, model=settings.rerank_model, api_key=key)
    return Reranker(http, config)


def _gateway(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> Gateway | None:
    """None without LLM_BASE_URL: then every answer is extractive, and nothing dials out."""
    if not settings.llm_base_url:
        return None
    endpoint = partial(
        EndpointConfig,
        first_chunk_s=settings.llm_first_chunk_s,
        idle_s=settings.llm_idle_s,
        gather_s=settings.llm_gather_s,
    )
    main_key = settings.llm_api_key.get_secret_value()
    main = endpoint(name="main", base_url=settings.llm_base_url, model=settings.llm_model, api_key=main_key)
    fallback = settings.fallback_base_url and endpoint(
        name="fallback",
        base_url=settings.fallback_base_url,
        model=settings.fallback_model,
        api_key=settings.fallback_api_key.get_secret_value(),
    )
    small = settings.small_model and endpoint(
        name="small",
        base_url=settings.small_base_url or settings.llm_base_url,
        model=settings.small_model,
        api_key=settings.small_api_key.get_secret_value() or main_key,
        gather_s=0.0,  # its few words are waited for
    )
    cap = LimitsConfig(
        max_concurrent=settings.max_concurrent_llm_calls,
        max_waiting=settings.max_concurrent_llm_calls * 4,
        wait_s=settings.llm_wait_s,
    )
    config = GatewayConfig(main=main, fallback=fallback or None, small=small or None, limits=cap)
    return build_gateway(http, config)


@asynccontextmanager
async def _conversations(settings: Settings, clock: Clock) -> AsyncIterator[Conversations]:
    if redis_url := settings.redis_url.get_secret_value():
        async with open_redis(redis_url) as in_redis:
            yield in_redis
    elif database_url := settings.database_url.get_secret_value():
        async with open_postgres(database_url, clock) as in_postgres:
            yield in_postgres
    else:
        async with open_sqlite(sqlite_path(settings), clock) as in_sqlite:
            yield in_sqlite


@asynccontextmanager
async def _cache(settings: Settings, clock: Clock) -> AsyncIterator[AnswerCache]:
    if redis_url := settings.redis_url.get_secret_value():
        async with Redis.from_url(redis_url, socket_timeout=CACHE_ANSWER_S) as redis:
            yield RedisAnswerCache(redis, ttl_s=settings.hot_cache_ttl_s)
    else:
        yield MemoryAnswerCache(clock, max_size=settings.hot_cache_max_size, ttl_s=settings.hot_cache_ttl_s)


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


async def _sweep(settings: Settings, conversations: Conversations, clock: Clock) -> None:
    """Delete conversations past their retention, now and then, until cancelled."""
    while True:
        await asyncio.sleep(settings.session_cleanup_interval_s)
        with suppress(AnswerError):
            await conversations.sweep(clock.now() - timedelta(days=settings.retention_days))


@asynccontextmanager
async def _background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    task.add_done_callback(_tell_if_it_died)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _tell_if_it_died(task: asyncio.Task[None]) -> None:
    """A server without its journal or its watch is broken: that must not wait for the exit to be seen."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("background work ended: %r", error, exc_info=error)
