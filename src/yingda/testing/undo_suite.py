"""What taking back must do on every store: give `UndoSuite` a `store`, its `archive` and `undo`."""

from __future__ import annotations

from typing import Any

import pytest

from yingda.conversations.archive import Archive
from yingda.conversations.store import Conversations
from yingda.conversations.undo import Undo
from yingda.errors import ConversationBusy
from yingda.testing.archive_suite import ended, listed, summary
from yingda.testing.conversations_suite import ANN, BOB, EVE, finished, later, new_turn, outcomes
from yingda.turns.types import TurnId


async def ended_again(store: Conversations, turn_id: str, at_s: float, **overrides: Any) -> None:
    """One more turn of the conversation that `ended(store, "t1")` began."""
    await store.begin(new_turn(turn_id, "c-t1", at=later(at_s)))
    await store.finish(finished(turn_id, "c-t1", at=later(at_s + 1), **overrides))


class UndoSuite:
    """The tests; each is given an empty store."""

    async def test_the_last_turn_never_was(self, store: Conversations, archive: Archive, undo: Undo) -> None:
        await ended(store, "t1")
        await ended_again(store, "t2", 5)
        assert await undo.delete_last(ANN, "helpdesk", "c-t1", only_unfinished=False)
        assert await archive.conversation(ANN, "helpdesk", "c-t1") == summary("t1", last_active_at=later(6))
        assert await store.turn(ANN, TurnId("t2")) is None
        begun = await store.begin(new_turn("t3", "c-t1", at=later(9)))
        assert (begun.number, [said.text for said in begun.history]) == (
            2,
            ["question of t1", "answer of t1"],
        )
        await store.finish(finished("t3", "c-t1", at=later(10)))
        turns = await archive.turns(ANN, "helpdesk", "c-t1", offset=0, limit=9)
        assert ([turn.turn_id for turn in turns.items], turns.total) == (["t1", "t3"], 2)

    async def test_a_conversation_goes_with_its_only_turn(
        self, store: Conversations, archive: Archive, undo: Undo
    ) -> None:
        await ended(store, "t1", idempotency_key="i", fingerprint="f")
        assert await undo.delete_last(ANN, "helpdesk", "c-t1", only_unfinished=False)
        assert await listed(archive) == ([], 0)
        again = new_turn("t2", idempotency_key="i", fingerprint="another", at=later(5))
        assert (await store.begin(again)).repeated is None
        assert not await undo.delete_last(ANN, "helpdesk", "c-t1", only_unfinished=False)

    async def test_only_what_is_unfinished_where_asked_to(
        self, store: Conversations, archive: Archive, undo: Undo
    ) -> None:
        await ended(store, "t1")
        await ended_again(store, "t2", 5, ending="TurnStopped", answer="")
        assert await undo.delete_last(ANN, "helpdesk", "c-t1", only_unfinished=True)
        assert not await undo.delete_last(ANN, "helpdesk", "c-t1", only_unfinished=True)
        turns = await archive.turns(ANN, "helpdesk", "c-t1", offset=0, limit=9)
        assert ([turn.turn_id for turn in turns.items], turns.total) == (["t1"], 1)
        shown = await archive.conversation(ANN, "helpdesk", "c-t1")
        assert shown is not None
        assert (shown.turn_count, shown.message_count) == (1, 2)

    async def test_leaves_what_is_open_or_held(self, store: Conversations, undo: Undo) -> None:
        await ended(store, "t1")
        await store.begin(new_turn("t2", "c-t1", at=later(2)))
        with pytest.raises(ConversationBusy):
            await undo.delete_last(ANN, "helpdesk", "c-t1", only_unfinished=True)
        await store.finish(finished("t2", "c-t1", handoff="pending"))
        with pytest.raises(ConversationBusy):
            await undo.delete_last(ANN, "helpdesk", "c-t1", only_unfinished=False)
        assert await store.turn(ANN, TurnId("t2")) is not None

    async def test_of_many_who_ask_each_takes_one(
        self, store: Conversations, archive: Archive, undo: Undo
    ) -> None:
        await ended(store, "t1")
        for n in range(2, 7):
            await ended_again(store, f"t{n}", n)
        calls = (undo.delete_last(ANN, "helpdesk", "c-t1", only_unfinished=False) for _ in range(4))
        assert await outcomes(calls) == [True] * 4
        turns = await archive.turns(ANN, "helpdesk", "c-t1", offset=0, limit=9)
        assert ([turn.turn_id for turn in turns.items], turns.total) == (["t1", "t2"], 2)

    @pytest.mark.parametrize("stranger", [BOB, EVE])
    async def test_strangers_take_nothing_back(self, store: Conversations, undo: Undo, stranger: Any) -> None:
        await ended(store, "t1", user_id="ann")
        assert not await undo.delete_last(stranger, "helpdesk", "c-t1", only_unfinished=False)
        assert not await undo.delete_last(ANN, "docqa", "c-t1", only_unfinished=False)
        assert await store.turn(ANN, TurnId("t1")) is not None
