"""Conversations in human hands, on PostgreSQL."""

from __future__ import annotations

from typing import Any

from yingda.conversations import handover_sql as sql
from yingda.conversations.handovers import Note
from yingda.conversations.postgres import PostgresConversations
from yingda.errors import NotFound
from yingda.turns.types import ConversationId, HandoffStatus, Principal


class PostgresHandovers:
    """`Handovers` over the connections of that store."""

    def __init__(self, store: PostgresConversations) -> None:
        self._store = store

    async def hand_over(
        self,
        principal: Principal,
        conversation_id: ConversationId,
        status: HandoffStatus | None,
        *,
        expected: HandoffStatus | None,
    ) -> bool:
        text, values = sql.hand_over(principal, conversation_id, status, expected)
        async with self._store.connection() as connection:
            await _check_seen(connection, sql.seen(principal, conversation_id))
            return bool(await connection.fetch(text, *values))

    async def add_note(self, principal: Principal, conversation_id: ConversationId, note: Note) -> None:
        text, values = sql.add_note(conversation_id, note)
        async with self._store.connection() as connection, connection.transaction():
            await _check_seen(connection, sql.count_note(principal, conversation_id, note))
            await connection.execute(text, *values)

    async def notes(self, principal: Principal, conversation_id: ConversationId) -> tuple[Note, ...]:
        text, values = sql.notes(conversation_id)
        async with self._store.connection() as connection:
            await _check_seen(connection, sql.seen(principal, conversation_id))
            return tuple(sql.note_from(row) for row in await connection.fetch(text, *values))


async def _check_seen(connection: Any, query: sql.Query) -> None:
    text, values = query
    if not await connection.fetch(text, *values):
        raise NotFound("no such conversation")
