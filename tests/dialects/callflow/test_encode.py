"""Events in, exact bytes out; the two renderings agree for any legal list of events."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yingda.dialects.callflow.encode import ENCODERS, CallflowEncoder, body
from yingda.dialects.callflow.wire import note
from yingda.turns.events import (
    EVENTS,
    FlowAdvanced,
    SlotFilled,
    StageEntered,
    TextAwaited,
    TextDelta,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    TurnStopped,
)
from yingda.turns.record import record_from_events
from yingda.turns.types import ConversationId, TurnId

AT = datetime(2025, 3, 31, 3, 3, tzinfo=UTC)
STARTED = TurnStarted(
    turn_id=TurnId("t1"),
    conversation_id=ConversationId("c1"),
    number=1,
    at=AT,
    wire=note("a1002", "202503310303"),
)
STAGE = StageEntered(flow="accident", stage="greet", code="1002", label="通话中")
ENDED = StageEntered(flow="accident", stage="ended", code="0000", label="结束通话")
MOVED = FlowAdvanced(flow="accident", state_json="{}")
DONE = TurnCompleted(at=AT)
FAILED = TurnFailed(at=AT, code="model_unavailable", message="secret", status=503, retryable=True)

STAGE_CODE = b'event: stage_code\ndata: {"nextStageCode": "1002", "nextStage": "\\u901a\\u8bdd\\u4e2d"}\n\n'
COMPLETED = b'event: done\ndata: {"status": "completed"}\n\n'


def frames(*events):
    encoder = CallflowEncoder()
    return [frame for event in events for frame in encoder.encode(event)]


def parsed(*events):
    found = [frame.decode("ascii").split("\n") for frame in frames(*events)]
    assert all(len(lines) == 4 and lines[2:] == ["", ""] for lines in found)
    return [(one[0].removeprefix("event: "), json.loads(one[1].removeprefix("data: "))) for one in found]


def test_a_turn_byte_for_byte():
    assert frames(STARTED, STAGE, SlotFilled(slot="ready", value=True, quote="是"), MOVED) == [STAGE_CODE]
    assert frames(STARTED, STAGE, TextDelta(text="您好,"), TextDelta(text="请说。"), DONE) == [
        STAGE_CODE,
        b'event: text_delta\ndata: {"text": "\\u60a8\\u597d,"}\n\n',
        b'event: text_delta\ndata: {"text": "\\u8bf7\\u8bf4\\u3002"}\n\n',
        COMPLETED,
    ]


def test_a_turn_without_a_stage_tells_none():
    assert frames(STARTED, TextAwaited(), DONE) == [COMPLETED]
    assert orjson.dumps(body(record_from_events([STARTED, TextDelta(text="好"), DONE]))).decode() == (
        '{"sessionId":"a1002","timeStamp":"202503310303","outputText":"好","nextStage":"","nextStageCode":"",'
        '"code":"200","msg":""}'
    )


def test_a_stage_is_told_once_and_a_change_again():
    told = [name for name, _ in parsed(STARTED, STAGE, STAGE, TextDelta(text="x"), ENDED, STAGE)]
    assert told == ["stage_code", "text_delta", "stage_code", "stage_code"]


@pytest.mark.parametrize(
    ("ending", "error", "msg"),
    [
        (FAILED, "model_unavailable", "上游暂时不可用，请稍后再试"),
        (TurnFailed(at=AT, code="odd", message="secret", status=500, retryable=False), "odd", "内部错误"),
        (TurnStopped(at=AT, by="shutdown"), "shutting_down", "服务正在停止，请稍后再试"),
        (TurnStopped(at=AT, by="user"), "stopped", "本轮已停止"),
    ],
)
def test_what_did_not_end_well_says_so_and_no_more(ending, error, msg):
    told = {"msg": msg, "code": "500", "error": error, "requestId": "t1"}
    assert parsed(STARTED, STAGE, TextDelta(text="半"), ending)[2:] == [("error", told)]


def test_every_event_has_its_line():
    assert set(ENCODERS) == set(EVENTS.values())


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
stages = st.builds(
    lambda code, label: StageEntered(flow="f", stage="s", code=code, label=label),
    st.sampled_from(["0000", "1002", "2000"]),
    st.sampled_from(["", "通话中"]),
)
content = st.one_of(stages, st.builds(lambda text: TextDelta(text=text), texts), st.just(MOVED))


@given(st.lists(content, max_size=12))
def test_the_frames_fold_to_the_body(middle):
    events = [STARTED, *middle, DONE]
    told = parsed(*events)
    answer = body(record_from_events(events))
    assert "".join(data["text"] for name, data in told if name == "text_delta") == answer["outputText"]
    codes = [data["nextStageCode"] for name, data in told if name == "stage_code"]
    assert (codes or [""])[-1] == answer["nextStageCode"]
    assert told[-1] == ("done", {"status": "completed"})


@given(st.lists(content, max_size=6))
def test_each_event_is_ascii_and_small(middle):
    assert all(len(frame) < 1536 and frame.isascii() for frame in frames(STARTED, *middle, DONE))
    assert frames(STARTED, *middle, DONE) == frames(STARTED, *middle, DONE)
