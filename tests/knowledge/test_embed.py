import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import aiohttp
import numpy as np
import pytest
from aiohttp import web

from yingda.knowledge.embed import (
    EmbedConfig,
    Embedder,
    EmbeddingMisconfigured,
    EmbeddingRefused,
    EmbeddingUnavailable,
)

Reply = Callable[[dict], Awaitable[web.Response] | web.Response]


def vectors(body: dict) -> web.Response:
    """Length and position as a direction, in reverse order: the index counts, not the place."""
    items = [
        {"index": index, "embedding": [3.0 * len(text), 4.0 * len(text)]}
        for index, text in enumerate(body["input"])
    ]
    return web.json_response({"data": items[::-1]})


def status(code: int, **headers: str) -> Reply:
    return lambda body: web.Response(status=code, headers={"Retry-After": "0"} | headers)


def text(body: str) -> Reply:
    return lambda _: web.Response(text=body, content_type="application/json")


def items(*embeddings: object) -> Reply:
    data = [{"index": index, "embedding": each} for index, each in enumerate(embeddings)]
    return lambda _: web.json_response({"data": data})


class Endpoint:
    """A real server that plays `script`, one reply a request, then `vectors`."""

    def __init__(self) -> None:
        self.script: list[Reply] = []
        self.bodies: list[dict] = []
        self.keys: list[str | None] = []
        self.busy = self.busiest = 0
        self.hung_up = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.bodies.append(body)
        self.keys.append(request.headers.get("Authorization"))
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await asyncio.sleep(0)
            reply = (self.script.pop(0) if self.script else vectors)(body)
            return reply if isinstance(reply, web.Response) else await reply
        finally:
            self.busy -= 1

    async def hang(self, _: dict) -> web.Response:
        try:
            await asyncio.Event().wait()
        finally:
            self.hung_up.set()
        raise AssertionError


@pytest.fixture
async def endpoint():
    async with AsyncExitStack() as stack:
        served = Endpoint()
        app = web.Application()
        app.router.add_post("/v1/embeddings", served.handle)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        served.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1/"
        served.http = await stack.enter_async_context(aiohttp.ClientSession())
        yield served


def embedder(endpoint: Endpoint, **settings: object) -> Embedder:
    defaults = {"base_url": endpoint.url, "model": "m", "backoff_s": 0.001}
    return Embedder(endpoint.http, EmbedConfig(**defaults | settings))


def close(*numbers: float) -> object:
    return pytest.approx(np.array(numbers, np.float32))


async def test_embeds_documents_in_batches_and_in_order(endpoint):
    made = await embedder(endpoint, batch_count=2, document_prefix="d:").documents(["a", "bb", "ccc"])
    inputs = sorted(body["input"] for body in endpoint.bodies)
    assert (inputs, made.shape, made.dtype) == ([["d:a", "d:bb"], ["d:ccc"]], (3, 2), np.float32)
    assert made == close([0.6, 0.8], [0.6, 0.8], [0.6, 0.8])


async def test_puts_vectors_in_the_order_of_their_index(endpoint):
    endpoint.script = [
        lambda _: web.json_response(
            {"data": [{"index": 1, "embedding": [0, 2]}, {"index": 0, "embedding": [2, 0]}]}
        )
    ]
    assert await embedder(endpoint).documents(["a", "b"]) == close([1, 0], [0, 1])


async def test_embeds_nothing_without_a_call(endpoint):
    made = await embedder(endpoint).documents([])
    assert (len(made), endpoint.bodies) == (0, [])


async def test_sends_key_model_and_wanted_dimension(endpoint):
    await embedder(endpoint, api_key="s3cret", dimension=2, input_chars=3).documents(["abcdef"])
    assert (endpoint.keys, endpoint.bodies) == (
        ["Bearer s3cret"],
        [{"model": "m", "input": ["abc"], "dimensions": 2}],
    )


def test_keeps_the_key_out_of_its_repr():
    assert "s3cret" not in repr(EmbedConfig(base_url="http://x", model="m", api_key="s3cret"))


async def test_caps_the_calls_under_way(endpoint):
    await embedder(endpoint, batch_count=1, document_calls=2).documents(["a"] * 12)
    assert (len(endpoint.bodies), endpoint.busiest) == (12, 2)


