"""Facts from outside: the envelopes byte for byte, checked values, and calls that are forgotten."""

from __future__ import annotations

import pytest
from tests.dialects.callflow.house import CALL

DONE = b'{"sessionId":"a1002","timeStamp":"202503310303","code":"200","msg":""}'
RECORDED = {**CALL, "key": "hphm1", "value": "沪A8939"}


async def test_the_recorded_requests_get_answers_of_the_recorded_size(house):
    told = await house.http.post("/set_info", json=RECORDED)
    unknown = await house.post("/get_info", key="hphm2")
    deleted = await house.http.request("DELETE", "/delete_session", json=CALL)
    assert (told.status_code, told.content) == (200, DONE)
    assert unknown.content == (
        b'{"sessionId":"a1002","timeStamp":"202503310303","key":"hphm2","value":null,"code":"200","msg":""}'
    )
    assert (deleted.status_code, deleted.content) == (200, DONE)
    assert [len(answer.content) for answer in (told, unknown, deleted)] == [70, 97, 70]


async def test_a_fact_is_there_until_the_call_is_forgotten(house):
    await house.http.post("/set_info", json=RECORDED)
    await house.post("/set_info", key="photo_done", value="1")
    assert (await house.post("/get_info", key="hphm1")).json()["value"] == "沪A8939"
    everything = (await house.http.get("/get_info", params=CALL)).json()
    assert everything == {
        **CALL,
        "values": {"hphm1": "沪A8939", "photo_done": "1"},
        "code": "200",
        "msg": "",
    }
    for _ in range(2):
        deleted = await house.http.request("DELETE", "/delete_session", params=CALL)
        assert (deleted.status_code, deleted.content) == (200, DONE)
    assert (await house.post("/get_info")).json()["values"] == {}


async def test_a_body_on_delete_wins_over_the_query(house):
    await house.post("/set_info", key="k", value="v")
    other = {"sessionId": "another", "timeStamp": "1"}
    deleted = await house.http.request("DELETE", "/delete_session", params=other, json=CALL)
    assert deleted.content == DONE
    assert (await house.post("/get_info")).json()["values"] == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hphm1", "香蕉"),
        ("hphm1", "沪A893951234"),
        ("phone", "12345678901"),
        ("vehicles", "40"),
        ("at", "明年"),
    ],
)
async def test_a_known_slot_refuses_what_it_cannot_take(house, key, value):
    refused = await house.post("/set_info", key=key, value=value)
    told = refused.json()
    assert (refused.status_code, told["code"], told["error"]) == (422, "422", "fact_refused")
    assert told["msg"].startswith(f"该值不可用：{key}: ")
    assert list(told) == ["sessionId", "timeStamp", "code", "msg", "error", "requestId"]
    assert (await house.post("/get_info", key=key)).json()["value"] is None


async def test_too_much_is_refused(house):
    fields = [{"key": "k" * 65, "value": "v"}, {"key": "k", "value": "v" * 2001}, {"key": "", "value": "v"}]
    assert [(await house.post("/set_info", **one)).status_code for one in fields] == [422] * 3
    for n in range(100):
        assert (await house.post("/set_info", key=f"k{n}", value="v")).status_code == 200
    refused = await house.post("/set_info", key="one more", value="v")
    assert (refused.status_code, refused.json()["error"]) == (422, "invalid_request")


@pytest.mark.parametrize("sent", [{"content": b"{"}, {"content": b"[]"}, {"params": {"sessionId": "a"}}, {}])
async def test_a_delete_without_a_call_is_an_envelope(house, sent):
    refused = await house.http.request("DELETE", "/delete_session", **sent)
    assert (refused.status_code, refused.json()["code"]) == (422, "422")


async def test_a_wrong_method_is_an_envelope(house):
    refused = await house.http.get("/set_info")
    assert (refused.status_code, refused.json()["code"], refused.json()["error"]) == (405, "405", "http_405")


async def test_facts_of_an_earlier_call_of_that_name_are_not_this_ones(house):
    await house.post("/set_info", key="old", value="1")
    await house.post("/chat", text="喂")
    house.clock.advance(3600)
    await house.post("/set_info", key="new", value="2")
    await house.post("/chat", text="喂")
    assert (await house.post("/get_info")).json()["values"] == {"new": "2"}
