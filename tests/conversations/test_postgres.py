"""The PostgreSQL store keeps its promises, also when the server goes away and comes back."""

from __future__ import annotations

import asyncpg
import pytest

from yingda.conversations.postgres import PostgresConfig, open_postgres
from yingda.errors import ConversationBusy, StoreUnavailable
from yingda.testing.adopted_names_suite import AdoptedNamesSuite, adopting
from yingda.testing.clock import FrozenClock
from yingda.testing.conversations_suite import ANN, ConversationsSuite, finished, new_turn, outcomes, stored
from yingda.turns.types import TurnId

pytestmark = pytest.mark.integration


@pytest.fixture
async def store(migrated_postgres):
    async with open_postgres(migrated_postgres, FrozenClock()) as store:
        yield store


class TestPostgres(ConversationsSuite):
    """The whole suite on a real server."""


class TestPostgresAdoptedNames(AdoptedNamesSuite):
    """Names that callers choose, on a real server."""


async def test_survives_its_server(store, postgres_server):
    await store.begin(new_turn("t1"))
    postgres_server.stop()
    away = await outcomes([store.finish(finished("t1", "c-t1")), store.begin(new_turn("t2")), store.ping()])
    postgres_server.start()
    await store.finish(finished("t1", "c-t1"))
    turn = await store.turn(ANN, TurnId("t1"))
    assert (away, turn.ending) == ([StoreUnavailable] * 3, "TurnCompleted")


async def test_a_lock_that_is_not_given_back_is_unavailable_in_time(migrated_postgres):
    blocker = await asyncpg.connect(migrated_postgres)
    async with open_postgres(migrated_postgres, FrozenClock(), PostgresConfig(answer_timeout_s=0.3)) as store:
        await store.begin(new_turn("t1"))
        await store.finish(finished("t1", "c-t1"))
        async with blocker.transaction():
            await blocker.execute("SELECT 1 FROM conversations FOR UPDATE")
            assert await outcomes([store.begin(new_turn("t2", "c-t1"))]) == [StoreUnavailable]
        assert (await store.begin(new_turn("t3", "c-t1"))).number == 2
        await blocker.close()


async def test_two_workers_share_a_database(migrated_postgres, store):
    async with open_postgres(migrated_postgres, FrozenClock()) as other:
        await store.begin(new_turn("t1"))
        assert await other.turn(ANN, TurnId("t1")) == stored("t1", "c-t1")


async def test_two_workers_that_adopt_a_name_make_one_conversation(migrated_postgres, store):
    async with open_postgres(migrated_postgres, FrozenClock()) as other:
        turns = [(store if n % 2 else other).begin(adopting(f"t{n}", "n")) for n in range(20)]
        results = await outcomes(turns)
    assert results.count(ConversationBusy) == 19
