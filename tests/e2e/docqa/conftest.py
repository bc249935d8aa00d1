"""A server that knows some papers, with and without a model, and the clients that read its streams."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from tests.browser import browser, open_page
from tests.e2e.docqa import clients
from tests.e2e.docqa.proxy import CuttingProxy
from tests.e2e.docqa.wire import KEY, Asker
from tests.e2e.played_model import PlayedModel, quote
from tests.server_process import ServerProcess, StartServer, free_port

from yingda.testing.model_server import Hang, Scripted

__all__ = ["browser", "open_page"]

RETURNS = (
    "# 退货\n\n签收后 37 天内可以退货。退货的运费由卖家承担。退款在 3 个工作日内到账。\n\n"
    "# 保修\n\n整机保修期为两年。电池保修期为 6 个月。\n"
)
SHIPPING = "# 物流\n\n订单在 24 小时内发货。偏远地区需要 5 天送达。\n"
CAMERA = "# Camera X200\n\nThe camera X200 weighs 410 grams. Its battery lasts 12 hours.\n"
SILENT = Scripted(before=(Hang(),))
PAPERS = {"退货.md": RETURNS, "物流.md": SHIPPING, "camera.md": CAMERA}


def with_papers(server: ServerProcess) -> ServerProcess:
    """The server, once the papers can be found."""
    for name, text in PAPERS.items():
        server.ingest(name, text, KEY)
    return server


@pytest.fixture(scope="session")
def quoting(start_lasting_server: StartServer) -> ServerProcess:
    """Without a model."""
    return with_papers(start_lasting_server(API_KEY=KEY))


@pytest.fixture(scope="session")
def writing_model() -> Iterator[PlayedModel]:
    """The model behind `writing`; tests take `model` instead."""
    with PlayedModel() as model:
        yield model


@pytest.fixture
def model(writing_model: PlayedModel) -> Iterator[PlayedModel]:
    """The model, quoting until told otherwise, and again after the test."""
    yield writing_model
    writing_model.answer = quote


@pytest.fixture(scope="session")
def page_port() -> int:
    """Where pages of another site are; `writing` lets them call."""
    return free_port()


@pytest.fixture(scope="session")
def writing(start_lasting_server: StartServer, writing_model: PlayedModel, page_port: int) -> ServerProcess:
    """With the model that the fixture `model` plays, and patience with it; nothing comes from the cache."""
    settings = {"API_KEY": KEY, "HOT_CACHE_ENABLED": "false", "LLM_FIRST_CHUNK_S": "60"}
    origins = f"http://127.0.0.1:{page_port}"
    return with_papers(start_lasting_server(**settings, ALLOWED_ORIGINS=origins, **writing_model.settings))


@pytest.fixture(scope="session", autouse=True)
def silence(
    request: pytest.FixtureRequest, start_lasting_server: StartServer
) -> Iterator[Future[Any] | None]:
    """What a client heard of an answer that was silent for as long as one can be; None where nobody asks.

    It begins before the first test of this folder and waits beside the others.
    """
    if not any(item.get_closest_marker("slow") for item in request.session.items):
        yield None
        return
    with PlayedModel() as model, ThreadPoolExecutor(1) as beside:
        model.always(SILENT)
        server = start_lasting_server(API_KEY=KEY, LLM_FIRST_CHUNK_S="60", **model.settings)
        server.ingest("退货.md", RETURNS, KEY)
        body = {"query_text": "签收后几天内可以退货？", "session_id": "silence", "stream": "1"}
        yield beside.submit(clients.run, "follow.mjs", [clients.question(server, body, KEY)])


@pytest.fixture
async def proxy(writing: ServerProcess, page_port: int) -> AsyncIterator[CuttingProxy]:
    """Before `writing`, for browsers."""
    async with CuttingProxy(writing, page_port) as proxy:
        yield proxy


@pytest.fixture
def asker() -> Iterator[Callable[..., Asker]]:
    """`asker(server, key)` talks to the server until the test is over."""
    with ExitStack() as stack:

        def asker(server: ServerProcess, key: str | None = KEY) -> Asker:
            made = Asker(server, key)
            stack.callback(made.http.close)
            return made

        yield asker
