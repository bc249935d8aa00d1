"""What the counter remembers: the errand until the next turn, its topic for a while."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.databases import migrated_file

from yingda.business.memory import Memory
from yingda.business.standing import NOTHING_OPEN, Pending, Standing, dump, load
from yingda.conversations.sqlite import SqliteConversations, open_sqlite
from yingda.conversations.sqlite_archive import open_sqlite_archive
from yingda.testing import FrozenClock, turn
from yingda.testing.adopted_names_suite import adopting
from yingda.testing.clock import START
from yingda.testing.conversations_suite import ANN, finished, later
from yingda.turns import codec
from yingda.turns.events import FlowAdvanced, TextDelta

NEXT = turn("确认", principal=ANN, dialect="helpdesk", external_id="n", number=9)
WAITING = Standing(
    action="create_return",
    known={"order_id": "ORD-2024-002", "reason": "不想要了"},
    pending=Pending(token="t0", expires_at=START + timedelta(minutes=10)),
    topic={"return_id": "R00012"},
)
ABOUT = Standing(topic={"order_id": "ORD-2024-002", "return_id": "R00012"})


@dataclass
class House:
    """A store and what is remembered of one conversation in it."""

    store: SqliteConversations
    memory: Memory
    count: int = 0

    async def happened(self, *events: object, ending: str = "TurnCompleted") -> None:
        """One more turn of the conversation."""
        name, at = f"t{self.count}", later(self.count)
        await self.store.begin(adopting(name, "n", at=at))
        await self.store.finish(finished(name, "c-t0", ending=ending, lines=codec.dump(events), at=at))
        self.count += 1


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    path = tmp_path / "yingda.db"
    migrated_file(path)
    async with (
        open_sqlite(path, FrozenClock()) as store,
        open_sqlite_archive(path, store) as archive,
    ):
        yield House(store, Memory(archive))


def at_counter(standing: Standing) -> FlowAdvanced:
    return FlowAdvanced(flow="business", state_json=dump(standing))


@pytest.mark.parametrize("standing", [NOTHING_OPEN, WAITING, ABOUT])
def test_a_standing_is_read_as_it_was_written(standing):
    assert load(dump(standing)) == standing


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"action": "gone", "pending": null}'])
def test_what_is_no_standing_is_refused(text):
    with pytest.raises(ValueError, match="not a standing"):
        load(text)


async def test_an_errand_is_open_in_the_next_turn(house):
    await house.happened(at_counter(WAITING))
    assert await house.memory.recall(NEXT) == WAITING


async def test_after_another_answer_only_the_topic_is_left(house):
    await house.happened(at_counter(WAITING))
    await house.happened(TextDelta(text="运费由买家承担。"))
    assert await house.memory.recall(NEXT) == ABOUT


async def test_a_turn_that_was_stopped_never_was(house):
    await house.happened(at_counter(WAITING))
    await house.happened(at_counter(NOTHING_OPEN), ending="TurnStopped")
    assert await house.memory.recall(NEXT) == WAITING


async def test_a_topic_is_forgotten_after_a_while(house):
    await house.happened(at_counter(WAITING))
    for _ in range(9):
        await house.happened(TextDelta(text="好的"))
    assert await house.memory.recall(NEXT) == NOTHING_OPEN


async def test_the_state_of_another_flow_is_none_of_ours(house):
    await house.happened(FlowAdvanced(flow="accident", state_json="{}"))
    assert await house.memory.recall(NEXT) == NOTHING_OPEN
