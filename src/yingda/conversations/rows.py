"""Values of the port as columns of the SQL stores, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from yingda.conversations.store import Conversation, StoredTurn
from yingda.turns.types import ConversationId, Message, Principal, Role, TurnId

Row = Sequence[Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime) -> int:
    """Since 1970, as the stores keep time."""
    return round(at.timestamp() * 1_000_000)


def moment(us: int) -> datetime:
    """What `microseconds` was made of."""
    return _EPOCH + timedelta(microseconds=us)


@cache
def roles_text(roles: frozenset[Role]) -> str:
    """Roles as one column."""
    return ",".join(sorted(roles))


def conversation_from(row: Row) -> Conversation:
    """From the columns of a conversation, `id` to `last_active_at`; more may follow."""
    return Conversation(
        id=ConversationId(row[0]),
        external_id=row[1],
        dialect=row[2],
        channel=row[3],
        user_id=row[4],
        turn_count=row[5],
        failed_attempts=row[6],
        intent=row[7],
        emotion_score=row[8],
        handoff=row[9],
        created_at=moment(row[10]),
        last_active_at=moment(row[11]),
    )


def turn_from(row: Row, journalled: Iterable[bytes]) -> StoredTurn:
    """From the columns of a turn, `id` to `lines`, and from the journal while it is open."""
    return StoredTurn(
        turn_id=TurnId(row[0]),
        conversation_id=ConversationId(row[1]),
        principal=Principal(
            tenant=row[2],
            key_id=row[3],
            roles=frozenset(row[4].split(",")) if row[4] else frozenset(),
            user_id=row[5],
        ),
        dialect=row[6],
        number=row[7],
        text=row[8],
        started_at=moment(row[9]),
        ending=row[10],
        lines=b"".join(journalled) if row[10] is None else row[11],
    )


def history_from(newest_first: Sequence[Row]) -> tuple[Message, ...]:
    """Question and answer by turns, oldest first; an empty answer is left out.

    A row without a question is what an operator said between the turns; what comes before them is left out.
    """
    messages: list[Message] = []
    notes: list[Message] = []
    for text, started_at, answer, finished_at in reversed(newest_first):
        if text is None:
            notes.append(Message(role="operator", text=answer, at=moment(started_at)))
            continue
        messages.append(Message(role="user", text=text, at=moment(started_at)))
        if answer:
            messages.append(Message(role="assistant", text=answer, at=moment(finished_at)))
    messages += [note for note in notes if not messages or note.at >= messages[0].at]
    return tuple(sorted(messages, key=lambda message: message.at) if notes else messages)
