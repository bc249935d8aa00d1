"""Conversations in human hands, on Redis."""

from __future__ import annotations

from typing import Any

from yingda.conversations.handovers import Note
from yingda.conversations.redis import RedisConversations, note_text, noted, optional
from yingda.conversations.rows import microseconds
from yingda.errors import NotFound
from yingda.turns.types import ConversationId, HandoffStatus, Principal


class RedisHandovers:
    """`Handovers` in the Redis of that store, each method one script."""

    def __init__(self, store: RedisConversations) -> None:
        self._store = store
        self._hand_over, self._add_note, self._notes = (
            store.script("shelf", "archive", name) for name in ("hand_over", "note_add", "notes")
        )

    async def hand_over(
        self,
        principal: Principal,
        conversation_id: ConversationId,
        status: HandoffStatus | None,
        *,
        expected: HandoffStatus | None,
    ) -> bool:
        values = (optional(status), optional(expected), self._store.life_s)
        return bool(await self._run(self._hand_over, principal, conversation_id, *values))

    async def add_note(self, principal: Principal, conversation_id: ConversationId, note: Note) -> None:
        values = (note_text(note), microseconds(note.at), self._store.life_s)
        await self._run(self._add_note, principal, conversation_id, *values)

    async def notes(self, principal: Principal, conversation_id: ConversationId) -> tuple[Note, ...]:
        return tuple(map(noted, await self._run(self._notes, principal, conversation_id)))

    async def _run(
        self, script: Any, principal: Principal, conversation_id: ConversationId, *values: str | int
    ) -> Any:
        whose = (conversation_id, principal.tenant, optional(principal.user_id))
        answer = await self._store.run(script, (*whose, *values))
        if answer is None:
            raise NotFound("no such conversation")
        return answer
