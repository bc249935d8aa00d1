"""Conversations in human hands, in the SQLite file."""

from __future__ import annotations

from sqlite3 import Connection

from yingda.conversations import handover_sql as sql
from yingda.conversations.handovers import Note
from yingda.conversations.sqlite import SqliteConversations
from yingda.conversations.sqlite_jobs import fetch
from yingda.errors import NotFound
from yingda.turns.types import ConversationId, HandoffStatus, Principal


class SqliteHandovers:
    """`Handovers` over the threads of that store."""

    def __init__(self, store: SqliteConversations) -> None:
        self._store = store

    async def hand_over(
        self,
        principal: Principal,
        conversation_id: ConversationId,
        status: HandoffStatus | None,
        *,
        expected: HandoffStatus | None,
    ) -> bool:
        change = sql.hand_over(principal, conversation_id, status, expected)
        seen = sql.seen(principal, conversation_id)
        return await self._store.write(lambda connection: _hand_over(connection, change, seen))

    async def add_note(self, principal: Principal, conversation_id: ConversationId, note: Note) -> None:
        count = sql.count_note(principal, conversation_id, note)
        add = sql.add_note(conversation_id, note)
        await self._store.write(lambda connection: _add_note(connection, count, add))

    async def notes(self, principal: Principal, conversation_id: ConversationId) -> tuple[Note, ...]:
        seen, notes = sql.seen(principal, conversation_id), sql.notes(conversation_id)
        return await self._store.read(lambda connection: _notes(connection, seen, notes))


def _hand_over(connection: Connection, change: sql.Query, seen: sql.Query) -> bool:
    _check_seen(connection, seen)
    return bool(fetch(connection, change))


def _add_note(connection: Connection, count: sql.Query, add: sql.Query) -> None:
    _check_seen(connection, count)
    fetch(connection, add)


def _notes(connection: Connection, seen: sql.Query, notes: sql.Query) -> tuple[Note, ...]:
    _check_seen(connection, seen)
    return tuple(sql.note_from(row) for row in fetch(connection, notes))


def _check_seen(connection: Connection, query: sql.Query) -> None:
    if not fetch(connection, query):
        raise NotFound("no such conversation")
