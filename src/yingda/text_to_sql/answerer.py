"""Data questions as an answerer: classify, read, run, summarise; each step an event with what came of it.

A turn yields, in this order (what is not there was not reached):

    StepTimed("classify_question")  note: method and reason
    AgentChosen(agent="database" | "chat", intent=the method's name, confidence)
    QuestionRewritten               a follow-up, as the query it was edited into
    StepTimed("generate_sql")       note: `verified`, `parsed` or `model`, else why there is no SQL
    StepTimed("execute_sql")        note: how many rows; of a statement that failed `SqlFailed.kind`
    RowsFetched                     rows, chart, explanation
    TextDelta                       the summary
    StepTimed("generate_summary")   note: `template` or `model`
    SuggestionsOffered

What reads in two ways is asked back, what the model does not reach is said to be outside: the text says it,
`SuggestionsOffered` holds the choices, and `AnswerMissed.reason` is `ambiguous_question` or
`missing_database_info`: 422 as `sql_generation_failed` on the wire, no failure of the turn. Raised are
`SqlRefused` (422), `SqlFailed` (500, `sql_execution_failed`, retryable where it was a time-out) and
`StoreUnavailable` (503, retryable) where the database is away.
`AnswerDegraded` says that a model was to write the SQL and could not.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from yingda.answer_cache.answerer import with_cache
from yingda.errors import ModelUnavailable, Overloaded
from yingda.text_to_sql import classify
from yingda.text_to_sql.cache_key import DataState, RowsOnly, data_key
from yingda.text_to_sql.chart import chart_json
from yingda.text_to_sql.chat import outside_said, small_talk, spans, tongue_of
from yingda.text_to_sql.classify import Classified
from yingda.text_to_sql.explain import explanation
from yingda.text_to_sql.failures import SqlFailed
from yingda.text_to_sql.figures import Tongue
from yingda.text_to_sql.generate import Direct, NotWritten, Told
from yingda.text_to_sql.query import Query
from yingda.text_to_sql.settle import DataParts, Settled, resolve, settle
from yingda.text_to_sql.similar import suggestions
from yingda.text_to_sql.summary import summary
from yingda.text_to_sql.types import Ambiguous, Asked, Outside, Rows, Understood
from yingda.turns.answerer import Answerer
from yingda.turns.events import (
    AgentChosen,
    AnswerDegraded,
    AnswerMissed,
    QuestionRewritten,
    RowsFetched,
    StepTimed,
    SuggestionsOffered,
    TextDelta,
    TurnEvent,
    UsageReported,
)
from yingda.turns.types import Turn


def data_answerer(parts: DataParts) -> Answerer:
    """Answers from rows, or by chat; a follow-up is read against the query before it."""
    chat = parts.chat or small_talk(lambda: parts.source.model)

    async def answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        began_s = parts.clock.monotonic()
        classified = classify.unread(turn.options.routing, turn.question)
        if classified is not None and classified.kind == "CHAT":
            for event in _classified(parts, classified, began_s):
                yield event
            inner = chat
        else:
            asked, query = await resolve(parts, turn)
            if query is not None:
                yield QuestionRewritten(question=asked.question, by="rules")
            turn = replace(turn, question=asked.question)
            inner = _cached(parts, _from_rows(parts, chat, asked, query), asked, query)
        async with aclosing(inner(turn)) as events:
            async for event in events:
                yield event

    return answer


def _cached(parts: DataParts, answer: Answerer, asked: Asked, query: Query | None) -> Answerer:
    if parts.cache is None:
        return answer
    cache = RowsOnly(parts.cache)
    day, model = asked.today.isoformat(), parts.source.model

    def key_of(turn: Turn) -> str:
        now_s = parts.clock.now().timestamp()
        return data_key(turn, model, query, DataState(day=day, now_s=now_s, revision=parts.revision()))

    return with_cache(answer, cache, key_of)


def _from_rows(parts: DataParts, chat: Answerer, asked: Asked, query: Query | None) -> Answerer:
    """Reads the question, then lets rows, a question back, or chat answer it."""

    async def answer(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        began_s = parts.clock.monotonic()
        settled = await settle(parts, turn, asked, query)
        for usage in settled.usages:
            yield UsageReported(usage=usage)
        for event in _classified(parts, settled.classified, began_s):
            yield event
        if settled.degraded is not None:
            yield AnswerDegraded(reason=settled.degraded)
        if settled.classified.kind == "DATABASE":
            yield _timed(parts, "generate_sql", began_s, settled.note)
        async with aclosing(_told(parts, chat, settled)(turn)) as events:
            async for event in events:
                yield event

    return answer


def _told(parts: DataParts, chat: Answerer, settled: Settled) -> Answerer:
    reading = settled.reading
    if isinstance(reading, Direct):
        return _say(reading.text, (), None)
    if settled.classified.kind == "CHAT":
        return chat
    if isinstance(reading, Ambiguous):
        return _say(reading.question, reading.choices, "ambiguous_question")
    if isinstance(reading, Outside):
        choices = reading.suggestions or suggestions(parts.source.model, reading.unknown)
        return _outside(reading, choices)
    return _rows(parts, reading)


def _outside(reading: Outside, choices: tuple[str, ...]) -> Answerer:
    async def say(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        text = outside_said(spans(turn.question, reading.unknown), tongue_of(turn), has_choices=bool(choices))
        async with aclosing(_say(text, choices, "missing_database_info")(turn)) as events:
            async for event in events:
                yield event

    return say


def _say(text: str, choices: tuple[str, ...], missed: str | None) -> Answerer:
    async def say(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        yield TextDelta(text=text)
        if choices:
            yield SuggestionsOffered(questions=choices)
        if missed is not None:
            yield AnswerMissed(reason=missed)

    return say


def _rows(parts: DataParts, understood: Understood) -> Answerer:
    """Runs the statement and says what came of it."""

    async def fetch_and_tell(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        began_s = parts.clock.monotonic()
        fetched = await _fetched(parts, turn, understood)
        if isinstance(fetched, SqlFailed):
            yield _timed(parts, "execute_sql", began_s, fetched.kind)
            raise fetched
        yield _timed(parts, "execute_sql", began_s, f"{fetched.row_count} rows")
        yield _event(parts, turn, understood, fetched)
        began_s = parts.clock.monotonic()
        told = await _summary(parts, turn, understood, fetched)
        for usage in told.usages:
            yield UsageReported(usage=usage)
        yield TextDelta(text=told.text + _remarks(understood, fetched, tongue_of(turn)))
        yield _timed(parts, "generate_summary", began_s, told.note)

    return fetch_and_tell


async def _fetched(parts: DataParts, turn: Turn, understood: Understood) -> Rows | SqlFailed:
    try:
        return await parts.source.run(turn.principal, understood.sql)
    except SqlFailed as failure:
        return failure


def _event(parts: DataParts, turn: Turn, understood: Understood, rows: Rows) -> RowsFetched:
    model, now = parts.source.model, parts.clock.now()
    return RowsFetched(
        sql=rows.sql,
        columns=rows.columns,
        rows=rows.rows,
        row_count=rows.row_count,
        is_counted=rows.is_counted,
        is_limited=rows.is_limited,
        chart_json=chart_json(understood.query, rows),
        explanation=explanation(model, understood, rows, now, tongue_of(turn)),
    )


async def _summary(parts: DataParts, turn: Turn, understood: Understood, rows: Rows) -> Told:
    plain = Told(text=summary(parts.source.model, understood.query, rows, tongue_of(turn)), note="template")
    if parts.tell is None or not rows.rows:
        return plain
    try:
        return await parts.tell(turn, understood.query, rows)
    except (ModelUnavailable, Overloaded, NotWritten) as error:
        return replace(plain, note=f"template, model: {error.code}", usages=getattr(error, "usages", ()))


def _remarks(understood: Understood, rows: Rows, tongue: Tongue) -> str:
    """What was taken for granted, and that a policy left something out."""
    based = ("依据：" if tongue == "zh" else "based on ") if understood.assumed else ""
    said = [based + ("、" if tongue == "zh" else ", ").join(understood.assumed)] if based else []
    if rows.restricted:
        said.append("部分数据因权限未包含在内" if tongue == "zh" else "your permissions leave some data out")
    if not said:
        return ""
    return f"（{'；'.join(said)}）" if tongue == "zh" else f" ({'; '.join(said)})"


def _classified(parts: DataParts, classified: Classified, began_s: float) -> tuple[TurnEvent, ...]:
    note = f"{classified.method}: {classified.reason}"
    agent = "database" if classified.kind == "DATABASE" else "chat"
    return (
        _timed(parts, "classify_question", began_s, note),
        AgentChosen(agent=agent, intent=classified.method, confidence=classified.confidence),
    )


def _timed(parts: DataParts, step: str, began_s: float, note: str) -> StepTimed:
    return StepTimed(step=step, elapsed_ms=(parts.clock.monotonic() - began_s) * 1000, note=note)
