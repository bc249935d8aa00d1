"""The port to stored conversations as lists: for reading and managing them beside the engine.

A conversation is visible to the keys of its tenant; to a key that is bound to a user, only if it is that
user's own. What is not visible does not exist: it is not listed, counted, renamed or deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, Protocol, TypeVar

from yingda.conversations.store import StoredTurn
from yingda.errors import ConversationBusy
from yingda.turns.types import ConversationId, HandoffStatus, Principal

T = TypeVar("T")

Order = Literal["last_active", "created"]
"""What conversations are listed by, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some of many things; `total` counts them all at the moment of the look."""

    items: tuple[T, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSummary:
    """A conversation as a list shows it.

    `title` is what `rename` gave it, `preview` the first 200 code points of its first question.
    `message_count` counts questions, answers that are not empty, and what operators said. `is_open`: a turn
    is running.
    """

    id: ConversationId
    external_id: str
    dialect: str
    channel: str
    user_id: str | None
    title: str | None
    preview: str
    turn_count: int
    message_count: int
    handoff: HandoffStatus | None
    is_open: bool
    created_at: datetime
    last_active_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which conversations to list, and which of them to show; `user_id` and `status` None mean any."""

    user_id: str | None = None
    status: HandoffStatus | None = None
    sort: Order = "last_active"
    offset: int = 0
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """How much there was to delete."""

    conversations: int
    messages: int


NOTHING = Deleted(conversations=0, messages=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is, and how much of it was active since the moment asked about."""

    users: int
    conversations: int
    messages: int
    active_users: int
    active_conversations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCount:
    """How many conversations a user has."""

    user_id: str
    conversations: int


class Archive(Protocol):
    """Every method raises `errors.StoreUnavailable` when the engine behind it does not answer in time."""

    async def turns(
        self, principal: Principal, dialect: str, external_id: str, *, offset: int, limit: int
    ) -> Page[StoredTurn]:
        """The newest `limit` turns but for `offset` still newer ones, oldest first.

        A `total` of 0 says that there is no such conversation.
        """
        ...

    async def turns_of_each(
        self, principal: Principal, dialect: str, external_ids: Sequence[str], *, limit: int
    ) -> dict[str, tuple[StoredTurn, ...]]:
        """The newest `limit` turns of each, oldest first, by name; of what is not there, nothing."""
        ...

    async def conversations(
        self, principal: Principal, dialect: str, listing: Listing
    ) -> Page[ConversationSummary]:
        """A page of the dialect's conversations."""
        ...

    async def conversation(
        self, principal: Principal, dialect: str, external_id: str
    ) -> ConversationSummary | None:
        """The conversation of that name; None where it is not the principal's to see."""
        ...

    async def rename(self, principal: Principal, dialect: str, external_id: str, title: str) -> bool:
        """Give the conversation a title; whether there is one of that name."""
        ...

    async def delete(self, principal: Principal, dialect: str, external_id: str) -> Deleted:
        """Delete the conversation with turns, journal, notes and idempotency keys, if there is one.

        Raises `ConversationBusy` while a turn of it is open, or while it waits for or is held by a human: the
        one would write into nothing, the other would lose what it is working on.
        """
        ...

    async def delete_oldest(
        self, principal: Principal, dialect: str, user_id: str | None, keep: int
    ) -> Deleted:
        """Delete all but the `keep` conversations begun last, of a user or of all that the principal sees.

        What `delete` would refuse stays, beyond that number. Done in steps: one that fails keeps the others.
        """
        ...

    async def delete_idle(
        self, principal: Principal, dialect: str, user_id: str | None, before: datetime
    ) -> Deleted:
        """Delete conversations last active before that, of a user or of all, as `delete_oldest` does."""
        ...

    async def counts(self, principal: Principal, dialect: str, *, active_since: datetime) -> Counts:
        """Totals over all that the principal sees; may look at each conversation."""
        ...

    async def users(
        self, principal: Principal, dialect: str, *, over: int = 0, limit: int = 1000
    ) -> tuple[UserCount, ...]:
        """The users with more than `over` conversations, those with most first."""
        ...


def user_of(principal: Principal, user_id: str | None) -> str | None:
    """Whose conversations are looked at, None for everybody's."""
    return user_id if principal.user_id is None else principal.user_id


def is_foreign(principal: Principal, user_id: str | None) -> bool:
    """Whether a user-bound key asks for another user's conversations."""
    return principal.user_id is not None and user_id not in (None, principal.user_id)


def check_deletable(handoff: HandoffStatus | None, *, is_open: bool) -> None:
    """Refuse what would pull a conversation away from somebody at work in it."""
    if is_open:
        raise ConversationBusy("a turn of this conversation is still running", retry_after_s=1)
    if handoff in ("pending", "assigned"):
        raise ConversationBusy("this conversation waits for or is held by a human")
