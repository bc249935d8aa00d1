"""What a data question is: a follow-up made whole, then read, by the reader or by a model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from yingda.answer_cache.cache import AnswerCache
from yingda.errors import ModelUnavailable, Overloaded, StoreUnavailable
from yingda.text_to_sql import classify
from yingda.text_to_sql.chat import tongue_of
from yingda.text_to_sql.classify import Classified
from yingda.text_to_sql.explain import described
from yingda.text_to_sql.followup import edited
from yingda.text_to_sql.generate import Direct, NotWritten, Told, Written
from yingda.text_to_sql.query import Query
from yingda.text_to_sql.reading import Read, Reader
from yingda.text_to_sql.recall import Recall, recall_nothing
from yingda.text_to_sql.types import Ambiguous, Asked, DataSource, Outside, Reading, Rows, Understood
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.types import Turn, Usage

Compile = Callable[[Query], str]
"""A query as SQL; raises ValueError for what no statement is known for."""

Generate = Callable[[Turn, Asked, Outside | None], Awaitable[Written]]
"""A model writes SQL; raises `ModelUnavailable`, and `NotWritten` where nothing that it wrote holds."""

Tell = Callable[[Turn, Query | None, Rows], Awaitable[Told]]
"""A model says what rows say; raises as `Generate` does."""

_SURE_CHAT = 0.6


def _untaught() -> int:
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DataParts:
    """What data questions are answered by; without `generate` and `tell` no model is asked.

    `zone` is where "today" begins. `revision` counts what was taught since start and is part of cache keys.
    """

    source: DataSource
    reader: Reader
    compiled: Compile
    clock: Clock
    zone: ZoneInfo
    recall: Recall = recall_nothing
    chat: Answerer | None = None
    generate: Generate | None = None
    tell: Tell | None = None
    cache: AnswerCache | None = None
    revision: Callable[[], int] = _untaught


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a question came to, who decided it, and what that cost."""

    reading: Reading | Direct
    classified: Classified
    note: str
    usages: tuple[Usage, ...] = ()
    degraded: str | None = None


async def resolve(parts: DataParts, turn: Turn) -> tuple[Asked, Query | None]:
    """The question as it stands alone, and as a query where it edits the one before."""
    today = turn.started_at.astimezone(parts.zone).date()
    previous = None
    with suppress(StoreUnavailable):  # a question that stands alone is answered all the same
        previous = await parts.recall(turn)
    asked = Asked(question=turn.question, today=today, previous=previous)
    if previous is None:
        return asked, None
    model, read = parts.source.model, await parts.reader(turn.principal)
    query = edited(model, partial(_read_alone, read, today), previous, turn.question)
    if query is None or _is_verified(read(asked)):
        return asked, None
    return replace(asked, question=described(model, query, tongue_of(turn))), query


def _read_alone(read: Read, today: date, question: str) -> Query | None:
    reading = read(Asked(question=question, today=today))
    return reading.query if isinstance(reading, Understood) else None


def _is_verified(reading: Reading) -> bool:
    return isinstance(reading, Understood) and reading.source == "verified"


async def settle(parts: DataParts, turn: Turn, asked: Asked, query: Query | None) -> Settled:
    reading = await _read(parts, turn, asked, query)
    routing = turn.options.routing
    classified = classify.unread(routing, turn.text) or classify.by_reading(
        parts.source.model, turn.question if query is None else turn.text, reading
    )
    plain = Settled(reading=reading, classified=classified, note=_note(reading))
    is_sure_chat = classified.kind == "CHAT" and classified.confidence >= _SURE_CHAT
    wants_model = routing == "llm_only" or (isinstance(reading, Outside) and not is_sure_chat)
    if not wants_model:
        return plain
    if parts.generate is None:
        return replace(plain, degraded="no_model") if routing == "llm_only" else plain
    outside = reading if isinstance(reading, Outside) else None
    try:
        written = await parts.generate(turn, asked, outside)
    except (ModelUnavailable, Overloaded, NotWritten) as error:
        return replace(plain, degraded=error.code, usages=getattr(error, "usages", ()))
    return _by_model(written, classified)


def _by_model(written: Written, classified: Classified) -> Settled:
    is_direct = isinstance(written.reading, Direct)
    if classified.method != "direct_database":
        classified = classify.CHAT_BY_MODEL if is_direct else classify.BY_MODEL
    return Settled(reading=written.reading, classified=classified, note=written.note, usages=written.usages)


async def _read(parts: DataParts, turn: Turn, asked: Asked, query: Query | None) -> Reading:
    if query is None:
        return (await parts.reader(turn.principal))(asked)
    try:
        return Understood(sql=parts.compiled(query), source="parsed", query=query)
    except ValueError as gap:
        return Outside(reason=str(gap))


def _note(reading: Reading) -> str:
    match reading:
        case Understood():
            return reading.source
        case Ambiguous():
            return "more than one reading"
        case Outside():
            return reading.reason
