"""Asking: whose conversation it is, what comes back, and how it ends badly."""

from __future__ import annotations

import asyncio
import json

import pytest
from tests.dialects.dataqa.house import ASK, CHATTED, CLASSIFIED, FOUND, STREAM, SUMMARY, ask

from yingda.errors import AnswerError, ModelUnavailable
from yingda.turns.events import AnswerMissed, SuggestionsOffered, TextDelta


def events_in(raw: bytes) -> list[tuple[str, dict]]:
    """Id and data of each event of a stream that ended in order."""
    assert raw.endswith(b"\n\n")
    blocks = raw.decode().removesuffix("\n\n").split("\n\n")
    split = [block.split("\ndata: ") for block in blocks]
    return [(head.removeprefix("id: "), json.loads(data)) for head, data in split]


async def test_the_whole_of_an_answer(house):
    async with house.caller() as client:
        response = await client.post(ASK, json={"question": "各地区销售额", "user_id": "john"})
    body = response.json()
    data = body["data"]
    assert (response.status_code, body["success"], body["code"], body["message"]) == (
        200,
        True,
        200,
        "查询执行完成",
    )
    found = {
        "rows": [{"region": "华东", "total": 12.5}, {"region": "华北", "total": 8}],
        "columns": ["region", "total"],
        "row_count": 2,
        "total_row_count": 2,
        "is_limited": False,
        "is_counted": True,
    }
    assert data["query_result"] == data["records"] == found
    assert (data["type"], data["response"], data["summary"]) == ("DATABASE", "", "华东最高，为 12.5。")
    assert data["execution_path"] == ["classify_question", "generate_sql", "execute_sql", "generate_summary"]
    assert data["conversation_id"].startswith("conv_2026")
    status = ("conversation_status", "conversation_message", "requested_conversation_id", "is_guest_user")
    assert [data[name] for name in status] == ["new", "创建新对话", None, False]
    assert data["timestamp_utc"].endswith("Z")


async def test_continues_what_is_ones_own(house):
    async with house.caller() as client:
        first = await ask(client, user_id="john")
        house.clock.advance(3600)
        by_id = await ask(client, user_id="john", conversation_id=first["conversation_id"])
        by_flag = await ask(client, user_id="john", continue_conversation=True, session_id="s")
        foreign = await ask(client, user_id="eve", conversation_id=first["conversation_id"])
        nobody = await ask(client, conversation_id=first["conversation_id"])
        house.clock.advance(7 * 24 * 3600)
        late = await ask(client, user_id="john", conversation_id=first["conversation_id"])
    assert {one["conversation_id"] for one in (first, by_id, by_flag)} == {first["conversation_id"]}
    assert [one["conversation_status"] for one in (first, by_id, by_flag, foreign, nobody, late)] == [
        "new",
        "continued",
        "continued",
        "invalid_id_new",
        "invalid_id_new",
        "invalid_id_new",
    ]
    assert foreign["requested_conversation_id"] == first["conversation_id"] != foreign["conversation_id"]
    assert [one["context_used"] for one in (first, by_id)] == [False, True]


async def test_guests_are_kept_apart_by_session(house):
    async with house.caller() as client:
        ann = await ask(client, session_id="session_ann")
        bob = await ask(client, session_id="session_bob", continue_conversation=True)
        taken = await ask(client, session_id="session_bob", conversation_id=ann["conversation_id"])
        again = await ask(client, session_id="session_ann", continue_conversation=True)
        told = await ask(client)
        back = await ask(client, conversation_id=told["conversation_id"])
        known = await ask(client, session_id=told["session_id"], conversation_id=told["conversation_id"])
        listed = (await client.get("/api/v0/user/guest/conversations?session_id=session_ann")).json()
    assert (ann["is_guest_user"], ann["session_id"]) == (True, "session_ann")
    assert (bob["conversation_status"], taken["conversation_status"]) == ("new", "invalid_id_new")
    assert [one["conversation_status"] for one in (again, back, known)] == ["continued"] * 3
    assert [one["conversation_id"] for one in listed["data"]["conversations"]] == [ann["conversation_id"]]


async def test_the_oldest_is_really_deleted(house):
    async with house.caller() as client:
        names = []
        for _ in range(4):
            names.append((await ask(client, user_id="john"))["conversation_id"])
            house.clock.advance(1)
        gone = await client.get(f"/api/v0/conversation/{names[0]}/messages")
        listed = (await client.get("/api/v0/user/john/conversations")).json()["data"]
    assert (gone.json()["data"]["exists"], gone.json()["data"]["messages"]) == (False, [])
    assert [one["conversation_id"] for one in listed["conversations"]] == names[:0:-1]


async def test_a_bound_key_is_one_person(house):
    async with house.caller("john") as john, house.caller() as other:
        own = await ask(john)
        foreign = await other.post(ASK, json={"question": "q", "user_id": "eve"})
        name = foreign.json()["data"]["conversation_id"]
        refused = [
            (await john.post(ASK, json={"question": "q", "user_id": "eve"})).status_code,
            (await john.get("/api/v0/user/eve/conversations")).status_code,
            (await john.get(f"/api/v0/conversation/{name}/messages")).json()["data"]["exists"],
            (await john.delete(f"/api/v0/conversation/{name}")).json()["data"]["existed"],
        ]
    assert (own["user_id"], refused) == ("john", [403, 403, False, False])


