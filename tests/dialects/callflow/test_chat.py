"""`/chat`: repeats answer the same, broken turns are replaced, and every refusal is an envelope."""

from __future__ import annotations

import asyncio
import json

import pytest
from tests.dialects.callflow.house import ANYBODY, CALL, opened

from yingda.errors import ModelUnavailable
from yingda.turns.events import StageEntered

STAGE = StageEntered(flow="f", stage="s", code="1002", label="通话中")


async def test_both_forms_say_the_same(house):
    house.script.steps = [STAGE, "您好，", "请说。"]
    whole = await house.post("/chat", text="喂")
    streamed = await house.post("/chat?stream=true", text="喂喂")
    assert (whole.status_code, whole.headers["content-type"]) == (200, "application/json")
    assert whole.json() == {
        **CALL,
        "outputText": "您好，请说。",
        "nextStage": "通话中",
        "nextStageCode": "1002",
        "code": "200",
        "msg": "",
    }
    assert streamed.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert [json.loads(line[6:]) for line in streamed.text.splitlines() if line.startswith("data: ")] == [
        {"nextStageCode": "1002", "nextStage": "通话中"},
        {"text": "您好，"},
        {"text": "请说。"},
        {"status": "completed"},
    ]


async def test_only_the_query_asks_for_a_stream(house):
    whole = await house.post("/chat", text="喂", stream=True)
    assert whole.json()["outputText"] == "七天。"
    streamed = await house.post("/chat?stream=1", text="喂喂", stream=False)
    assert streamed.text.startswith("event: text_delta\n")


async def test_an_unclear_wish_for_a_stream_is_refused(house):
    refused = await house.post("/chat?stream=maybe", text="喂")
    assert (refused.status_code, refused.json()["error"]) == (422, "invalid_request")


async def test_a_time_stamp_is_any_string(house):
    stamp = "  ２０２５ not a time\u2028 "
    assert (await house.post("/chat", text="喂", timeStamp=stamp)).json()["timeStamp"] == stamp


async def test_a_repeat_gets_the_same_bytes_for_ten_seconds(house):
    first = await house.post("/chat?stream=true", text="喂")
    house.script.steps = ["另一个答案。"]
    house.clock.advance(10)
    assert (await house.post("/chat?stream=true", text="喂")).content == first.content
    assert (await house.post("/chat", text="喂")).json()["outputText"] == "七天。"
    assert (await house.post("/chat", text="喂", timeStamp="later")).json()["outputText"] == "另一个答案。"
    house.clock.advance(10.001)
    assert (await house.post("/chat", text="喂", timeStamp="later")).status_code == 200
    assert len(house.script.turns) == 3


async def test_a_repeat_is_known_after_a_restart(tmp_path, house):
    async with opened(tmp_path / "other.db", house.clock) as before:
        first = await before.post("/chat", text="喂")
    async with opened(tmp_path / "other.db", house.clock) as after:
        after.script.steps = ["另一个答案。"]
        assert (await after.post("/chat", text="喂")).content == first.content
        assert after.script.turns == []


async def test_a_repeat_of_a_running_turn_waits_for_it(house):
    bell = asyncio.Event()
    house.script.steps = ["一", bell, "二"]
    first = asyncio.create_task(house.post("/chat?stream=true", text="喂"))
    while not house.script.turns:
        await asyncio.sleep(0.01)
    second = asyncio.create_task(house.post("/chat?stream=true", text="喂"))
    await asyncio.sleep(0)
    bell.set()
    assert (await first).content == (await second).content
    assert len(house.script.turns) == 1


async def test_a_repeat_of_a_failed_turn_replaces_it(house):
    await house.post("/chat", text="你好")
    house.script.steps = ["半", ModelUnavailable("secret")]
    failed = await house.post("/chat", text="喂")
    assert (failed.status_code, failed.json()["error"], failed.json()["code"]) == (
        503,
        "model_unavailable",
        "503",
    )
    assert "secret" not in failed.text
    assert await house.endings() == [("你好", "TurnCompleted"), ("喂", "TurnFailed")]
    house.script.steps = ["好了。"]
    assert (await house.post("/chat", text="喂")).json()["outputText"] == "好了。"
    assert await house.endings() == [("你好", "TurnCompleted"), ("喂", "TurnCompleted")]


