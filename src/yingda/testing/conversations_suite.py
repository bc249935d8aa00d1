"""What every conversation store must do: subclass `ConversationsSuite` and give it a `store` fixture."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from yingda.conversations.store import (
    Batch,
    Begun,
    Conversation,
    Conversations,
    FinishedTurn,
    Lease,
    NewTurn,
    StoredTurn,
)
from yingda.errors import ConversationBusy, InvalidRequest
from yingda.testing.clock import START
from yingda.turns.types import ALL_ROLES, ConversationId, Message, Principal, TurnId

ANN = Principal(tenant="shop", key_id="k1", roles=ALL_ROLES)
"""A key that speaks for every user of its tenant."""
BOB = Principal(tenant="shop", key_id="k2", roles=frozenset({"chat"}), user_id="bob")
"""A key bound to one user of the same tenant."""
EVE = Principal(tenant="other", key_id="k1", roles=ALL_ROLES)
"""A key of another tenant."""

LEASE = Lease(owner="worker-1", until=START + timedelta(seconds=20))


def later(seconds: float) -> Any:
    """So many seconds after the suite's beginning."""
    return START + timedelta(seconds=seconds)


def new_turn(turn_id: str, conversation: str | None = None, **overrides: Any) -> NewTurn:
    """A turn of ANN's that asks to be admitted at the start, with a lease of 20 s."""
    plain = NewTurn(
        turn_id=TurnId(turn_id),
        fresh_id=ConversationId(f"c-{turn_id}"),
        principal=ANN,
        dialect="helpdesk",
        external_id=conversation,
        channel="web",
        user_id=None,
        text=f"question of {turn_id}",
        at=START,
        lease=LEASE,
        idle_s=1800.0,
        history_turns=10,
    )
    return replace(plain, **overrides)


def finished(turn_id: str, conversation: str, **overrides: Any) -> FinishedTurn:
    """That turn, completed one second after the start."""
    plain = FinishedTurn(
        turn_id=TurnId(turn_id),
        conversation_id=ConversationId(conversation),
        principal=ANN,
        at=later(1),
        ending="TurnCompleted",
        answer=f"answer of {turn_id}",
        intent=None,
        emotion_score=None,
        failed_attempts=0,
        handoff=None,
        lines=b'["TurnCompleted",{}]\n',
    )
    return replace(plain, **overrides)


def empty(turn_id: str, **overrides: Any) -> Conversation:
    """The fresh conversation of that turn as `begin` describes it."""
    plain = Conversation(
        id=ConversationId(f"c-{turn_id}"),
        external_id=f"c-{turn_id}",
        dialect="helpdesk",
        channel="web",
        user_id=None,
        turn_count=0,
        failed_attempts=0,
        intent=None,
        emotion_score=None,
        handoff=None,
        created_at=START,
        last_active_at=START,
    )
    return replace(plain, **overrides)


def stored(turn_id: str, conversation: str, **overrides: Any) -> StoredTurn:
    """That turn, open and without a journal."""
    plain = StoredTurn(
        turn_id=TurnId(turn_id),
        conversation_id=ConversationId(conversation),
        principal=ANN,
        dialect="helpdesk",
        number=1,
        text=f"question of {turn_id}",
        started_at=START,
        ending=None,
        lines=b"",
    )
    return replace(plain, **overrides)


