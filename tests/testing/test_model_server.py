"""The model server speaks the protocol to the vendor's own client, and does as its script says."""

import asyncio
import sys

import aiohttp
import openai
import pytest

from yingda.testing.model_server import DONE, Hang, ModelServer, Reset, Scripted, delta, refused, steady

MESSAGES = [{"role": "user", "content": "hi"}]


@pytest.fixture
def client_of():
    def make(server):
        return openai.AsyncOpenAI(base_url=server.base_url, api_key="k", max_retries=0)

    return make


async def test_the_vendors_client_understands_it(client_of):
    server = ModelServer(answer=lambda request: request["messages"][0]["content"] * 2)
    async with server, client_of(server) as client:
        whole = await client.chat.completions.create(model="m", messages=MESSAGES)
        stream = await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        deltas = [event.choices[0].delta.content async for event in stream if event.choices]
        models = [model.id async for model in client.models.list()]
    assert (whole.choices[0].message.content, deltas, models) == ("hihi", ["hihi", None], ["scripted"])
    assert [request.body["messages"] for request in server.requests] == [MESSAGES] * 2


async def test_refuses_as_told(client_of):
    async with ModelServer(refused(429, retry_after="9")) as server, client_of(server) as client:
        with pytest.raises(openai.RateLimitError) as refusal:
            await client.chat.completions.create(model="m", messages=MESSAGES)
    assert refusal.value.response.headers["Retry-After"] == "9"


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


async def test_sees_its_client_go(session):
    async with ModelServer(Scripted(steps=(delta(content="a"), Hang()))) as server:
        response = await session.post(f"{server.base_url}/chat/completions", json={"messages": MESSAGES})
        await response.content.readany()
        response.close()
        await asyncio.wait_for(server.requests[0].client_gone.wait(), 5)
    assert server.requests[0].client_gone_at_s is not None


async def test_resets_the_connection(session):
    async with ModelServer(Scripted(steps=(b"x", Reset()))) as server:
        response = await session.post(f"{server.base_url}/chat/completions", json={})
        with pytest.raises(aiohttp.ClientError):
            await response.read()


@pytest.mark.parametrize(("interval_s", "writes"), [(0.0, 4), (0.01, 1201)])
def test_unpaced_tokens_go_out_by_the_hundred(interval_s, writes):
    written = [step for step in steady(1200, interval_s).steps if isinstance(step, bytes)]
    assert (len(written), b"".join(written).count(b'"content":"word')) == (writes, 1200)


async def test_runs_as_a_program(session):
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "yingda.testing.model_server", "--tokens", "3", "--interval-ms", "0"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        url = (await program.stdout.readline()).decode().split()[-1]
        response = await session.post(f"{url}/chat/completions", json={"stream": True})
        body = await response.read()
    finally:
        program.terminate()
        await program.wait()
    assert (body.count(b'"content":"word'), body.endswith(DONE)) == (3, True)
