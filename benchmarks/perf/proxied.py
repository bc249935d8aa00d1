"""Two servers for `benchmarks.perf.proxy`: a FastGPT that stamps its tokens, our face over its proxy.

Tokens carry the time at which they were sent, on the clock that all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
from fastapi import FastAPI, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from yingda.conversations.sqlite import open_sqlite
from yingda.conversations.sqlite_archive import open_sqlite_archive
from yingda.conversations.sqlite_undo import SqliteUndo
from yingda.dialects.fastgpt.encode import FaceConfig, FastGPTDialect
from yingda.dialects.fastgpt.face import Face, FaceParts
from yingda.dialects.fastgpt.insides import Insides
from yingda.dialects.fastgpt.routes.completions import completion_routes
from yingda.engine import Engine, EngineConfig
from yingda.fastgpt.backend import FastGPTBackend
from yingda.fastgpt.client import FastGPTClient
from yingda.fastgpt.codes import CodeTable
from yingda.fastgpt.connection import FastGPTConfig
from yingda.fastgpt.names import ChatNames
from yingda.fastgpt.proxy import ProxyConfig, ProxyParts, proxy_answerer
from yingda.flows.facts import Facts
from yingda.flows.recall import Recall
from yingda.storage.schema import migrate
from yingda.storage.sql import open_database
from yingda.testing.fastgpt_server import DONE, chunk, event
from yingda.turns.clock import SystemClock
from yingda.turns.types import ALL_ROLES, Principal
from yingda.web.stream import StreamWatch

INTERVAL_S = 0.05
MARKER = ("\n<sta", "te>10", "02</st", "ate>")
"""As a model writes it, a piece a token."""
MARKED, PLAIN = "marked", "plain"
"""What callers say to be answered with a marker, and without."""

WORDS = 40
CALLER = Principal(tenant="default", key_id="benchmark", roles=ALL_ROLES)

upstream = FastAPI()


@upstream.post("/api/v1/chat/completions")
async def complete(request: Request) -> Response:
    """20 tokens a second: a marker in four pieces if asked for, then words that say when they were sent."""
    asked = (await request.json())["messages"][-1]["content"]
    return StreamingResponse(_tokens(MARKER if asked == MARKED else ()), media_type="text/event-stream")


@upstream.post("/api/v2/chat/stop")
async def stop() -> Response:
    """Nothing runs here."""
    return Response(b'{"code":200,"data":null}', media_type="application/json")


async def _tokens(marker: Sequence[str]) -> AsyncIterator[bytes]:
    due_s = time.monotonic()
    for piece in (*marker, *[None] * WORDS):
        yield chunk(f"{time.monotonic():.6f};" if piece is None else piece)
        due_s += INTERVAL_S
        await asyncio.sleep(due_s - time.monotonic())
    yield chunk(None, "stop") + DONE + event("flowResponses", [])


class Known:
    """Everybody is the same caller: keys are not what is measured."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "principal": CALLER}, receive, send)


@asynccontextmanager
async def _opened(app: FastAPI) -> AsyncIterator[None]:
    path, clock = Path(os.environ["FOLDER"]) / "yingda.db", SystemClock()
    await migrate(str(path))
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_sqlite(path, clock))
        archive = await stack.enter_async_context(open_sqlite_archive(path, store))
        database = await stack.enter_async_context(open_database(str(path)))
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        )
        client = FastGPTClient(
            session, FastGPTConfig(base_url=os.environ["UPSTREAM"], api_key="k", app_id="a")
        )
        names, facts = ChatNames(secret="k"), Facts(database, "fastgpt")
        recall = Recall(archive, facts, idle_s=1800.0)
        parts = ProxyParts(client=client, names=names, memory=recall, codes=CodeTable())
        engine = Engine(proxy_answerer(parts, ProxyConfig()), store, clock, EngineConfig())
        face = FaceParts(
            engine=engine,
            watch=StreamWatch(),
            archive=archive,
            undo=SqliteUndo(store),
            backend=FastGPTBackend(client, names, facts, recall, clock, "fastgpt"),
            dialect=FastGPTDialect(FaceConfig(), Insides()),
        )
        app.include_router(completion_routes(Face(face)))
        journalling = asyncio.create_task(engine.run())
        yield
        journalling.cancel()
        await engine.shutdown(0.0)


ours = Known(FastAPI(lifespan=_opened))
