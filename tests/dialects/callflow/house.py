"""The callflow paths over a real engine, store and flow; who answers is scripted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.databases import migrated_file
from tests.dialects.docqa.house import Script, serving

from yingda.conversations.archive import Archive
from yingda.conversations.handovers import Handovers
from yingda.conversations.sqlite import open_sqlite
from yingda.conversations.sqlite_archive import open_sqlite_archive
from yingda.conversations.sqlite_handovers import SqliteHandovers
from yingda.conversations.sqlite_undo import SqliteUndo
from yingda.dialects.callflow.calls import Calls, CallStores
from yingda.dialects.callflow.respond import PREFIXES, refuse
from yingda.dialects.callflow.routes.chat import chat_routes
from yingda.dialects.callflow.routes.info import info_routes
from yingda.dialects.helpdesk.errors import error_body
from yingda.engine import Engine, EngineConfig
from yingda.flows.facts import Facts
from yingda.flows.load import load
from yingda.flows.machine import Machine
from yingda.flows.native import NativeBackend
from yingda.flows.recall import Recall
from yingda.storage.sql import open_database
from yingda.testing import FrozenClock
from yingda.web.auth import OPEN, Authenticator, AuthGate
from yingda.web.keys import Keys
from yingda.web.limits import BodyLimiter, BodyLimits
from yingda.web.respond import ErrorResponses
from yingda.web.stream import StreamWatch

ACCIDENT = Path(__file__).parents[3] / "samples" / "flows" / "accident.yaml"
CALL = {"sessionId": "a1002", "timeStamp": "202503310303"}
ANYBODY = OPEN
"""Whom the open server takes everybody for."""


@dataclass(slots=True)
class House:
    """A server with its script, its clock and its stores."""

    http: httpx.AsyncClient
    script: Script
    clock: FrozenClock
    archive: Archive
    handovers: Handovers

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        """A request of the recorded call."""
        return await self.http.post(path, json={**CALL, **fields})

    async def endings(self) -> list[tuple[str, str | None]]:
        """What was said in each turn of the call, and how the turn ended."""
        page = await self.archive.turns(ANYBODY, "callflow", "a1002", offset=0, limit=99)
        return [(turn.text, turn.ending) for turn in page.items]

    async def until_ended(self, count: int) -> None:
        """Wait for so many turns to be over."""
        for _ in range(1000):
            endings = await self.endings()
            if len(endings) == count and all(ending for _, ending in endings):
                return
            await asyncio.sleep(0.01)
        raise AssertionError(await self.endings())


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path / "yingda.db", FrozenClock()) as house:
        yield house


@asynccontextmanager
async def opened(path: Path, clock: FrozenClock) -> AsyncIterator[House]:
    """A server on that file."""
    migrated_file(path)
    script = Script()
    async with (
        open_sqlite(path, clock) as store,
        open_sqlite_archive(path, store) as archive,
        open_database(str(path)) as database,
    ):
        engine = Engine(script, store, clock, EngineConfig(busy_wait_s=0.2))
        handovers = SqliteHandovers(store)
        kept = CallStores(archive=archive, undo=SqliteUndo(store), handovers=handovers)
        facts = Facts(database, "callflow")
        recall = Recall(archive, facts, idle_s=1800)
        backend = NativeBackend(Machine(load(ACCIDENT)), facts, recall, "callflow", clock)
        errors = ErrorResponses(error_body, dict.fromkeys(PREFIXES, refuse))
        routes, calls = FastAPI(), Calls(engine, kept, backend, clock)
        errors.install(routes)
        routes.include_router(chat_routes(calls, StreamWatch()))
        routes.include_router(info_routes(calls, backend))
        site = BodyLimiter(routes, BodyLimits(), errors)
        site = AuthGate(site, Authenticator("", Keys(database)), lambda path: False, errors)
        async with (
            serving(site) as url,
            httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as http,
        ):
            yield House(http, script, clock, archive, handovers)
        await engine.shutdown(0)
