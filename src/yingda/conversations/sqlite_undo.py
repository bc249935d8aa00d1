"""Turns taken back in the SQLite file."""

from __future__ import annotations

from sqlite3 import Connection

from yingda.conversations import archive_sql, sqlite_jobs, undo_sql
from yingda.conversations.archive import check_deletable
from yingda.conversations.sqlite import SqliteConversations
from yingda.conversations.undo import COMPLETED
from yingda.turns.types import Principal


class SqliteUndo:
    """`Undo` over the writing thread of that store."""

    def __init__(self, store: SqliteConversations) -> None:
        self._store = store

    async def delete_last(
        self, principal: Principal, dialect: str, external_id: str, *, only_unfinished: bool
    ) -> bool:
        found = archive_sql.found(principal, dialect, external_id)
        return await self._store.write(lambda connection: _delete_last(connection, found, only_unfinished))


def _delete_last(connection: Connection, found: archive_sql.Query, only_unfinished: bool) -> bool:
    rows = sqlite_jobs.fetch(connection, found)
    if not rows:
        return False
    conversation_id, _turns, _messages, handoff, is_open = rows[0]
    check_deletable(handoff, is_open=bool(is_open))
    ((turn_id, number, ending, answer),) = sqlite_jobs.fetch(connection, undo_sql.last(conversation_id))
    if only_unfinished and ending == COMPLETED:
        return False
    if number == 1:
        sqlite_jobs.delete(connection, [conversation_id])
        return True
    for query in undo_sql.take_back(conversation_id, turn_id, answer):
        sqlite_jobs.fetch(connection, query)
    return True