async def outcomes(calls: Iterable[Any]) -> list[Any]:
    """What each of the concurrent calls came to, a refusal as its class."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    return [type(result) if isinstance(result, BaseException) else result for result in results]


class ConversationsSuite:
    """The tests; each is given an empty store."""

    async def test_begins_a_fresh_conversation(self, store: Conversations) -> None:
        assert await store.begin(new_turn("t1")) == Begun(conversation=empty("t1"), number=1, history=())

    async def test_keeps_the_conversation_and_the_turn(self, store: Conversations) -> None:
        await store.begin(new_turn("t1", user_id="u1"))
        await store.finish(finished("t1", "c-t1", intent="refund", emotion_score=0.4, failed_attempts=2))
        assert await store.conversation(ANN, "helpdesk", "c-t1") == empty(
            "t1",
            user_id="u1",
            turn_count=1,
            failed_attempts=2,
            intent="refund",
            emotion_score=0.4,
            last_active_at=later(1),
        )
        assert await store.turn(ANN, TurnId("t1")) == stored(
            "t1", "c-t1", ending="TurnCompleted", lines=b'["TurnCompleted",{}]\n'
        )

    async def test_continues_a_known_conversation_with_its_history(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        await store.finish(finished("t1", "c-t1", intent="refund", emotion_score=0.5, failed_attempts=1))
        begun = await store.begin(new_turn("t2", "c-t1", at=later(5)))
        before = empty(
            "t1",
            turn_count=1,
            failed_attempts=1,
            intent="refund",
            emotion_score=0.5,
            last_active_at=later(1),
        )
        history = (
            Message(role="user", text="question of t1", at=START),
            Message(role="assistant", text="answer of t1", at=later(1)),
        )
        assert begun == Begun(conversation=before, number=2, history=history)

    async def test_bounds_the_history_and_leaves_out_empty_answers(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        await store.finish(finished("t1", "c-t1"))
        await store.begin(new_turn("t2", "c-t1"))
        await store.finish(finished("t2", "c-t1", ending="TurnFailed", answer=""))
        await store.begin(new_turn("t3", "c-t1"))
        await store.finish(finished("t3", "c-t1", ending="TurnStopped", answer="half"))
        begun = await store.begin(new_turn("t4", "c-t1", history_turns=2))
        assert [message.text for message in begun.history] == ["question of t2", "question of t3", "half"]

    async def test_asks_for_no_history(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        await store.finish(finished("t1", "c-t1"))
        assert (await store.begin(new_turn("t2", "c-t1", history_turns=0))).history == ()

    async def test_restarts_an_unknown_conversation(self, store: Conversations) -> None:
        begun = await store.begin(new_turn("t1", "never seen"))
        assert begun == Begun(conversation=empty("t1"), number=1, history=(), restarted=True)
        assert await store.conversation(ANN, "helpdesk", "never seen") is None

    async def test_restarts_a_conversation_idle_for_too_long(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        await store.finish(finished("t1", "c-t1"))
        begun = await store.begin(new_turn("t2", "c-t1", at=later(1802)))
        assert (begun.conversation.id, begun.number, begun.restarted) == ("c-t2", 1, True)

    async def test_continues_at_the_last_moment(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        await store.finish(finished("t1", "c-t1"))
        begun = await store.begin(new_turn("t2", "c-t1", at=later(1801)))
        assert (begun.conversation.id, begun.number, begun.restarted) == ("c-t1", 2, False)

    @pytest.mark.parametrize("status", ["pending", "assigned"])
    async def test_a_held_conversation_never_expires(self, store: Conversations, status: Any) -> None:
        await store.begin(new_turn("t1"))
        await store.finish(finished("t1", "c-t1", handoff=status))
        begun = await store.begin(new_turn("t2", "c-t1", at=later(1e6)))
        assert (begun.conversation.handoff, begun.number) == (status, 2)

    async def test_restarts_another_users_conversation(self, store: Conversations) -> None:
        await store.begin(new_turn("t1", user_id="ann"))
        await store.finish(finished("t1", "c-t1"))
        begun = await store.begin(new_turn("t2", "c-t1", principal=BOB, user_id="ann"))
        assert begun == Begun(conversation=empty("t2", user_id="bob"), number=1, history=(), restarted=True)

    async def test_another_users_open_turn_is_not_betrayed(self, store: Conversations) -> None:
        await store.begin(new_turn("t1", user_id="ann"))
        assert (await store.begin(new_turn("t2", "c-t1", principal=BOB))).restarted

    async def test_a_bound_key_sees_its_own_only(self, store: Conversations) -> None:
        await store.begin(new_turn("t1", user_id="ann"))
        await store.begin(new_turn("t2", principal=BOB))
        assert await store.turn(BOB, TurnId("t1")) is None
        assert await store.conversation(BOB, "helpdesk", "c-t1") is None
        assert await store.turn(BOB, TurnId("t2")) == stored("t2", "c-t2", principal=BOB)

    async def test_tenants_never_meet(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        await store.finish(finished("t1", "c-t1"))
        assert await store.turn(EVE, TurnId("t1")) is None
        assert await store.conversation(EVE, "helpdesk", "c-t1") is None
        assert (await store.begin(new_turn("t2", "c-t1", principal=EVE))).restarted

    async def test_dialects_never_meet(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        assert await store.conversation(ANN, "docqa", "c-t1") is None
        assert (await store.begin(new_turn("t2", "c-t1", dialect="docqa"))).restarted

    async def test_a_foreign_finish_changes_nothing(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        await outcomes([store.finish(finished("t1", "c-t1", principal=EVE))])
        assert await store.turn(ANN, TurnId("t1")) == stored("t1", "c-t1")

    async def test_refuses_a_second_turn_while_one_is_open(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        with pytest.raises(ConversationBusy):
            await store.begin(new_turn("t2", "c-t1", at=later(19)))
        assert (await store.begin(new_turn("t3"))).number == 1

    async def test_of_concurrent_turns_exactly_one_begins(self, store: Conversations) -> None:
        await store.begin(new_turn("t0"))
        await store.finish(finished("t0", "c-t0"))
        results = await outcomes(store.begin(new_turn(f"t{n}", "c-t0")) for n in range(1, 9))
        assert sorted(type(result) is Begun for result in results) == [False] * 7 + [True]
        assert results.count(ConversationBusy) == 7
        later_turn = await store.begin(new_turn("t9", "c-t0", at=later(21)))
        assert later_turn.number == 3

    async def test_many_conversations_at_once(self, store: Conversations) -> None:
        names = [f"t{n}" for n in range(60)]
        await asyncio.gather(*(store.begin(new_turn(name)) for name in names))
        await asyncio.gather(*(store.finish(finished(name, f"c-{name}")) for name in names))
        turns = await asyncio.gather(*(store.turn(ANN, TurnId(name)) for name in names))
        assert [turn.ending for turn in turns if turn is not None] == ["TurnCompleted"] * 60

    async def test_takes_over_from_a_dead_owner(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        newer = Lease(owner="worker-2", until=later(60))
        begun = await store.begin(new_turn("t2", "c-t1", at=later(21), lease=newer))
        assert (begun.number, begun.conversation.turn_count, begun.history) == (2, 1, ())
        assert await store.abandoned(later(21)) == [stored("t1", "c-t1")]

    async def test_a_late_finish_leaves_the_newer_turn_alone(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        newer = Lease(owner="worker-2", until=later(60))
        await store.begin(new_turn("t2", "c-t1", at=later(21), lease=newer))
        await store.finish(finished("t1", "c-t1", at=later(22), failed_attempts=7, handoff="pending"))
        with pytest.raises(ConversationBusy):
            await store.begin(new_turn("t3", "c-t1", at=later(23)))
        late = await store.turn(ANN, TurnId("t1"))
        conversation = await store.conversation(ANN, "helpdesk", "c-t1")
        assert late is not None
        assert conversation is not None
        assert late.ending == "TurnCompleted"
        assert (conversation.failed_attempts, conversation.handoff) == (0, None)

    async def test_a_second_finish_changes_nothing(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        await store.finish(finished("t1", "c-t1"))
        await store.finish(finished("t1", "c-t1", ending="TurnFailed", answer="", failed_attempts=3))
        begun = await store.begin(new_turn("t2", "c-t1"))
        assert [message.text for message in begun.history] == ["question of t1", "answer of t1"]
        assert begun.conversation.failed_attempts == 0

    async def test_what_a_turn_does_not_say_stays(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        await store.finish(finished("t1", "c-t1", intent="refund", emotion_score=0.4, handoff="pending"))
        await store.begin(new_turn("t2", "c-t1"))
        await store.finish(finished("t2", "c-t1", failed_attempts=1))
        assert await store.conversation(ANN, "helpdesk", "c-t1") == empty(
            "t1",
            turn_count=2,
            failed_attempts=1,
            intent="refund",
            emotion_score=0.4,
            handoff="pending",
            last_active_at=later(1),
        )

    async def test_reads_an_open_turn_as_far_as_journalled(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        first = Batch(turn_id=TurnId("t1"), conversation_id=ConversationId("c-t1"), first=0, lines=b"a\nb\n")
        await store.journal([first], LEASE)
        await store.journal([replace(first, first=2, lines=b"c\n"), first], LEASE)
        assert await store.turn(ANN, TurnId("t1")) == stored("t1", "c-t1", lines=b"a\nb\nc\n")

    async def test_the_record_replaces_the_journal(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        batch = Batch(turn_id=TurnId("t1"), conversation_id=ConversationId("c-t1"), first=0, lines=b"a\n")
        await store.journal([batch], LEASE)
        await store.finish(finished("t1", "c-t1", lines=b"a\nz\n"))
        await store.journal([replace(batch, first=1, lines=b"late\n")], LEASE)
        turn = await store.turn(ANN, TurnId("t1"))
        assert turn is not None
        assert turn.lines == b"a\nz\n"

    async def test_the_journal_renews_the_lease_of_its_owner(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        await store.begin(new_turn("t2", lease=replace(LEASE, owner="worker-2")))
        await store.journal([], Lease(owner="worker-1", until=later(60)))
        assert await store.abandoned(later(30)) == [stored("t2", "c-t2")]
        with pytest.raises(ConversationBusy):
            await store.begin(new_turn("t3", "c-t1", at=later(30)))

    async def test_lists_abandoned_turns_of_all_tenants_until_finished(self, store: Conversations) -> None:
        await store.begin(new_turn("t1"))
        await store.begin(new_turn("t2", principal=EVE, at=later(1)))
        assert await store.abandoned(later(19)) == []
        assert await store.abandoned(later(20)) == [
            stored("t1", "c-t1"),
            stored("t2", "c-t2", principal=EVE, started_at=later(1)),
        ]
        await store.finish(finished("t1", "c-t1", ending="TurnFailed"))
        assert [turn.turn_id for turn in await store.abandoned(later(20))] == ["t2"]

    async def test_repeats_the_turn_of_a_known_key(self, store: Conversations) -> None:
        asked = new_turn("t1", idempotency_key="i", fingerprint="f")
        await store.begin(asked)
        again = await store.begin(replace(asked, turn_id=TurnId("t2"), fresh_id=ConversationId("c-t2")))
        assert again == Begun(
            conversation=empty("t1", turn_count=1), number=1, history=(), repeated=TurnId("t1")
        )
        assert await store.turn(ANN, TurnId("t2")) is None

    async def test_of_concurrent_repetitions_exactly_one_begins(self, store: Conversations) -> None:
        results = await outcomes(
            store.begin(new_turn(f"t{n}", idempotency_key="i", fingerprint="f")) for n in range(8)
        )
        winners = [begun.conversation.id for begun in results if begun.repeated is None]
        assert len(winners) == 1
        assert {begun.conversation.id for begun in results} == set(winners)

    async def test_a_key_with_another_request_is_refused(self, store: Conversations) -> None:
        await store.begin(new_turn("t1", idempotency_key="i", fingerprint="f"))
        with pytest.raises(InvalidRequest) as refusal:
            await store.begin(new_turn("t2", idempotency_key="i", fingerprint="g"))
        assert refusal.value.field == "Idempotency-Key"

    async def test_a_key_means_nothing_elsewhere_or_a_day_later(self, store: Conversations) -> None:
        asked = new_turn("t1", idempotency_key="i", fingerprint="f")
        await store.begin(asked)
        others = [
            new_turn("t2", idempotency_key="i", fingerprint="f", principal=EVE),
            new_turn("t3", idempotency_key="i", fingerprint="f", dialect="docqa"),
            new_turn("t4", idempotency_key="i", fingerprint="f", principal=BOB),
            new_turn("t5", idempotency_key="i", fingerprint="f", at=later(86400)),
        ]
        assert [(await store.begin(other)).repeated for other in others] == [None] * 4

    async def test_sweeps_what_was_idle_and_is_not_held(self, store: Conversations) -> None:
        for name, status in (("t1", None), ("t2", "pending"), ("t3", "resolved")):
            await store.begin(new_turn(name))
            await store.finish(finished(name, f"c-{name}", handoff=status))
        await store.begin(new_turn("t4"))
        await store.finish(finished("t4", "c-t4", at=later(50)))
        await store.begin(new_turn("t5"))
        assert await store.sweep(later(10)) == 2
        left = [await store.turn(ANN, TurnId(f"t{n}")) for n in range(1, 6)]
        assert [turn is not None for turn in left] == [False, True, False, True, True]
        assert await store.conversation(ANN, "helpdesk", "c-t1") is None

    async def test_a_key_whose_turn_was_swept_begins_anew(self, store: Conversations) -> None:
        asked = new_turn("t1", idempotency_key="i", fingerprint="f")
        await store.begin(asked)
        await store.finish(finished("t1", "c-t1"))
        await store.sweep(later(10))
        again = replace(asked, turn_id=TurnId("t2"), fresh_id=ConversationId("c-t2"), at=later(20))
        assert [(await store.begin(again)).repeated for _ in range(2)] == [None, "t2"]

    async def test_keeps_any_text(self, store: Conversations) -> None:
        text = "退款 😀 'quoted' {x} \\ \r\n"
        await store.begin(new_turn("t1", text=text))
        await store.finish(finished("t1", "c-t1", answer=text, lines=text.encode()))
        begun = await store.begin(new_turn("t2", "c-t1"))
        assert [message.text for message in begun.history] == [text, text]

    async def test_answers_a_ping(self, store: Conversations) -> None:
        await store.ping()