async def test_who_hangs_up_stops_the_turn_and_may_ask_again(house):
    house.script.steps = ["一", asyncio.Event()]
    async with house.http.stream("POST", "/chat?stream=true", json={**CALL, "text": "喂"}) as response:
        assert await anext(response.aiter_raw()) == b'event: text_delta\ndata: {"text": "\\u4e00"}\n\n'
    house.script.steps = ["一", "二"]
    again = await house.post("/chat", text="喂")
    assert again.json()["outputText"] == "一二"
    assert await house.endings() == [("喂", "TurnCompleted")]


async def test_a_second_sentence_waits_and_is_then_refused(house):
    house.script.steps = [asyncio.Event()]
    first = asyncio.create_task(house.post("/chat", text="喂"))
    while not house.script.turns:
        await asyncio.sleep(0.01)
    refused = await house.post("/chat?stream=true", text="你在吗")
    assert (refused.status_code, refused.headers["retry-after"]) == (409, "1")
    assert {name: refused.json()[name] for name in ("code", "error", "nextStageCode", *CALL)} == {
        "code": "409",
        "error": "conversation_busy",
        "nextStageCode": "",
        **CALL,
    }
    assert (await house.http.request("DELETE", "/delete_session", json=CALL)).status_code == 200
    stopped = await first
    assert (stopped.status_code, stopped.json()["error"]) == (409, "stopped")
    assert await house.endings() == []


async def test_the_last_turn_can_be_taken_back(house):
    await house.post("/chat", text="一")
    await house.post("/chat", text="二")
    assert (await house.post("/delete_last_turn")).json() == {
        **CALL,
        "deleted": True,
        "code": "200",
        "msg": "",
    }
    assert await house.endings() == [("一", "TurnCompleted")]
    await house.post("/chat", text="二")
    assert len(house.script.turns) == 3
    taken = [(await house.post("/delete_last_turn")).json()["deleted"] for _ in range(3)]
    assert taken == [True, True, False]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"timeStamp": "t", "text": "喂"}, "sessionId"),
        ({**CALL, "sessionId": "", "text": "喂"}, "sessionId"),
        ({**CALL, "sessionId": 7, "text": "喂"}, "sessionId"),
        ({"sessionId": "a1002", "text": "喂"}, "timeStamp"),
        (CALL, "text"),
        ({**CALL, "text": "长" * 4001}, "text"),
        ({**CALL, "text": "\x00"}, "text"),
    ],
)
async def test_what_is_wrong_is_named(house, body, field):
    refused = await house.http.post("/chat?stream=true", json=body)
    told = refused.json()
    assert (refused.status_code, told["code"], told["error"]) == (422, "422", "invalid_request")
    assert f"：{field}: " in told["msg"]
    assert list(told) == [
        *("sessionId", "timeStamp", "outputText", "nextStage", "nextStageCode"),
        *("code", "msg", "error", "requestId"),
    ]
    assert told["requestId"] == refused.headers["x-request-id"]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"sessionId": "\\ud800"}', b"\xff", b"[" * 2000])
async def test_garbage_is_an_envelope(house, raw):
    refused = await house.http.post("/chat", content=raw, headers={"content-type": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (422, "422")


async def test_a_silence_is_a_turn(house):
    assert (await house.post("/chat", text="")).status_code == 200
    assert await house.endings() == [("", "TurnCompleted")]


async def test_a_call_that_waits_for_a_human_can_be_deleted_one_in_human_hands_not(house):
    await house.post("/chat", text="喂")
    known = await house.archive.conversation(ANYBODY, "callflow", "a1002")
    await house.handovers.hand_over(ANYBODY, known.id, "assigned", expected=None)
    held = await house.http.request("DELETE", "/delete_session", json=CALL)
    assert (held.status_code, held.json()["error"]) == (409, "conversation_busy")
    await house.handovers.hand_over(ANYBODY, known.id, "pending", expected="assigned")
    assert (await house.http.request("DELETE", "/delete_session", json=CALL)).status_code == 200
    assert await house.endings() == []
