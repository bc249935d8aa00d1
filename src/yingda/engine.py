"""Drives turns: admits, runs, ends, and lets readers attach.

A turn has one driver and any number of readers. `start` admits it (errors are raised), then a task of the
engine's own pulls the answerer's events into the `LiveTurn`. The ending is saved, out of reach of stop and
deadline, before it is announced: who sees the terminal event can read the turn back. Only the driver knows
deadline, stop, failure and saving; a reader that leaves, lags or comes late harms nothing.

Order of admission: shutting down → the same request again (attach) → too many turns → one turn at a time per
conversation (a wait, then busy) → the store's compare-and-set.

A background loop journals new events of all live turns together and renews their lease; a crash loses at most
one batch. `recover` ends the turns of dead owners as interrupted, keeping what they had said. An ending that
could not be saved because the store was away is kept and tried again.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from yingda.conversations.endings import finished_turn, interrupted_turn
from yingda.conversations.journal import Journal, JournalConfig
from yingda.conversations.store import Begun, Conversations, NewTurn
from yingda.conversations.window import within_budget
from yingda.errors import (
    AnswerError,
    ConversationBusy,
    DeadlineExceeded,
    InternalError,
    InvalidRequest,
    NotFound,
    Overloaded,
    ShuttingDown,
    StoreUnavailable,
    TakenOver,
    TooLarge,
    TurnInterrupted,
    Unavailable,
)
from yingda.turns import codec
from yingda.turns.answerer import Answerer
from yingda.turns.clock import Clock
from yingda.turns.events import Terminal, TextDelta, TurnCompleted, TurnFailed, TurnStarted, TurnStopped
from yingda.turns.ids import new_conversation_id, new_turn_id
from yingda.turns.live import LiveTurn, StoppedBy, replayed
from yingda.turns.repeats import fingerprint_of, is_repeatable, repeat_key
from yingda.turns.turnstile import Turnstile
from yingda.turns.types import ConversationId, Principal, Turn, TurnId, TurnRequest

log = logging.getLogger(__name__)

Observer = Callable[[Turn, LiveTurn], None]
"""Called once a turn has ended; must not raise and must not wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """Limits and rhythms of the engine; `idle_s` is the conversation's idle time-out (SESSION_TTL)."""

    idle_s: float = 1800.0
    history_turns: int = 20
    history_budget_tokens: int = 2000
    routing_budget_s: float = 0.15
    finish_margin_s: float = 2.0
    busy_wait_s: float = 10.0
    busy_poll_s: float = 0.05
    max_live_turns: int = 2000
    max_events_per_turn: int = 20_000
    max_text_chars: int = 500_000
    journal_every_s: float = 0.25
    save_grace_s: float = 5.0
    journal: JournalConfig = field(default_factory=JournalConfig)


@dataclass(slots=True)
class _Earlier:
    """The first of several equal requests, for those that come while it is unfinished."""

    fingerprint: str
    live: asyncio.Future[LiveTurn]


