"""SQL and summaries by a model: structured replies, checked and repaired before anything is believed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from yingda.errors import AnswerError
from yingda.llm.failures import ModelTimedOut
from yingda.llm.think import ThinkSplitter
from yingda.llm.types import ChatModel, Chunk, Prompt, TextChunk, UsageChunk
from yingda.text_to_sql.failures import SqlFailed, SqlRefused
from yingda.text_to_sql.prompting import (
    DEFAULTS,
    Broken,
    PromptingConfig,
    repair_prompt,
    sql_prompt,
    summary_prompt,
)
from yingda.text_to_sql.query import Query
from yingda.text_to_sql.types import Ambiguous, Asked, DataSource, Outside, Rows, Understood
from yingda.turns.clock import Clock
from yingda.turns.types import Turn, Usage

REPAIRS_COUNT = 2
_CONFIDENCE = 0.8
"""What a statement that passed every check is taken to be right with; each repair takes a tenth off."""
_TIME_TO_RUN_S = 5.0
"""Left of the turn's time for the statement itself."""
_LONGEST_REPLY = 20_000
_CHOICES = 5
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


class NotWritten(AnswerError):
    """Nothing that the model wrote held, repairs included; `usages` is what it cost."""

    code, status, retryable = "sql_generation_failed", 422, True

    def __init__(self, message: str, usages: tuple[Usage, ...] = ()) -> None:
        super().__init__(message)
        self.usages = usages


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """The model answers in words: no question about the data, or one that they do not answer."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a model made of a question; SQL in it has passed the guard and the database's own parser."""

    reading: Understood | Ambiguous | Direct
    note: str
    usages: tuple[Usage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A summary and who wrote it."""

    text: str
    note: str
    usages: tuple[Usage, ...] = ()


class _Sql(BaseModel):
    model_config = ConfigDict(extra="ignore")
    kind: Literal["sql"]
    sql: Annotated[str, Field(min_length=1)]


class _Clarification(BaseModel):
    model_config = ConfigDict(extra="ignore")
    kind: Literal["clarification"]
    question: Annotated[str, Field(min_length=1)]
    choices: list[str] = []


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")
    kind: Literal["answer"]
    text: Annotated[str, Field(min_length=1)]


_Reply = _Sql | _Clarification | _Answer
_REPLY: TypeAdapter[_Reply] = TypeAdapter(Annotated[_Reply, Field(discriminator="kind")])


def generator(
    model: ChatModel, source: DataSource, clock: Clock, config: PromptingConfig = DEFAULTS
) -> Callable[[Turn, Asked, Outside | None], Awaitable[Written]]:
    """One call on the common path, at most two more to repair, all within the turn's time to answer."""

    async def write(turn: Turn, asked: Asked, outside: Outside | None) -> Written:
        left_s = turn.answer_by_s - clock.monotonic() - _TIME_TO_RUN_S
        try:
            return await asyncio.wait_for(_written(model, source, turn, asked, config), max(0.0, left_s))
        except TimeoutError:
            raise ModelTimedOut(f"model {model.name!r} wrote no SQL in time") from None

    return write


async def _written(
    model: ChatModel, source: DataSource, turn: Turn, asked: Asked, config: PromptingConfig
) -> Written:
    usages: list[Usage] = []
    prompt, broken = sql_prompt(source.model, asked, config), None
    for attempt in range(1 + REPAIRS_COUNT):
        text = await _reply(model, prompt, usages)
        outcome = await _checked(source, turn, text)
        if not isinstance(outcome, Broken):
            if isinstance(outcome, Understood):
                outcome = replace(outcome, confidence=round(_CONFIDENCE - attempt / 10, 2))
            note = f"model {model.name}" + (f", repaired {attempt}" if attempt else "")
            return Written(reading=outcome, note=note, usages=tuple(usages))
        broken = outcome
        prompt = repair_prompt(source.model, asked, broken, config)
    raise NotWritten(f"no statement that holds: {broken.kind if broken else ''}", tuple(usages))


async def _reply(model: ChatModel, prompt: Prompt, usages: list[Usage]) -> str:
    """The reply's text without its thinking; a thought that never ends leaves none."""
    splitter, said = ThinkSplitter(), ""
    async with aclosing(model.stream(prompt)) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, UsageChunk):
                usages.append(chunk.usage)
            elif isinstance(chunk, TextChunk) and len(said) < _LONGEST_REPLY:
                said += _text(splitter.feed(chunk.text))
    return said + _text(splitter.end())


