"""Servers with a small shop's documents, with and without a model."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.browser import browser, open_page
from tests.server_process import ServerProcess, StartServer, free_port, start_lasting_server

from yingda.testing.model_server import ModelServer

__all__ = ["browser", "open_page", "start_lasting_server"]

RETURNS = """# Returns 😀

You may return any item within 14 days of delivery. Items must be unused.

## Shipping

Return shipping is free for defective items.
"""
RETURNS_ZH = """# 退货政策

签收后七天内可以无理由退货，运费由买家承担。

## 退款时间

退款在收到退货后三个工作日内原路返回。
"""


@pytest.fixture(scope="session")
def server(start_lasting_server: StartServer) -> ServerProcess:
    """Open, without a model."""
    return with_documents(start_lasting_server())


@pytest.fixture(scope="session")
def model_port() -> int:
    """Where the model of `server_with_model` is looked for."""
    return free_port()


@pytest.fixture(scope="session")
def server_with_model(start_lasting_server: StartServer, model_port: int) -> ServerProcess:
    """Open, with a model that the fixture `model` plays; nothing is cached."""
    url = f"http://127.0.0.1:{model_port}/v1"
    return with_documents(
        start_lasting_server(LLM_BASE_URL=url, LLM_MODEL="scripted", HOT_CACHE_ENABLED="false")
    )


@pytest.fixture
async def model(model_port: int) -> AsyncIterator[ModelServer]:
    """The model of `server_with_model`; a test scripts its replies."""
    async with ModelServer(port=model_port) as model:
        yield model


def with_documents(server: ServerProcess, key: str | None = None) -> ServerProcess:
    """The server, once both documents can be found."""
    server.ingest("returns.md", RETURNS, key)
    server.ingest("退货.md", RETURNS_ZH, key)
    return server
