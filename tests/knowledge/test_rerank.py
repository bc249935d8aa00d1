import asyncio
import math
from contextlib import AsyncExitStack

import aiohttp
import pytest
from aiohttp import web

from yingda.knowledge.rerank import RerankConfig, Reranker, RerankUnavailable, logistic


class Endpoint:
    """A real server that plays `script`, one reply a request; None hangs."""

    def __init__(self) -> None:
        self.script: list[web.Response | None] = []
        self.bodies: list[dict] = []
        self.hung_up = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json() | {"key": request.headers.get("Authorization")})
        reply = self.script.pop(0)
        if reply is not None:
            return reply
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
        app.router.add_post("/v1/rerank", served.handle)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        served.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        served.http = await stack.enter_async_context(aiohttp.ClientSession())
        yield served


def reranker(endpoint: Endpoint, **settings: object) -> Reranker:
    return Reranker(endpoint.http, RerankConfig(base_url=endpoint.url, model="r", **settings))


def scored(*scores: object) -> web.Response:
    """Best last, so that only the index tells which document a score is for."""
    results = [{"index": index, "relevance_score": score} for index, score in enumerate(scores)]
    return web.json_response({"results": results[::-1]})


async def test_scores_each_document_in_the_order_given(endpoint):
    endpoint.script = [scored(0.25, 0.75)]
    made = await reranker(endpoint, api_key="k", document_chars=3).scores("q", ["abcd", "b"], timeout_s=5)
    assert (made, endpoint.bodies) == (
        [0.25, 0.75],
        [{"model": "r", "query": "q", "documents": ["abc", "b"], "top_n": 2, "key": "Bearer k"}],
    )


async def test_scores_nothing_without_a_call(endpoint):
    assert (await reranker(endpoint).scores("q", [], timeout_s=5), endpoint.bodies) == ([], [])


async def test_takes_logits_through_one_logistic_from_the_first_that_shows(endpoint):
    endpoint.script = [scored(0.5, 0.0), scored(-2.0, 0.5), scored(0.5, 0.0)]
    model = reranker(endpoint)
    made = [await model.scores("q", ["a", "b"], timeout_s=5) for _ in range(3)]
    assert made == [[0.5, 0.0], [logistic(-2.0), logistic(0.5)], [logistic(0.5), 0.5]]


async def test_clips_what_rounding_pushed_over_the_edge(endpoint):
    endpoint.script = [scored(1.0004, -0.0002)]
    assert await reranker(endpoint).scores("q", ["a", "b"], timeout_s=5) == [1.0, 0.0]


async def test_a_named_scale_is_not_guessed_at(endpoint):
    endpoint.script = [scored(0.0), scored(7.0)]
    logit, probability = reranker(endpoint, scale="logit"), reranker(endpoint, scale="probability")
    assert await logit.scores("q", ["a"], timeout_s=5) == [0.5]
    with pytest.raises(RerankUnavailable, match=r"outside 0\.\.1"):
        await probability.scores("q", ["a"], timeout_s=5)


@pytest.mark.parametrize(
    "reply",
    [
        lambda: web.Response(status=500),
        lambda: web.Response(status=429),
        lambda: web.Response(text="no json"),
        lambda: web.json_response([1]),
        lambda: scored(0.5),
        lambda: scored(0.5, 0.5, 0.5),
        lambda: scored(0.5, None),
        lambda: web.json_response({"results": [{"index": 0, "relevance_score": 1}] * 2}),
        lambda: web.Response(text='{"results": [' + " " * 4096),
    ],
)
async def test_a_faulty_reply_is_unavailable(endpoint, reply):
    endpoint.script = [reply()]
    with pytest.raises(RerankUnavailable):
        await reranker(endpoint, reply_bytes=1024).scores("q", ["a", "b"], timeout_s=5)


async def test_hangs_up_on_an_endpoint_that_hangs(endpoint):
    endpoint.script = [None]
    with pytest.raises(RerankUnavailable, match="too slow"):
        await reranker(endpoint).scores("q", ["a"], timeout_s=0.1)
    await asyncio.wait_for(endpoint.hung_up.wait(), 5)


def test_keeps_the_key_out_of_its_repr():
    assert "s3cret" not in repr(RerankConfig(base_url="http://x", model="m", api_key="s3cret"))


def test_logistic_never_overflows():
    assert [logistic(-1e4), logistic(0), logistic(1e4), logistic(math.log(3))] == [
        0,
        0.5,
        1,
        pytest.approx(0.75),
    ]
