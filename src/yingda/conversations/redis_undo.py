"""Turns taken back on Redis."""

from __future__ import annotations

from yingda.conversations.archive import check_deletable
from yingda.conversations.redis import RedisConversations, name_of, optional
from yingda.conversations.undo import COMPLETED
from yingda.turns.types import Principal


class RedisUndo:
    """`Undo` in the Redis of that store, one script."""

    def __init__(self, store: RedisConversations) -> None:
        self._store = store
        self._delete_last = store.script("shelf", "archive", "undo")

    async def delete_last(
        self, principal: Principal, dialect: str, external_id: str, *, only_unfinished: bool
    ) -> bool:
        name = name_of(principal.tenant, dialect, external_id)
        values = (name, optional(principal.user_id), optional(COMPLETED if only_unfinished else None))
        outcome = await self._store.run(self._delete_last, values)
        check_deletable("assigned" if outcome == b"held" else None, is_open=outcome == b"open")
        return bool(outcome == b"deleted")
