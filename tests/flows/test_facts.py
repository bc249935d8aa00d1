"""Facts of calls: each key one value, within limits, visible to nobody else, gone when erased or swept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yingda.errors import InvalidRequest
from yingda.flows.facts import Fact, FactLimits, Facts
from yingda.storage.sql import open_database
from yingda.testing.clock import START
from yingda.testing.conversations_suite import ANN, BOB, EVE, outcomes

LIMITS = FactLimits(key_chars=8, value_chars=10, facts_per_call=3)


def fact(value: str, after_s: float = 0) -> Fact:
    return Fact(value=value, at=START + timedelta(seconds=after_s))


class FactsSuite:
    """The tests; each is given empty `facts`."""

    async def test_keeps_the_last_value_of_each_key(self, facts):
        await facts.put(ANN, "a1", "hphm1", fact("沪A8938"))
        await facts.put(ANN, "a1", "hphm2", fact("沪B11111", 1))
        await facts.put(ANN, "a1", "hphm1", fact("沪A8939", 2))
        assert await facts.of(ANN, "a1") == {"hphm2": fact("沪B11111", 1), "hphm1": fact("沪A8939", 2)}
        assert await facts.of(ANN, "a2") == {}

    async def test_refuses_what_is_too_much(self, facts):
        for n in range(3):
            await facts.put(ANN, "a1", f"k{n}", fact("v"))
        too_much = [("k" * 9, "v"), ("k1", "v" * 11), ("k4", "v")]
        assert (
            await outcomes(facts.put(ANN, "a1", key, fact(value)) for key, value in too_much)
            == [InvalidRequest] * 3
        )
        await facts.put(ANN, "a1", "k1", fact("new"))
        assert {key: one.value for key, one in (await facts.of(ANN, "a1")).items()} == {
            "k0": "v",
            "k1": "new",
            "k2": "v",
        }

    async def test_nobody_sees_anothers(self, facts):
        await facts.put(ANN, "a1", "k", fact("ann's"))
        await facts.put(EVE, "a1", "k", fact("eve's"))
        await facts.put(BOB, "a1", "k", fact("bob's", 1))
        assert [(await facts.of(who, "a1"))["k"].value for who in (ANN, BOB, EVE)] == [
            "bob's",
            "bob's",
            "eve's",
        ]
        assert await facts.erase(BOB, "a1") == 1
        assert [(await facts.of(who, "a1")).get("k") for who in (ANN, BOB)] == [fact("ann's"), None]

    async def test_many_who_look_at_once_each_see_their_own(self, facts):
        for n in range(30):
            await facts.put(EVE if n % 2 else ANN, f"a{n}", "k", fact(str(n)))
        found = await outcomes(facts.of(EVE if n % 2 else ANN, f"a{n}") for n in range(40))
        assert found == [{"k": fact(str(n))} for n in range(30)] + [{}] * 10

    async def test_erases_a_call_and_sweeps_what_is_old(self, facts):
        await facts.put(ANN, "a1", "k1", fact("v"))
        await facts.put(ANN, "a1", "k2", fact("v"))
        await facts.put(ANN, "a2", "k", fact("old"))
        await facts.put(EVE, "a3", "k", fact("new", 60))
        assert await facts.erase(ANN, "a1") == 2
        assert await facts.erase(ANN, "a1") == 0
        assert await facts.sweep(START + timedelta(seconds=60)) == 1
        assert [await facts.of(ANN, "a2"), await facts.of(EVE, "a3")] == [{}, {"k": fact("new", 60)}]


class TestSqliteFacts(FactsSuite):
    """In a file."""

    @pytest.fixture
    async def facts(self, migrated_sqlite):
        async with open_database(migrated_sqlite) as database:
            yield Facts(database, "callflow", LIMITS)


class TestPostgresFacts(FactsSuite):
    """In a real server."""

    @pytest.fixture
    async def facts(self, migrated_postgres):
        async with open_database(migrated_postgres) as database:
            yield Facts(database, "callflow", LIMITS)
