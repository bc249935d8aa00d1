"""Completions, whole and as events, as a client in the manner of the published SDK asks for them."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from tests.dialects.fastgpt.house import APP, House, asked, blocks_in, chunk

from yingda.dialects.fastgpt.encode import FaceConfig
from yingda.errors import ModelUnavailable
from yingda.turns.events import FlowAdvanced, SlotFilled, StageEntered, StepTimed
from yingda.workflows import state as states
from yingda.workflows.answerer import Outcome
from yingda.workflows.pause import Pause, Snapshot

V1, V2 = "/api/v1/chat/completions", "/api/v2/chat/completions"
IN_CALL = StageEntered(flow="f", stage="greet", code="1002", label="通话中")
PLATE = SlotFilled(slot="hphm1", value="沪A8939", quote="沪A8939")
ANSWERED = [
    IN_CALL,
    StepTimed(step="对话", elapsed_ms=250.0, note="chatNode"),
    PLATE,
    "请问",
    "有人受伤吗？",
]
SELECT = {"description": "有人受伤吗？", "userSelectOptions": [{"key": "k1", "value": "有"}]}
WAITING = FlowAdvanced(
    flow="f",
    state_json=states.dump(
        states.State(
            variables={"count": 2},
            waiting=Snapshot(pauses={"n1": Pause(kind="userSelect", params=SELECT)}),
        )
    ),
)


async def streamed(house: House, path: str = V1, **fields: Any) -> list[tuple[str, Any]]:
    async with house.caller() as client:
        response = await client.post(path, json=asked(stream=True, **fields))
    assert response.headers["content-type"].startswith("text/event-stream")
    return blocks_in(response.content)


async def answered(house: House, path: str = V1, **fields: Any) -> dict[str, Any]:
    async with house.caller() as client:
        response = await client.post(path, json=asked(**fields))
    assert response.status_code == 200, response.text
    told: dict[str, Any] = response.json()
    return told


def spoken(blocks: list[tuple[str, Any]]) -> str:
    chunks = [data for name, data in blocks if name in ("", "answer", "fastAnswer") and data != "[DONE]"]
    return "".join(one["choices"][0]["delta"]["content"] or "" for one in chunks)


async def test_a_plain_stream_is_chunks_alone(house: House):
    house.script.steps = ANSWERED
    assert await streamed(house) == [
        ("", chunk("<state>1002</state>")),
        ("", chunk("请问")),
        ("", chunk("有人受伤吗？")),
        ("", chunk(None, "stop")),
        ("", "[DONE]"),
    ]


async def test_a_stream_with_details_names_its_events(house: House):
    house.script.steps = [*ANSWERED, WAITING]
    blocks = await streamed(house, detail=True)
    assert [name for name, _ in blocks] == [
        "fastAnswer",
        "updateVariables",
        "answer",
        "answer",
        "updateVariables",
        "interactive",
        "workflowDuration",
        "answer",
        "flowResponses",
        "answer",
    ]
    told = dict(blocks)
    assert told["interactive"] == {"interactive": {"type": "userSelect", "params": SELECT}}
    assert (told["updateVariables"], blocks[1][1]) == ({"count": 2}, {"hphm1": "沪A8939"})
    (node,) = told["flowResponses"]
    shown = {key: node[key] for key in ("moduleName", "moduleType", "runningTime")}
    assert shown == {"moduleName": "对话", "moduleType": "chatNode", "runningTime": 0.25}
    assert blocks[-1] == ("answer", "[DONE]")


async def test_the_second_version_tells_nodes_one_by_one(house: House):
    house.script.steps = ANSWERED
    blocks = await streamed(house, V2, detail=True)
    assert [name for name, _ in blocks][:2] == ["fastAnswer", "flowNodeResponse"]
    assert "flowResponses" not in dict(blocks)
    assert blocks[0][1] == chunk("<state>1002</state>", chat_id="a1002")


@pytest.mark.parametrize("face_config", [FaceConfig(order="4.14", marks_stages=False)])
async def test_the_older_order_ends_with_the_nodes(house: House):
    house.script.steps = ANSWERED
    blocks = await streamed(house, detail=True)
    assert [name for name, _ in blocks][-2:] == ["answer", "flowResponses"]
    assert (blocks[-2][1], spoken(blocks)) == ("[DONE]", "请问有人受伤吗？")


async def test_both_renderings_say_the_same(house: House):
    house.script.steps = ["好。", IN_CALL, "请问", IN_CALL, "谁？"]
    body = await answered(house)
    assert body == {
        "id": "a1002",
        "model": "",
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 1},
        "choices": [
            {
                "message": {
                    "role": "assistant",
                    "content": "好。<state>1002</state>请问<state>1002</state>谁？",
                },
                "finish_reason": "stop",
                "index": 0,
            }
        ],
    }
    assert spoken(await streamed(house)) == body["choices"][0]["message"]["content"]


async def test_details_come_with_the_body_too(house: House):
    house.script.steps = [*ANSWERED, WAITING]
    body = await answered(house, detail=True, variables={"phone": "13800138000", "count": 2, "none": None})
    assert body["newVariables"] == {"phone": "13800138000", "count": "2"}
    assert [node["moduleName"] for node in body["responseData"]] == ["对话"]
    assert body["choices"][0]["message"]["content"] == [
        {"type": "text", "text": {"content": "<state>1002</state>请问有人受伤吗？"}},
        {"type": "interactive", "interactive": {"type": "userSelect", "params": SELECT}},
    ]


async def test_a_workflows_own_responses_are_shown_in_full(house: House):
    told = {"moduleName": "分类", "cqResult": "报案", "error": "no model"}
    outcome = Outcome(responses=[told], variables={}, interactive=None)
    house.script.steps = [lambda turn: house.insides.report(turn, outcome), "好。"]
    body = await answered(house, detail=True)
    assert (body["responseData"], body["error"]) == ([told], "no model")


async def test_a_chat_without_an_id_is_given_one(house: House):
    body = await answered(house, chatId="  ")
    assert (len(body["id"]), house.script.turns[0].external_id) == (24, body["id"])


async def test_a_named_answer_is_given_once(house: House):
    first = await answered(house, responseChatItemId="r1")
    assert await answered(house, responseChatItemId="r1") == first
    assert len(house.script.turns) == 1


@pytest.mark.parametrize(
    ("caller", "body", "code"),
    [
        ("nobody", asked(), 514),
        ("desk", asked(), 403),
        ("chat", {"chatId": "a"}, 500),
        ("chat", asked(messages="hi"), 500),
        ("chat", asked(" "), 500),
        ("chat", asked("a" * 4001), 500),
        ("bound", asked(customUid="u-2"), 403),
    ],
)
async def test_errors_have_their_code_in_the_body(house: House, caller: str, body: dict[str, Any], code: int):
    async with house.caller(caller) as client:
        response = await client.post(V1, json=body)
    told = response.json()
    assert (response.status_code, told["code"], told["data"]) == (500, code, None)
    assert set(told) == {"code", "statusText", "message", "data"}


async def test_a_failing_answer_is_an_error_in_either_form(house: House):
    house.script.steps = ["七", ModelUnavailable("gone")]
    blocks = await streamed(house)
    error = {"code": 500, "statusText": "error", "message": "gone", "data": None}
    assert blocks == [("", chunk("七")), ("error", error)]
    async with house.caller() as client:
        response = await client.post(V1, json=asked())
    assert (response.status_code, response.json()) == (500, error)


async def test_a_key_may_carry_the_apps_id(house: House):
    headers = {"Authorization": f"Bearer {house.keys['chat']}-{APP}"}
    async with httpx.AsyncClient(base_url=house.url, headers=headers, trust_env=False) as client:
        assert (await client.post(V1, json=asked())).status_code == 200


async def test_a_run_can_be_stopped(house: House):
    bell = asyncio.Event()
    house.script.steps = ["请稍", bell]
    async with house.caller() as client:
        answer = asyncio.create_task(client.post(V1, json=asked(stream=True)))
        while not house.engine.live_turns or not house.script.turns:
            await asyncio.sleep(0.01)
        stopped = await client.post("/api/v2/chat/stop", json={"appId": APP, "chatId": "a1002"})
        assert stopped.json() == {"code": 200, "statusText": "", "message": "", "data": None}
        assert spoken(blocks_in((await answer).content)) == "请稍"
        assert (await client.post("/api/v2/chat/stop", json={"chatId": "new"})).json()["code"] == 200


async def test_who_hangs_up_stops_the_turn(house: House):
    house.script.steps = ["请稍", asyncio.Event()]
    async with house.caller() as client, client.stream("POST", V1, json=asked(stream=True)) as response:
        await anext(response.aiter_bytes())
    for _ in range(200):
        if not house.engine.live_turns:
            break
        await asyncio.sleep(0.01)
    assert house.engine.live_turns == 0
