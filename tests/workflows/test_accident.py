"""An exported workflow takes an accident down without a model: markers, code, a question, a service."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tests.workflows.running import Call, with_engine

from yingda.turns.events import StageEntered, TextDelta
from yingda.workflows.web import WebCaller


@pytest.fixture
async def desk() -> AsyncIterator[TestServer]:
    async def take(request: web.Request) -> web.Response:
        desk.taken.append((request.headers["Authorization"], await request.json()))
        return web.json_response({"data": {"id": f"R{len(desk.taken)}"}})

    app = web.Application()
    app.router.add_post("/reports", take)
    async with TestServer(app) as desk:
        desk.taken = []
        yield desk


def calling(sandbox, desk) -> Call:
    web_caller = WebCaller(allowed_hosts=["127.0.0.1"])
    call = Call("accident", with_engine(sandbox, web=web_caller, secrets={"send1.Bearer": "token"}))
    call.memory.facts["service"] = str(desk.make_url("")).rstrip("/")
    return call


async def test_takes_an_accident_down(sandbox, desk):
    call = calling(sandbox, desk)
    said, codes = [], []
    for text in ("我追尾了", "沪A89395", "13800138000", "不对", "沪A12345，电话13900139000", "对的"):
        said.append(await call.say(text))
        codes += call.codes
    assert said == [
        "请说一下您的车牌号。",
        "车牌沪A89395，请留一个手机号码。",
        "车牌沪A89395，电话13800138000，对吗？\n对、不对",
        "好的，请重新说一下您的车牌号。",
        "车牌沪A12345，电话13900139000，对吗？\n对、不对",
        "已登记，编号R1，请按短信链接拍照上传。",
    ]
    assert codes == ["1002"] * 5 + ["2000"]
    report = {"plate": "沪A12345", "phone": "13900139000", "first": "沪A12345，电话13900139000"}
    assert desk.taken == [("Bearer token", report)]


@pytest.mark.parametrize(
    ("text", "code"), [("有人流血了", "0003"), ("没有人受伤", "1002"), ("帮我转接人工", "0001")]
)
async def test_hears_injuries_and_the_wish_for_a_human(sandbox, desk, text, code):
    call = calling(sandbox, desk)
    await call.say(text)
    assert call.codes == [code]


async def test_a_fact_that_was_pushed_is_not_asked_for(sandbox, desk):
    call = calling(sandbox, desk)
    call.memory.facts["号牌号码"] = "沪A89395"
    first = await call.say("喂")
    second = await call.say("车牌不是这个，是沪B22222")
    third = await call.say("嗯")
    assert [first, second, third] == [
        "车牌沪A89395，请留一个手机号码。",
        "车牌沪B22222，请留一个手机号码。",
        "车牌沪B22222，请留一个手机号码。",
    ]


async def test_a_service_that_fails_is_caught(sandbox, desk):
    call = calling(sandbox, desk)
    call.memory.facts["service"] = "http://127.0.0.1:1"
    await call.say("沪A89395，13800138000")
    assert (await call.say("对"), call.codes) == ("系统繁忙，为您转接人工。", ["0002"])


async def test_the_stage_stands_before_the_text(sandbox, desk):
    call = calling(sandbox, desk)
    await call.say("我追尾了")
    kinds = [type(event) for event in call.events if isinstance(event, StageEntered | TextDelta)]
    assert kinds == [StageEntered, TextDelta]
