"""Guard, parser, values, compiler and summary together, over a database file."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.text_to_sql.answering import MODEL, ROWS

from yingda.errors import StoreUnavailable
from yingda.testing.builders import collect, turn
from yingda.testing.clock import FrozenClock
from yingda.testing.scripted_model import ScriptedModel
from yingda.text_to_sql import query_json
from yingda.text_to_sql.answerer import data_answerer
from yingda.text_to_sql.compile import sql_from_query
from yingda.text_to_sql.generate import generator
from yingda.text_to_sql.policy import ColumnPolicy, Policies, RowPolicy
from yingda.text_to_sql.query import Query
from yingda.text_to_sql.reading import reader_over
from yingda.text_to_sql.settle import DataParts
from yingda.text_to_sql.source import Source, SourceConfig, open_source
from yingda.turns.events import AnswerMissed, RowsFetched, TextDelta, TurnEvent
from yingda.turns.types import Turn


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The till's rows in a file."""
    file = tmp_path / "kiosk.db"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE sales (id INTEGER, region, channel, day, amount)")
        database.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?)", ROWS)
    database.close()
    return file


@pytest.fixture
async def source(path: Path) -> AsyncIterator[Source]:
    async with open_source(f"sqlite:///{path}", MODEL) as opened:
        yield opened


def parts(source: Source, policies: Policies | None = None) -> DataParts:
    return DataParts(
        source=source,
        reader=reader_over(MODEL, source.values, policies or Policies()),
        compiled=lambda query: sql_from_query(MODEL, query),
        clock=FrozenClock(),
        zone=ZoneInfo("Asia/Shanghai"),
    )


def rows(events: list[TurnEvent]) -> RowsFetched:
    return next(event for event in events if isinstance(event, RowsFetched))


def text(events: list[TurnEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_a_conversation_goes_on_from_query_to_query(source: Source):
    known: list[Query] = []

    async def recall(asked: Turn) -> Query | None:
        return known[-1] if known else None

    answer = data_answerer(replace(parts(source), recall=recall))
    said = []
    for number, question in enumerate(
        ("上个月各地区的销售额", "只看华东", "能否按渠道分组?", "换成订单数"), 1
    ):
        events = await collect(answer, turn(question, number=number))
        explanation = rows(events).explanation
        assert explanation is not None
        query = query_json.load(explanation.query_json)
        assert query is not None
        known.append(query)
        said.append(sorted(rows(events).rows))
    assert said == [
        [("华东", 150.5), ("华北", 150.5)],
        [("华东", 150.5)],
        [("app", 50.5), ("web", 100.0)],
        [("app", 1), ("web", 1)],
    ]


async def test_what_a_policy_left_out_is_said(path: Path):
    policies = Policies(rows=(RowPolicy(name="own_region", table="sales", condition="region = '华东'"),))
    config = SourceConfig(policies=policies)
    async with open_source(f"sqlite:///{path}", MODEL, config) as source:
        events = await collect(data_answerer(parts(source, policies)), turn("销售额是多少"))
    assert rows(events).rows == ((150.5,),)
    assert text(events) == "销售额为 150.5。（部分数据因权限未包含在内）"


async def test_values_of_hidden_columns_are_no_words(path: Path):
    policies = Policies(columns=(ColumnPolicy(name="no_channel", table="sales", columns=("channel",)),))
    config = SourceConfig(policies=policies)
    async with open_source(f"sqlite:///{path}", MODEL, config) as source:
        events = await collect(data_answerer(parts(source, policies)), turn("app的销售额"))
    assert AnswerMissed(reason="missing_database_info") in events


async def test_what_a_model_writes_passes_the_same_guard(source: Source):
    hostile = '{"kind": "sql", "sql": "DELETE FROM sales"}'
    model = ScriptedModel([hostile])
    whole = parts(source)
    write = generator(model, source, whole.clock)
    events = await collect(data_answerer(replace(whole, generate=write)), turn("退货率是多少"))
    assert (AnswerMissed(reason="missing_database_info") in events, len(model.prompts)) == (True, 3)
    assert "refused" in model.prompts[1].messages[1].text


async def test_a_database_that_is_not_there_can_be_tried_again(tmp_path: Path):
    async with open_source(f"sqlite:///{tmp_path / 'gone.db'}", MODEL) as source:
        with pytest.raises(StoreUnavailable) as failed:
            await collect(data_answerer(parts(source)), turn("销售额是多少"))
    assert failed.value.retryable
