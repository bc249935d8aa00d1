"""Who may see a conversation and whether a new turn may continue it: rules that all stores share."""

from __future__ import annotations

from yingda.conversations.store import Begun, Conversation, NewTurn
from yingda.errors import InvalidRequest
from yingda.turns.types import HandoffStatus, Principal

IDEMPOTENCY_LIFE_S = 24 * 3600.0
HELD: tuple[HandoffStatus, ...] = ("pending", "assigned")
"""A conversation that waits for or is held by a human outlives every idle time."""


def is_visible(principal: Principal, user_id: str | None) -> bool:
    """Whether a key may see what belongs to that user of its tenant."""
    return principal.user_id is None or principal.user_id == user_id


def is_expired(conversation: Conversation, new: NewTurn) -> bool:
    """Whether it was idle for too long to be continued."""
    idle = (new.at - conversation.last_active_at).total_seconds()
    return conversation.handoff not in HELD and idle > new.idle_s


def owner_of(new: NewTurn) -> str | None:
    """The user a fresh conversation belongs to: the key's own before the one the body names."""
    return new.principal.user_id if new.principal.user_id is not None else new.user_id


def begun_anew(new: NewTurn, known: Conversation | None) -> Begun:
    """The first turn of a new conversation; `known` bears the name asked for, but cannot be continued."""
    is_named = new.external_id is not None
    may_adopt = known is None or is_visible(new.principal, known.user_id)
    return Begun(
        conversation=fresh(new, is_adopted=new.adopts_name and is_named and may_adopt),
        number=1,
        history=(),
        restarted=is_named and (known is not None or not new.adopts_name),
    )


def fresh(new: NewTurn, *, is_adopted: bool = False) -> Conversation:
    """The conversation that a turn begins, as it is before the turn."""
    return Conversation(
        id=new.fresh_id,
        external_id=new.external_id if is_adopted and new.external_id is not None else new.fresh_id,
        dialect=new.dialect,
        channel=new.channel,
        user_id=owner_of(new),
        turn_count=0,
        failed_attempts=0,
        intent=None,
        emotion_score=None,
        handoff=None,
        created_at=new.at,
        last_active_at=new.at,
    )


def spare_name(expired: Conversation, new: NewTurn) -> str:
    """A name for a conversation whose own is adopted by a turn, where its id is taken as a name, too."""
    return f"{expired.id}~{new.fresh_id}"


def check_fingerprint(new: NewTurn, earlier: str | None) -> None:
    """Refuse an idempotency key that comes back with another request."""
    if new.fingerprint != earlier:
        raise InvalidRequest("this key was used for another request", field="Idempotency-Key")


def key_scope(new: NewTurn) -> str:
    """Keys of one user-bound key never meet those of another user."""
    return new.principal.user_id or ""
