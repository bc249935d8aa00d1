"""The FastGPT paths over a real engine and real stores, behind the real gates, on a loopback port."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp
from tests.databases import migrated_file
from tests.dialects.docqa.house import CALLERS, Script, principal, serving

from yingda.conversations.sqlite import open_sqlite
from yingda.conversations.sqlite_archive import open_sqlite_archive
from yingda.conversations.sqlite_undo import SqliteUndo
from yingda.dialects.fastgpt.encode import FaceConfig, FastGPTDialect
from yingda.dialects.fastgpt.face import Face, FaceParts
from yingda.dialects.fastgpt.insides import Insides
from yingda.dialects.fastgpt.respond import PREFIXES, AppKeys, refuse
from yingda.dialects.fastgpt.routes.chats import chat_routes
from yingda.dialects.fastgpt.routes.completions import completion_routes
from yingda.dialects.fastgpt.routes.records import record_routes
from yingda.dialects.helpdesk.errors import error_body
from yingda.engine import Engine, EngineConfig
from yingda.flows.backend import Backend
from yingda.flows.facts import Fact, Facts
from yingda.flows.recall import Recall
from yingda.storage.sql import open_database
from yingda.turns.answerer import Answerer
from yingda.turns.clock import SystemClock
from yingda.turns.events import Scalar, TurnEvent
from yingda.turns.types import Principal, Turn
from yingda.web.auth import Authenticator, AuthGate
from yingda.web.keys import Keys
from yingda.web.limits import BodyLimiter, BodyLimits
from yingda.web.respond import ErrorResponses
from yingda.web.stream import StreamWatch

APP = "0123456789abcdef01234567"
KEYS = {**CALLERS, "bound": principal("default", "chat", user_id="u-1")}


class Reporting(Script):
    """A script that may hold functions, too: each is called with the turn."""

    async def __call__(self, turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        self.turns.append(turn)
        for step in self.steps:
            if callable(step):
                step(turn)
                continue
            async with aclosing(scripted(step, turn)) as events:
                async for event in events:
                    yield event


def scripted(step: Any, turn: Turn) -> AsyncGenerator[TurnEvent, None]:
    """One step of the other kinds."""
    one = Script()
    one.steps = [step]
    return one(turn)


class FactsOnly:
    """A back end that knows what it was told."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._clock = SystemClock()

    async def set_info(self, principal: Principal, external_id: str, key: str, value: str) -> None:
        await self._facts.put(principal, external_id, key, Fact(value=value, at=self._clock.now()))

    async def get_info(self, principal: Principal, external_id: str) -> Mapping[str, Scalar]:
        return {key: fact.value for key, fact in (await self._facts.of(principal, external_id)).items()}

    async def forget(self, principal: Principal, external_id: str) -> None:
        await self._facts.erase(principal, external_id)


@dataclass(slots=True)
class House:
    """A server, its script, and a key for each kind of caller."""

    url: str
    script: Script
    engine: Engine
    insides: Insides
    keys: dict[str, str] = field(default_factory=dict)

    def caller(self, name: str = "chat") -> httpx.AsyncClient:
        """Somebody with that key; with one that opens nothing for an unknown name."""
        headers = {"Authorization": f"Bearer {self.keys.get(name, 'fastgpt-wrong')}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20.0, trust_env=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnd:
    """Who answers, and who keeps the variables."""

    answer: Answerer
    backend: Backend


MakeEnd = Callable[[Recall, Facts, Insides], CallEnd]


@asynccontextmanager
async def open_house(
    folder: Path, config: FaceConfig, watch: StreamWatch, make_end: MakeEnd | None = None
) -> AsyncIterator[House]:
    """Everything, for a test; the script answers where no back end is made."""
    path, clock, script, insides = folder / "yingda.db", SystemClock(), Reporting(), Insides()
    migrated_file(path)
    async with (
        open_sqlite(path, clock) as store,
        open_sqlite_archive(path, store) as archive,
        open_database(str(path)) as database,
    ):
        facts = Facts(database, "fastgpt")
        recall = Recall(archive, facts, idle_s=1800.0)
        end = (
            make_end(recall, facts, insides) if make_end else CallEnd(answer=script, backend=FactsOnly(facts))
        )
        engine = Engine(end.answer, store, clock, EngineConfig(busy_wait_s=0.05))
        keys = Keys(database)
        authenticator = Authenticator("", keys)
        made = {name: await keys.create(name, principal, clock.now()) for name, principal in KEYS.items()}
        await authenticator.refresh()
        parts = FaceParts(
            engine=engine,
            watch=watch,
            archive=archive,
            undo=SqliteUndo(store),
            backend=end.backend,
            dialect=FastGPTDialect(config, insides),
        )
        async with serving(_gated(Face(parts), authenticator)) as url:
            yield House(url, script, engine, insides, {name: secret for name, (_, secret) in made.items()})
            await engine.shutdown(0.0)


def _gated(face: Face, authenticator: Authenticator) -> ASGIApp:
    errors = ErrorResponses(error_body, dict.fromkeys(PREFIXES, refuse))
    routes = FastAPI()
    errors.install(routes)
    for router in (completion_routes(face), chat_routes(face), record_routes(face)):
        routes.include_router(router)
    app: ASGIApp = BodyLimiter(routes, BodyLimits(), errors)
    return AppKeys(AuthGate(app, authenticator, lambda path: False, errors))


def asked(text: str = "您好", **fields: Any) -> dict[str, Any]:
    """The body of a completion."""
    return {"chatId": "a1002", "messages": [{"role": "user", "content": text}], **fields}


def blocks_in(raw: bytes) -> list[tuple[str, Any]]:
    """Names and data of the events of a stream that ended in order."""
    assert raw.endswith(b"\n\n"), raw
    blocks = []
    for block in raw.removesuffix(b"\n\n").decode().split("\n\n"):
        name, _, data = block.rpartition("data: ")
        told = data if data == "[DONE]" else json.loads(data)
        blocks.append((name.removeprefix("event: ").strip(), told))
    return blocks


def chunk(content: str | None, finish: str | None = None, chat_id: str = "") -> dict[str, Any]:
    """The payload of a chunk."""
    choice = {"delta": {"role": "assistant", "content": content}, "index": 0, "finish_reason": finish}
    return {"id": chat_id, "object": "", "created": 0, "model": "", "choices": [choice]}
