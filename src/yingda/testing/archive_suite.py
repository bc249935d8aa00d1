"""What every archive must do: subclass `ArchiveSuite` and give it a `store` and the `archive` beside it."""

from __future__ import annotations

from typing import Any

import pytest

from yingda.conversations.archive import (
    NOTHING,
    Archive,
    ConversationSummary,
    Counts,
    Deleted,
    Listing,
    Page,
    UserCount,
)
from yingda.conversations.store import Batch, Conversations
from yingda.errors import ConversationBusy
from yingda.testing.adopted_names_suite import adopting
from yingda.testing.conversations_suite import (
    ANN,
    BOB,
    EVE,
    LEASE,
    finished,
    later,
    new_turn,
    outcomes,
    stored,
)
from yingda.turns.types import ConversationId, TurnId


async def ended(store: Conversations, turn_id: str, at_s: float = 0, **overrides: Any) -> None:
    """The only turn of a conversation begun then, answered a second later."""
    turn = new_turn(turn_id, at=later(at_s), **overrides)
    await store.begin(turn)
    end = finished(turn_id, f"c-{turn_id}", at=later(at_s + 1), principal=turn.principal)
    await store.finish(end)


def summary(turn_id: str, at_s: float = 0, **overrides: Any) -> ConversationSummary:
    """What a list shows of that conversation."""
    plain: dict[str, Any] = {
        "id": ConversationId(f"c-{turn_id}"),
        "external_id": f"c-{turn_id}",
        "dialect": "helpdesk",
        "channel": "web",
        "user_id": None,
        "title": None,
        "preview": f"question of {turn_id}",
        "turn_count": 1,
        "message_count": 2,
        "handoff": None,
        "is_open": False,
        "created_at": later(at_s),
        "last_active_at": later(at_s + 1),
    }
    return ConversationSummary(**{**plain, **overrides})


async def listed(archive: Archive, principal: Any = ANN, dialect: str = "helpdesk", **wanted: Any) -> Any:
    """The ids on that page, and the total."""
    page = await archive.conversations(principal, dialect, Listing(**wanted))
    return [one.id for one in page.items], page.total


