"""Begins turns: finds the conversation that is meant, or a new one, and keeps a user's number of them."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
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
_DEGRADED: dict[str, Any] = {"status": "new", "requested": None, "is_degraded": True}
"""What is said while nobody can tell which conversations there are."""


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
        who = person(caller, asked.user_id, asked.session_id)
        try:
            found, is_full = await self._found(caller, asked, who)
            note = self._note(asked, who, found, routing)
        except StoreUnavailable:  # a question about the data can be answered all the same
            note, is_full = replace(self._note(asked, who, None, routing), **_DEGRADED), False
        live = await self._engine.start(caller, self._request(asked, note))
        if is_full:
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

    def _note(
        self, asked: AskRequest, who: Person, found: ConversationSummary | None, routing: Routing | None
    ) -> Note:
        routing = routing or asked.routing_mode
        requested = asked.conversation_id if found is None else None
        return Note(
            conversation=found.external_id if found else self._fresh_name(),
            user_id=found.user_id or who.user_id if found else who.user_id,
            session_id=who.session_id if found is None or not who.is_nameless else None,
            is_guest=who.is_guest,
            status="continued" if found else "invalid_id_new" if requested else "new",
            requested=requested,
            routing=routing or self._config.routing,
            routing_source="api" if routing else "config",
        )

    async def _found(
        self, caller: Principal, asked: AskRequest, who: Person
    ) -> tuple[ConversationSummary | None, bool]:
        """The conversation to go on with, if there is one; else whether the asker has all that are kept."""
        if asked.conversation_id is not None:
            found = await self._archive.conversation(caller, DIALECT, asked.conversation_id)
            if found is not None and self._may_continue(found, who):
                return found, False
        page = await self._archive.conversations(caller, DIALECT, Listing(user_id=who.user_id, limit=1))
        if asked.conversation_id is None and asked.continue_conversation:
            newest = next((one for one in page.items if self._may_continue(one, who)), None)
            if newest is not None:
                return newest, False
        return None, page.total >= self._config.max_conversations

    def _may_continue(self, found: ConversationSummary, who: Person) -> bool:
        """A nameless guest may go on with a guest's conversation: only who was told its name knows it."""
        if self._config.is_expired(found, self._clock.now()):
            return False
        return found.user_id == who.user_id or (who.is_nameless and is_guest(found.user_id or ""))

    def _fresh_name(self) -> str:
        today = self._clock.now().astimezone(self._config.zone)
        return f"conv_{today:%Y%m%d}_{secrets.token_hex(_NAME_BYTES)}"
