"""What every store of hand-overs must do: give `HandoversSuite` a `store`, its `archive` and `handovers`."""

from __future__ import annotations

from typing import Any

import pytest

from yingda.conversations.archive import Archive, Listing
from yingda.conversations.handovers import Handovers, Note
from yingda.conversations.store import Conversations
from yingda.errors import ConversationBusy, NotFound
from yingda.testing.archive_suite import ended, summary
from yingda.testing.conversations_suite import ANN, BOB, EVE, finished, later, new_turn, outcomes
from yingda.turns.types import ConversationId, Message

C1 = ConversationId("c-t1")


def note(at_s: float, text: str) -> Note:
    """What somebody at the desk said then."""
    return Note(at=later(at_s), author="客服 Li", text=text)


class HandoversSuite:
    """The tests; each is given an empty store."""

    async def test_of_many_who_claim_one_is_told_so(
        self, store: Conversations, archive: Archive, handovers: Handovers
    ) -> None:
        await ended(store, "t1")
        assert await handovers.hand_over(ANN, C1, "pending", expected=None)
        claims = await outcomes(
            handovers.hand_over(ANN, C1, "assigned", expected="pending") for _ in range(5)
        )
        assert sorted(claims) == [False] * 4 + [True]
        assert await archive.conversation(ANN, "helpdesk", "c-t1") == summary("t1", handoff="assigned")
        listed = await archive.conversations(ANN, "helpdesk", Listing(status="assigned"))
        assert listed.total == 1

    async def test_a_released_conversation_can_go_again(
        self, store: Conversations, archive: Archive, handovers: Handovers
    ) -> None:
        await ended(store, "t1")
        await handovers.hand_over(ANN, C1, "assigned", expected=None)
        assert await store.sweep(later(1e6)) == 0
        assert await outcomes([archive.delete(ANN, "helpdesk", "c-t1")]) == [ConversationBusy]
        assert await handovers.hand_over(ANN, C1, None, expected="assigned")
        assert (await archive.conversations(ANN, "helpdesk", Listing(status="assigned"))).total == 0
        assert (await store.begin(new_turn("t2", "c-t1", at=later(1e6)))).restarted
        assert await store.sweep(later(10)) == 1

    async def test_a_running_turn_goes_on(self, store: Conversations, handovers: Handovers) -> None:
        await store.begin(new_turn("t1"))
        assert await handovers.hand_over(ANN, C1, "assigned", expected=None)
        await store.finish(finished("t1", "c-t1"))
        begun = await store.begin(new_turn("t2", "c-t1", at=later(1e6)))
        assert (begun.conversation.handoff, begun.number) == ("assigned", 2)

    async def test_a_turn_that_asked_for_a_human_leaves_one_who_came_meanwhile(
        self, store: Conversations, handovers: Handovers
    ) -> None:
        await store.begin(new_turn("t1"))
        assert await handovers.hand_over(ANN, C1, "assigned", expected=None)
        await store.finish(finished("t1", "c-t1", handoff="pending"))
        begun = await store.begin(new_turn("t2", "c-t1", at=later(2)))
        assert begun.conversation.handoff == "assigned"

    async def test_operators_stand_in_the_history(
        self, store: Conversations, archive: Archive, handovers: Handovers
    ) -> None:
        await ended(store, "t1")
        await handovers.add_note(ANN, C1, note(2, "您好"))
        await handovers.add_note(ANN, C1, note(3, "马上"))
        begun = await store.begin(new_turn("t2", "c-t1", at=later(4)))
        await store.finish(finished("t2", "c-t1", at=later(5)))
        await handovers.add_note(ANN, C1, note(6, "done"))
        third = await store.begin(new_turn("t3", "c-t1", at=later(7), history_turns=1))
        assert begun.history == (
            Message(role="user", text="question of t1", at=later(0)),
            Message(role="assistant", text="answer of t1", at=later(1)),
            Message(role="operator", text="您好", at=later(2)),
            Message(role="operator", text="马上", at=later(3)),
        )
        assert [message.text for message in third.history] == ["question of t2", "answer of t2", "done"]
        assert await handovers.notes(ANN, C1) == (note(2, "您好"), note(3, "马上"), note(6, "done"))
        shown = await archive.conversation(ANN, "helpdesk", "c-t1")
        assert shown is not None
        assert (shown.message_count, shown.last_active_at) == (8, later(7))

    async def test_a_note_keeps_a_conversation_awake(
        self, store: Conversations, archive: Archive, handovers: Handovers
    ) -> None:
        await ended(store, "t1")
        await handovers.add_note(ANN, C1, note(50, "x"))
        assert await archive.conversation(ANN, "helpdesk", "c-t1") == summary(
            "t1", message_count=3, last_active_at=later(50)
        )
        assert await store.sweep(later(20)) == 0
        assert await store.sweep(later(60)) == 1
        assert await outcomes([handovers.notes(ANN, C1)]) == [NotFound]

    async def test_many_notes_at_once_are_all_kept(self, store: Conversations, handovers: Handovers) -> None:
        await ended(store, "t1")
        await outcomes(handovers.add_note(ANN, C1, note(2, f"n{n}")) for n in range(8))
        kept = [note.text for note in await handovers.notes(ANN, C1)]
        assert sorted(kept) == [f"n{n}" for n in range(8)]

    @pytest.mark.parametrize("stranger", [BOB, EVE])
    async def test_strangers_find_nothing(
        self, store: Conversations, handovers: Handovers, stranger: Any
    ) -> None:
        await ended(store, "t1", user_id="ann")
        calls = [
            handovers.hand_over(stranger, C1, "pending", expected=None),
            handovers.add_note(stranger, C1, note(2, "x")),
            handovers.notes(stranger, C1),
            handovers.notes(ANN, ConversationId("never seen")),
        ]
        assert await outcomes(calls) == [NotFound] * 4
        assert await handovers.notes(ANN, C1) == ()

    async def test_notes_are_deleted_with_the_conversation(
        self, store: Conversations, archive: Archive, handovers: Handovers
    ) -> None:
        await ended(store, "t1")
        await handovers.add_note(ANN, C1, note(2, "x"))
        assert (await archive.delete(ANN, "helpdesk", "c-t1")).messages == 3
        assert await outcomes([handovers.notes(ANN, C1)]) == [NotFound]
