"""One call over a real socket: what arrives, how it fails, and that hanging up is seen."""

import asyncio
import gc
from contextlib import aclosing

import aiohttp
import pytest

from yingda.errors import ModelUnavailable
from yingda.llm import failures
from yingda.llm.openai_chat import EndpointConfig, OpenAIChat
from yingda.llm.types import ReasoningChunk, TextChunk, UsageChunk
from yingda.testing.model_server import (
    DONE,
    Hang,
    ModelServer,
    Pause,
    Reset,
    Scripted,
    delta,
    finish,
    refused,
    said,
    stream_error,
    whole,
)
from yingda.turns.types import Usage

PATIENT = {"first_chunk_s": 5.0, "idle_s": 5.0}


async def heard(model, prompt):
    """Text, thought and usage of a call, and the failure that ended it."""
    chunks = []
    try:
        async with aclosing(model.stream(prompt)) as stream:
            async for chunk in stream:
                chunks.append(chunk)
    except ModelUnavailable as failure:
        return chunks, failure
    return chunks, None


def text_of(chunks):
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, TextChunk))


async def test_streams_text_then_usage(chat_at, prompt):
    async with ModelServer(said("Returns ", "take 14 days.", interval_s=0.02, tokens_used=(9, 5))) as server:
        chunks, failure = await heard(chat_at(server), prompt)
    assert (text_of(chunks), failure) == ("Returns take 14 days.", None)
    assert chunks[-1] == UsageChunk(Usage(model="m1", prompt_tokens=9, completion_tokens=5))


