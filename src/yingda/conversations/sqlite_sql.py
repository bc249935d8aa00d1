"""The statements of the SQLite store; column orders are those that `rows` reads."""

from __future__ import annotations

from functools import cache

FIND = """
SELECT c.id, c.external_id, c.dialect, c.channel, c.user_id, c.turn_count, c.failed_attempts, c.intent,
       c.emotion_score, c.handoff, c.created_at, c.last_active_at, t.lease_until
FROM conversations c LEFT JOIN turns t ON t.id = c.open_turn AND t.ending IS NULL
WHERE c.tenant = ? AND c.dialect = ? AND c.external_id = ?
"""

ADD_CONVERSATIONS = """
INSERT INTO conversations (id, tenant, dialect, external_id, channel, user_id, turn_count, failed_attempts,
                           intent, emotion_score, handoff, created_at, last_active_at, open_turn,
                           message_count)
VALUES
"""

CONTINUE = """
UPDATE conversations
SET turn_count = turn_count + 1, message_count = message_count + 1,
    last_active_at = max(last_active_at, ?), open_turn = ?
WHERE id = ?
"""

# Its id is the name left to it, unless that is the very name it loses, or has been adopted by another.
RELEASE_NAME = """
UPDATE conversations SET external_id = CASE WHEN EXISTS (
    SELECT 1 FROM conversations o
    WHERE o.tenant = conversations.tenant AND o.dialect = conversations.dialect
      AND o.external_id = conversations.id
) THEN ? ELSE id END
WHERE id = ?
"""

ADD_TURNS = """
INSERT INTO turns (id, conversation_id, number, tenant, key_id, roles, key_user_id, user_id, dialect, text,
                   started_at, owner, lease_until, ending, finished_at, answer, lines)
VALUES
"""

HISTORY = """
SELECT text, started_at, answer, finished_at FROM turns
WHERE conversation_id = ? AND number < ? AND ending IS NOT NULL
ORDER BY number DESC LIMIT ?
"""

NOTES = "SELECT NULL, at, text, at FROM notes WHERE conversation_id = ? ORDER BY number DESC LIMIT ?"

FIND_KEY = """
SELECT turn_id, fingerprint FROM idempotency_keys
WHERE tenant = ? AND dialect = ? AND user_id = ? AND key = ? AND expires_at > ?
"""

OF_TURN = """
SELECT c.id, c.external_id, c.dialect, c.channel, c.user_id, c.turn_count, c.failed_attempts, c.intent,
       c.emotion_score, c.handoff, c.created_at, c.last_active_at, t.number
FROM turns t JOIN conversations c ON c.id = t.conversation_id
WHERE t.id = ? AND t.tenant = ?
"""

KEEP_KEY = """
INSERT OR REPLACE INTO idempotency_keys (tenant, dialect, user_id, key, turn_id, fingerprint, expires_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""

EXPIRE_KEYS = "DELETE FROM idempotency_keys WHERE expires_at <= ?"

JOURNAL = """
INSERT OR IGNORE INTO journal (turn_id, first, lines)
SELECT id, ?, ? FROM turns WHERE id = ? AND ending IS NULL
"""

RENEW = "UPDATE turns SET lease_until = ? WHERE owner = ? AND ending IS NULL"

READ_JOURNAL = "SELECT lines FROM journal WHERE turn_id = ? ORDER BY first"

DROP_JOURNAL = "DELETE FROM journal WHERE turn_id = ?"

FINISH = """
UPDATE turns SET ending = ?, finished_at = ?, answer = ?, lines = ?
WHERE id = ? AND tenant = ? AND ending IS NULL
"""

SETTLE = """
UPDATE conversations
SET failed_attempts = ?, intent = coalesce(?, intent), emotion_score = coalesce(?, emotion_score),
    handoff = CASE WHEN handoff = 'assigned' THEN handoff ELSE coalesce(?, handoff) END,
    last_active_at = max(last_active_at, ?), open_turn = NULL,
    message_count = message_count + ?
WHERE id = ? AND open_turn = ?
"""

# The answer of a turn whose conversation a newer one has taken over is a message all the same.
COUNT_ANSWER = "UPDATE conversations SET message_count = message_count + ? WHERE id = ?"

TURN = """
SELECT id, conversation_id, tenant, key_id, roles, key_user_id, dialect, number, text, started_at, ending,
       lines, user_id
FROM turns WHERE id = ? AND tenant = ?
"""

TURNS = """
SELECT id, conversation_id, tenant, key_id, roles, key_user_id, dialect, number, text, started_at, ending,
       lines, user_id
FROM turns WHERE conversation_id = ?
ORDER BY number DESC LIMIT ? OFFSET ?
"""

ABANDONED = """
SELECT id, conversation_id, tenant, key_id, roles, key_user_id, dialect, number, text, started_at, ending,
       lines, user_id
FROM turns WHERE ending IS NULL AND lease_until <= ?
ORDER BY started_at, id
"""

SWEEPABLE = """
SELECT id FROM conversations
WHERE last_active_at < ? AND open_turn IS NULL AND coalesce(handoff, '') NOT IN ('pending', 'assigned')
LIMIT ?
"""

DELETE = (
    "DELETE FROM journal WHERE turn_id IN (SELECT id FROM turns WHERE conversation_id = ?)",
    "DELETE FROM idempotency_keys WHERE turn_id IN (SELECT id FROM turns WHERE conversation_id = ?)",
    "DELETE FROM turns WHERE conversation_id = ?",
    "DELETE FROM notes WHERE conversation_id = ?",
    "DELETE FROM conversations WHERE id = ?",
)

PING = "SELECT 1 FROM turns LIMIT 1"


@cache
def with_rows(insert: str, rows: int, columns: int) -> str:
    """The statement with room for so many rows: one call of the engine for all of them."""
    row = f"({', '.join('?' * columns)})"
    return insert + ", ".join([row] * rows)
