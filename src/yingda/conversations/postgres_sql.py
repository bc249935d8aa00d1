"""The statements of the PostgreSQL store; column orders are those that `rows` reads."""

LOCK = """
SELECT id, external_id, dialect, channel, user_id, turn_count, failed_attempts, intent, emotion_score,
       handoff, created_at, last_active_at, open_turn
FROM conversations WHERE tenant = $1 AND dialect = $2 AND external_id = $3
FOR UPDATE
"""

FIND = """
SELECT id, external_id, dialect, channel, user_id, turn_count, failed_attempts, intent, emotion_score,
       handoff, created_at, last_active_at
FROM conversations WHERE tenant = $1 AND dialect = $2 AND external_id = $3
"""

# A join in LOCK would show the lease as it was before the lock was waited for.
LEASE = "SELECT lease_until FROM turns WHERE id = $1 AND ending IS NULL"

BEGIN_FRESH = """
WITH added AS (
    INSERT INTO conversations (id, tenant, dialect, external_id, channel, user_id, turn_count,
                               failed_attempts, created_at, last_active_at, open_turn, message_count)
    VALUES ($2, $4, $9, $15, $14, $8, 1, 0, $11, $11, $1, 1)
)
INSERT INTO turns (id, conversation_id, number, tenant, key_id, roles, key_user_id, user_id, dialect, text,
                   started_at, owner, lease_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""

# Adds nothing, and says so, where another transaction was first to take the name.
BEGIN_NAMED = """
WITH added AS (
    INSERT INTO conversations (id, tenant, dialect, external_id, channel, user_id, turn_count,
                               failed_attempts, created_at, last_active_at, open_turn, message_count)
    VALUES ($2, $4, $9, $15, $14, $8, 1, 0, $11, $11, $1, 1)
    ON CONFLICT (tenant, dialect, external_id) DO NOTHING
    RETURNING id
)
INSERT INTO turns (id, conversation_id, number, tenant, key_id, roles, key_user_id, user_id, dialect, text,
                   started_at, owner, lease_until)
SELECT $1, id, $3::int, $4, $5, $6, $7, $8, $9, $10, $11::bigint, $12, $13::bigint FROM added
RETURNING id
"""

# Its id is the name left to it, unless that is the very name it loses, or has been adopted by another.
RELEASE_NAME = """
UPDATE conversations c SET external_id = CASE WHEN EXISTS (
    SELECT 1 FROM conversations o
    WHERE o.tenant = c.tenant AND o.dialect = c.dialect AND o.external_id = c.id
) THEN $2 ELSE c.id END
WHERE id = $1
"""

BEGIN_KNOWN = """
WITH continued AS (
    UPDATE conversations
    SET turn_count = turn_count + 1, message_count = message_count + 1,
        last_active_at = greatest(last_active_at, $11), open_turn = $1
    WHERE id = $2
), added AS (
    INSERT INTO turns (id, conversation_id, number, tenant, key_id, roles, key_user_id, user_id, dialect,
                       text, started_at, owner, lease_until)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
)
(
    SELECT text, started_at, answer, finished_at FROM turns
    WHERE conversation_id = $2 AND number < $3 AND ending IS NOT NULL
    ORDER BY number DESC LIMIT $14
) UNION ALL (
    SELECT NULL, at, text, at FROM notes WHERE conversation_id = $2 ORDER BY number DESC LIMIT $14
)
"""

HISTORY = """
(
    SELECT text, started_at, answer, finished_at FROM turns
    WHERE conversation_id = $1 AND number < $2 AND ending IS NOT NULL
    ORDER BY number DESC LIMIT $3
) UNION ALL (
    SELECT NULL, at, text, at FROM notes WHERE conversation_id = $1 ORDER BY number DESC LIMIT $3
)
"""

# Waits for a concurrent claim of the same key; where that one stands, returns nothing but locks it.
CLAIM_KEY = """
INSERT INTO idempotency_keys AS k (tenant, dialect, user_id, key, turn_id, fingerprint, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $8)
ON CONFLICT (tenant, dialect, user_id, key) DO UPDATE
SET turn_id = excluded.turn_id, fingerprint = excluded.fingerprint, expires_at = excluded.expires_at
WHERE k.expires_at <= $7
RETURNING k.turn_id
"""

TAKE_KEY = """
UPDATE idempotency_keys SET turn_id = $5, fingerprint = $6, expires_at = $7
WHERE tenant = $1 AND dialect = $2 AND user_id = $3 AND key = $4
"""

FIND_KEY = """
SELECT c.id, c.external_id, c.dialect, c.channel, c.user_id, c.turn_count, c.failed_attempts, c.intent,
       c.emotion_score, c.handoff, c.created_at, c.last_active_at, t.number, t.id, k.fingerprint
