"""Facts in and out of calls that a FastGPT answers, over real stores and a server on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from tests.databases import migrated_file
from tests.fastgpt.conftest import MakeClient

from yingda.conversations.sqlite import open_sqlite
from yingda.conversations.sqlite_archive import open_sqlite_archive
from yingda.engine import Engine, EngineConfig
from yingda.fastgpt.backend import FastGPTBackend
from yingda.fastgpt.client import FastGPTClient
from yingda.fastgpt.codes import CodeTable
from yingda.fastgpt.failures import FastGPTRefused
from yingda.fastgpt.names import ChatNames
from yingda.fastgpt.proxy import ProxyConfig, ProxyParts, proxy_answerer
from yingda.flows.facts import Facts
from yingda.flows.recall import Recall
from yingda.storage.sql import open_database
from yingda.testing.builders import PRINCIPAL
from yingda.testing.fastgpt_server import FastGPTServer, Run
from yingda.turns.clock import SystemClock
from yingda.turns.live import LiveTurn
from yingda.turns.types import TurnRequest

NAMES = ChatNames(secret="s")


@dataclass(slots=True)
class House:
    """A call's back end with the engine that drives its turns."""

    engine: Engine
    make_backend: Callable[[FastGPTClient], FastGPTBackend]
    backend: FastGPTBackend

    async def say(self, text: str) -> LiveTurn:
        request = TurnRequest(dialect="callflow", text=text, external_id="a1002", adopts_name=True)
        live = await self.engine.start(PRINCIPAL, request)
        with live.reader():
            await live.wait_ended()
        return live

    async def known(self) -> dict[str, object]:
        return dict(await self.backend.get_info(PRINCIPAL, "a1002"))


@pytest.fixture
async def house(tmp_path, make_client: MakeClient) -> AsyncIterator[House]:
    path, clock, client = tmp_path / "yingda.db", SystemClock(), make_client()
    migrated_file(path)
    async with (
        open_sqlite(path, clock) as store,
        open_sqlite_archive(path, store) as archive,
        open_database(str(path)) as database,
    ):
        facts = Facts(database, "callflow")
        recall = Recall(archive, facts, idle_s=1800.0)
        parts = ProxyParts(client=client, names=NAMES, memory=recall, codes=CodeTable())
        engine = Engine(proxy_answerer(parts, ProxyConfig()), store, clock, EngineConfig())

        def backend(client: FastGPTClient) -> FastGPTBackend:
            return FastGPTBackend(client, NAMES, facts, recall, clock)

        yield House(engine, backend, backend(client))
        await engine.shutdown(0.0)


async def test_a_fact_waits_for_the_next_turn_and_makes_no_record(fastgpt: FastGPTServer, house: House):
    await house.backend.set_info(PRINCIPAL, "a1002", "hphm1", "沪A8939")
    assert (await house.known(), fastgpt.chats) == ({"hphm1": "沪A8939"}, {})
    assert (await house.say("您好")).record.text == "您说：您好"
    chat = fastgpt.chats["a1002"]
    assert (chat.variables, [who for who, _ in chat.texts]) == ({"hphm1": "沪A8939"}, ["Human", "AI"])


async def test_a_workflow_may_change_what_it_was_told(fastgpt: FastGPTServer, house: House):
    await house.backend.set_info(PRINCIPAL, "a1002", "hphm1", "沪A8939")
    fastgpt.script(Run(pieces=("好",), variables={"hphm1": "沪B1234", "list": ["a"]}))
    await house.say("是沪B1234")
    await house.say("对")
    assert await house.known() == {"hphm1": "沪B1234", "list": '["a"]'}
    await house.backend.set_info(PRINCIPAL, "a1002", "hphm1", "沪C0001")
    assert (await house.known())["hphm1"] == "沪C0001"


async def test_forgetting_is_whole_and_idempotent(fastgpt: FastGPTServer, house: House):
    await house.backend.set_info(PRINCIPAL, "a1002", "hphm1", "沪A8939")
    await house.say("您好")
    for _ in range(2):
        await house.backend.forget(PRINCIPAL, "a1002")
        assert (fastgpt.chats, await house.known()) == ({}, {})


async def test_a_turn_that_is_taken_back_leaves_no_record(fastgpt: FastGPTServer, house: House):
    await house.say("您好")
    last = await house.say("再见")
    for _ in range(2):
        await house.backend.take_back(PRINCIPAL, "a1002", last.turn_id)
        assert [text for who, text in fastgpt.chats["a1002"].texts if who == "Human"] == ["您好"]


async def test_a_server_that_refuses_is_told(make_client: MakeClient, house: House):
    with pytest.raises(FastGPTRefused):
        await house.make_backend(make_client(api_key="wrong")).get_info(PRINCIPAL, "a1002")
