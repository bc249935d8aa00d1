"""A turn ends exactly once, however it ends, and what was announced can be read back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest
from tests.databases import migrated_file

from yingda.conversations.journal import JournalConfig
from yingda.conversations.sqlite import open_sqlite
from yingda.engine import Engine, EngineConfig
from yingda.errors import (
    ConversationBusy,
    InvalidRequest,
    ModelUnavailable,
    NotFound,
    Overloaded,
    ShuttingDown,
)
from yingda.testing.builders import PRINCIPAL
from yingda.turns import codec
from yingda.turns.clock import SystemClock
from yingda.turns.events import (
    AnswerMissed,
    TextDelta,
    TurnCompleted,
    TurnEvent,
    TurnFailed,
    TurnStarted,
    TurnStopped,
)
from yingda.turns.types import ConversationId, Turn, TurnId, TurnRequest

STRANGER = replace(PRINCIPAL, tenant="another")
ASK = TurnRequest(dialect="helpdesk", text="还有货吗")


class Script:
    """An answerer whose steps are events to yield, futures to wait for, and errors to raise."""

    def __init__(self, *steps: object) -> None:
        self.steps = steps
        self.turns: list[Turn] = []
        self.closed = 0

    async def __call__(self, turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        self.turns.append(turn)
        try:
            for step in self.steps:
                if isinstance(step, BaseException):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    yield TextDelta(text=str(step)) if isinstance(step, str) else step
        finally:
            self.closed += 1


@pytest.fixture
async def store(tmp_path):
    path = tmp_path / "yingda.db"
    migrated_file(path)
    async with open_sqlite(path, SystemClock()) as store:
        yield store


@pytest.fixture
def engine_of(store) -> Callable[..., Engine]:
    def build(answer: object, **config: object) -> Engine:
        return Engine(answer, store, SystemClock(), EngineConfig(**config))  # type: ignore[arg-type]

    return build


async def ended(live) -> list[TurnEvent]:
    return [event async for event in live.read()]


async def stored_events(store, live) -> list[TurnEvent]:
    stored = await store.turn(PRINCIPAL, live.turn_id)
    return codec.load(stored.lines)


@asynccontextmanager
async def running(work: Awaitable[None]):
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()


async def test_a_turn_completes_and_is_stored_as_announced(engine_of, store):
    live = await engine_of(Script("有", "货")).start(PRINCIPAL, ASK)
    events = await ended(live)
    assert [type(event) for event in events] == [TurnStarted, TextDelta, TextDelta, TurnCompleted]
    assert await stored_events(store, live) == events


async def test_a_known_error_fails_the_turn_with_its_code(engine_of, store):
    live = await engine_of(Script("有", ModelUnavailable("gone", retry_after_s=3))).start(PRINCIPAL, ASK)
    *_, failure = await ended(live)
    assert (failure.code, failure.retryable, failure.retry_after_s) == ("model_unavailable", True, 3)
    assert (await stored_events(store, live))[-1] == failure


async def test_a_bug_fails_the_turn_without_its_details(engine_of):
    live = await engine_of(Script(ZeroDivisionError("secret"))).start(PRINCIPAL, ASK)
    *_, failure = await ended(live)
    assert (failure.code, "secret" in failure.message) == ("internal_error", False)


async def test_the_deadline_ends_a_turn_that_hangs(engine_of):
    script = Script("有", asyncio.Event())
    engine = engine_of(script, finish_margin_s=0.0)
    live = await engine.start(PRINCIPAL, replace(ASK, deadline_s=0.05))
    *_, failure = await ended(live)
    assert (failure.code, script.closed) == ("deadline_exceeded", 1)


async def test_stop_returns_once_the_partial_answer_is_stored(engine_of, store):
    script = Script("有", asyncio.Event())
    engine = engine_of(script)
    live = await engine.start(PRINCIPAL, ASK)
    await live.more()
    await engine.stop(PRINCIPAL, live.turn_id, "user")
    *_, text, ending = await stored_events(store, live)
    assert (text, ending.by, script.closed) == (TextDelta(text="有"), "user", 1)


async def test_one_who_takes_no_notice_of_a_stop_is_ended_at_the_next_event(engine_of, store):
    async def stubborn(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        yield TextDelta(text="doch")
        await asyncio.Event().wait()

    engine = engine_of(stubborn)
    live = await engine.start(PRINCIPAL, ASK)
    await asyncio.sleep(0)
    await engine.stop(PRINCIPAL, live.turn_id, "user")
    *_, text, ending = await stored_events(store, live)
    assert (text, ending.by) == (TextDelta(text="doch"), "user")


async def test_a_turn_that_is_stopped_before_it_runs_ends_with_its_first_wait(engine_of, store):
    script = Script(asyncio.Event(), "有")
    engine = engine_of(script)
    live = await engine.start(PRINCIPAL, ASK)
    live.stop("user")
    await live.wait_ended()
    *_, ending = await stored_events(store, live)
    assert (ending.by, script.closed) == ("user", 1)


async def test_a_turn_outlives_its_reader_for_the_linger(engine_of):
    go = asyncio.Event()
    live = await engine_of(Script(go, "有")).start(PRINCIPAL, replace(ASK, linger_s=30.0))
    with live.reader():
        pass
    go.set()
    assert isinstance((await ended(live))[-1], TurnCompleted)


async def test_a_turn_that_nobody_comes_back_to_is_stopped(engine_of):
    live = await engine_of(Script(asyncio.Event())).start(PRINCIPAL, replace(ASK, linger_s=0.0))
    with live.reader():
        pass
    assert (await ended(live))[-1].by == "client"


async def test_coming_back_in_time_keeps_the_turn(engine_of):
    go = asyncio.Event()
    live = await engine_of(Script(go, "有")).start(PRINCIPAL, replace(ASK, linger_s=0.02))
    with live.reader():
        pass
    with live.reader():
        await asyncio.sleep(0.05)
        go.set()
        assert isinstance((await ended(live))[-1], TurnCompleted)


async def test_shutdown_refuses_drains_then_stops(engine_of, store):
    engine = engine_of(Script("有", asyncio.Event()))
    live = await engine.start(PRINCIPAL, ASK)
    await engine.shutdown(drain_s=0.01)
    assert (await stored_events(store, live))[-1].by == "shutdown"
    with pytest.raises(ShuttingDown):
        await engine.start(PRINCIPAL, ASK)


async def test_every_reader_sees_the_same_list_from_any_event(engine_of):
    go = asyncio.Event()
    live = await engine_of(Script("一", "二", go, "三")).start(PRINCIPAL, ASK)
    readers = [asyncio.ensure_future(ended(live)) for _ in range(3)]
    await live.more()
    go.set()
    whole = await readers[0]
    assert [await reader for reader in readers] == [whole] * 3
    for after in range(len(whole) + 1):
        assert [event async for event in live.read(after)] == whole[after:]


async def test_a_finished_turn_is_read_back_from_the_store(engine_of):
    engine = engine_of(Script("有"))
    live = await engine.start(PRINCIPAL, ASK)
    events = await ended(live)
    assert await ended(await engine.attach(PRINCIPAL, live.turn_id)) == events


@pytest.mark.parametrize("is_finished", [True, False])
async def test_a_turn_is_another_tenants_secret(engine_of, is_finished):
    go = asyncio.Event()
    engine = engine_of(Script(go))
    live = await engine.start(PRINCIPAL, ASK)
    if is_finished:
        go.set()
        await ended(live)
    with pytest.raises(NotFound):
        await engine.attach(STRANGER, live.turn_id)
    live.stop("user")
    await live.wait_ended()


async def test_the_second_turn_of_a_conversation_waits_for_the_first(engine_of):
    go = asyncio.Event()
    script = Script(go, "有")
    engine = engine_of(script)
    go.set()
    first = await engine.start(PRINCIPAL, ASK)
    conversation = (await ended(first))[0].conversation_id
    go.clear()
    again = replace(ASK, external_id=conversation)
    second = await engine.start(PRINCIPAL, replace(again, text="二"))
    third = asyncio.ensure_future(engine.start(PRINCIPAL, replace(again, text="三")))
    await asyncio.sleep(0)
    assert [turn.text for turn in script.turns[1:]] in ([], ["二"])
    go.set()
    await ended(second)
    await ended(await third)
    assert [(turn.number, turn.text) for turn in script.turns] == [(1, "还有货吗"), (2, "二"), (3, "三")]
    assert [message.text for message in script.turns[2].history] == ["还有货吗", "有", "二", "有"]


async def test_waiting_too_long_for_a_conversation_is_busy(engine_of):
    engine = engine_of(Script(asyncio.Event()), busy_wait_s=0.02)
    live = await engine.start(PRINCIPAL, ASK)
    again = replace(ASK, external_id=live.record.started.conversation_id, text="二")
    with pytest.raises(ConversationBusy):
        await engine.start(PRINCIPAL, again)
    await engine.stop(PRINCIPAL, live.turn_id, "user")


async def test_the_same_idempotency_key_is_one_turn(engine_of):
    script = Script("有")
    engine = engine_of(script)
    once = replace(ASK, idempotency_key="k1")
    lives = await asyncio.gather(*(engine.start(PRINCIPAL, once) for _ in range(3)))
    await ended(lives[0])
    late = await engine.start(PRINCIPAL, once)
    assert {live.turn_id for live in [*lives, late]} == {lives[0].turn_id}
    assert len(script.turns) == 1


async def test_an_idempotency_key_belongs_to_one_body(engine_of):
    engine = engine_of(Script("有"))
    await ended(await engine.start(PRINCIPAL, replace(ASK, idempotency_key="k1")))
    with pytest.raises(InvalidRequest) as refused:
        await engine.start(PRINCIPAL, replace(ASK, idempotency_key="k1", text="别的"))
    assert refused.value.field == "Idempotency-Key"


async def test_the_same_words_without_a_conversation_are_two_turns(engine_of):
    go = asyncio.Event()
    engine = engine_of(Script(go))
    one, two = await engine.start(PRINCIPAL, ASK), await engine.start(PRINCIPAL, ASK)
    go.set()
    await ended(one)
    await ended(two)
    assert one.record.started.conversation_id != two.record.started.conversation_id


async def test_a_repeat_in_a_conversation_attaches_while_the_first_runs(engine_of):
    engine = engine_of(Script("有"))
    first = await engine.start(PRINCIPAL, ASK)
    await ended(first)
    again = replace(ASK, external_id=first.record.started.conversation_id)
    one, two = await asyncio.gather(engine.start(PRINCIPAL, again), engine.start(PRINCIPAL, again))
    await ended(one)
    assert one is two


async def test_failed_attempts_count_misses_in_a_row(engine_of):
    script = Script(AnswerMissed(reason="no_passage"))
    engine = engine_of(script)
    first = await engine.start(PRINCIPAL, ASK)
    await ended(first)
    again = replace(ASK, external_id=first.record.started.conversation_id)
    second = await engine.start(PRINCIPAL, again)
    await ended(second)
    script.steps = ("有",)
    third = await engine.start(PRINCIPAL, again)
    await ended(third)
    assert [live.record.failed_attempts for live in (first, second, third)] == [1, 2, 0]


async def test_an_unknown_conversation_begins_anew_and_says_so(engine_of):
    live = await engine_of(Script("有")).start(PRINCIPAL, replace(ASK, external_id="nobody-knows"))
    started = (await ended(live))[0]
    assert (started.restarted, started.number) == (True, 1)
    assert started.conversation_id != ConversationId("nobody-knows")


async def test_a_name_nobody_knows_is_adopted_where_the_request_says_so(engine_of):
    engine, ask = engine_of(Script("有")), replace(ASK, external_id="visitor-1", adopts_name=True)
    started = []
    for _ in range(2):
        live = await engine.start(PRINCIPAL, ask)
        await ended(live)
        started.append(live.record.started)
    assert [(one.number, one.restarted) for one in started] == [(1, False), (2, False)]
    assert started[0].conversation_id == started[1].conversation_id


async def test_too_many_turns_are_refused(engine_of):
    engine = engine_of(Script(asyncio.Event()), max_live_turns=1)
    live = await engine.start(PRINCIPAL, ASK)
    with pytest.raises(Overloaded):
        await engine.start(PRINCIPAL, ASK)
    await engine.stop(PRINCIPAL, live.turn_id, "user")


async def test_an_endless_answer_is_cut(engine_of):
    async def endless(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        while True:
            yield TextDelta(text="啊" * 1000)

    live = await engine_of(endless, max_text_chars=5000).start(PRINCIPAL, ASK)
    ending = (await ended(live))[-1]
    assert isinstance(ending, TurnFailed)
    assert ending.code == "too_large"


async def test_a_dead_owners_turn_is_ended_as_interrupted(engine_of, store):
    fast = JournalConfig(heartbeat_s=0.0, lease_s=0.05)
    dying = engine_of(Script("半句", asyncio.Event()), journal=fast, journal_every_s=0.01)
    live = await dying.start(PRINCIPAL, ASK)
    await live.more()
    async with running(dying.run()):
        await asyncio.sleep(0.05)  # one batch and one sign of life, then the owner falls silent
    await asyncio.sleep(0.1)
    survivor = engine_of(Script("有"))
    assert await survivor.recover() == 1
    *_, text, ending = await stored_events(store, live)
    assert (text, ending.code) == (TextDelta(text="半句"), "interrupted")
    live.stop("user")
    await live.wait_ended()
    assert (await stored_events(store, live))[-1] == ending, "the dead owner's late word changes nothing"


async def test_a_heartbeat_keeps_a_quiet_turn_from_being_taken_for_dead(engine_of):
    fast = JournalConfig(heartbeat_s=0.02, lease_s=0.2)
    go = asyncio.Event()
    engine = engine_of(Script(go), journal=fast, journal_every_s=0.01)
    live = await engine.start(PRINCIPAL, ASK)
    async with running(engine.run()):
        await asyncio.sleep(0.5)
        assert await engine_of(Script()).recover() == 0
    go.set()
    assert isinstance((await ended(live))[-1], TurnCompleted)


async def test_a_stored_turn_cannot_be_stopped(engine_of):
    engine = engine_of(Script("有"))
    live = await engine.start(PRINCIPAL, ASK)
    await ended(live)
    again = await engine.stop(PRINCIPAL, live.turn_id, "user")
    assert not isinstance(again.record.ending, TurnStopped)


async def test_an_unknown_turn_is_not_found(engine_of):
    with pytest.raises(NotFound):
        await engine_of(Script()).attach(PRINCIPAL, TurnId("0" * 32))