class Engine:
    """One per process; start `run` beside it."""

    def __init__(
        self,
        answer: Answerer,
        conversations: Conversations,
        clock: Clock,
        config: EngineConfig,
        observers: Sequence[Observer] = (),
    ) -> None:
        self._answer = answer
        self._conversations = conversations
        self._clock = clock
        self._config = config
        self._observers = tuple(observers)
        self._live: dict[TurnId, tuple[ConversationId, LiveTurn]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._earlier: dict[tuple[str, ...], _Earlier] = {}
        self._turnstile = Turnstile(config.busy_wait_s)
        self._journal = Journal(conversations, clock, uuid.uuid4().hex, config.journal)
        self._draining = False

    @property
    def live_turns(self) -> int:
        return len(self._live)

    @property
    def unsaved_turns(self) -> int:
        return self._journal.unsaved

    @property
    def is_draining(self) -> bool:
        return self._draining

    async def start(self, principal: Principal, request: TurnRequest) -> LiveTurn:
        """Admit a turn and begin to drive it, or attach to the earlier one that this request repeats.

        Raises ShuttingDown, Overloaded, ConversationBusy, InvalidRequest (an idempotency key with another
        body) or StoreUnavailable; then nothing was begun.
        """
        if self._draining:
            raise ShuttingDown("the server is shutting down", retry_after_s=5)
        if not is_repeatable(request):
            return await self._admit(principal, request, None)
        fingerprint = fingerprint_of(request)
        key = repeat_key(principal, request, fingerprint)
        if (earlier := self._earlier.get(key)) is None:
            return await self._admit_first(principal, request, key, fingerprint)
        if earlier.fingerprint != fingerprint:
            raise InvalidRequest("this key was used for another request", field="Idempotency-Key")
        return await asyncio.shield(earlier.live)

    async def attach(self, principal: Principal, turn_id: TurnId) -> LiveTurn:
        """The turn while it runs, or as stored; NotFound where it is not the principal's to see."""
        if turn_id in self._live:
            _, live = self._live[turn_id]
            if live.is_visible_to(principal):
                return live
        stored = await self._conversations.turn(principal, turn_id)
        if stored is None:
            raise NotFound("no such turn")
        if stored.ending is None:
            raise Unavailable("the turn is not in this process's hands", retry_after_s=1)
        return replayed(turn_id, codec.load(stored.lines), principal)

    async def stop(self, principal: Principal, turn_id: TurnId, by: StoppedBy) -> LiveTurn:
        """Stop a running turn and return once its ending is saved; a finished one is returned as it is."""
        live = await self.attach(principal, turn_id)
        live.stop(by)
        await live.wait_ended()
        return live

    async def run(self) -> None:
        """Journal, heartbeat and recovery, until cancelled; one task per engine."""
        recover_at_s = self._clock.monotonic()
        while True:
            await self._journal.flush(list(self._live.values()))
            if self._clock.monotonic() >= recover_at_s:
                recover_at_s = self._clock.monotonic() + self._config.journal.lease_s
                await self._recover_if_possible()
            await asyncio.sleep(self._config.journal_every_s)

    async def recover(self) -> int:
        """End the turns whose owner died as interrupted, with their partial text; how many there were."""
        abandoned = await self._conversations.abandoned(self._clock.now())
        for stored in abandoned:
            failure = self._failure(TurnInterrupted("the server stopped during this turn"))
            await self._conversations.finish(interrupted_turn(stored, failure))
        return len(abandoned)

    async def shutdown(self, drain_s: float) -> None:
        """Refuse new turns, let the open ones end for `drain_s`, then stop them, each with its ending."""
        self._draining = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=drain_s)
        for _, live in list(self._live.values()):
            live.stop("shutdown")
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._config.save_grace_s)
        await self._journal.flush(())

    async def _recover_if_possible(self) -> None:
        try:
            await self.recover()
        except StoreUnavailable as error:
            log.warning("recovery waits for its store: %s", error)

    async def _admit_first(
        self, principal: Principal, request: TurnRequest, key: tuple[str, ...], fingerprint: str
    ) -> LiveTurn:
        """Admit, with equal requests waiting for the outcome until the turn has ended."""
        outcome: asyncio.Future[LiveTurn] = asyncio.get_running_loop().create_future()
        self._earlier[key] = _Earlier(fingerprint, outcome)
        try:
            live = await self._admit(principal, request, fingerprint)
        except BaseException as error:
            del self._earlier[key]
            outcome.set_exception(error if isinstance(error, AnswerError) else Unavailable())
            outcome.exception()  # marked as seen: without a second request nobody would look
            raise
        outcome.set_result(live)
        live.when_ended(lambda: self._earlier.pop(key, None))
        return live

    async def _admit(self, principal: Principal, request: TurnRequest, fingerprint: str | None) -> LiveTurn:
        if len(self._live) >= self._config.max_live_turns:
            raise Overloaded("too many turns at once", retry_after_s=1)
        leave = await self._turnstile.enter(principal.tenant, request.dialect, request.external_id)
        try:
            new = self._new_turn(principal, request, fingerprint)
            begun = await self._begin_when_free(new)
        except BaseException:
            leave()
            raise
        if begun.repeated is not None:
            leave()
            return await self.attach(principal, begun.repeated)
        live = self._drive(self._turn(new, begun, request), begun, request)
        live.when_ended(leave)
        return live

    def _drive(self, turn: Turn, begun: Begun, request: TurnRequest) -> LiveTurn:
        live = LiveTurn(turn.id, turn.principal, turn.user_id, request.linger_s)
        live.add(
            TurnStarted(
                turn_id=turn.id,
                conversation_id=turn.conversation_id,
                number=turn.number,
                at=turn.started_at,
                failed_attempts=turn.failed_attempts,
                restarted=begun.restarted,
                wire=request.wire,
            )
        )
        if request.patience_s:
            waited_s = (self._clock.now() - turn.started_at).total_seconds()  # for the store, mostly
            live.await_text(max(0.0, request.patience_s - waited_s))
        self._live[turn.id] = (turn.conversation_id, live)
        task = asyncio.get_running_loop().create_task(self._run(turn, live))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return live

    async def _run(self, turn: Turn, live: LiveTurn) -> None:
        ending: Terminal | None = None
        try:
            is_done = await live.limit.hold(self._pull(turn, live), self._until_s(turn))
            ending = self._ending(live, is_done)
        except TakenOver:
            ending = TurnStopped(at=self._clock.now(), by="operator")
        except AnswerError as error:
            ending = self._failure(error)
        except Exception:
            log.exception("turn %s failed", turn.id)
            ending = self._failure(InternalError("internal error"))
        finally:
            # No longer driven: neither a stop nor the deadline can keep the ending from being saved.
            ending = ending or TurnStopped(at=self._clock.now(), by="shutdown")
            await self._journal.save(finished_turn(turn, live, ending))
            self._announce(turn, live, ending)

    async def _pull(self, turn: Turn, live: LiveTurn) -> None:
        chars = 0
        async with aclosing(self._answer(turn)) as events:
            async for event in events:
                live.add(event)
                if live.limit.is_over:
                    raise TimeoutError
                if isinstance(event, TextDelta):
                    chars += len(event.text)
                if chars > self._config.max_text_chars or len(live.events) > self._config.max_events_per_turn:
                    raise TooLarge("the answer grew beyond the limit of a turn")

    def _announce(self, turn: Turn, live: LiveTurn, ending: Terminal) -> None:
        self._live.pop(turn.id, None)
        live.add(ending)
        for observe in self._observers:
            observe(turn, live)

    def _until_s(self, turn: Turn) -> float:
        """When a turn that did not end by itself is ended, on the event loop's clock."""
        left_s = turn.answer_by_s - self._clock.monotonic() + self._config.finish_margin_s
        return asyncio.get_running_loop().time() + left_s

    def _ending(self, live: LiveTurn, is_done: bool) -> Terminal:
        if live.stopped_by is not None:
            return TurnStopped(at=self._clock.now(), by=live.stopped_by)
        if not is_done:
            return self._failure(DeadlineExceeded("the turn ran out of time"))
        return TurnCompleted(at=self._clock.now())

    def _failure(self, error: AnswerError) -> TurnFailed:
        return TurnFailed(
            at=self._clock.now(),
            code=error.code,
            message=error.message,
            status=error.status,
            retryable=error.retryable,
            retry_after_s=error.retry_after_s,
        )

    def _new_turn(self, principal: Principal, request: TurnRequest, fingerprint: str | None) -> NewTurn:
        now = self._clock.now()
        return NewTurn(
            turn_id=new_turn_id(now),
            fresh_id=new_conversation_id(now),
            principal=principal,
            dialect=request.dialect,
            external_id=request.external_id,
            channel=request.channel,
            user_id=request.user_id,
            text=request.text,
            at=now,
            lease=self._journal.lease(),
            idle_s=self._config.idle_s if request.idle_s is None else request.idle_s,
            history_turns=self._config.history_turns,
            adopts_name=request.adopts_name,
            idempotency_key=request.idempotency_key,
            fingerprint=fingerprint,
        )

    def _turn(self, new: NewTurn, begun: Begun, request: TurnRequest) -> Turn:
        started_s = self._clock.monotonic()
        return Turn(
            id=new.turn_id,
            conversation_id=begun.conversation.id,
            number=begun.number,
            principal=new.principal,
            dialect=new.dialect,
            channel=new.channel,
            text=new.text,
            question=new.text,
            started_at=new.at,
            route_by_s=started_s + self._config.routing_budget_s,
            answer_by_s=started_s + request.deadline_s,
            external_id=begun.conversation.external_id,
            user_id=new.user_id,
            history=within_budget(begun.history, self._config.history_budget_tokens),
            failed_attempts=begun.conversation.failed_attempts,
            handoff=begun.conversation.handoff,
            restarted=begun.restarted,
            options=request.options,
        )

    async def _begin_when_free(self, new: NewTurn) -> Begun:
        """Another process may hold the conversation: ask again until the wait is over."""
        give_up_s = self._clock.monotonic() + self._config.busy_wait_s
        while True:
            try:
                return await self._conversations.begin(new)
            except ConversationBusy:
                if self._clock.monotonic() >= give_up_s:
                    raise
                await asyncio.sleep(self._config.busy_poll_s)
