"""The port to durable conversations: what the engine asks of SQLite, PostgreSQL or Redis.

A conversation is named by (tenant, dialect, external id) and holds at most one open turn. `begin` admits a
turn by compare-and-set: a lease, renewed by `journal`, tells a living owner from a dead one, so two processes
can share a store. `finish` writes the whole record and closes the turn in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from yingda.turns.types import ConversationId, HandoffStatus, Message, Principal, TurnId


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation's state between turns; `turn_count` counts finished and open turns."""

    id: ConversationId
    external_id: str
    dialect: str
    channel: str
    user_id: str | None
    turn_count: int
    failed_attempts: int
    intent: str | None
    emotion_score: float | None
    handoff: HandoffStatus | None
    created_at: datetime
    last_active_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who drives a turn, and until when without a further sign of life."""

    owner: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTurn:
    """A turn that asks to be admitted.

    `external_id` None, unknown, idle for longer than `idle_s`, or another user's than the principal's own:
    the turn begins the conversation `fresh_id`. `history_turns` bounds the history read back.

    `adopts_name`: that conversation takes `external_id` as its name, and one that was idle for too long loses
    it, but keeps its record; another user's keeps the name too. Else the new conversation's name is its id.
    """

    turn_id: TurnId
    fresh_id: ConversationId
    principal: Principal
    dialect: str
    external_id: str | None
    channel: str
    user_id: str | None
    text: str
    at: datetime
    lease: Lease
    idle_s: float
    history_turns: int
    adopts_name: bool = False
    idempotency_key: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The admitted turn: its conversation as it was before, its number, and the history, oldest first.

    `restarted`: an external id was given but could neither be continued nor taken as a new name. `repeated`
    names the earlier turn of the same idempotency key; then nothing was written and the rest describes that
    turn's conversation.
    """

    conversation: Conversation
    number: int
    history: tuple[Message, ...]
    restarted: bool = False
    repeated: TurnId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Events of one open turn since its last batch, as `turns.codec.dump` lines; `first` is their index."""

    turn_id: TurnId
    conversation_id: ConversationId
    first: int
    lines: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedTurn:
    """All there is to keep of a turn. `lines` holds every event, the terminal one included.

    `handoff` is the conversation's new status, None where the turn did not change it; one that an operator
    holds by then stays theirs.
    """

    turn_id: TurnId
    conversation_id: ConversationId
    principal: Principal
    at: datetime
    ending: str
    answer: str
    intent: str | None
    emotion_score: float | None
    failed_attempts: int
    handoff: HandoffStatus | None
    lines: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTurn:
    """A turn as the store knows it; `ending` is None while it is open, then `lines` is as journalled."""

    turn_id: TurnId
    conversation_id: ConversationId
    principal: Principal
    dialect: str
    number: int
    text: str
    started_at: datetime
    ending: str | None
    lines: bytes


class Conversations(Protocol):
    """Every method raises `errors.StoreUnavailable` when the engine behind it does not answer in time."""

    async def begin(self, new: NewTurn) -> Begun:
        """Admit a turn; raises `ConversationBusy` while another one holds a living lease.

        A turn whose lease ran out is no obstacle: the new one takes the conversation over, the old one stays
        listed by `abandoned`. May return before it is durable: a crash then forgets the turn whole, and what
        `finish` or `journal` make durable includes it.
        Raises `InvalidRequest` where an idempotency key comes back with another fingerprint.
        """
        ...

    async def journal(self, batches: Sequence[Batch], owner: Lease) -> None:
        """Append the batches and renew the lease of every open turn of `owner.owner`."""
        ...

    async def finish(self, turn: FinishedTurn) -> None:
        """Write the record, close the turn, update the conversation; durable on return, idempotent."""
        ...

    async def turn(self, principal: Principal, turn_id: TurnId) -> StoredTurn | None:
        """The principal's turn, whole or as far as journalled; None where it is not theirs to see."""
        ...

    async def conversation(self, principal: Principal, dialect: str, external_id: str) -> Conversation | None:
        """The conversation of that name; None where it is not the principal's to see."""
        ...

    async def abandoned(self, now: datetime) -> list[StoredTurn]:
        """Open turns whose lease ran out, of every tenant: the engine finishes them as interrupted."""
        ...

    async def sweep(self, idle_before: datetime) -> int:
        """Delete conversations last active before that, never one that waits for or is held by a human."""
        ...

    async def ping(self) -> None:
        """Return if the engine behind the store answers."""
        ...