@pytest.mark.parametrize(
    "fault",
    [
        status(500),
        status(429),
        text("no json"),
        text("[]"),
        text('{"data": 7}'),
        text('{"data": [{"embedding": 7}]}'),
        items(),
        items([1, 0], [0, 1]),
        items([0, 0]),
        items([]),
        items([1e400, 1]),
        items(["x"]),
    ],
)
async def test_tries_documents_again_after_a_fault(endpoint, fault):
    endpoint.script = [fault, fault]
    made = await embedder(endpoint).documents(["a"])
    assert (made, len(endpoint.bodies)) == (close([0.6, 0.8]), 3)


async def test_tries_documents_again_after_a_hang(endpoint):
    endpoint.script = [endpoint.hang]
    made = await embedder(endpoint, timeout_s=0.1).documents(["a"])
    await asyncio.wait_for(endpoint.hung_up.wait(), 5)
    assert made == close([0.6, 0.8])


async def test_waits_as_long_as_the_endpoint_asks(endpoint):
    endpoint.script = [lambda _: web.Response(status=429, headers={"Retry-After": "30"})]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(embedder(endpoint, backoff_ceiling_s=60).documents(["a"]), 0.3)
    assert len(endpoint.bodies) == 1


async def test_gives_documents_up_after_the_last_attempt(endpoint):
    endpoint.script = [status(503)] * 9
    with pytest.raises(EmbeddingUnavailable, match="answered 503"):
        await embedder(endpoint, attempts=3).documents(["a"])
    assert len(endpoint.bodies) == 3


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (400, EmbeddingRefused),
        (413, EmbeddingRefused),
        (401, EmbeddingMisconfigured),
        (307, EmbeddingMisconfigured),
    ],
)
async def test_does_not_repeat_what_no_retry_can_help(endpoint, code, error):
    endpoint.script = [status(code, Location="/v1/embeddings")]
    with pytest.raises(error):
        await embedder(endpoint).documents(["a"])
    assert len(endpoint.bodies) == 1


async def test_remembers_the_dimension_and_holds_replies_to_it(endpoint):
    endpoint.script = [items([1, 0]), items([1, 0, 0])]
    model = embedder(endpoint)
    await model.documents(["a"])
    with pytest.raises(EmbeddingMisconfigured, match="3 dimensions, expected 2"):
        await model.documents(["a"])
    assert model.dimension == 2


async def test_asks_once_for_a_repeated_question(endpoint):
    model = embedder(endpoint, question_prefix="q:")
    before = model.recall("a")
    first = await model.question("a", timeout_s=5)
    again = await model.question("a", timeout_s=5)
    assert (before, first, again) == (None, close(0.6, 0.8), close(0.6, 0.8))
    assert [body["input"] for body in endpoint.bodies] == [["q:a"]]


async def test_forgets_the_questions_least_used(endpoint):
    model = embedder(endpoint, cached_questions=1)
    await model.question("a", timeout_s=5)
    await model.question("b", timeout_s=5)
    assert (model.recall("a"), model.recall("b")) == (None, close(0.6, 0.8))


@pytest.mark.parametrize("fault", [status(500), status(429), text("no json")])
async def test_tries_a_question_only_once(endpoint, fault):
    endpoint.script = [fault]
    with pytest.raises(EmbeddingUnavailable):
        await embedder(endpoint).question("a", timeout_s=5)
    assert len(endpoint.bodies) == 1


async def test_hangs_up_on_an_endpoint_that_hangs(endpoint):
    endpoint.script = [endpoint.hang]
    with pytest.raises(EmbeddingUnavailable, match="too slow"):
        await embedder(endpoint).question("a", timeout_s=0.1)
    await asyncio.wait_for(endpoint.hung_up.wait(), 5)


async def test_a_refused_connection_is_unavailable(endpoint):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(EmbeddingUnavailable, match="ClientConnectorError"):
        await embedder(endpoint, base_url=f"http://127.0.0.1:{port}").question("a", timeout_s=5)


async def test_stops_reading_an_endless_reply(endpoint):
    endpoint.script = [text("[" * 4096)]
    with pytest.raises(EmbeddingUnavailable, match="too long"):
        await embedder(endpoint, reply_bytes=1024).question("a", timeout_s=5)
