"""Questions about a database: the source, its model, what people teach, and who answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from redis.asyncio import Redis
from redis.exceptions import RedisError

from yingda.answer_cache.cache import AnswerCache, MemoryAnswerCache
from yingda.answer_cache.redis import RedisAnswerCache
from yingda.business.shop.database import FILE_NAME, make_shop
from yingda.conversations.archive import Archive
from yingda.data_training.book import TrainingBook
from yingda.data_training.feedback import FeedbackStore
from yingda.data_training.store import TrainingStore
from yingda.dialects.dataqa.asks import DataqaConfig
from yingda.errors import AnswerError
from yingda.llm.gateway import Gateway
from yingda.settings import Settings
from yingda.storage.sql import Database
from yingda.text_to_sql.answerer import data_answerer
from yingda.text_to_sql.chat import model_chat
from yingda.text_to_sql.compile import sql_from_query
from yingda.text_to_sql.draft import draft_model
from yingda.text_to_sql.generate import generator, teller
from yingda.text_to_sql.load import ModelInvalid, model_from_yaml, policies_from_yaml
from yingda.text_to_sql.model import SemanticModel, VerifiedQuery
from yingda.text_to_sql.policy import Policies
from yingda.text_to_sql.prompting import PromptingConfig
from yingda.text_to_sql.reading import reader_over
from yingda.text_to_sql.recall import recall_from
from yingda.text_to_sql.settle import DataParts
from yingda.text_to_sql.source import Source, SourceConfig, open_source
from yingda.text_to_sql.types import DataSource, Rows
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.events import RowsFetched, TextDelta, TurnEvent
from yingda.turns.types import Principal, Turn
from yingda.wiring.stores import CACHE_ANSWER_S

T = TypeVar("T")

SAMPLE_MODEL = Path("samples/shop/model.yaml")
CACHED_ANSWERS = 1000


class DataUnusable(AnswerError):
    """DATA_MODEL or DATA_POLICIES is not there, or cannot be read; the message says why."""

    code = "data_unusable"


RedisInfo = Callable[[], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataNeeds:
    """What data questions are built from."""

    settings: Settings
    clock: Clock
    database: Database
    archive: Archive
    gateway: Gateway | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Data questions: who answers them, and all that their paths work with."""

    answer: Answerer
    source: DataSource
    cache: AnswerCache
    redis_info: RedisInfo
    training: TrainingStore
    feedback: FeedbackStore
    book: TrainingBook
    config: DataqaConfig


async def open_data(stack: AsyncExitStack, needs: DataNeeds) -> Data:
    """Connects to nothing yet; the database may come and go. Raises `DataUnusable`."""
    settings, clock = needs.settings, needs.clock
    training = TrainingStore(needs.database, clock)
    book = TrainingBook(needs.database, training)
    await book.refresh()
    model = await _model(settings)
    policies = _policies(settings, model)
    source = await _open_source(stack, needs, model, policies)
    cache, redis_info = await _open_cache(stack, settings, clock)
    return Data(
        answer=_answerer(needs, source, policies, book, cache if settings.data_cache_enabled else None),
        source=source,
        cache=cache,
        redis_info=redis_info,
        training=training,
        feedback=FeedbackStore(needs.database, clock),
        book=book,
        config=DataqaConfig(
            zone=ZoneInfo(settings.timezone),
            max_conversations=settings.user_max_conversations,
            context_messages=settings.context_messages,
            life_s=settings.data_conversation_ttl_s,
            routing=settings.data_routing,
        ),
    )


async def _open_source(
    stack: AsyncExitStack, needs: DataNeeds, model: SemanticModel, policies: Policies
) -> Source:
    settings, clock = needs.settings, needs.clock
    if not settings.data_url.get_secret_value():
        today = clock.now().astimezone(ZoneInfo(settings.timezone)).date()
        await asyncio.to_thread(make_shop, settings.home / FILE_NAME, today)
    config = SourceConfig(row_cap=settings.data_max_rows, policies=policies)
    return await stack.enter_async_context(open_source(data_url(settings), model, config, clock))


def data_url(settings: Settings) -> str:
    """The database that is set, else the sample shop's."""
    return settings.data_url.get_secret_value() or f"sqlite:///{settings.home / FILE_NAME}"


def model_path(settings: Settings) -> Path | None:
    """The file that is set, else the sample's, in the package as installed or beside it in a checkout.

    None where there is no file: then the model is drafted from the database at each start.
    """
    if settings.data_model:
        return Path(settings.data_model)
    if settings.data_url.get_secret_value():
        return None
    package = Path(__file__).resolve().parents[1]
    places = (package / SAMPLE_MODEL, package.parents[1] / SAMPLE_MODEL)
    return next((place for place in places if place.exists()), None)


