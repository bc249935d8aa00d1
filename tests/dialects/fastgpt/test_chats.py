"""Chats managed under the paths of both generations, by our own client and by plain requests."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import aiohttp
import httpx
import pytest
from tests.dialects.fastgpt.house import APP, House, asked

from yingda.fastgpt.client import ChatRecord, Completion, FastGPTClient
from yingda.fastgpt.connection import FastGPTConfig
from yingda.fastgpt.failures import FastGPTRefused
from yingda.fastgpt.replies import NodeRan, Said
from yingda.turns.events import StageEntered, StepTimed

V1 = "/api/v1/chat/completions"
CORE = "/api/core/chat"
NAMES = {"appId": APP, "chatId": "a1002"}
IN_CALL = StageEntered(flow="f", stage="greet", code="1002", label="通话中")


async def say(client: httpx.AsyncClient, *texts: str, **fields: Any) -> None:
    for text in texts:
        assert (await client.post(V1, json=asked(text, **fields))).status_code == 200


async def data_of(client: httpx.AsyncClient, method: str, path: str, **more: Any) -> Any:
    """The data of a call that went well."""
    response = await client.request(method, CORE + path, **more)
    told = response.json()
    assert (response.status_code, told["code"], told["statusText"]) == (200, 200, ""), told
    return told["data"]


async def records(client: httpx.AsyncClient, offset: int = 0, size: int = 10) -> list[str]:
    page = {**NAMES, "offset": offset, "pageSize": size, "loadCustomFeedbacks": True}
    told = await data_of(client, "POST", "/getPaginationRecords", json=page)
    return [f"{one['obj']}:{one['value'][0]['text']['content']}" for one in told["list"]]


async def test_our_own_client_speaks_to_our_own_face(house: House):
    house.script.steps = [IN_CALL, StepTimed(step="对话", elapsed_ms=250.0, note="chatNode"), "您好。"]
    async with aiohttp.ClientSession() as session:
        settings = FastGPTConfig(base_url=house.url, api_key=house.keys["chat"], app_id=APP)
        client = FastGPTClient(session, settings)
        ask = Completion(chat_id="a1002", text="您好", response_id="r1", variables={"hphm1": "沪A8939"})
        async with aclosing(client.stream(ask)) as events:
            assert [event async for event in events] == [
                Said(text="<state>1002</state>"),
                Said(text="您好。"),
                NodeRan(name="对话", kind="chatNode", elapsed_s=0.25),
            ]
        human, robot = await client.records("a1002")
        assert (human.role, human.text) == ("Human", "您好")
        assert robot == ChatRecord(data_id="r1", role="AI", text="<state>1002</state>您好。")
        assert await client.variables("a1002") == {"hphm1": "沪A8939"}
        await client.delete_record("a1002", human.data_id)
        await client.delete_record("a1002", "r1")
        assert await client.records("a1002") == ()
        await client.delete_history("a1002")
        assert await client.variables("a1002") == {}
        wrong = FastGPTClient(session, FastGPTConfig(base_url=house.url, api_key="wrong", app_id=APP))
        with pytest.raises(FastGPTRefused):
            await wrong.records("a1002")


async def test_records_come_in_pages_from_the_newest(house: House):
    async with house.caller() as client:
        await say(client, "一", "二", "三")
        said = ["Human:一", "AI:七天。", "Human:二", "AI:七天。", "Human:三", "AI:七天。"]
        for offset in range(7):
            for size in range(1, 8):
                end = len(said) - offset
                assert await records(client, offset, size) == said[max(0, end - size) : end], (offset, size)


@pytest.mark.parametrize("prefix", ["", "/history"])
async def test_chats_are_listed_named_and_deleted(house: House, prefix: str):
    async with house.caller() as client:
        await say(client, "我的车被撞了")
        await say(client, "您好", chatId="b", variables={"hphm1": "沪A8939"})
        page = {"appId": APP, "offset": 0, "pageSize": 20, "source": "api"}
        listed = await data_of(client, "POST", f"{prefix}/getHistories", json=page)
        shown = [(one["chatId"], one["title"], one["customTitle"], one["top"]) for one in listed["list"]]
        assert (shown, listed["total"]) == (
            [("b", "您好", "", False), ("a1002", "我的车被撞了", "", False)],
            2,
        )
        await data_of(client, "PUT", f"{prefix}/updateHistory", json={**NAMES, "customTitle": "追尾"})
        assert (await data_of(client, "GET", "/init", params=NAMES))["title"] == "追尾"
        for _ in range(2):
            await data_of(client, "DELETE", f"{prefix}/delHistory", params={"appId": APP, "chatId": "b"})
        told = await data_of(client, "GET", "/init", params={"appId": APP, "chatId": "b"})
        assert (told["title"], told["variables"]) == ("新对话", {})
        await data_of(client, "DELETE", f"{prefix}/clearHistories", params={"appId": APP})
        assert await data_of(client, "POST", f"{prefix}/getHistories", json=page) == {"list": [], "total": 0}
        shared = {**page, "source": "share"}
        assert (await data_of(client, "POST", f"{prefix}/getHistories", json=shared))["total"] == 0


async def test_a_chat_tells_its_app(house: House):
    async with house.caller() as client:
        assert await data_of(client, "GET", "/init", params=NAMES) == {
            **NAMES,
            "title": "新对话",
            "variables": {},
            "app": {
                "chatConfig": {"welcomeText": ""},
                "chatModels": [],
                "name": "yingda",
                "avatar": "",
                "intro": "",
                "type": "advanced",
                "pluginInputs": [],
            },
        }


@pytest.mark.parametrize(
    ("method", "path", "where"),
    [
        ("POST", "/item/delete", "json"),
        ("DELETE", "/item/delete", "params"),
        ("DELETE", "/record/delete", "params"),
        ("DELETE", "/record/delete", "json"),
    ],
)
async def test_the_last_turn_is_taken_back_with_both_its_records(
    house: House, method: str, path: str, where: str
):
    async with house.caller() as client:
        await say(client, "一", responseChatItemId="r1")
        await say(client, "二", responseChatItemId="r2")
        refused = await client.request(method, CORE + path, **{where: {**NAMES, "contentId": "r1"}})
        assert refused.json()["code"] == 500
        for _ in range(2):
            await data_of(client, method, path, **{where: {**NAMES, "contentId": "r2"}})
        assert await records(client) == ["Human:一", "AI:七天。"]


async def test_several_records_are_deleted_at_once(house: House):
    async with house.caller() as client:
        await say(client, "一", responseChatItemId="r1")
        await say(client, "二", responseChatItemId="r2")
        await data_of(client, "DELETE", "/record/delete", json={**NAMES, "contentIds": ["r2", "r1"]})
        assert await records(client) == []


async def test_the_insides_of_an_answer_can_be_looked_at(house: House):
    house.script.steps = [StepTimed(step="分类", elapsed_ms=20.0, note="classifyQuestion: no model"), "好。"]
    async with house.caller() as client:
        await say(client, "一", responseChatItemId="r1")
        (node,) = await data_of(client, "GET", "/getResData", params={**NAMES, "dataId": "r1"})
        assert (node["moduleName"], node["moduleType"], node["runningTime"]) == (
            "分类",
            "classifyQuestion",
            0.02,
        )
        missing = await client.get(f"{CORE}/getResData", params={**NAMES, "dataId": "r9"})
        assert (missing.status_code, missing.json()["code"]) == (500, 504000)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/getHistories", {"pageSize": 0}),
        ("POST", "/getPaginationRecords", [1]),
        ("POST", "/updateHistory", {**NAMES, "top": True}),
        ("POST", "/updateHistory", {"chatId": "nobody's", "title": "x"}),
        ("GET", "/nothing", None),
    ],
)
async def test_what_is_wrong_is_told_in_the_body(house: House, method: str, path: str, body: Any):
    async with house.caller() as client:
        response = await client.request(method, CORE + path, json=body)
        broken = await client.post(f"{CORE}/getHistories", content=b"{")
    assert (response.status_code, broken.status_code) == (500, 500)
    assert response.json()["code"] in (500, 504000)


async def test_nobody_sees_another_tenants_chats(house: House):
    async with house.caller() as client, house.caller("stranger") as stranger:
        await say(client, "一", responseChatItemId="r1", variables={"hphm1": "沪A8939"})
        assert await records(stranger) == []
        assert (await data_of(stranger, "GET", "/init", params=NAMES))["variables"] == {}
        await data_of(stranger, "POST", "/item/delete", json={**NAMES, "contentId": "r1"})
        await data_of(stranger, "DELETE", "/delHistory", params=NAMES)
        await data_of(stranger, "DELETE", "/clearHistories", params=NAMES)
        assert await records(client) == ["Human:一", "AI:七天。"]


async def test_clearing_keeps_what_is_under_way(house: House):
    bell = asyncio.Event()
    async with house.caller() as client:
        await say(client, "一", chatId="b")
        house.script.steps = ["请稍", bell]
        answer = asyncio.create_task(client.post(V1, json=asked()))
        while len(house.script.turns) < 2:
            await asyncio.sleep(0.01)
        await data_of(client, "DELETE", "/clearHistories", params=NAMES)
        bell.set()
        assert (await answer).status_code == 200
        listed = await data_of(client, "POST", "/getHistories", json={})
        assert [one["chatId"] for one in listed["list"]] == ["a1002"]
        house.script.steps = ["请稍", asyncio.Event()]
        hanging = asyncio.create_task(client.post(V1, json=asked("二")))
        while len(house.script.turns) < 3:
            await asyncio.sleep(0.01)
        await data_of(client, "DELETE", "/delHistory", params=NAMES)
        assert (await hanging).status_code == 200
        assert await records(client) == []
