"""Facts in and out of a FastGPT's chats, without a trace in their records."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from tests.fastgpt.conftest import MakeClient
from tests.fastgpt.test_client import ASK, told

from yingda.fastgpt.chats import Chats, ChatsConfig
from yingda.fastgpt.failures import FastGPTBroke
from yingda.fastgpt.notes import MemoryNotes
from yingda.testing.builders import PRINCIPAL
from yingda.testing.fastgpt_server import FastGPTServer, Run, chunk
from yingda.testing.model_server import Pause, Reset, Scripted

CONFIG = ChatsConfig(secret="s")
EARLIER = [("Human", "您好"), ("AI", "\n<state>1002</state>您说：您好")]


async def test_a_push_leaves_a_variable_and_no_record(fastgpt: FastGPTServer, make_client: MakeClient):
    client = make_client()
    chats = Chats(client, MemoryNotes(), CONFIG)
    await told(client, ASK)
    await chats.set_info(PRINCIPAL, "a1002", "hphm1", "沪A8939")
    await chats.set_info(PRINCIPAL, "new", "hphm1", "沪B1234")
    assert await chats.get_info(PRINCIPAL, "a1002") == {"hphm1": "沪A8939"}
    assert [fastgpt.chats[name].texts for name in ("a1002", "new")] == [EARLIER, []]


async def test_a_push_and_a_turn_at_once_lose_nothing(fastgpt: FastGPTServer, make_client: MakeClient):
    client = make_client()
    chats = Chats(client, MemoryNotes(), CONFIG)
    fastgpt.script(Run(pieces=("慢",), interval_s=0.1))

    async def speak(number: int) -> None:
        async with chats.held(PRINCIPAL, "a1002") as chat_id:
            await told(client, replace(ASK, chat_id=chat_id, text=f"第{number}句", response_id=f"r{number}"))

    pushes = [chats.set_info(PRINCIPAL, "a1002", f"k{number}", "v") for number in range(3)]
    await asyncio.gather(pushes[0], speak(0), pushes[1], speak(1), pushes[2])
    asked = [text for who, text in fastgpt.chats["a1002"].texts if who == "Human"]
    assert (asked, len(await chats.get_info(PRINCIPAL, "a1002"))) == (["第0句", "第1句"], 3)


async def test_what_a_crash_left_is_taken_back_at_the_next_turn(
    fastgpt: FastGPTServer, make_client: MakeClient
):
    client, notes = make_client(), MemoryNotes()
    await told(client, ASK)
    await notes.write(PRINCIPAL, "a1002", "push1")
    await notes.write(PRINCIPAL, "a1002", "push2")
    await told(client, replace(ASK, text=CONFIG.push_text, response_id="push1"))
    async with Chats(client, notes, CONFIG).held(PRINCIPAL, "a1002"):
        assert fastgpt.chats["a1002"].texts == EARLIER
    assert await notes.read(PRINCIPAL, "a1002") == ()


async def test_a_push_that_broke_is_noted(fastgpt: FastGPTServer, make_client: MakeClient):
    notes = MemoryNotes()
    chats = Chats(make_client(), notes, CONFIG)
    fastgpt.script(Scripted(steps=(chunk("您"), Pause(0.01), Reset())))
    with pytest.raises(FastGPTBroke):
        await chats.set_info(PRINCIPAL, "a1002", "hphm1", "沪A8939")
    assert len(await notes.read(PRINCIPAL, "a1002")) == 1


async def test_a_server_that_is_away_keeps_the_note(fastgpt: FastGPTServer, make_client: MakeClient):
    notes = MemoryNotes()
    await notes.write(PRINCIPAL, "a1002", "push1")
    chats = Chats(make_client(api_key="wrong"), notes, CONFIG)
    async with chats.held(PRINCIPAL, "a1002") as chat_id:
        assert (chat_id, await notes.read(PRINCIPAL, "a1002")) == ("a1002", ("push1",))


async def test_forgetting_is_whole_and_idempotent(fastgpt: FastGPTServer, make_client: MakeClient):
    client = make_client()
    chats = Chats(client, MemoryNotes(), CONFIG)
    await told(client, ASK)
    await chats.forget(PRINCIPAL, "a1002")
    await chats.forget(PRINCIPAL, "a1002")
    assert (fastgpt.chats, await chats.get_info(PRINCIPAL, "a1002")) == ({}, {})


def test_nobody_can_name_another_tenants_chat(make_client: MakeClient):
    chats = Chats(make_client(), MemoryNotes(), CONFIG)
    other, bound = replace(PRINCIPAL, tenant="other"), replace(PRINCIPAL, user_id="u-1")
    names = [chats.name(one, "a1002") for one in (PRINCIPAL, other, bound)] + [
        chats.name(PRINCIPAL, "a" * 251)
    ]
    assert names[0] == "a1002"
    assert [len(name) for name in names[1:]] == [64] * 3
    assert len(set(names)) == 4