async def test_what_is_not_understood_is_asked_back(house):
    house.script.steps = [
        CLASSIFIED,
        TextDelta(text="您指下单时间还是发货时间？"),
        SuggestionsOffered(questions=("按下单时间", "按发货时间")),
        AnswerMissed(reason="ambiguous_question"),
    ]
    async with house.caller() as client:
        response = await client.post(ASK, json={"question": "最近的订单"})
    data = response.json()["data"]
    told = ("error_type", "can_retry", "response", "error", "options", "validation_error_type")
    assert (response.status_code, response.json()["message"]) == (422, "生成失败")
    assert [data[name] for name in told] == [
        "sql_generation_failed",
        True,
        "您指下单时间还是发货时间？",
        "您指下单时间还是发货时间？",
        ["按下单时间", "按发货时间"],
        "ambiguous_question",
    ]
    assert data["execution_path"] == ["classify_question", "generate_sql"]


class Failed(AnswerError):
    code, status, retryable = "sql_execution_failed", 500, True


@pytest.mark.parametrize(
    ("error", "status", "message", "error_type"),
    [
        (Failed("secret words of a driver"), 500, "查询失败", "sql_execution_failed"),
        (ModelUnavailable("secret"), 503, "服务暂时不可用", "agent_initialization_failed"),
        (RuntimeError("secret"), 500, "系统内部错误", "request_processing_failed"),
    ],
)
async def test_a_failure_has_its_status_and_no_details(house, error, status, message, error_type):
    house.script.steps = [CLASSIFIED, error]
    async with house.caller() as client:
        response = await client.post(ASK, json={"question": "q", "user_id": "john"})
        stream = await client.post(STREAM, json={"question": "q", "user_id": "john"})
    body = response.json()
    assert (response.status_code, body["code"], body["message"]) == (status, status, message)
    assert (body["data"]["error_type"], body["data"]["can_retry"]) == (error_type, True)
    assert "secret" not in response.text + stream.text
    last = events_in(stream.content)[-1][1]
    assert (last["code"], last["data"]["type"], last["data"]["error_type"]) == (status, "error", error_type)


@pytest.mark.parametrize(
    ("sent", "status", "field"),
    [
        ({}, 400, ["question"]),
        ({"question": "  "}, 400, ["question"]),
        ({"question": None}, 400, ["question"]),
        ({"question": "x" * 2001}, 422, None),
        ({"question": "q", "routing_mode": "sideways"}, 422, None),
        ({"question": "q\x00"}, 422, None),
    ],
)
async def test_bad_bodies(house, sent, status, field):
    async with house.caller() as client:
        response = await client.post(ASK, json=sent)
    assert (response.status_code, response.json()["data"].get("missing_params")) == (status, field)


async def test_a_body_that_is_no_object(house):
    async with house.caller() as client:
        answers = [await client.post(ASK, content=raw) for raw in (b"[1]", b"{", b'"x"')]
    assert [one.status_code for one in answers] == [400, 400, 400]


async def test_chat_has_neither_sql_nor_rows(house):
    house.script.steps = list(CHATTED)
    async with house.caller() as client:
        data = await ask(client, "你好")
    assert (data["type"], data["response"], data["execution_path"]) == (
        "CHAT",
        "你好！",
        ["classify_question", "chat"],
    )
    assert not {"sql", "records", "query_result", "summary"} & set(data)


async def test_a_stream_says_what_the_body_says_and_can_be_resumed(house):
    async with house.caller() as client:
        said = {"question": "各地区销售额", "user_id": "john", "continue_conversation": "true"}
        raw = (await client.get(STREAM, params=said)).content
        events = events_in(raw)
        again = await client.get(STREAM, headers={"Last-Event-ID": events[1][0]})
        done = await client.get(STREAM, headers={"Last-Event-ID": events[-1][0]})
        unknown = await client.get(STREAM, headers={"Last-Event-ID": "nobody-1"})
    assert [event["data"]["type"] for _, event in events] == ["progress"] * 5 + ["completed"]
    nodes = [event["data"]["node"] for _, event in events[:-1]]
    assert nodes == [
        "start",
        "classify_question",
        "agent_sql_generation",
        "agent_sql_execution",
        "format_response",
    ]
    assert raw.endswith(again.content)
    assert (events_in(again.content), done.status_code, unknown.status_code) == (events[2:], 204, 404)


async def test_a_reader_that_leaves_can_come_back(house):
    bell = asyncio.Event()
    house.script.steps = [CLASSIFIED, bell, *FOUND[1:]]
    async with house.caller() as client:
        async with client.stream("POST", STREAM, json={"question": "q"}) as response:
            first = (await anext(response.aiter_lines())).removeprefix("id: ")
        bell.set()
        rest = await client.get(STREAM, headers={"Last-Event-ID": first})
    assert events_in(rest.content)[-1][1]["data"]["summary"] == SUMMARY.text


async def test_older_ways_to_ask(house):
    async with house.caller() as client:
        plain = (await client.post("/api/v0/ask", json={"question": "q"})).json()["data"]
        cached = (await client.post("/api/v0/ask_cached", json={"question": "q"})).json()["data"]
    assert (plain["routing_mode_used"], plain["routing_mode_source"]) == ("database_direct", "api")
    assert (cached["cached"], house.script.turns[-1].options.routing) == (False, "database_direct")
    assert {"sql", "query_result", "conversation_id", "summary", "response"} <= set(plain)


async def test_who_may_not(house):
    async with house.caller("chat") as client:
        refused = await client.post(ASK, json={"question": "q"})
    assert (refused.status_code, refused.json()["data"]["error_type"]) == (403, "forbidden")
