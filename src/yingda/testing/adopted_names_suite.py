"""What every conversation store does with names that callers choose: subclass with a `store` fixture."""

from __future__ import annotations

from typing import Any

import pytest

from yingda.conversations.store import Begun, Conversations, Lease, NewTurn
from yingda.errors import ConversationBusy
from yingda.testing.conversations_suite import (
    ANN,
    BOB,
    EVE,
    empty,
    finished,
    later,
    new_turn,
    outcomes,
)
from yingda.turns.types import Principal

EXPIRED_S = 1802
"""So long after the start a conversation whose only turn ended in the first second is over."""


def adopting(turn_id: str, name: str, **overrides: Any) -> NewTurn:
    """A turn of ANN's that calls its conversation so, whether it is known or not."""
    return new_turn(turn_id, name, adopts_name=True, **overrides)


async def names(store: Conversations, *wanted: str, principal: Principal = ANN) -> list[str | None]:
    """Which conversation each of the names stands for."""
    found = [await store.conversation(principal, "helpdesk", name) for name in wanted]
    return [None if conversation is None else conversation.id for conversation in found]


class AdoptedNamesSuite:
    """The tests; each is given an empty store."""

    async def test_an_unknown_name_is_adopted(self, store: Conversations) -> None:
        begun = await store.begin(adopting("t1", "访客 1:2"))
        assert begun == Begun(conversation=empty("t1", external_id="访客 1:2"), number=1, history=())
        assert await names(store, "访客 1:2", "c-t1") == ["c-t1", None]

    async def test_an_adopted_name_is_continued(self, store: Conversations) -> None:
        await store.begin(adopting("t1", "n"))
        await store.finish(finished("t1", "c-t1"))
        begun = await store.begin(adopting("t2", "n", at=later(5)))
        assert (begun.conversation.id, begun.number, begun.restarted) == ("c-t1", 2, False)
        assert [message.text for message in begun.history] == ["question of t1", "answer of t1"]

    async def test_two_first_turns_of_one_name_make_one_conversation(self, store: Conversations) -> None:
        results = await outcomes(store.begin(adopting(f"t{n}", "n")) for n in range(8))
        winners = [result for result in results if isinstance(result, Begun)]
        assert [winner.number for winner in winners] == [1]
        assert results.count(ConversationBusy) == 7
        assert await names(store, "n") == [winners[0].conversation.id]

    async def test_a_name_is_busy_as_any_other(self, store: Conversations) -> None:
        await store.begin(adopting("t1", "n"))
        with pytest.raises(ConversationBusy):
            await store.begin(adopting("t2", "n", at=later(19)))

    async def test_a_name_whose_conversation_expired_passes_to_the_next(self, store: Conversations) -> None:
        await store.begin(adopting("t1", "n"))
        await store.finish(finished("t1", "c-t1"))
        begun = await store.begin(adopting("t2", "n", at=later(EXPIRED_S)))
        renewed = empty("t2", external_id="n", created_at=later(EXPIRED_S), last_active_at=later(EXPIRED_S))
        old = await store.conversation(ANN, "helpdesk", "c-t1")
        assert begun == Begun(conversation=renewed, number=1, history=(), restarted=True)
        assert old == empty("t1", turn_count=1, last_active_at=later(1))
        assert await names(store, "n") == ["c-t2"]

    async def test_of_concurrent_heirs_of_a_name_exactly_one_begins(self, store: Conversations) -> None:
        await store.begin(adopting("t0", "n"))
        await store.finish(finished("t0", "c-t0"))
        heir = {"at": later(EXPIRED_S), "lease": Lease(owner="worker-1", until=later(EXPIRED_S + 20))}
        results = await outcomes(store.begin(adopting(f"t{n}", "n", **heir)) for n in range(1, 9))
        assert [result.restarted for result in results if isinstance(result, Begun)] == [True]
        assert results.count(ConversationBusy) == 7

    async def test_a_conversation_can_lose_its_own_id_as_a_name(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        await store.finish(finished("t1", "c-t1"))
        begun = await store.begin(adopting("t2", "c-t1", at=later(EXPIRED_S)))
        assert (begun.conversation.external_id, begun.restarted) == ("c-t1", True)
        assert await names(store, "c-t1", "c-t1~c-t2") == ["c-t2", "c-t1"]

    async def test_a_held_conversation_keeps_its_name(self, store: Conversations) -> None:
        await store.begin(adopting("t1", "n"))
        await store.finish(finished("t1", "c-t1", handoff="pending"))
        begun = await store.begin(adopting("t2", "n", at=later(1e6)))
        assert (begun.conversation.id, begun.number) == ("c-t1", 2)

    async def test_another_users_name_is_neither_taken_nor_betrayed(self, store: Conversations) -> None:
        await store.begin(adopting("t1", "n", user_id="ann"))
        begun = await store.begin(adopting("t2", "n", principal=BOB))
        assert begun == Begun(conversation=empty("t2", user_id="bob"), number=1, history=(), restarted=True)
        assert await names(store, "n", "c-t2") == ["c-t1", "c-t2"]

    async def test_each_tenant_and_dialect_has_its_own_names(self, store: Conversations) -> None:
        turns = [
            adopting("t1", "n"),
            adopting("t2", "n", principal=EVE),
            adopting("t3", "n", dialect="docqa"),
        ]
        begun = [await store.begin(turn) for turn in turns]
        assert [(one.conversation.external_id, one.restarted) for one in begun] == [("n", False)] * 3

    async def test_a_name_is_free_again_once_swept(self, store: Conversations) -> None:
        await store.begin(adopting("t1", "n"))
        await store.finish(finished("t1", "c-t1"))
        await store.sweep(later(10))
        begun = await store.begin(adopting("t2", "n", at=later(20)))
        assert (begun.conversation.id, begun.restarted) == ("c-t2", False)