def _text(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, TextChunk))


async def _checked(source: DataSource, turn: Turn, text: str) -> Understood | Ambiguous | Direct | Broken:
    reply = _parsed(text)
    match reply:
        case None:
            return Broken(reply=text, kind="not_json", error="The reply is not one of the JSON objects.")
        case _Answer():
            return Direct(text=reply.text)
        case _Clarification():
            choices = tuple(choice for choice in reply.choices if choice.strip())[:_CHOICES]
            return Ambiguous(question=reply.question, choices=choices)
    try:
        await source.check(turn.principal, reply.sql)
    except SqlRefused as refusal:
        return Broken(reply=reply.sql, kind=f"refused: {refusal.rule}", error=refusal.message)
    except SqlFailed as failure:
        if failure.kind in ("timeout", "permission"):
            raise
        return Broken(reply=reply.sql, kind=failure.kind, error=failure.message)
    return Understood(sql=reply.sql, source="model")


def _parsed(text: str) -> _Reply | None:
    """The object in the reply, also where it is fenced or has words around it."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        return _REPLY.validate_json(text[start : end + 1])
    except ValidationError:
        return None


def teller(
    model: ChatModel, clock: Clock, config: PromptingConfig
) -> Callable[[Turn, Query | None, Rows], Awaitable[Told]] | None:
    """A summary in the model's words; one that holds a figure the rows do not is thrown away.

    None where no row may be sent to a model.
    """
    if config.summary_rows_count <= 0:
        return None

    async def tell(turn: Turn, query: Query | None, rows: Rows) -> Told:
        usages: list[Usage] = []
        left_s = turn.answer_by_s - clock.monotonic()
        try:
            text = await asyncio.wait_for(
                _reply(model, summary_prompt(turn, rows, config), usages), max(0.0, left_s)
            )
        except TimeoutError:
            raise ModelTimedOut(f"model {model.name!r} wrote no summary in time") from None
        made_up = figures_not_in(text, turn.question, rows)
        if not text.strip() or made_up:
            raise NotWritten(f"figures that the rows do not hold: {', '.join(made_up)}", tuple(usages))
        return Told(text=text.strip(), note=f"model {model.name}", usages=tuple(usages))

    return tell


def figures_not_in(text: str, question: str, rows: Rows) -> tuple[str, ...]:
    """Numbers of the text that neither the rows nor the question hold, as digits."""
    known = {_plain(found) for found in _NUMBER.findall(question)} | {
        str(rows.row_count),
        str(len(rows.rows)),
    }
    for row in rows.rows:
        for value in row:
            known |= {_plain(found) for found in _NUMBER.findall(_written_out(value))}
            known |= _roundings(value)
    return tuple(found for found in _NUMBER.findall(text) if _plain(found) not in known)


def _written_out(value: object) -> str:
    return f"{value:f}" if isinstance(value, float) else str(value)


def _roundings(value: object) -> set[str]:
    """A figure may be said to fewer places, and a share in per cent."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return set()
    figures = (abs(value), abs(value) * 100)
    return {_plain(f"{figure:.{places}f}") for figure in figures for places in range(5)}


def _plain(number: str) -> str:
    bare = number.replace(",", "")
    return bare.rstrip("0").rstrip(".") if "." in bare else bare
