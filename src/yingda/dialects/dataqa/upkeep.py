"""Deletes what has expired, what is too much, and what was asked to go (dataqa 2.8, 2.9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from yingda.conversations.archive import NOTHING, Archive, Deleted, UserCount
from yingda.dialects.dataqa.asks import DataqaConfig
from yingda.dialects.dataqa.wire import DIALECT
from yingda.turns.clock import Clock
from yingda.turns.types import Principal

USERS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforced:
    """What keeping to a limit does to one user."""

    user_id: str
    before: int
    deleted: int
    messages: int


class Upkeep:
    """All it deletes is deleted wholly, and only where the caller may see it."""

    def __init__(self, archive: Archive, clock: Clock, config: DataqaConfig) -> None:
        self._archive = archive
        self._clock = clock
        self._config = config

    async def expire(self, caller: Principal, user_id: str | None = None) -> Deleted:
        """What can no longer be gone on with, of a user or of all."""
        before = self._clock.now() - timedelta(seconds=self._config.life_s)
        return await self._archive.delete_idle(caller, DIALECT, user_id, before)

    async def delete_user(self, caller: Principal, user_id: str | None) -> Deleted:
        """All conversations of a user, or of everybody."""
        return await self._archive.delete_oldest(caller, DIALECT, user_id, 0)

    async def delete_conversation(self, caller: Principal, name: str) -> tuple[Deleted, str | None]:
        """One conversation, and whose it was; nothing where there is none."""
        found = await self._archive.conversation(caller, DIALECT, name)
        if found is None:
            return NOTHING, None
        return await self._archive.delete(caller, DIALECT, name), found.user_id

    async def enforce(
        self, caller: Principal, user_id: str | None, keep: int | None, *, dry_run: bool
    ) -> list[Enforced]:
        """Keep the newest `keep` of that user, or of each who has more; a dry run only counts."""
        keep = self._config.max_conversations if keep is None else keep
        users = await self._archive.users(caller, DIALECT, over=keep, limit=USERS_AT_ONCE)
        chosen = [one for one in users if user_id in (None, one.user_id)]
        return [await self._enforced(caller, one, keep, dry_run=dry_run) for one in chosen]

    async def _enforced(self, caller: Principal, user: UserCount, keep: int, *, dry_run: bool) -> Enforced:
        if dry_run:
            over = user.conversations - keep
            return Enforced(user_id=user.user_id, before=user.conversations, deleted=over, messages=0)
        gone = await self._archive.delete_oldest(caller, DIALECT, user.user_id, keep)
        return Enforced(
            user_id=user.user_id,
            before=user.conversations,
            deleted=gone.conversations,
            messages=gone.messages,
        )
