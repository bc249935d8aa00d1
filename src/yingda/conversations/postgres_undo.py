"""Turns taken back on PostgreSQL."""

from __future__ import annotations

from yingda.conversations import archive_sql, postgres_sql, undo_sql
from yingda.conversations.archive import check_deletable
from yingda.conversations.postgres import PostgresConversations
from yingda.conversations.undo import COMPLETED
from yingda.turns.types import Principal


class PostgresUndo:
    """`Undo` over the connections of that store."""

    def __init__(self, store: PostgresConversations) -> None:
        self._store = store

    async def delete_last(
        self, principal: Principal, dialect: str, external_id: str, *, only_unfinished: bool
    ) -> bool:
        text, values = archive_sql.found(principal, dialect, external_id)
        async with self._store.connection() as connection, connection.transaction():
            # Locked first, looked at then: else a turn could begin in between.
            await connection.fetch(f"{text} FOR UPDATE", *values)
            row = await connection.fetchrow(text, *values)
            if row is None:
                return False
            conversation_id, _turns, _messages, handoff, is_open = row
            check_deletable(handoff, is_open=is_open)
            text, values = undo_sql.last(conversation_id)
            turn_id, number, ending, answer = await connection.fetchrow(text, *values)
            if only_unfinished and ending == COMPLETED:
                return False
            if number == 1:
                await connection.execute(postgres_sql.DELETE, [conversation_id])
                return True
            for text, values in undo_sql.take_back(conversation_id, turn_id, answer):
                await connection.execute(text, *values)
            return True
