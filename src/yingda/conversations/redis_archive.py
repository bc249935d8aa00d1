"""The archive on Redis: sorted sets that the store's scripts keep, read and cleaned by scripts of its own.

A conversation from before there were these sets is listed once a turn of it begins or ends, or it is renamed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from yingda.conversations.archive import (
    NOTHING,
    ConversationSummary,
    Counts,
    Deleted,
    Listing,
    Page,
    UserCount,
    check_deletable,
    is_foreign,
    user_of,
)
from yingda.conversations.redis import RedisConversations, name_of, optional, stored_from, text_from
from yingda.conversations.rows import microseconds, moment
from yingda.conversations.store import StoredTurn
from yingda.turns.types import ConversationId, Principal

_SHELVES = {"last_active": "l", "created": "b"}
_PREVIEW_CHARS = 200


class RedisArchive:
    """`Archive` in the Redis of that store; a step of what looks at many is one script."""

    def __init__(self, store: RedisConversations, step_count: int = 500) -> None:
        self._store = store
        self._step_count = step_count
        self._page, self._one, self._turns, self._rename = (
            store.script("shelf", "archive", f"archive_{name}") for name in ("page", "one", "turns", "rename")
        )
        self._delete, self._oldest, self._idle, self._counts, self._users = (
            store.script("shelf", "archive", f"archive_{name}")
            for name in ("delete", "oldest", "idle", "counts", "users")
        )

    async def turns(
        self, principal: Principal, dialect: str, external_id: str, *, offset: int, limit: int
    ) -> Page[StoredTurn]:
        values = (*_named(principal, dialect, external_id), offset, limit)
        total, rows = await self._store.run(self._turns, values)
        return Page(items=tuple(stored_from(row, journal) for row, journal in reversed(rows)), total=total)

    async def turns_of_each(
        self, principal: Principal, dialect: str, external_ids: Sequence[str], *, limit: int
    ) -> dict[str, tuple[StoredTurn, ...]]:
        """Side by side, not as one script: many long conversations would keep every other caller waiting."""
        pages = await asyncio.gather(
            *(self.turns(principal, dialect, name, offset=0, limit=limit) for name in external_ids)
        )
        named = zip(external_ids, pages, strict=True)
        return {name: page.items for name, page in named if page.total}

    async def conversations(
        self, principal: Principal, dialect: str, listing: Listing
    ) -> Page[ConversationSummary]:
        if is_foreign(principal, listing.user_id):
            return Page(items=(), total=0)
        values = (
            *_scope(principal, dialect, listing.user_id),
            optional(listing.status),
            _SHELVES[listing.sort],
            listing.offset,
            listing.limit,
            self._store.life_s,
        )
        total, rows = await self._store.run(self._page, values)
        return Page(items=tuple(map(_summary, rows)), total=total)

    async def conversation(
        self, principal: Principal, dialect: str, external_id: str
    ) -> ConversationSummary | None:
        rows = await self._store.run(self._one, _named(principal, dialect, external_id))
        return _summary(rows[0]) if rows else None

    async def rename(self, principal: Principal, dialect: str, external_id: str, title: str) -> bool:
        values = (*_named(principal, dialect, external_id), title)
        return bool(await self._store.run(self._rename, values))

    async def delete(self, principal: Principal, dialect: str, external_id: str) -> Deleted:
        values = _named(principal, dialect, external_id)
        outcome, messages = await self._store.run(self._delete, values)
        check_deletable("assigned" if outcome == b"held" else None, is_open=outcome == b"open")
        return Deleted(conversations=1, messages=messages) if outcome == b"deleted" else NOTHING

    async def delete_oldest(
        self, principal: Principal, dialect: str, user_id: str | None, keep: int
    ) -> Deleted:
        if is_foreign(principal, user_id):
            return NOTHING
        return await self._delete_in_steps(self._oldest, _scope(principal, dialect, user_id), keep)

    async def delete_idle(
        self, principal: Principal, dialect: str, user_id: str | None, before: datetime
    ) -> Deleted:
        if is_foreign(principal, user_id):
            return NOTHING
        scope = (*_scope(principal, dialect, user_id), microseconds(before))
        return await self._delete_in_steps(self._idle, scope, 0)

    async def counts(self, principal: Principal, dialect: str, *, active_since: datetime) -> Counts:
        since, rows = microseconds(active_since), await self._all(principal, dialect)
        active = [user_id for user_id, _messages, at in rows if int(at) >= since]
        return Counts(
            users=len({user_id for user_id, _messages, _at in rows} - {None}),
            conversations=len(rows),
            messages=sum(messages for _user_id, messages, _at in rows),
            active_users=len(set(active) - {None}),
            active_conversations=len(active),
        )

    async def users(
        self, principal: Principal, dialect: str, *, over: int = 0, limit: int = 1000
    ) -> tuple[UserCount, ...]:
        values = (*_scope(principal, dialect, None), self._store.life_s)
        rows = await self._store.run(self._users, values)
        found = [UserCount(user_id=user_id.decode(), conversations=count) for user_id, count in rows]
        found.sort(key=lambda user: (-user.conversations, user.user_id))
        return tuple(user for user in found if user.conversations > over)[:limit]

    async def _delete_in_steps(self, script: Any, scope: tuple[Any, ...], passed: int) -> Deleted:
        conversations = messages = 0
        while True:  # in steps: a script keeps every other caller waiting
            values = (*scope, passed, self._step_count)
            looked_at, left, deleted, of_messages = await self._store.run(script, values)
            conversations, messages, passed = conversations + deleted, messages + of_messages, passed + left
            if looked_at < self._step_count:
                return Deleted(conversations=conversations, messages=messages)

    async def _all(self, principal: Principal, dialect: str) -> list[tuple[bytes | None, int, bytes]]:
        """User, messages and last activity of every conversation that the principal sees."""
        found: list[tuple[bytes | None, int, bytes]] = []
        passed = 0
        while True:
            values = (*_scope(principal, dialect, None), passed, self._step_count)
            looked_at, rows = await self._store.run(self._counts, values)
            found += rows
            passed += looked_at
            if looked_at < self._step_count:
                return found


def _named(principal: Principal, dialect: str, external_id: str) -> tuple[str, str]:
    return name_of(principal.tenant, dialect, external_id), optional(principal.user_id)


def _scope(principal: Principal, dialect: str, user_id: str | None) -> tuple[str, str, str]:
    return principal.tenant, dialect, optional(user_of(principal, user_id))


def _summary(row: list[Any]) -> ConversationSummary:
    texts = [text_from(value) for value in (*row[:6], row[8])]
    return ConversationSummary(
        id=ConversationId(texts[0] or ""),
        external_id=texts[1] or "",
        dialect=texts[2] or "",
        channel=texts[3] or "",
        user_id=texts[4],
        title=texts[5],
        preview=(text_from(row[12]) or "")[:_PREVIEW_CHARS],
        turn_count=int(row[6]),
        message_count=int(row[7]),
        handoff=texts[6],  # type: ignore[arg-type]
        is_open=row[9] is not None,
        created_at=moment(int(row[10])),
        last_active_at=moment(int(row[11])),
    )
