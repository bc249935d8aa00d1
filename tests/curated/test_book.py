"""Vectors of questions: asked for in the background, used where they help, missed without harm."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest
from aiohttp import web
from tests.curated.desk import PRINCIPAL, eventually, open_desk

from yingda.curated.answer import Wording
from yingda.knowledge.embed import EmbedConfig, Embedder
from yingda.turns.types import DEFAULT_COLLECTION

MEANINGS = {"退": [1.0, 0.0], "钱": [1.0, 0.1]}


@asynccontextmanager
async def endpoint(answer):
    app = web.Application()
    app.router.add_post("/v1/embeddings", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        port = runner.addresses[0][1]
        yield Embedder(http, EmbedConfig(base_url=f"http://127.0.0.1:{port}/v1", model="m", attempts=1))
    await runner.cleanup()


async def meanings(request: web.Request) -> web.Response:
    texts = (await request.json())["input"]
    vectors = [next((v for key, v in MEANINGS.items() if key in text), [0.0, 1.0]) for text in texts]
    return web.json_response({"data": [{"index": n, "embedding": v} for n, v in enumerate(vectors)]})


@asynccontextmanager
async def running(desk):
    task = asyncio.create_task(desk.book.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_near_meaning_raises_the_score(file_desk):
    async with endpoint(meanings) as embedder:
        desk = open_desk(file_desk.database, embedder)
        await desk.add(Wording(question="退款多久到账", answer="三天。"))

        async def score() -> float:
            matches = await desk.book.matches(
                PRINCIPAL, DEFAULT_COLLECTION, "钱多久到我账上", lambda answer: True
            )
            return matches[0].score if matches else 0.0

        by_words = await score()
        async with running(desk):

            async def is_higher() -> bool:
                return await score() > by_words

            await eventually(is_higher)


@pytest.mark.parametrize("status", [500, 400])
async def test_without_vectors_words_decide(file_desk, status):
    async def broken(request: web.Request) -> web.Response:
        return web.Response(status=status)

    async with endpoint(broken) as embedder:
        desk = open_desk(file_desk.database, embedder)
        await desk.add(Wording(question="怎么退货", answer="七天内。"))
        async with running(desk):
            assert await desk.found("如何申请退货") == "七天内。"


async def test_everything_is_loaded_before_the_first_question(file_desk):
    await file_desk.add(Wording(question="怎么退货", answer="七天内。"))
    other = open_desk(file_desk.database)
    assert await other.found("怎么退货") is None
    await other.book.load()
    assert await other.found("怎么退货") == "七天内。"
    assert other.book.revision(PRINCIPAL, DEFAULT_COLLECTION) == 1
