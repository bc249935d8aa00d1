"""Data questions end to end over a real database, without a model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.text_to_sql.answering import BY_REGION, LAST_MONTH, REVENUE, Kiosk, conditioned

from yingda.answer_cache.cache import MemoryAnswerCache
from yingda.errors import StoreUnavailable
from yingda.testing.builders import collect, turn
from yingda.text_to_sql import query_json
from yingda.text_to_sql.answerer import data_answerer
from yingda.text_to_sql.failures import SqlFailed
from yingda.text_to_sql.query import Grouping, Query
from yingda.text_to_sql.types import Ambiguous
from yingda.turns.events import (
    AgentChosen,
    AnswerMissed,
    CacheHit,
    QuestionRewritten,
    RowsFetched,
    StepTimed,
    SuggestionsOffered,
    TextDelta,
    TurnEvent,
)
from yingda.turns.options import AnswerOptions
from yingda.turns.types import Turn

LAST = replace(BY_REGION, time=LAST_MONTH)
SUGGESTED = ("总销售额是多少", "各地区的销售额", "各地区的订单数", "销售有多少")
READINGS = {"上个月各地区的销售额": LAST, "总销售额": REVENUE}


def steps(events: list[TurnEvent]) -> list[str]:
    return [event.step for event in events if isinstance(event, StepTimed)]


def text(events: list[TurnEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def rows(events: list[TurnEvent]) -> RowsFetched:
    return next(event for event in events if isinstance(event, RowsFetched))


async def test_answers_from_rows_in_four_steps():
    events = await collect(data_answerer(Kiosk().parts(READINGS)), turn("上个月各地区的销售额"))
    assert steps(events) == ["classify_question", "generate_sql", "execute_sql", "generate_summary"]
    assert AgentChosen(agent="database", intent="rule_based_database_keywords", confidence=0.95) in events
    assert sorted(rows(events).rows) == [("华东", 150.5), ("华北", 150.5)]
    assert text(events) == (
        "上个月（2025-12-01 – 2025-12-31），销售额按地区分，共 2 组，均为 150.5。合计 301。"
    )


async def test_explains_where_the_rows_come_from():
    events = await collect(data_answerer(Kiosk().parts(READINGS)), turn("上个月各地区的销售额"))
    told = rows(events).explanation
    assert told is not None
    assert query_json.load(told.query_json) == LAST
    assert (told.source, told.definitions, told.filters) == (
        "parsed",
        ("销售额 = sum(sales: amount)",),
        ("日期: 上个月（2025-12-01 – 2025-12-31）",),
    )


async def test_keeps_the_columns_of_an_empty_result():
    nowhere = conditioned(BY_REGION, "sales.region", "西北")
    events = await collect(data_answerer(Kiosk().parts({"西北的销售额": nowhere})), turn("西北的销售额"))
    assert (rows(events).columns, rows(events).rows) == (("地区", "销售额"), ())
    assert text(events) == "地区 = 西北：没有符合条件的数据。"


async def test_asks_back_where_there_are_two_readings():
    two = Ambiguous(question="您指哪一个？", choices=("总销售额", "总订单数"))
    events = await collect(data_answerer(Kiosk().parts({"总数": two})), turn("总数"))
    assert events[-3:] == [
        TextDelta(text="您指哪一个？"),
        SuggestionsOffered(questions=("总销售额", "总订单数")),
        AnswerMissed(reason="ambiguous_question"),
    ]


async def test_says_what_the_data_do_not_hold_and_what_they_do():
    events = await collect(data_answerer(Kiosk().parts({})), turn("各地区的退货率是多少"))
    assert events[-3:] == [
        TextDelta(text="数据中没有与“各地区的退货率是多少”对应的内容，这个问题没有查询。可以这样问："),
        SuggestionsOffered(questions=SUGGESTED),
        AnswerMissed(reason="missing_database_info"),
    ]


async def test_small_talk_is_no_matter_of_rows():
    events = await collect(data_answerer(Kiosk().parts({})), turn("你好"))
    assert AgentChosen(agent="chat", intent="rule_based_chat", confidence=0.95) in events
    assert text(events).startswith("您好")


async def test_says_what_can_be_asked():
    events = await collect(data_answerer(Kiosk().parts({})), turn("你能回答哪些问题"))
    assert events[-2:] == [
        TextDelta(text="我是数据问答助手：把您的问题变成对订单的查询，并说明结果从哪里来。"),
        SuggestionsOffered(questions=SUGGESTED),
    ]


async def test_a_caller_may_decide_the_kind():
    asked = turn("总销售额", options=AnswerOptions(routing="chat_direct"))
    events = await collect(data_answerer(Kiosk().parts(READINGS)), asked)
    assert AgentChosen(agent="chat", intent="direct_chat", confidence=1.0) in events


async def test_a_database_that_is_away_can_be_tried_again():
    kiosk = Kiosk()
    kiosk.till.away = True
    with pytest.raises(StoreUnavailable) as failed:
        await collect(data_answerer(kiosk.parts(READINGS)), turn("总销售额"))
    assert failed.value.retryable


async def test_names_the_kind_of_failure_before_it_raises():
    kiosk, events = Kiosk(), []
    kiosk.till.failure = SqlFailed("timeout", "took too long")

    async def listen() -> None:
        async for event in data_answerer(kiosk.parts(READINGS))(turn("总销售额")):
            events.append(event)

    with pytest.raises(SqlFailed):
        await listen()
    assert events[-1] == StepTimed(step="execute_sql", elapsed_ms=0.0, note="timeout")


async def test_a_follow_up_edits_the_query_before():
    async def recall(asked: Turn) -> Query | None:
        return LAST

    by_month = replace(REVENUE, groupings=(Grouping(name="sales.day", grain="month"),))
    parts = Kiosk().parts({**READINGS, "按月份统计销售额": by_month}, recall=recall)
    events = await collect(data_answerer(parts), turn("按月份分组呢", number=2))
    assert rows(events).rows == (("2025-12", 301.0),)
    assert (
        QuestionRewritten(
            question="日期: 上个月（2025-12-01 – 2025-12-31），销售额，按日期（月）", by="rules"
        )
        in events
    )


async def test_answers_again_from_the_cache_in_and_out_of_a_conversation():
    kiosk = Kiosk()

    async def recall(asked: Turn) -> Query | None:
        return BY_REGION if asked.number > 1 else None

    cache = MemoryAnswerCache(max_size=10, ttl_s=3600, clock=kiosk.clock)
    answer = data_answerer(kiosk.parts(READINGS, cache=cache, recall=recall))
    first = await collect(answer, turn("总销售额"))
    inside = await collect(answer, turn("总销售额", number=2))
    anew = await collect(answer, turn("总销售额"))
    hits = [any(isinstance(event, CacheHit) for event in events) for events in (first, inside, anew)]
    assert (hits, len(kiosk.till.ran), text(anew)) == ([False, True, True], 1, text(first))


async def test_a_follow_up_never_meets_another_context():
    kiosk, before = Kiosk(), [BY_REGION]

    async def recall(asked: Turn) -> Query | None:
        return before[0]

    cache = MemoryAnswerCache(max_size=10, ttl_s=3600, clock=kiosk.clock)
    readings = {"上个月的销售额": replace(REVENUE, time=LAST_MONTH)}
    answer = data_answerer(kiosk.parts(readings, cache=cache, recall=recall))
    by_region = await collect(answer, turn("那上个月呢", number=2))
    before[0] = conditioned(REVENUE, "sales.channel", "web")
    of_web = await collect(answer, turn("那上个月呢", number=2))
    assert (rows(by_region).columns, rows(of_web).rows) == (("地区", "销售额"), ((250.5,),))
