"""Conversations of which some dialects go on while their store is away: answered, and kept by nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yingda.conversations.admission import fresh
from yingda.conversations.store import (
    Batch,
    Begun,
    Conversation,
    Conversations,
    FinishedTurn,
    Lease,
    NewTurn,
    StoredTurn,
)
from yingda.errors import StoreUnavailable
from yingda.turns.types import Principal, TurnId


class UnkeptConversations:
    """`Conversations` over others; a turn of `dialects` that they cannot take is a conversation by itself.

    Nothing of such a turn is written down: it ends with the process that drives it.
    """

    def __init__(self, kept: Conversations, dialects: frozenset[str]) -> None:
        self._kept = kept
        self._dialects = dialects
        self._unkept: set[TurnId] = set()

    async def begin(self, new: NewTurn) -> Begun:
        try:
            return await self._kept.begin(new)
        except StoreUnavailable:
            if new.dialect not in self._dialects:
                raise
        self._unkept.add(new.turn_id)
        return Begun(conversation=fresh(new, is_adopted=new.adopts_name), number=1, history=())

    async def journal(self, batches: Sequence[Batch], owner: Lease) -> None:
        await self._kept.journal([one for one in batches if one.turn_id not in self._unkept], owner)

    async def finish(self, turn: FinishedTurn) -> None:
        if turn.turn_id not in self._unkept:
            return await self._kept.finish(turn)
        self._unkept.discard(turn.turn_id)

    async def turn(self, principal: Principal, turn_id: TurnId) -> StoredTurn | None:
        return await self._kept.turn(principal, turn_id)

    async def conversation(self, principal: Principal, dialect: str, external_id: str) -> Conversation | None:
        return await self._kept.conversation(principal, dialect, external_id)

    async def abandoned(self, now: datetime) -> list[StoredTurn]:
        return await self._kept.abandoned(now)

    async def sweep(self, idle_before: datetime) -> int:
        return await self._kept.sweep(idle_before)

    async def ping(self) -> None:
        await self._kept.ping()
