"""While its store is away, a dialect that may goes on; others are told."""

from __future__ import annotations

import pytest
from tests.databases import migrated_file

from yingda.conversations.sqlite import open_sqlite
from yingda.conversations.unkept import UnkeptConversations
from yingda.errors import StoreUnavailable
from yingda.testing.adopted_names_suite import adopting
from yingda.testing.conversations_suite import LEASE, finished
from yingda.turns.clock import SystemClock


class Away:
    """A store that does not answer."""

    async def begin(self, new):
        raise StoreUnavailable("away")

    async def journal(self, batches, owner):
        assert not batches


async def test_a_turn_that_cannot_be_kept_goes_on_under_its_name():
    store = UnkeptConversations(Away(), frozenset({"helpdesk"}))
    begun = await store.begin(adopting("t1", "n", user_id="u1"))
    await store.finish(finished("t1", "c-t1"))
    await store.journal([], LEASE)
    assert (begun.conversation.external_id, begun.conversation.user_id, begun.number) == ("n", "u1", 1)


async def test_other_dialects_are_told():
    store = UnkeptConversations(Away(), frozenset({"dataqa"}))
    with pytest.raises(StoreUnavailable):
        await store.begin(adopting("t1", "n"))


async def test_a_store_that_answers_keeps_all(tmp_path):
    path = tmp_path / "yingda.db"
    migrated_file(path)
    async with open_sqlite(path, SystemClock()) as kept:
        store = UnkeptConversations(kept, frozenset({"helpdesk"}))
        await store.begin(adopting("t1", "n"))
        await store.finish(finished("t1", "c-t1"))
        again = await store.begin(adopting("t2", "n"))
    assert (again.number, again.conversation.turn_count) == (2, 1)
