"""Ask, break off, resume, repeat, stop and read back, as clients on a real connection do."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.dialects.docqa.house import CALLERS, CHAT, QUESTION, House, ask, packets_in, text_of

from yingda.conversations.store import Lease, NewTurn
from yingda.dialects.docqa.shapes import HistoryPage
from yingda.errors import AnswerError, DeadlineExceeded, ModelUnavailable
from yingda.turns.types import ConversationId, TurnId

SEED_BODY = '{"query_text": "你好", "session_id": "test_id", "stream": "%s",}'


async def cut(house: House, after: int, **fields: Any) -> bytes:
    """Ask, and hang up once that many packets were read."""
    raw = b""
    async with (
        house.caller() as client,
        client.stream("POST", CHAT, json={**QUESTION, "stream": "1", **fields}) as response,
    ):
        chunks = response.aiter_raw()
        while raw.count(b"\n\n") < after:
            raw += await anext(chunks)
    return raw[: [found.end() for found in re.finditer(b"\n\n", raw)][after - 1]]


async def ended(house: House) -> None:
    """Wait until nothing runs any more."""
    while house.engine.live_turns:
        await asyncio.sleep(0.01)


async def test_a_stream_and_its_json_twin_say_the_same(house: House):
    house.script.steps = ["签收后", "七天", "内可以退货。"]
    async with house.caller() as client:
        *packets, stop = await ask(client)
        whole = (await client.post(CHAT, json={**QUESTION, "session_id": "s-2"})).json()
    assert text_of(packets) == whole["data"]["answer_text"] == "签收后七天内可以退货。"
    assert (whole["ret"], whole["msg"], stop["data"]["event"]) == ("0", "", "stop")
    assert int(whole["stime"]) > 0
    same = ("ref_doc_list", "follow_up_list", "illegal_status")
    assert {name: stop["data"][name] for name in same} == {name: whole["data"][name] for name in same}


@pytest.mark.parametrize("accept", [None, "application/json", "application/json, text/event-stream", "*/*"])
async def test_accept_does_not_matter(house: House, accept: str | None):
    async with house.caller() as client:
        client.headers.pop("accept")
        headers = {} if accept is None else {"accept": accept}
        response = await client.post(CHAT, json={**QUESTION, "stream": True}, headers=headers)
    assert text_of(packets_in(response.content)) == "七天。"


async def test_the_options_reach_the_answerer(house: House):
    async with house.caller() as client:
        await ask(client, ctdoc_id="a, b", context="店庆", lang="ja_JP", smart_temp="5", enable_followup="0")
    options = house.script.turns[0].options
    assert (options.scope, options.context, options.language) == (("a", "b"), "店庆", "ja")
    assert (options.temperature, options.suggests, options.cites, options.is_elaborate) == (
        0.5,
        False,
        True,
        True,
    )


async def test_a_session_goes_on_and_keeps_the_writing_centre_apart(house: House):
    async with house.caller() as client:
        await ask(client)
        await ask(client, query_text="运费谁付")
        await ask(client, category="tpl_chat")
        await ask(client, category="tpl_chat", ctprofile_id="creator")
    assert [(turn.number, turn.dialect) for turn in house.script.turns] == [
        (1, "docqa"),
        (2, "docqa"),
        (1, "docqa-writing"),
        (1, "docqa-writing"),
    ]
    assert [message.text for message in house.script.turns[1].history] == ["几天内退货", "七天。"]


async def test_a_slow_answer_begins_with_an_empty_packet(house: House):
    bell = asyncio.Event()
    house.script.steps = [bell, "好。"]
    raw = await cut(house, 1)
    bell.set()
    (first,) = packets_in(raw)
    assert (first["data"]["msg_sn"], first["data"]["answer_text"]) == ("0", "")
    assert raw.startswith(b"retry: 3000\nid: ")


async def test_resuming_gives_the_rest_byte_for_byte(house: House):
    bell = asyncio.Event()
    house.script.steps = ["一", "二", bell, "三", "四"]
    begun = await cut(house, 2)
    last = packets_in(begun)[-1]["data"]["msg_id"]
    bell.set()
    async with house.caller() as client:
        rest = await client.post(CHAT, content=b"not looked at", headers={"last-event-id": last})
        again = await client.post(CHAT, headers={"last-event-id": f"{last[:33]}0"})
    whole = begun + rest.content
    assert text_of(packets_in(whole)) == "一二三四"
    assert again.content == whole[whole.index(b"\n\n") + 2 :]
    assert len(house.script.turns) == 1


async def test_resuming_behind_the_stop_gives_the_stop_again(house: House):
    async with house.caller() as client:
        *_, stop = await ask(client)
        again = await client.post(CHAT, headers={"last-event-id": stop["data"]["msg_id"]})
    assert packets_in(again.content) == [stop]


@pytest.mark.parametrize("last", ["x", "0" * 32 + "-1", "err.1-0", "-1", "m-9"])
async def test_an_unknown_resume_point_is_one_packet(house: House, last: str):
    async with house.caller() as client:
        response = await client.post(CHAT, headers={"last-event-id": last})
    (packet,) = packets_in(response.content)
    assert (response.status_code, packet["ret"], packet["data"]["event"]) == (200, "41000", "stop")


async def test_an_answer_in_another_processs_hands_breaks_off_so_that_the_client_comes_again(house: House):
    now, turn_id = datetime.now(UTC), TurnId("a" * 32)
    new = NewTurn(
        turn_id=turn_id,
        fresh_id=ConversationId("c1"),
        principal=CALLERS["chat"],
        dialect="docqa",
        external_id=None,
        channel="api",
        user_id=None,
        text="?",
        at=now,
        lease=Lease(owner="another", until=now + timedelta(hours=1)),
        idle_s=60.0,
        history_turns=0,
    )
    await house.store.begin(new)
    assert await read_to_the_break(house, f"{turn_id}-0") == b"retry: 3000\n"


async def read_to_the_break(house: House, last: str) -> bytes:
    """What comes over a connection that is not ended in order."""
    read = b""
    async with (
        house.caller() as client,
        client.stream("POST", CHAT, headers={"last-event-id": last}) as response,
    ):
        try:
            async for chunk in response.aiter_raw():
                read += chunk
        except httpx.RemoteProtocolError:
            return read
    raise AssertionError("it ended in order")


@pytest.mark.parametrize("who", ["colleague", "stranger"])
async def test_another_key_cannot_resume_or_stop(house: House, who: str):
    async with house.caller() as client, house.caller(who) as other:
        *_, stop = await ask(client)
        msg_id = stop["data"]["msg_id"]
        resumed = await other.post(CHAT, headers={"last-event-id": msg_id})
        stopped = await other.post("/v1/ctai/stop_chat", json={"msg_id": msg_id})
    assert packets_in(resumed.content)[0]["ret"] == "41000"
    assert (stopped.status_code, stopped.json()["ret"]) == (404, "40400")


async def test_a_packet_that_was_never_sent_cannot_be_resumed_from(house: House):
    async with house.caller() as client:
        *_, stop = await ask(client)
        last = stop["data"]["msg_id"].replace("-1", "-99")
        response = await client.post(CHAT, headers={"last-event-id": last})
    assert packets_in(response.content)[0]["ret"] == "41000"


async def test_a_repeat_after_a_broken_connection_is_the_same_answer(house: House):
    bell = asyncio.Event()
    house.script.steps = ["一", "二", bell, "三"]
    begun = await cut(house, 1)
    bell.set()
    await ended(house)
    async with house.caller() as client:
        repeated = await client.post(CHAT, json={**QUESTION, "stream": "1"})
        new = await ask(client)
    assert repeated.content.startswith(begun)
    assert text_of(packets_in(repeated.content)) == text_of(new) == "一二三"
    assert len(house.script.turns) == 2


async def test_another_key_or_session_never_joins(house: House):
    bell = asyncio.Event()
    house.script.steps = ["一", bell]
    await cut(house, 1)
    async with house.caller("stranger") as stranger, house.caller() as client:
        asking = [asyncio.create_task(ask(stranger)), asyncio.create_task(ask(client, session_id="s-2"))]
        while len(house.script.turns) < 3:
            await asyncio.sleep(0.01)
        bell.set()
        await asyncio.gather(*asking)
    assert len({turn.id for turn in house.script.turns}) == 3


async def test_an_idempotency_key_repeats_a_delivered_answer(house: House):
    key = {"idempotency-key": "k-1"}
    async with house.caller() as client, house.caller("colleague") as colleague:
        first = await client.post(CHAT, json={**QUESTION, "stream": "1"}, headers=key)
        again = await client.post(CHAT, json={**QUESTION, "stream": "1"}, headers=key)
        other = await client.post(CHAT, json={**QUESTION, "query_text": "别的"}, headers=key)
        theirs = await colleague.post(CHAT, json={**QUESTION, "session_id": "s-3"}, headers=key)
    assert again.content == first.content
    assert (other.status_code, other.json()["ret"], theirs.status_code) == (400, "40002", 200)


async def test_an_answer_can_be_stopped_by_packet_or_by_session(house: House):
    for name in ("msg_id", "session_id"):
        bell = asyncio.Event()
        house.script.steps = ["一", bell]
        async with house.caller() as client:
            raw = await cut(house, 1, query_text=name)
            named = {"session_id": "s-1", "msg_id": packets_in(raw)[0]["data"]["msg_id"]}
            stopped = await client.post("/v1/ctai/stop_chat", json={name: named[name]})
            rest = await client.post(CHAT, headers={"last-event-id": named["msg_id"]})
        assert stopped.json()["data"] == {"stopped": "1"}
        (stop,) = packets_in(rest.content)
        assert (stop["ret"], stop["data"]["extend_info"]["stopped_by"]) == ("0", "user")


async def test_what_has_ended_is_not_stopped_and_what_never_was_is_not_found(house: House):
    async with house.caller() as client:
        await ask(client)
        done = await client.post("/v1/ctai/stop_chat", json={"session_id": "s-1"})
        unknown = await client.post("/v1/ctai/stop_chat", json={"session_id": "s-9"})
    assert (done.json()["data"], unknown.json()["ret"]) == ({"stopped": "0"}, "40400")


async def test_a_conversation_can_be_read_back(house: House):
    async with house.caller() as client, house.caller("stranger") as stranger:
        for text in ("一", "二", "三"):
            await ask(client, query_text=text)
        body = {"session_id": "s-1", "page_size": "2"}
        newest = (await client.post("/v1/ctai/query_chat_history", json=body)).json()["data"]
        oldest = (await client.post("/v1/ctai/query_chat_history", json={**body, "page": 2})).json()["data"]
        foreign = await stranger.post("/v1/ctai/query_chat_history", json=body)
    assert [one["query_text"] for one in newest["chat_list"]] == ["二", "三"]
    HistoryPage.model_validate(newest)
    assert [one["query_text"] for one in oldest["chat_list"]] == ["一"]
    assert (newest["total"], newest["chat_list"][1]["answer_text"]) == ("3", "七天。")
    assert newest["chat_list"][1]["status"] == "completed"
    assert foreign.json()["ret"] == "40400"


async def test_a_native_event_source_follows_by_token_and_ends_by_204(house: House):
    async with house.caller() as client, house.caller("nobody") as browser:
        first, *rest = await ask(client, enable_eventsource="1")
        source = first["data"]["extend_info"]["eventsource"]
        whole = await browser.get("/v1/ctai/chat_stream", params=source)
        last = {"last-event-id": rest[-1]["data"]["msg_id"]}
        over = await browser.get("/v1/ctai/chat_stream", params=source, headers=last)
    assert packets_in(whole.content) == [first, *rest]
    assert (over.status_code, over.content) == (204, b"")


async def test_a_token_opens_nothing_else(house: House):
    async with house.caller() as client, house.caller("nobody") as browser:
        (mine, *_), (theirs, *_) = [
            await ask(client, session_id=name, enable_eventsource="1") for name in ("s-1", "s-2")
        ]
        mine = mine["data"]["extend_info"]["eventsource"]
        other = theirs["data"]["extend_info"]["eventsource"]
        for wrong in (
            {**mine, "token": other["token"]},
            {**mine, "token": "x"},
            {"answer": mine["answer"]},
        ):
            response = await browser.get("/v1/ctai/chat_stream", params=wrong)
            (packet,) = packets_in(response.content)
            assert (response.status_code, packet["ret"]) == (200, "41000")
            last = {"last-event-id": packet["data"]["msg_id"]}
            again = await browser.get("/v1/ctai/chat_stream", params=wrong, headers=last)
            assert again.status_code == 204


@pytest.mark.parametrize("stream", ["0", "1"])
@pytest.mark.parametrize(
    ("content", "ret", "status"),
    [
        (SEED_BODY, "40000", 400),
        ('{"query_text": "a", "stream": "%s"}', "40001", 400),
        ('{"query_text": "a", "session_id": "a b", "stream": "%s"}', "40002", 400),
        ('{"query_text": "' + "x" * 5000 + '", "session_id": "s", "stream": %s}', "40003", 400),
        ('{"stream": "%s", "query_text": "' + "x" * 1_100_000 + '"}', "40005", 413),
        ('{"stream": "%s", "a": ' + "[" * 40 + "]" * 40 + "}", "40000", 400),
    ],
    ids=["trailing comma", "missing", "charset", "too long", "too large", "too deep"],
)
async def test_what_is_wrong_is_told_in_the_form_asked_for(
    house: House, content: str, ret: str, status: int, stream: str
):
    async with house.caller() as client:
        json_type = {"content-type": "application/json"}
        response = await client.post(CHAT, content=content % stream, headers=json_type)
    expect(response, ret, status, is_stream=stream == "1")


def expect(response: httpx.Response, ret: str, status: int, *, is_stream: bool) -> None:
    """One packet over 200, or an envelope over its status."""
    if is_stream:
        (packet,) = packets_in(response.content)
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        told = (response.status_code, packet["ret"], packet["data"]["event"], packet["data"]["msg_sn"])
        assert told == (200, ret, "stop", "0")
    else:
        assert (response.status_code, response.json()["ret"], response.json()["data"]) == (status, ret, {})


@pytest.mark.parametrize("stream", ["0", "1"])
@pytest.mark.parametrize(("who", "ret", "status"), [("nobody", "40100", 401), ("desk", "40300", 403)])
async def test_keys_are_checked_in_the_form_asked_for(
    house: House, who: str, ret: str, status: int, stream: str
):
    async with house.caller(who) as client:
        response = await client.post(CHAT, json={**QUESTION, "stream": stream})
    expect(response, ret, status, is_stream=stream == "1")


@pytest.mark.parametrize("per_minute", [1])
async def test_too_many_requests_are_told_in_the_form_asked_for(house: House, per_minute: int):
    async with house.caller() as client:
        await ask(client)
        for stream in ("0", "1"):
            response = await client.post(CHAT, json={**QUESTION, "stream": stream})
            expect(response, "42900", 429, is_stream=stream == "1")
            assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize("stream", ["0", "1"])
async def test_another_content_type_is_refused(house: House, stream: str):
    async with house.caller() as client:
        body = json.dumps({**QUESTION, "stream": stream})
        response = await client.post(CHAT, content=body, headers={"content-type": "text/plain;charset=UTF-8"})
    expect(response, "40004", 415, is_stream=stream == "1")


@pytest.mark.parametrize(
    ("error", "ret", "status"),
    [(ModelUnavailable("gone"), "50300", 503), (DeadlineExceeded("too late"), "50400", 504)],
)
async def test_a_failing_answer_ends_with_its_error(house: House, error: AnswerError, ret: str, status: int):
    house.script.steps = ["七天", error]
    async with house.caller() as client:
        *_, text, failure = await ask(client)
        whole = await client.post(CHAT, json={**QUESTION, "session_id": "s-2"})
    assert (text["data"]["answer_text"], failure["ret"], failure["data"]["event"]) == (
        "七天",
        ret,
        "stop",
    )
    assert (whole.status_code, whole.json()["ret"]) == (status, ret)
    assert whole.json()["data"]["answer_text"] == "七天"


async def test_a_failure_before_the_first_word_has_no_data(house: House):
    house.script.steps = [ModelUnavailable("gone")]
    async with house.caller() as client:
        whole = await client.post(CHAT, json=QUESTION)
    assert (whole.json()["ret"], whole.json()["data"]) == ("50300", {})


async def test_a_busy_session_is_an_error_of_its_own(house: House):
    bell = asyncio.Event()
    house.script.steps = ["一", bell]
    await cut(house, 1)
    async with house.caller() as client:
        (packet,) = await ask(client, query_text="别的问题")
    bell.set()
    assert packet["ret"] == "40900"


async def test_unknown_paths_and_methods_have_the_envelope_too(house: House):
    async with house.caller() as client:
        unknown, wrong = await client.post("/v1/ctai/nothing"), await client.get(CHAT)
    assert (unknown.status_code, unknown.json()["ret"]) == (404, "40400")
    assert (wrong.status_code, wrong.json()["ret"]) == (405, "40400")


async def test_the_interface_describes_itself(house: House):
    async with house.caller() as client:
        described = (await client.get("/openapi.json")).json()
    asked = described["paths"][CHAT]["post"]
    fields = asked["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert set(asked["responses"]["200"]["content"]) == {"application/json", "text/event-stream"}
    assert (fields["stream"]["enum"], fields["stream"]["default"]) == (["0", "1"], "0")
    assert fields["session_id"]["pattern"] == "^[A-Za-z0-9._-]{1,64}$"