async def _model(settings: Settings) -> SemanticModel:
    path = model_path(settings)
    if path is None:
        return await draft_model(data_url(settings))
    return _read("DATA_MODEL", path, model_from_yaml)


def _policies(settings: Settings, model: SemanticModel) -> Policies:
    if not settings.data_policies:
        return Policies()
    return _read("DATA_POLICIES", Path(settings.data_policies), lambda text: policies_from_yaml(text, model))


def _read(name: str, path: Path, load: Callable[[str], T]) -> T:
    try:
        return load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ModelInvalid) as error:
        raise DataUnusable(f"{name} {path}: {error}") from None


async def _open_cache(
    stack: AsyncExitStack, settings: Settings, clock: Clock
) -> tuple[AnswerCache, RedisInfo]:
    ttl_s = settings.data_cache_ttl_s
    if not (url := settings.redis_url.get_secret_value()):
        return MemoryAnswerCache(clock, max_size=CACHED_ANSWERS, ttl_s=ttl_s), _no_redis
    redis = await stack.enter_async_context(Redis.from_url(url, socket_timeout=CACHE_ANSWER_S))
    return RedisAnswerCache(redis, prefix="yingda:data", ttl_s=ttl_s), partial(_redis_info, redis)


async def _no_redis() -> dict[str, Any]:
    return {"connected": False, "memory_usage": None, "keys_count": 0}


async def _redis_info(redis: Redis) -> dict[str, Any]:
    try:
        memory, keys = await redis.info("memory"), await redis.dbsize()
    except RedisError:
        return await _no_redis()
    return {
        "connected": True,
        "memory_usage": f"{memory['used_memory'] / 1_048_576:.2f}MB",
        "keys_count": keys,
    }


def _answerer(
    needs: DataNeeds, source: Source, policies: Policies, book: TrainingBook, cache: AnswerCache | None
) -> Answerer:
    """Each turn is answered over the model with what its tenant was taught, and the newest values."""

    async def answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        taught = TaughtSource(source, book, turn.principal)
        parts = DataParts(
            source=taught,
            reader=reader_over(taught.model, source.values, policies),
            compiled=partial(sql_from_query, taught.model),
            clock=needs.clock,
            zone=ZoneInfo(needs.settings.timezone),
            recall=recall_from(needs.archive),
            cache=cache,
            revision=partial(book.revision, turn.principal),
        )
        async with aclosing(data_answerer(_with_model(parts, needs))(turn)) as events:
            async for event in events:
                yield event

    return answer if needs.settings.data_summary else _without_summary(answer)


def _with_model(parts: DataParts, needs: DataNeeds) -> DataParts:
    if needs.gateway is None:
        return parts
    model, clock = needs.gateway.model, needs.clock
    return replace(
        parts,
        chat=model_chat(model, lambda: parts.source.model),
        generate=generator(model, parts.source, clock),
        tell=teller(model, clock, PromptingConfig()),
    )


class TaughtSource:
    """A source whose model holds the pairs that the asker's tenant has approved, too."""

    def __init__(self, source: DataSource, book: TrainingBook, principal: Principal) -> None:
        self._source = source
        self.model = _taught(source.model, book, principal)

    async def run(self, principal: Principal, sql: str) -> Rows:
        return await self._source.run(principal, sql)

    async def check(self, principal: Principal, sql: str) -> None:
        await self._source.check(principal, sql)


def _taught(model: SemanticModel, book: TrainingBook, principal: Principal) -> SemanticModel:
    pairs = book.pairs(principal)
    if not pairs:
        return model
    queries = tuple(
        VerifiedQuery(
            name=pair.id,
            question=pair.question,
            sql=pair.content,
            owner=pair.author,
            approved_by=pair.approved_by,
            approved_at=pair.approved_at,
        )
        for pair in pairs
    )
    return replace(model, verified_queries=(*queries, *model.verified_queries))


def _without_summary(answer: Answerer) -> Answerer:
    """Rows alone; what else is said, such as a question back, stays."""

    async def rows_only(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        has_rows = False
        async with aclosing(answer(turn)) as events:
            async for event in events:
                has_rows = has_rows or isinstance(event, RowsFetched)
                if not (has_rows and isinstance(event, TextDelta)):
                    yield event

    return rows_only
