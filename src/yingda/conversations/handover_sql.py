"""The statements about conversations in human hands, for both SQL engines: `$1` is `?1` in SQLite."""

from __future__ import annotations

from typing import Any

from yingda.conversations.handovers import Note
from yingda.conversations.rows import Row, microseconds, moment
from yingda.turns.types import ConversationId, HandoffStatus, Principal

Query = tuple[str, tuple[Any, ...]]

# Visible to a key of the tenant; to one that is bound to a user, if it is that user's.
_HAND_OVER = """
UPDATE conversations SET handoff = $4
WHERE id = $1 AND tenant = $2 AND (CAST($3 AS text) IS NULL OR user_id = $3)
  AND coalesce(handoff, '') = coalesce($5, '')
RETURNING id
"""
_SEEN = """
SELECT id FROM conversations
WHERE id = $1 AND tenant = $2 AND (CAST($3 AS text) IS NULL OR user_id = $3)
"""
_COUNT_NOTE = """
UPDATE conversations
SET message_count = message_count + 1,
    last_active_at = CASE WHEN last_active_at < $4 THEN $4 ELSE last_active_at END
WHERE id = $1 AND tenant = $2 AND (CAST($3 AS text) IS NULL OR user_id = $3)
RETURNING id
"""
_ADD_NOTE = """
INSERT INTO notes (conversation_id, number, at, author, text)
VALUES ($1, (SELECT coalesce(max(number), 0) + 1 FROM notes WHERE conversation_id = $1), $2, $3, $4)
"""
_NOTES = "SELECT at, author, text FROM notes WHERE conversation_id = $1 ORDER BY number"


def hand_over(
    principal: Principal,
    conversation_id: ConversationId,
    status: HandoffStatus | None,
    expected: HandoffStatus | None,
) -> Query:
    """Returns a row if the status was as expected."""
    return _HAND_OVER, (conversation_id, principal.tenant, principal.user_id, status, expected)


def seen(principal: Principal, conversation_id: ConversationId) -> Query:
    """Returns a row if there is such a conversation."""
    return _SEEN, (conversation_id, principal.tenant, principal.user_id)


def count_note(principal: Principal, conversation_id: ConversationId, note: Note) -> Query:
    """Returns a row if there is such a conversation, which from then on is locked."""
    return _COUNT_NOTE, (conversation_id, principal.tenant, principal.user_id, microseconds(note.at))


def add_note(conversation_id: ConversationId, note: Note) -> Query:
    """Numbers the note after those that are there."""
    return _ADD_NOTE, (conversation_id, microseconds(note.at), note.author, note.text)


def notes(conversation_id: ConversationId) -> Query:
    """The columns that `note_from` reads."""
    return _NOTES, (conversation_id,)


def note_from(row: Row) -> Note:
    """From what `notes` found."""
    return Note(at=moment(row[0]), author=row[1], text=row[2])
