"""A dialogue remembers what completed, however much came to nothing since."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.databases import migrated_file

from yingda.conversations.sqlite import open_sqlite
from yingda.conversations.sqlite_archive import open_sqlite_archive
from yingda.flows.facts import Fact, Facts
from yingda.flows.memory import Remembered
from yingda.flows.recall import Recall
from yingda.storage.sql import open_database
from yingda.testing import FrozenClock, turn
from yingda.testing.adopted_names_suite import adopting
from yingda.testing.clock import START
from yingda.testing.conversations_suite import ANN, finished, later
from yingda.turns import codec
from yingda.turns.events import FlowAdvanced

NEXT = turn("喂", principal=ANN, dialect="helpdesk", external_id="n", number=9)


def advanced(state: str) -> bytes:
    return codec.dump([FlowAdvanced(flow="f", state_json=state)])


@pytest.fixture
async def parts(tmp_path):
    """Store, facts and recall over one file."""
    path = tmp_path / "yingda.db"
    migrated_file(path)
    async with (
        open_sqlite(path, FrozenClock()) as store,
        open_sqlite_archive(path, store) as archive,
        open_database(str(path)) as database,
    ):
        facts = Facts(database, "helpdesk")
        yield store, facts, Recall(archive, facts, idle_s=1800)


async def test_turns_that_came_to_nothing_never_were(parts):
    store, _, recall = parts
    await store.begin(adopting("t0", "n"))
    await store.finish(finished("t0", "c-t0", lines=advanced("good")))
    for number in range(1, 8):
        await store.begin(adopting(f"t{number}", "n", at=later(number)))
        lines = advanced("bad")
        await store.finish(
            finished(f"t{number}", "c-t0", ending="TurnStopped", lines=lines, at=later(number))
        )
    await store.begin(adopting("t9", "n", at=later(9)))
    assert await recall.recall(NEXT) == Remembered(state_json="good")


async def test_a_call_without_a_past_has_no_state(parts):
    store, _, recall = parts
    await store.begin(adopting("t1", "n"))
    assert await recall.recall(turn("喂", principal=ANN, external_id="n")) == Remembered()


@pytest.mark.parametrize("key", ["callerId", "caller_id"])
async def test_facts_come_along_and_name_the_caller(parts, key):
    store, facts, recall = parts
    await facts.put(ANN, "n", "hphm1", Fact(value="沪A89395", at=START))
    await facts.put(ANN, "n", key, Fact(value="13800138000", at=START))
    await store.begin(adopting("t1", "n"))
    assert await recall.recall(NEXT) == Remembered(
        facts={"hphm1": "沪A89395", key: "13800138000"}, caller_id="13800138000"
    )


async def test_facts_of_an_earlier_call_stay_with_it(parts):
    store, facts, recall = parts
    await facts.put(ANN, "n", "old", Fact(value="1", at=START - timedelta(seconds=1801)))
    await facts.put(ANN, "n", "new", Fact(value="2", at=START - timedelta(seconds=1800)))
    await store.begin(adopting("t1", "n"))
    assert (await recall.recall(NEXT)).facts == {"new": "2"}
