"""Events in, exact bytes out; body and stream say the same of any legal list of events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingda.dialects.dataqa.encode import ENCODERS, DataqaEncoder, reply_from
from yingda.dialects.dataqa.note import Note, note_from
from yingda.turns.events import (
    EVENTS,
    AgentChosen,
    AnswerMissed,
    CacheHit,
    Explanation,
    QuestionRewritten,
    ReasoningDelta,
    RowsFetched,
    StepTimed,
    SuggestionsOffered,
    TextDelta,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    TurnStopped,
)
from yingda.turns.types import ConversationId, TurnId

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
NOTE = Note(
    conversation="conv_20260105_1", user_id="john", session_id="s", is_guest=False, status="continued"
)
STARTED = TurnStarted(
    turn_id=TurnId("t"), conversation_id=ConversationId("c"), number=2, at=AT, wire=NOTE.dump()
)
CLASSIFIED = StepTimed(step="classify_question", elapsed_ms=1.25, note="rule: names orders")
CHOSEN = AgentChosen(agent="database", intent="rule", confidence=0.95)
ROWS = RowsFetched(
    sql="SELECT 1",
    columns=("地区", "地区"),
    rows=(("华东", None),),
    row_count=3,
    chart_json='{"mark":"bar"}',
    explanation=Explanation(source="parsed", definitions=("销售额",), as_of=AT),
)
DONE = TurnCompleted(at=AT + timedelta(seconds=1))
FAILED = TurnFailed(at=AT, code="sql_execution_failed", message="driver", status=500, retryable=False)


def frames(events):
    encoder = DataqaEncoder(ZONE)
    return [frame for event in events for frame in encoder.encode(event)]


def data_of(frame: bytes):
    return json.loads(frame.partition(b"data: ")[2])


def test_every_event_has_its_place():
    assert set(ENCODERS) == set(EVENTS.values())


def test_a_note_comes_back():
    assert note_from(NOTE.dump()) == NOTE
    assert note_from('{"key_id":"k"}') is None


def test_the_bytes_of_a_frame():
    assert frames([STARTED]) == [
        'id: t-1\ndata: {"success":true,"code":200,"message":"开始处理",'
        '"data":{"type":"progress","node":"start",'
        '"display_name":"开始处理","details":"已收到问题","sub_status":"running","conversation_id":"conv_20260105_1",'
        '"timestamp":"2026-01-05T17:00:00","timestamp_utc":"2026-01-05T09:00:00Z"}}\n\n'.encode()
    ]


def test_rows_keep_every_column_and_say_where_they_come_from():
    _, body = reply_from([STARTED, CLASSIFIED, CHOSEN, ROWS, TextDelta(text="一。"), DONE], ZONE)
    data = body["data"]
    assert data["query_result"] == {
        "rows": [{"地区": "华东", "地区_2": None}],
        "columns": ["地区", "地区_2"],
        "row_count": 1,
        "total_row_count": 3,
        "is_limited": True,
        "is_counted": True,
    }
    assert (data["chart"], data["explanation"]["as_of"]) == ({"mark": "bar"}, "2026-01-05T17:00:00")
    assert data["classification_info"] == {
        "question_type": "DATABASE",
        "confidence": 0.95,
        "method": "rule",
        "reason": "names orders",
    }
    assert (data["conversation_status"], data["conversation_message"]) == ("continued", "继续现有对话")


def test_an_empty_result_keeps_its_columns():
    empty = RowsFetched(sql="SELECT 1", columns=("a",), rows=(), row_count=0)
    _, body = reply_from([STARTED, CHOSEN, empty, DONE], ZONE)
    found = body["data"]["records"]
    assert (found["columns"], found["total_row_count"], found["is_limited"]) == (["a"], 0, False)
    assert found["message"]
    assert ("summary" in body["data"], body["data"]["response"]) == (False, "")


@pytest.mark.parametrize(
    ("events", "status", "path"),
    [
        ([CHOSEN, ROWS, TextDelta(text="x"), DONE], 200, 4),
        ([CHOSEN, ROWS, DONE], 200, 3),
        ([CHOSEN, TextDelta(text="?"), AnswerMissed(reason="ambiguous_question"), DONE], 422, 2),
        ([CHOSEN, StepTimed(step="execute_sql", elapsed_ms=1, note="timeout"), FAILED], 500, 3),
        ([TurnStopped(at=AT, by="shutdown")], 503, 1),
        ([TurnStopped(at=AT, by="user")], 409, 1),
    ],
)
def test_each_way_to_end(events, status, path):
    got, body = reply_from([STARTED, *events], ZONE)
    assert (got, body["code"], len(body["data"]["execution_path"])) == (status, status, path)
    assert body["success"] is (status == 200)
    assert body["data"].get("sql_error_category") == ("timeout" if FAILED in events else None)


CONTENT = st.lists(
    st.sampled_from(
        [
            CLASSIFIED,
            CHOSEN,
            AgentChosen(agent="chat", intent="rule_based_chat", confidence=0.9),
            ROWS,
            TextDelta(text="一"),
            ReasoningDelta(text="嗯"),
            QuestionRewritten(question="q", by="rules"),
            SuggestionsOffered(questions=("a", "b")),
            AnswerMissed(reason="missing_database_info"),
            CacheHit(age_s=3.0),
        ]
    )
)
ENDINGS = st.sampled_from([DONE, FAILED, TurnStopped(at=AT, by="user"), TurnStopped(at=AT, by="shutdown")])


@given(CONTENT, ENDINGS)
def test_body_and_stream_agree(content, ending):
    events = [STARTED, *content, ending]
    status, body = reply_from(events, ZONE)
    sent = frames(events)
    last = data_of(sent[-1])
    told = {**last["data"], "type": last["data"]["response_type"]}
    told.pop("response_type")
    assert {**last, "data": told} == json.loads(json.dumps(body))
    assert [data_of(frame)["data"]["type"] for frame in sent[:-1]] == ["progress"] * (len(sent) - 1)
    assert [frame.partition(b"\n")[0] for frame in sent] == [b"id: t-%d" % n for n in range(1, len(sent) + 1)]
    assert (last["data"]["type"] == "completed") is (status == 200)
