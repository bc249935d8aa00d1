"""The docqa paths over a real engine and store, behind the real gates, on a loopback port."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp
from tests.databases import migrated_file

from yingda.conversations.sqlite import open_sqlite
from yingda.conversations.sqlite_archive import open_sqlite_archive
from yingda.conversations.store import Conversations
from yingda.dialects.docqa.respond import PREFIX, STREAM_PATH, refuse
from yingda.dialects.docqa.routes.chat import chat_routes
from yingda.dialects.helpdesk.errors import error_body
from yingda.engine import Engine, EngineConfig
from yingda.storage.sql import open_database
from yingda.turns.clock import SystemClock
from yingda.turns.events import TextDelta, TurnEvent
from yingda.turns.types import Principal, Role, Turn
from yingda.web.auth import Authenticator, AuthGate
from yingda.web.keys import Keys
from yingda.web.limits import BodyLimiter, BodyLimits, RateLimiter
from yingda.web.respond import ErrorResponses
from yingda.web.stream import StreamWatch

CHAT = "/v1/ctai/query_text_chat"
QUESTION = {"query_text": "几天内退货", "session_id": "s-1"}


class Script:
    """An answerer whose steps are text or events to yield, bells to wait for, and errors to raise."""

    def __init__(self) -> None:
        self.steps: list[Any] = ["七天。"]
        self.turns: list[Turn] = []

    async def __call__(self, turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        self.turns.append(turn)
        for step in self.steps:
            if isinstance(step, BaseException):
                raise step
            if isinstance(step, asyncio.Event):
                await step.wait()
            else:
                yield TextDelta(text=step) if isinstance(step, str) else step


@dataclass(slots=True)
class House:
    """A server, its script, and a key for each kind of caller."""

    url: str
    script: Script
    engine: Engine
    store: Conversations
    keys: dict[str, str] = field(default_factory=dict)

    def caller(self, name: str = "chat") -> httpx.AsyncClient:
        """Somebody with that key; without one for an unknown name."""
        headers = {"orionstar-api-key": self.keys[name]} if name in self.keys else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20.0, trust_env=False)


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """A web server of this process on a free loopback port."""
    config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@pytest.fixture
def per_minute() -> int:
    """How many requests a minute the server takes."""
    return 1000


@pytest.fixture
async def house(tmp_path, per_minute: int) -> AsyncIterator[House]:
    path, clock, script = tmp_path / "yingda.db", SystemClock(), Script()
    migrated_file(path)
    async with (
        open_sqlite(path, clock) as store,
        open_sqlite_archive(path, store) as archive,
        open_database(str(path)) as database,
    ):
        engine = Engine(script, store, clock, EngineConfig(busy_wait_s=0.05))
        keys, watch = Keys(database), StreamWatch()
        authenticator = Authenticator("", keys)
        made = {name: await keys.create(name, principal, clock.now()) for name, principal in CALLERS.items()}
        await authenticator.refresh()
        errors = ErrorResponses(error_body, {PREFIX: refuse})
        routes = FastAPI()
        errors.install(routes)
        routes.include_router(chat_routes(engine, watch, archive, clock))
        app: ASGIApp = BodyLimiter(routes, BodyLimits(), errors)
        app = AuthGate(app, authenticator, lambda path: path == STREAM_PATH, errors)
        app = RateLimiter(app, per_minute, errors, lambda path: False)
        running = asyncio.create_task(engine.run())
        async with serving(app) as url:
            yield House(url, script, engine, store, {name: secret for name, (_, secret) in made.items()})
            await engine.shutdown(0.0)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def principal(tenant: str, *roles: Role, user_id: str | None = None) -> Principal:
    """For a key that is still to be made."""
    return Principal(tenant=tenant, key_id="", roles=frozenset(roles), user_id=user_id)


CALLERS = {
    "chat": principal("default", "chat"),
    "colleague": principal("default", "chat"),
    "stranger": principal("other", "chat"),
    "desk": principal("default", "desk"),
}


def packets_in(raw: bytes) -> list[dict[str, Any]]:
    """What a client reads out of a stream that ended in order."""
    assert raw.endswith(b"\n\n"), raw
    blocks = raw.removesuffix(b"\n\n").split(b"\n\n")
    return [json.loads(block.rpartition(b"data: ")[2]) for block in blocks]


def text_of(packets: list[dict[str, Any]]) -> str:
    """What a client shows."""
    return "".join(packet["data"]["answer_text"] for packet in packets)


async def ask(client: httpx.AsyncClient, **fields: Any) -> list[dict[str, Any]]:
    """A whole streamed answer."""
    response = await client.post(CHAT, json={**QUESTION, "stream": "1", **fields})
    assert (response.status_code, response.headers["content-type"]) == (
        200,
        "text/event-stream; charset=utf-8",
    )
    return packets_in(response.content)
