"""Begins turns: finds the conversation that is meant, or a new one, and keeps a user's number of them."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from yingda.conversations.archive import Archive, ConversationSummary, Listing
from yingda.dialects.dataqa.note import Note
from yingda.dialects.dataqa.people import Person, is_guest, person
from yingda.dialects.dataqa.wire import DEADLINE_S, DIALECT, LINGER_S, AskRequest
from yingda.engine import Engine
from yingda.errors import StoreUnavailable
from yingda.turns.clock import Clock
from yingda.turns.live import LiveTurn
from yingda.turns.options import AnswerOptions, Routing
from yingda.turns.types import Principal, TurnRequest

_NAME_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class DataqaConfig:
    """How many conversations a user keeps, for how long they can be gone on with, whose clock is shown."""

    zone: ZoneInfo
    max_conversations: int = 50
    context_messages: int = 10
    life_s: float = 7 * 24 * 3600
    routing: Routing = "hybrid"

    def is_expired(self, conversation: ConversationSummary, now: datetime) -> bool:
        """Whether it has rested for longer than it lives."""
        return now - conversation.last_active_at >= timedelta(seconds=self.life_s)


class Asks:
    """Questions of this dialect, over an engine and what it stored."""

    def __init__(self, engine: Engine, archive: Archive, clock: Clock, config: DataqaConfig) -> None:
        self._engine = engine
        self._archive = archive
        self._clock = clock
        self._config = config

    async def begin(self, caller: Principal, asked: AskRequest, routing: Routing | None = None) -> LiveTurn:
        """Begin the turn; raises what `Engine.start` raises, and `Forbidden` for another user's name.

        A user who had as many conversations as are kept loses the oldest, wholly.
        """
        note = await self._note(caller, asked, routing or asked.routing_mode)
        live = await self._engine.start(caller, self._request(asked, note))
        if note.status != "continued" and not note.is_degraded:
            with suppress(StoreUnavailable):  # the next new conversation evicts what this one did not
                keep = self._config.max_conversations
                await self._archive.delete_oldest(caller, DIALECT, note.user_id, keep)
        return live

    def _request(self, asked: AskRequest, note: Note) -> TurnRequest:
        return TurnRequest(
            dialect=DIALECT,
            text=asked.question,
            external_id=note.conversation,
            user_id=note.user_id,
            deadline_s=DEADLINE_S,
            linger_s=LINGER_S,
            adopts_name=True,
            wire=note.dump(),
            idle_s=self._config.life_s,
            options=AnswerOptions(routing=note.routing),
        )

    async def _note(self, caller: Principal, asked: AskRequest, routing: Routing | None) -> Note:
        who = person(caller, asked.user_id, asked.session_id)
        is_degraded, found = False, None
        try:
            found = await self._found(caller, asked, who)
        except StoreUnavailable:
            is_degraded = True  # a question about the data can be answered all the same
        requested = asked.conversation_id if found is None and not is_degraded else None
        named = who.session_id if found is None or not who.is_nameless else None
        return Note(
            conversation=found.external_id if found else self._fresh_name(),
            user_id=found.user_id or who.user_id if found else who.user_id,
            session_id=named,
            is_guest=who.is_guest,
            status="continued" if found else "invalid_id_new" if requested else "new",
            requested=requested,
            routing=routing or self._config.routing,
            routing_source="api" if routing else "config",
            is_degraded=is_degraded,
        )

    async def _found(self, caller: Principal, asked: AskRequest, who: Person) -> ConversationSummary | None:
        """The conversation to go on with, if it is the asker's and has not expired."""
        if asked.conversation_id is not None:
            found = await self._archive.conversation(caller, DIALECT, asked.conversation_id)
            return found if found is not None and self._may_continue(found, who) else None
        if asked.continue_conversation and not who.is_nameless:
            newest = Listing(user_id=who.user_id, limit=1)
            page = await self._archive.conversations(caller, DIALECT, newest)
            return next((one for one in page.items if self._may_continue(one, who)), None)
        return None

    def _may_continue(self, found: ConversationSummary, who: Person) -> bool:
        """A nameless guest may go on with a guest's conversation: only who was told its name knows it."""
        if self._config.is_expired(found, self._clock.now()):
            return False
        return found.user_id == who.user_id or (who.is_nameless and is_guest(found.user_id or ""))

    def _fresh_name(self) -> str:
        today = self._clock.now().astimezone(self._config.zone)
        return f"conv_{today:%Y%m%d}_{secrets.token_hex(_NAME_BYTES)}"
