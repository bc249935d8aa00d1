"""The Redis store keeps its promises, also when the server goes away and comes back."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from yingda.conversations.redis import RedisConfig, open_redis
from yingda.errors import StoreUnavailable
from yingda.testing.adopted_names_suite import AdoptedNamesSuite
from yingda.testing.conversations_suite import (
    ANN,
    LEASE,
    Batch,
    ConversationsSuite,
    finished,
    new_turn,
    outcomes,
    stored,
)
from yingda.turns.types import ConversationId, TurnId

pytestmark = pytest.mark.integration


@pytest.fixture
async def client(redis_server):
    """A client of an empty Redis."""
    async with Redis.from_url(redis_server.url, decode_responses=True) as client:
        await client.flushall()
        yield client


@pytest.fixture
async def store(client, redis_server):
    async with open_redis(redis_server.url, RedisConfig(life_s=1000)) as store:
        yield store


class TestRedis(ConversationsSuite):
    """The whole suite on a real server."""


class TestRedisAdoptedNames(AdoptedNamesSuite):
    """Names that callers choose, on a real server."""


async def lives(client):
    """Seconds of life left of every key, None where it lives for ever."""
    names = [name async for name in client.scan_iter()]
    return {name.removeprefix("{yingda}:"): await client.ttl(name) > 0 for name in names}


async def test_every_key_bears_the_tag_and_what_is_not_open_expires(store, client):
    batch = Batch(turn_id=TurnId("t1"), conversation_id=ConversationId("c-t1"), first=0, lines=b"a\n")
    await store.begin(new_turn("t1", idempotency_key="i"))
    await store.journal([batch], LEASE)
    assert await lives(client) == {
        "c:c-t1": True,
        "n:4.shop:8.helpdesk:4.c-t1": True,
        "t:t1": True,
        "j:t1": True,
        "i:4.shop:8.helpdesk:0.:1.i": True,
        "open": False,
        "o:worker-1": False,
        "l:4.shop:8.helpdesk": False,
        "b:4.shop:8.helpdesk": False,
    }


async def test_a_held_conversation_lives_until_it_is_released(store, client):
    await store.begin(new_turn("t1"))
    await store.finish(finished("t1", "c-t1"))
    await store.begin(new_turn("t2", "c-t1"))
    await store.finish(finished("t2", "c-t1", handoff="pending"))
    held = await lives(client)
    await store.begin(new_turn("t3", "c-t1"))
    await store.finish(finished("t3", "c-t1", handoff="resolved"))
    released = await lives(client)
    assert set(held.values()) == {False}
    assert {name.split(":")[0] for name, dies in released.items() if not dies} == {"idle", "l", "b", "s"}


async def test_a_swept_store_is_empty(store, client):
    await store.begin(new_turn("t1"))
    await store.finish(finished("t1", "c-t1"))
    assert (await store.sweep(finished("t1", "").at.replace(year=2030)), await lives(client)) == (1, {})


async def test_survives_its_server(store, redis_server):
    await store.begin(new_turn("t1"))
    redis_server.stop()
    away = await outcomes([store.finish(finished("t1", "c-t1")), store.begin(new_turn("t2")), store.ping()])
    redis_server.start()
    await store.finish(finished("t1", "c-t1"))
    turn = await store.turn(ANN, TurnId("t1"))
    assert (away, turn.ending) == ([StoreUnavailable] * 3, "TurnCompleted")


async def test_a_server_that_hangs_is_unavailable_in_time(client, redis_server):
    async with open_redis(redis_server.url, RedisConfig(answer_timeout_s=0.1)) as store:
        await client.client_pause(400)
        assert await outcomes([store.begin(new_turn("t1"))]) == [StoreUnavailable]
        await client.client_unpause()
        await store.ping()


async def test_two_workers_share_a_server(store, redis_server):
    async with open_redis(redis_server.url) as other:
        await store.begin(new_turn("t1"))
        assert await other.turn(ANN, TurnId("t1")) == stored("t1", "c-t1")
