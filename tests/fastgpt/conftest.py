"""What the tests of this package share: a FastGPT on loopback and a client of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from yingda.fastgpt.client import FastGPTClient
from yingda.fastgpt.connection import FastGPTConfig
from yingda.testing.fastgpt_server import APP_ID, KEY, FastGPTServer

MakeClient = Callable[..., FastGPTClient]


@pytest.fixture(params=["4.14", "4.16"])
async def fastgpt(request: pytest.FixtureRequest) -> AsyncIterator[FastGPTServer]:
    """A server of either generation."""
    async with FastGPTServer(generation=request.param) as server:
        yield server


@pytest.fixture
async def make_client(fastgpt: FastGPTServer) -> AsyncIterator[MakeClient]:
    """A client of that server, with other settings where they are given."""
    made: list[FastGPTClient] = []
    async with aiohttp.ClientSession() as session:

        def make(**overrides: object) -> FastGPTClient:
            settings = {"base_url": fastgpt.base_url, "api_key": KEY, "app_id": APP_ID, **overrides}
            made.append(FastGPTClient(session, FastGPTConfig(**settings)))  # type: ignore[arg-type]
            return made[-1]

        yield make
        for client in made:
            await client.aclose()
