"""What a turn says is journalled once and in order, whatever the store does in between."""

from __future__ import annotations

import pytest

from yingda.conversations.endings import finished_turn
from yingda.conversations.journal import Journal, JournalConfig
from yingda.errors import StoreUnavailable
from yingda.testing import FrozenClock, turn
from yingda.testing.builders import PRINCIPAL
from yingda.testing.clock import START
from yingda.turns import codec
from yingda.turns.events import TextDelta, TurnCompleted
from yingda.turns.live import LiveTurn
from yingda.turns.types import ConversationId, TurnId

DONE = TurnCompleted(at=START)


class Shelf:
    """The journalling half of a store, that can be away."""

    def __init__(self) -> None:
        self.batches: dict[int, bytes] = {}
        self.finished: list[str] = []
        self.beats = 0
        self.refuses: set[str] = set()

    async def journal(self, batches, owner) -> None:
        if "journal" in self.refuses:
            raise StoreUnavailable
        self.beats += 1
        for batch in batches:
            self.batches.setdefault(batch.first, batch.lines)

    async def finish(self, finished) -> None:
        if finished.turn_id in self.refuses:
            raise StoreUnavailable
        self.finished.append(finished.turn_id)

    @property
    def events(self):
        return codec.load(b"".join(lines for _, lines in sorted(self.batches.items())))


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture
def journal(shelf, clock):
    return Journal(shelf, clock, "me", JournalConfig())


@pytest.fixture
async def live():
    return LiveTurn(TurnId("t1"), PRINCIPAL, None, linger_s=0.0)


def turns_of(*lives):
    return [(ConversationId("c1"), live) for live in lives]


def ending_of(live, turn_id):
    return finished_turn(turn("?", id=TurnId(turn_id)), live, DONE)


async def test_each_event_is_written_once(journal, shelf, live):
    for text in "一二三":
        live.add(TextDelta(text=text))
        await journal.flush(turns_of(live))
    await journal.flush(turns_of(live))
    assert (shelf.events, shelf.beats) == (live.events, 3)


async def test_a_store_that_was_away_gets_all_that_was_missed(journal, shelf, live):
    live.add(TextDelta(text="一"))
    shelf.refuses = {"journal"}
    await journal.flush(turns_of(live))
    live.add(TextDelta(text="二"))
    shelf.refuses = set()
    await journal.flush(turns_of(live))
    assert shelf.events == live.events


async def test_an_ending_that_fails_again_costs_no_event(journal, shelf, live):
    shelf.refuses = {"t9"}
    await journal.save(ending_of(live, "t9"))
    live.add(TextDelta(text="一"))
    await journal.flush(turns_of(live))
    live.add(TextDelta(text="二"))
    await journal.flush(turns_of(live))
    assert shelf.events == live.events


async def test_an_ending_that_fails_does_not_keep_the_others(journal, shelf, live):
    shelf.refuses = {"t1", "t2"}
    await journal.save(ending_of(live, "t1"))
    await journal.save(ending_of(live, "t2"))
    shelf.refuses = {"t1"}
    await journal.flush([])
    await journal.flush([])
    assert (shelf.finished, journal.unsaved) == (["t2"], 1)


async def test_a_quiet_turn_gives_signs_of_life(journal, shelf, live, clock):
    live.add(TextDelta(text="一"))
    await journal.flush(turns_of(live))
    await journal.flush(turns_of(live))
    clock.advance(5)
    await journal.flush(turns_of(live))
    assert shelf.beats == 2