FROM idempotency_keys k JOIN turns t ON t.id = k.turn_id JOIN conversations c ON c.id = t.conversation_id
WHERE k.tenant = $1 AND k.dialect = $2 AND k.user_id = $3 AND k.key = $4
"""

EXPIRE_KEYS = "DELETE FROM idempotency_keys WHERE expires_at <= $1"

JOURNAL = """
WITH renewed AS (
    UPDATE turns SET lease_until = $5 WHERE owner = $4 AND ending IS NULL
)
INSERT INTO journal (turn_id, first, lines)
SELECT b.turn_id, b.first, b.lines
FROM unnest($1::text[], $2::int[], $3::bytea[]) AS b (turn_id, first, lines)
JOIN turns t ON t.id = b.turn_id AND t.ending IS NULL
ON CONFLICT DO NOTHING
"""

FINISH = """
WITH closed AS (
    UPDATE turns SET ending = $3, finished_at = $4, answer = $5, lines = $6
    WHERE id = $1 AND tenant = $2 AND ending IS NULL
    RETURNING id
), settled AS (
    UPDATE conversations
    SET failed_attempts = $8, intent = coalesce($9, intent), emotion_score = coalesce($10, emotion_score),
        handoff = CASE WHEN handoff = 'assigned' THEN handoff ELSE coalesce($11, handoff) END,
        last_active_at = greatest(last_active_at, $4), open_turn = NULL,
        message_count = message_count + ($5 <> '')::int
    WHERE id = $7 AND open_turn = $1 AND EXISTS (SELECT 1 FROM closed)
), counted AS (
    UPDATE conversations SET message_count = message_count + ($5 <> '')::int
    WHERE id = $7 AND open_turn IS DISTINCT FROM $1 AND EXISTS (SELECT 1 FROM closed)
), dropped AS (
    DELETE FROM journal WHERE turn_id IN (SELECT id FROM closed)
)
SELECT EXISTS (SELECT 1 FROM turns WHERE id = $1 AND tenant = $2)
"""

# Turn and journal in one statement: between two the turn could end and drop its journal.
TURN = """
SELECT id, conversation_id, tenant, key_id, roles, key_user_id, dialect, number, text, started_at, ending,
       lines, user_id, (SELECT array_agg(j.lines ORDER BY j.first) FROM journal j WHERE j.turn_id = turns.id)
FROM turns WHERE id = $1 AND tenant = $2
"""

TURNS = """
SELECT id, conversation_id, tenant, key_id, roles, key_user_id, dialect, number, text, started_at, ending,
       lines, user_id, (SELECT array_agg(j.lines ORDER BY j.first) FROM journal j WHERE j.turn_id = turns.id)
FROM turns WHERE conversation_id = $1
ORDER BY number DESC LIMIT $2 OFFSET $3
"""

TURNS_OF_EACH = """
SELECT t.*, c.external_id
FROM conversations c CROSS JOIN LATERAL (
    SELECT id, conversation_id, tenant, key_id, roles, key_user_id, dialect, number, text, started_at, ending,
           lines, user_id,
           (SELECT array_agg(j.lines ORDER BY j.first) FROM journal j WHERE j.turn_id = turns.id)
    FROM turns WHERE conversation_id = c.id
    ORDER BY number DESC LIMIT $4
) t
WHERE c.tenant = $1 AND c.dialect = $2 AND c.external_id = ANY($3::text[])
  AND ($5::text IS NULL OR c.user_id = $5)
ORDER BY c.external_id, t.number
"""

ABANDONED = """
SELECT id, conversation_id, tenant, key_id, roles, key_user_id, dialect, number, text, started_at, ending,
       lines, user_id, (SELECT array_agg(j.lines ORDER BY j.first) FROM journal j WHERE j.turn_id = turns.id)
FROM turns WHERE ending IS NULL AND lease_until <= $1
ORDER BY started_at, id
"""

_WITH_ALL_THAT_IS_THEIRS = """
), old_turns AS (
    DELETE FROM turns WHERE conversation_id IN (SELECT id FROM doomed) RETURNING id
), old_journal AS (
    DELETE FROM journal WHERE turn_id IN (SELECT id FROM old_turns)
), old_keys AS (
    DELETE FROM idempotency_keys WHERE turn_id IN (SELECT id FROM old_turns)
), old_notes AS (
    DELETE FROM notes WHERE conversation_id IN (SELECT id FROM doomed)
), deleted AS (
    DELETE FROM conversations WHERE id IN (SELECT id FROM doomed) RETURNING id
)
SELECT count(*) FROM deleted
"""

_IDLE = """
WITH doomed AS (
    SELECT id FROM conversations
    WHERE last_active_at < $1 AND open_turn IS NULL AND coalesce(handoff, '') NOT IN ('pending', 'assigned')
    LIMIT $2 FOR UPDATE SKIP LOCKED
"""

SWEEP = _IDLE + _WITH_ALL_THAT_IS_THEIRS

DELETE = "WITH doomed AS (SELECT unnest($1::text[]) AS id" + _WITH_ALL_THAT_IS_THEIRS

LOCK_FREE = """
SELECT id, message_count FROM conversations
WHERE id = ANY($1::text[]) AND open_turn IS NULL AND coalesce(handoff, '') NOT IN ('pending', 'assigned')
ORDER BY id FOR UPDATE
"""
