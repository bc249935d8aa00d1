"""The statements that take a turn back, for both SQL engines: `$1` is `?1` in SQLite."""

from __future__ import annotations

from typing import Any

Query = tuple[str, tuple[Any, ...]]

_LAST = """
SELECT id, number, ending, coalesce(answer, '') FROM turns
WHERE conversation_id = $1 ORDER BY number DESC LIMIT 1
"""
_UNCOUNT = """
UPDATE conversations SET turn_count = turn_count - 1, message_count = message_count - $2 WHERE id = $1
"""


def last(conversation_id: str) -> Query:
    """Id, number, ending and answer of the newest turn."""
    return _LAST, (conversation_id,)


def take_back(conversation_id: str, turn_id: str, answer: str) -> tuple[Query, ...]:
    """All that deletes a turn which is not the only one."""
    return (
        ("DELETE FROM journal WHERE turn_id = $1", (turn_id,)),
        ("DELETE FROM idempotency_keys WHERE turn_id = $1", (turn_id,)),
        ("DELETE FROM turns WHERE id = $1", (turn_id,)),
        (_UNCOUNT, (conversation_id, 1 + bool(answer))),
    )