class ArchiveSuite:
    """The tests; each is given an empty store and its archive."""

    async def test_shows_what_a_list_needs(self, store: Conversations, archive: Archive) -> None:
        await store.begin(adopting("t1", "n", user_id="u1", text="退" * 300))
        await store.finish(finished("t1", "c-t1", answer=""))
        await store.begin(adopting("t2", "n", at=later(5)))
        shown = summary(
            "t1",
            external_id="n",
            user_id="u1",
            preview="退" * 200,
            turn_count=2,
            is_open=True,
            last_active_at=later(5),
        )
        page = await archive.conversations(ANN, "helpdesk", Listing())
        assert page == Page(items=(shown,), total=1)
        assert await archive.conversation(ANN, "helpdesk", "n") == shown
        assert await archive.conversation(ANN, "helpdesk", "c-t1") is None

    async def test_pages_through_either_order(self, store: Conversations, archive: Archive) -> None:
        for n in range(5):
            await ended(store, f"t{n}", n)
        await store.begin(new_turn("t5", "c-t0", at=later(10)))
        await store.finish(finished("t5", "c-t0", at=later(11)))
        pages = [await listed(archive, offset=offset, limit=2) for offset in (0, 2, 4, 6)]
        assert pages == [(["c-t0", "c-t4"], 5), (["c-t3", "c-t2"], 5), (["c-t1"], 5), ([], 5)]
        assert await listed(archive, sort="created", limit=3) == (["c-t4", "c-t3", "c-t2"], 5)

    async def test_filters_by_user_and_by_status(self, store: Conversations, archive: Archive) -> None:
        await ended(store, "t1", 1, user_id="u1")
        await ended(store, "t2", 2, user_id="u2")
        await ended(store, "t3", 3, user_id="u1")
        await store.begin(new_turn("t4", "c-t3", at=later(5)))
        await store.finish(finished("t4", "c-t3", at=later(6), handoff="pending"))
        assert await listed(archive, user_id="u1") == (["c-t3", "c-t1"], 2)
        assert await listed(archive, status="pending") == (["c-t3"], 1)
        assert await listed(archive, user_id="u1", status="pending", sort="created") == (["c-t3"], 1)
        assert await listed(archive, user_id="u2", status="pending") == ([], 0)
        await store.begin(new_turn("t5", "c-t3", at=later(7)))
        await store.finish(finished("t5", "c-t3", at=later(8), handoff="resolved"))
        assert [await listed(archive, status=status) for status in ("pending", "resolved")] == [
            ([], 0),
            (["c-t3"], 1),
        ]

    async def test_nobody_sees_anothers(self, store: Conversations, archive: Archive) -> None:
        await ended(store, "t1", user_id="ann")
        await ended(store, "t2", 1, principal=BOB)
        since = later(0)
        assert await listed(archive, BOB) == (["c-t2"], 1)
        assert await listed(archive, BOB, user_id="bob") == (["c-t2"], 1)
        assert await listed(archive, BOB, user_id="ann") == ([], 0)
        assert await listed(archive, EVE) == ([], 0)
        assert await listed(archive, dialect="docqa") == ([], 0)
        assert await archive.users(BOB, "helpdesk") == (UserCount(user_id="bob", conversations=1),)
        assert (await archive.counts(BOB, "helpdesk", active_since=since)).conversations == 1
        assert (await archive.counts(EVE, "helpdesk", active_since=since)).conversations == 0
        assert await archive.delete_oldest(BOB, "helpdesk", "ann", 0) == NOTHING
        for stranger in (BOB, EVE):
            assert await archive.conversation(stranger, "helpdesk", "c-t1") is None
            assert (await archive.turns(stranger, "helpdesk", "c-t1", offset=0, limit=9)).total == 0
            assert not await archive.rename(stranger, "helpdesk", "c-t1", "mine")
            assert await archive.delete(stranger, "helpdesk", "c-t1") == NOTHING
        assert await archive.conversation(ANN, "helpdesk", "c-t1") == summary("t1", user_id="ann")

    async def test_reads_turns_from_the_newest_backwards(
        self, store: Conversations, archive: Archive
    ) -> None:
        await ended(store, "t1")
        for n in (2, 3):
            await store.begin(new_turn(f"t{n}", "c-t1", at=later(n)))
            await store.finish(finished(f"t{n}", "c-t1", at=later(n)))
        await store.begin(new_turn("t4", "c-t1", at=later(4)))
        batch = Batch(turn_id=TurnId("t4"), conversation_id=ConversationId("c-t1"), first=0, lines=b"half\n")
        await store.journal([batch], LEASE)
        newest = await archive.turns(ANN, "helpdesk", "c-t1", offset=0, limit=2)
        older = await archive.turns(ANN, "helpdesk", "c-t1", offset=2, limit=9)
        assert newest.items[1] == stored("t4", "c-t1", number=4, started_at=later(4), lines=b"half\n")
        assert [turn.turn_id for turn in (*older.items, *newest.items)] == ["t1", "t2", "t3", "t4"]
        assert (older.total, newest.total) == (4, 4)
        unknown = await archive.turns(ANN, "helpdesk", "never seen", offset=0, limit=9)
        assert unknown == Page(items=(), total=0)

    async def test_renames(self, store: Conversations, archive: Archive) -> None:
        await ended(store, "t1")
        assert await archive.rename(ANN, "helpdesk", "c-t1", "退款 'x'")
        assert not await archive.rename(ANN, "helpdesk", "never seen", "x")
        assert await archive.conversation(ANN, "helpdesk", "c-t1") == summary("t1", title="退款 'x'")

    async def test_deletes_all_there_was(self, store: Conversations, archive: Archive) -> None:
        await ended(store, "t1", idempotency_key="i", fingerprint="f", user_id="u1")
        await ended(store, "t2", 1, user_id="u1")
        assert await archive.delete(ANN, "helpdesk", "c-t1") == Deleted(conversations=1, messages=2)
        assert await archive.delete(ANN, "helpdesk", "c-t1") == NOTHING
        again = new_turn("t3", idempotency_key="i", fingerprint="another", at=later(5))
        assert (await store.begin(again)).repeated is None
        assert await store.conversation(ANN, "helpdesk", "c-t1") is None
        assert await store.turn(ANN, TurnId("t1")) is None
        assert await listed(archive, user_id="u1") == (["c-t2"], 1)

    async def test_refuses_to_delete_what_is_open_or_held(
        self, store: Conversations, archive: Archive
    ) -> None:
        await ended(store, "t1")
        await store.begin(new_turn("t2", "c-t1", at=later(2)))
        with pytest.raises(ConversationBusy):
            await archive.delete(ANN, "helpdesk", "c-t1")
        await store.finish(finished("t2", "c-t1", handoff="assigned"))
        with pytest.raises(ConversationBusy):
            await archive.delete(ANN, "helpdesk", "c-t1")
        assert await listed(archive) == (["c-t1"], 1)

    async def test_refuses_while_an_overtaken_turn_is_open(
        self, store: Conversations, archive: Archive
    ) -> None:
        await store.begin(new_turn("t1"))
        await store.begin(new_turn("t2", "c-t1", at=later(21)))
        await store.finish(finished("t2", "c-t1", at=later(22)))
        assert await outcomes([archive.delete(ANN, "helpdesk", "c-t1")]) == [ConversationBusy]
        await store.finish(finished("t1", "c-t1", at=later(23)))
        assert await archive.delete(ANN, "helpdesk", "c-t1") == Deleted(conversations=1, messages=4)

    async def test_deletes_a_users_oldest(self, store: Conversations, archive: Archive) -> None:
        for n in range(6):
            await ended(store, f"t{n}", n, user_id="u1")
        await ended(store, "t6", user_id="u2")
        await store.begin(new_turn("t7", "c-t0", at=later(10)))
        await store.finish(finished("t7", "c-t0", at=later(11), handoff="pending"))
        deleted = await archive.delete_oldest(ANN, "helpdesk", "u1", 2)
        assert deleted == Deleted(conversations=3, messages=6)
        assert await listed(archive, user_id="u1", sort="created") == (["c-t5", "c-t4", "c-t0"], 3)
        assert await archive.delete_oldest(ANN, "helpdesk", "u1", 2) == NOTHING
        assert (await archive.delete_oldest(ANN, "helpdesk", None, 0)).conversations == 3
        assert await listed(archive) == (["c-t0"], 1)

    async def test_deletes_what_rests(self, store: Conversations, archive: Archive) -> None:
        for n in range(4):
            await ended(store, f"t{n}", n * 100, user_id="u1")
        await ended(store, "t4", user_id="u2")
        await store.begin(new_turn("t5", "c-t0", at=later(2)))
        assert await archive.delete_idle(BOB, "helpdesk", "u1", later(250)) == NOTHING
        deleted = await archive.delete_idle(ANN, "helpdesk", "u1", later(201))
        assert deleted == Deleted(conversations=1, messages=2)
        assert await listed(archive, user_id="u1") == (["c-t3", "c-t2", "c-t0"], 3)
        assert (await archive.delete_idle(ANN, "helpdesk", None, later(900))).conversations == 3
        assert await listed(archive) == (["c-t0"], 1)

    async def test_reads_turns_of_many(self, store: Conversations, archive: Archive) -> None:
        for name in ("t1", "t2"):
            await ended(store, name, user_id=name)
        for n in (3, 4):
            await store.begin(new_turn(f"t{n}", "c-t1", at=later(n)))
            await store.finish(finished(f"t{n}", "c-t1", at=later(n)))
        found = await archive.turns_of_each(ANN, "helpdesk", ["c-t1", "nobody", "c-t2"], limit=2)
        ids = {name: [turn.turn_id for turn in turns] for name, turns in found.items()}
        assert ids == {"c-t1": ["t3", "t4"], "c-t2": ["t2"]}
        assert await archive.turns_of_each(BOB, "helpdesk", ["c-t1"], limit=2) == {}

    async def test_counts(self, store: Conversations, archive: Archive) -> None:
        await ended(store, "t1", user_id="u1")
        await ended(store, "t2", 50, user_id="u1")
        await ended(store, "t3", 50)
        await ended(store, "t4", user_id="u2")
        await ended(store, "t5", principal=EVE)
        await store.begin(new_turn("t6", "c-t4", at=later(60)))
        counts = await archive.counts(ANN, "helpdesk", active_since=later(50))
        assert counts == Counts(users=2, conversations=4, messages=9, active_users=2, active_conversations=3)
        assert await archive.users(ANN, "helpdesk") == (
            UserCount(user_id="u1", conversations=2),
            UserCount(user_id="u2", conversations=1),
        )
        assert len(await archive.users(ANN, "helpdesk", limit=1)) == 1
        assert await archive.users(ANN, "helpdesk", over=1) == (UserCount(user_id="u1", conversations=2),)

    async def test_forgets_what_was_swept(self, store: Conversations, archive: Archive) -> None:
        await ended(store, "t1", user_id="u1")
        await ended(store, "t2", 50, user_id="u1")
        await store.sweep(later(20))
        assert await listed(archive, user_id="u1") == (["c-t2"], 1)
        assert await listed(archive, sort="created") == (["c-t2"], 1)
        await store.sweep(later(100))
        assert await archive.users(ANN, "helpdesk") == ()

    async def test_a_name_that_passed_on_leaves_both_listed(
        self, store: Conversations, archive: Archive
    ) -> None:
        await store.begin(adopting("t1", "n"))
        await store.finish(finished("t1", "c-t1"))
        await store.begin(adopting("t2", "n", at=later(1802)))
        page = await archive.conversations(ANN, "helpdesk", Listing())
        assert [(one.id, one.external_id) for one in page.items] == [("c-t2", "n"), ("c-t1", "c-t1")]
        assert await archive.rename(ANN, "helpdesk", "c-t1", "old")