async def test_asks_as_providers_expect(chat_at, prompt):
    async with ModelServer() as server:
        await heard(chat_at(server), prompt)
    assert server.requests[0].headers["Authorization"] == "Bearer sk-secret"
    assert server.requests[0].body == {
        "model": "m1",
        "messages": [{"role": "user", "content": "hush-hush"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.2,
        "max_tokens": 1024,
    }


async def test_invents_no_usage(chat_at, prompt):
    async with ModelServer(said("a")) as server:
        assert await heard(chat_at(server), prompt) == ([TextChunk("a")], None)


async def test_takes_a_reply_that_does_not_stream(chat_at, prompt):
    async with ModelServer(whole("a", tokens_used=(1, 2))) as server:
        chunks, failure = await heard(chat_at(server), prompt)
    assert chunks == [TextChunk("a"), UsageChunk(Usage(model="m1", prompt_tokens=1, completion_tokens=2))]
    assert failure is None


async def test_keeps_thought_apart(chat_at, prompt):
    steps = (delta(reasoning_content="hm"), delta(content="a"), finish(), DONE)
    async with ModelServer(Scripted(steps=steps)) as server:
        assert await heard(chat_at(server), prompt) == ([ReasoningChunk("hm"), TextChunk("a")], None)


async def test_reuses_the_connection_of_a_whole_reply(chat_at, prompt, session):
    async with ModelServer() as server:
        chat = chat_at(server)
        await heard(chat, prompt)
        await heard(chat, prompt)
        assert sum(len(idle) for idle in session.connector._conns.values()) == 1


CUT = b"data: " + delta(content="x")[6:30]
FAULTS = {
    "bad request": (refused(400, code="context_length_exceeded"), failures.ModelRejected, False),
    "bad key": (refused(401, code="invalid_api_key"), failures.ModelMisconfigured, False),
    "no right": (refused(403), failures.ModelMisconfigured, False),
    "no such model": (refused(404, code="model_not_found"), failures.ModelMisconfigured, False),
    "moved": (Scripted(status=307, headers={"Location": "/elsewhere"}), failures.ModelMisconfigured, False),
    "rate limit": (refused(429), failures.ModelRateLimited, True),
    "server error": (refused(500), failures.ModelFailed, True),
    "gateway time-out": (refused(504), failures.ModelFailed, True),
    "web page": (Scripted(content_type="text/html", steps=(b"<html>",)), failures.ModelGarbled, True),
    "garbage": (Scripted(steps=(b"data: {not json\n\n",)), failures.ModelGarbled, True),
    "garbage, unframed": (Scripted(steps=(b"\x00\x01 what\n\n",)), failures.ModelBroke, True),
    "garbage body": (Scripted(content_type="application/json", steps=(b"[",)), failures.ModelGarbled, True),
    "error first": (Scripted(steps=(stream_error(),)), failures.ModelFailed, True),
    "rate limit inside": (Scripted(steps=(stream_error(429),)), failures.ModelRateLimited, True),
    "nothing": (Scripted(), failures.ModelBroke, True),
    "hang before headers": (Scripted(before=(Hang(),)), failures.ModelTimedOut, True),
    "hang before first token": (Scripted(steps=(b": wait\n\n", Hang())), failures.ModelTimedOut, True),
    "death before headers": (Scripted(before=(Reset(),)), failures.ModelBroke, True),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_names_what_failed_before_the_first_chunk(fault, chat_at, prompt):
    script, cause, retryable = FAULTS[fault]
    async with ModelServer(script) as server:
        chunks, failure = await heard(chat_at(server, first_chunk_s=0.3), prompt)
    assert (chunks, type(failure), failure.retryable) == ([], cause, retryable)


LATE_FAULTS = {
    "error object": (Pause(0.02), stream_error(), failures.ModelFailed),
    "garbage": (Pause(0.02), b"data: }\n\n", failures.ModelGarbled),
    "hang": (Pause(0.02), Hang(), failures.ModelTimedOut),
    "reset": (Pause(0.05), Reset(), failures.ModelBroke),
    "early end": (Pause(0.02), b"", failures.ModelBroke),
    "end inside an event": (Pause(0.02), CUT, failures.ModelGarbled),
}


@pytest.mark.parametrize("fault", LATE_FAULTS)
async def test_passes_on_what_came_before_the_failure(fault, chat_at, prompt):
    *steps, cause = LATE_FAULTS[fault]
    async with ModelServer(Scripted(steps=(delta(content="half"), *steps))) as server:
        chunks, failure = await heard(chat_at(server, idle_s=0.3), prompt)
    assert (chunks, type(failure)) == ([TextChunk("half")], cause)


@pytest.mark.parametrize("tail", [(), (Hang(),), (Pause(0.05), Reset())])
async def test_a_finish_reason_makes_a_reply_whole(tail, chat_at, prompt):
    steps = (delta(content="a"), finish(), *tail)
    async with ModelServer(Scripted(steps=steps)) as server:
        assert await heard(chat_at(server, trailer_s=0.1), prompt) == ([TextChunk("a")], None)


async def test_names_a_closed_port(chat_at, prompt):
    async with ModelServer() as server:
        await server.refuse()
        chunks, failure = await heard(chat_at(server), prompt)
    assert (chunks, type(failure)) == ([], failures.ModelUnreachable)


class EmptyPhoneBook(aiohttp.abc.AbstractResolver):
    """A name server that knows nobody, so that no test asks a real one."""

    async def resolve(self, host, port=0, family=0):
        raise OSError("name or service not known")

    async def close(self):
        return None


async def test_names_an_unknown_host(prompt):
    connector = aiohttp.TCPConnector(resolver=EmptyPhoneBook())
    config = EndpointConfig(name="main", base_url="http://no-such-host.invalid/v1", model="m1")
    async with aiohttp.ClientSession(connector=connector) as session:
        chunks, failure = await heard(OpenAIChat(session, config), prompt)
    assert (chunks, type(failure)) == ([], failures.ModelUnreachable)


async def test_names_an_endpoint_without_an_address(session, prompt):
    model = OpenAIChat(session, EndpointConfig(name="main", base_url="nonsense", model="m1"))
    assert type((await heard(model, prompt))[1]) is failures.ModelMisconfigured


async def test_names_an_endpoint_that_is_no_web_server(session, prompt):
    async def babble(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 mail ready\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        model = OpenAIChat(
            session, EndpointConfig(name="main", base_url=url, model="m1", api_key="sk-secret")
        )
        chunks, failure = await heard(model, prompt)
    assert (chunks, type(failure), failure.__suppress_context__) == ([], failures.ModelGarbled, True)


async def test_hands_on_when_to_come_back(chat_at, prompt):
    async with ModelServer(refused(429, retry_after="7")) as server:
        assert (await heard(chat_at(server), prompt))[1].retry_after_s == 7.0


@pytest.mark.parametrize("status", [400, 401, 429, 500])
async def test_never_tells_key_or_prompt(status, chat_at, prompt, caplog):
    caplog.set_level(0)
    async with ModelServer(refused(status)) as server:
        model = chat_at(server)
        failure = (await heard(model, prompt))[1]
    told = f"{failure!r} {model!r} {model._config!r} {caplog.text}"
    assert not [word for word in ("sk-secret", "hush") if word in told]


@pytest.mark.parametrize("steps", [(Hang(),), (delta(content="a"), Hang())])
async def test_cancelling_closes_the_socket(steps, chat_at, prompt):
    async with ModelServer(Scripted(steps=steps)) as server:
        call = asyncio.create_task(heard(chat_at(server, **PATIENT), prompt))
        await asyncio.wait_for(server.asked.wait(), 5)
        call.cancel()
        await asyncio.wait_for(server.requests[0].client_gone.wait(), 0.25)
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_closing_the_generator_closes_the_socket(chat_at, prompt):
    async with ModelServer(Scripted(steps=(delta(content="a"), Hang()))) as server:
        async with aclosing(chat_at(server, **PATIENT).stream(prompt)) as chunks:
            assert await anext(chunks) == TextChunk("a")
        await asyncio.wait_for(server.requests[0].client_gone.wait(), 0.25)


async def test_a_slow_consumer_is_no_silence(chat_at, prompt):
    async with ModelServer(said("a", "b", interval_s=0.05)) as server:
        chunks = chat_at(server, idle_s=0.2).stream(prompt)
        first = await anext(chunks)
        await asyncio.sleep(1.2)
        assert text_of([first, *[chunk async for chunk in chunks]]) == "ab"


async def test_leaves_nothing_running_behind(chat_at, prompt):
    async with ModelServer(said("a"), Scripted(steps=(delta(content="a"), Reset()))) as server:
        await heard(chat_at(server), prompt)
        await heard(chat_at(server), prompt)
    gc.collect()
    assert [task for task in asyncio.all_tasks() if "stream" in repr(task.get_coro())] == []


async def test_gathers_what_follows_a_chunk_and_loses_none_of_it(chat_at, prompt):
    words = [f"w{number} " for number in range(40)]
    async with ModelServer(said(*words, interval_s=0.005)) as server:
        gathered, failure = await heard(chat_at(server, gather_s=0.05), prompt)
    assert (text_of(gathered), failure) == ("".join(words), None)
    assert gathered[0] == TextChunk("w0 "), "the first chunk does not wait"
    assert len(gathered) < len(words) / 2


async def test_hanging_up_while_gathering_closes_the_socket(chat_at, prompt):
    async with ModelServer(Scripted(steps=(delta(content="one"), Hang()))) as server:
        async with aclosing(chat_at(server, gather_s=30.0).stream(prompt)) as stream:
            assert await anext(stream) == TextChunk("one")
            waiting = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
        async with asyncio.timeout(5):
            await server.requests[0].client_gone.wait()
