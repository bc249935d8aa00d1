"""A FastGPT of either generation, whole and broken, through real sockets."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest
from tests.fastgpt.conftest import MakeClient
from tests.servers import free_port

from yingda.fastgpt.client import ChatRecord, Completion, FastGPTClient
from yingda.fastgpt.failures import (
    FastGPTBroke,
    FastGPTBusy,
    FastGPTFailed,
    FastGPTGarbled,
    FastGPTRefused,
    FastGPTTimedOut,
    FastGPTUnavailable,
    FastGPTUnreachable,
)
from yingda.fastgpt.questions import Question
from yingda.fastgpt.replies import Asked, NodeRan, ReplyEvent, Said, VariablesSet
from yingda.testing.fastgpt_server import APP_ID, DONE, FastGPTServer, Run, chunk, event, node, refusal
from yingda.testing.model_server import Hang, Pause, Reset, Scripted, Step
from yingda.workflows.choices import Option

ASK = Completion(chat_id="a1002", text="您好", response_id="r1")
SELECT = {
    "type": "userSelect",
    "params": {"description": "有人受伤吗？", "userSelectOptions": [{"key": "k1", "value": "有"}]},
}


async def told(
    client: FastGPTClient, ask: Completion = ASK, said: list[ReplyEvent] | None = None
) -> list[ReplyEvent]:
    """All that comes; also into `said`, where the end is a failure."""
    said = [] if said is None else said
    async with aclosing(client.stream(ask)) as events:
        async for one in events:
            said.append(one)
    return said


def stream(*steps: Step) -> Scripted:
    return Scripted(steps=steps)


async def test_a_run_is_told_whole(fastgpt: FastGPTServer, make_client: MakeClient):
    nodes = (node("分类", "classifyQuestion"), node("对话", model="m", inputTokens=9, outputTokens=3))
    run = Run(pieces=("您", "", "好"), interactive=SELECT, variables={"hphm1": "沪A8939"}, nodes=nodes)
    fastgpt.script(run)
    assert await told(make_client()) == [
        Said(text="您"),
        Said(text="好"),
        VariablesSet(variables={"hphm1": "沪A8939"}),
        Asked(question=Question(description="有人受伤吗？", options=(Option("k1", "有"),))),
        NodeRan(name="分类", kind="classifyQuestion", elapsed_s=0.12),
        NodeRan(name="对话", kind="chatNode", elapsed_s=0.12, model="m", input_tokens=9, output_tokens=3),
    ]


async def test_what_is_asked_is_what_fastgpt_reads(fastgpt: FastGPTServer, make_client: MakeClient):
    await told(make_client(), replace(ASK, variables={"hphm1": "沪A8939"}, user_id="u-1"))
    (request,) = fastgpt.requests
    assert request.body == {
        "appId": APP_ID,
        "chatId": "a1002",
        "stream": True,
        "detail": True,
        "responseChatItemId": "r1",
        "variables": {"hphm1": "沪A8939"},
        "messages": [{"role": "user", "content": "您好"}],
        "customUid": "u-1",
    }


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        (refusal(514), FastGPTRefused),
        (refusal(514, status=401), FastGPTRefused),
        (refusal(429, status=429), FastGPTBusy),
        (refusal(510), FastGPTBusy),
        (refusal(504000), FastGPTRefused),
        (refusal(500), FastGPTFailed),
        (Scripted(status=502, content_type="text/html", steps=(b"<html>",)), FastGPTFailed),
        (Scripted(content_type="text/html", steps=(b"<html>",)), FastGPTGarbled),
        (stream(event("error", {"message": "hush"})), FastGPTFailed),
        (stream(event("error", {"code": 514, "message": "hush"})), FastGPTRefused),
        (stream(b'data: {"code":514,"statusText":"unAuthApiKey","message":"hush"}\n\n'), FastGPTRefused),
        (stream(), FastGPTBroke),
        (stream(event("flowNodeStatus", {"status": "running"})), FastGPTBroke),
        (stream(Reset()), FastGPTBroke),
        (stream(Hang()), FastGPTTimedOut),
        (Scripted(before=(Hang(),)), FastGPTTimedOut),
    ],
)
async def test_what_fails_before_any_text(
    fastgpt: FastGPTServer, make_client: MakeClient, script: Scripted, failure: type[FastGPTUnavailable]
):
    fastgpt.script(script)
    with pytest.raises(failure) as failed:
        await told(make_client(first_byte_s=0.2))
    assert "hush" not in str(failed.value)
    assert (type(failed.value), len(fastgpt.requests)) == (failure, 1)


@pytest.mark.parametrize(
    ("end", "failure"),
    [
        ((event("error", {"message": "hush"}),), FastGPTFailed),
        ((Reset(),), FastGPTBroke),
        ((), FastGPTBroke),
        ((Hang(),), FastGPTTimedOut),
    ],
)
async def test_what_fails_in_mid_stream(
    fastgpt: FastGPTServer,
    make_client: MakeClient,
    end: tuple[Step, ...],
    failure: type[FastGPTUnavailable],
):
    fastgpt.script(stream(chunk("您好"), *end))
    said: list[ReplyEvent] = []
    with pytest.raises(failure):
        await told(make_client(total_s=0.3), said=said)
    assert said == [Said(text="您好")]


async def test_heartbeats_alone_are_no_answer(fastgpt: FastGPTServer, make_client: MakeClient):
    fastgpt.script(stream(*([chunk(""), Pause(0.05)] * 20)))
    with pytest.raises(FastGPTTimedOut):
        await told(make_client(first_byte_s=0.2, total_s=0.4))


@pytest.mark.parametrize("end", [(), (Hang(),), (b"data: {", Reset())])
async def test_nothing_need_follow_the_last_mark(
    fastgpt: FastGPTServer, make_client: MakeClient, end: tuple[Step, ...]
):
    fastgpt.script(stream(chunk("您好"), chunk(None, "stop"), DONE, *end))
    assert await told(make_client(trailer_s=0.05)) == [Said(text="您好")]
    assert fastgpt.stopped == []


async def test_who_hangs_up_stops_the_run(fastgpt: FastGPTServer, make_client: MakeClient):
    fastgpt.script(stream(chunk("您好"), Hang()))
    client = make_client()
    async with aclosing(client.stream(ASK)) as events:
        assert await anext(events) == Said(text="您好")
    await asyncio.wait_for(fastgpt.requests[0].client_gone.wait(), 2)
    await client.aclose()
    assert fastgpt.stopped == ["a1002"]


async def test_a_connection_that_was_not_made_is_tried_again(make_client: MakeClient):
    port = free_port()
    client = make_client(base_url=f"http://127.0.0.1:{port}", retries=100, retry_s=0.01)
    asking = asyncio.create_task(told(client))
    await asyncio.sleep(0.02)
    async with FastGPTServer(port=port) as late:
        assert Said(text="您说：") in await asking
        assert len(late.requests) == 1


async def test_a_server_that_is_not_there(make_client: MakeClient):
    client = make_client(base_url=f"http://127.0.0.1:{free_port()}", retries=0)
    with pytest.raises(FastGPTUnreachable):
        await told(client)


@pytest.mark.parametrize("generation", ["4.14", "4.16"])
async def test_chats_are_managed_in_either_generation(
    fastgpt: FastGPTServer, make_client: MakeClient, generation: str
):
    client = make_client(generation=generation, base_url=f"{fastgpt.base_url}/api/")
    await told(client, replace(ASK, variables={"hphm1": "沪A8939"}))
    said = "\n<state>1002</state>您说：您好"
    human, robot = await client.records("a1002")
    assert (human.role, human.text, robot) == (
        "Human",
        "您好",
        ChatRecord(data_id="r1", role="AI", text=said),
    )
    assert await client.variables("a1002") == {"hphm1": "沪A8939"}
    await client.delete_record("a1002", "r1")
    assert await client.records("a1002") == (human,)
    await client.delete_history("a1002")
    assert (await client.records("a1002"), await client.variables("a1002")) == ((), {})


async def test_a_wrong_key_is_told_from_a_missing_path(fastgpt: FastGPTServer, make_client: MakeClient):
    with pytest.raises(FastGPTRefused):
        await make_client(api_key="wrong").records("a1002")
    with pytest.raises(FastGPTGarbled):
        await make_client(base_url=f"{fastgpt.base_url}/elsewhere").records("a1002")
