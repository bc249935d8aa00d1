"""Sockets that rest, over real connections."""

import asyncio

from yingda.llm.gathering import Gathering
from yingda.testing.model_server import ModelServer, Pause, Scripted

THREE_WRITES = Scripted(steps=(b"one ", Pause(0.02), b"two ", Pause(0.02), b"three"))


async def reads_of(session, server, gathering):
    reads = []
    async with session.post(f"{server.base_url}/chat/completions", json={}) as response:
        while data := await response.content.readany():
            reads.append(data)
            gathering.rest(response)
    return reads


async def test_what_arrives_during_a_rest_is_read_at_once(session):
    async with ModelServer(THREE_WRITES) as server:
        assert await reads_of(session, server, Gathering(0.5)) == [b"one ", b"two three"]


async def test_without_a_rest_every_write_is_read_by_itself(session):
    async with ModelServer(THREE_WRITES) as server:
        assert await reads_of(session, server, Gathering(0.0)) == [b"one ", b"two ", b"three"]


async def test_a_connection_that_rested_is_used_again(session):
    gathering = Gathering(0.01)
    async with ModelServer(THREE_WRITES, THREE_WRITES) as server:
        said = [b"".join(await reads_of(session, server, gathering)) for _ in range(2)]
        assert said == [b"one two three"] * 2


async def test_a_crowd_that_rests_together_wakes_whole(session):
    gathering = Gathering(0.05)
    async with ModelServer(*[THREE_WRITES] * 25) as server:
        reads = await asyncio.gather(*(reads_of(session, server, gathering) for _ in range(25)))
    assert [b"".join(one) for one in reads] == [b"one two three"] * 25
