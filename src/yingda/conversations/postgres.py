"""The store on PostgreSQL: one round trip to begin a conversation, one to finish a turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from yingda.conversations import postgres_sql as sql
from yingda.conversations.admission import (
    IDEMPOTENCY_LIFE_S,
    begun_anew,
    check_fingerprint,
    is_expired,
    is_visible,
    key_scope,
    spare_name,
)
from yingda.conversations.rows import (
    conversation_from,
    history_from,
    microseconds,
    roles_text,
    turn_from,
)
from yingda.conversations.store import Batch, Begun, Conversation, FinishedTurn, Lease, NewTurn, StoredTurn
from yingda.errors import ConversationBusy, StoreUnavailable
from yingda.turns.clock import Clock
from yingda.turns.types import Principal, TurnId

_TROUBLE = ("08", "53", "57", "58", "25006", "40P01", "55P03")
"""SQLSTATE beginnings of a server that is gone, full, stopping, broken, a replica, or tangled in locks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresConfig:
    """How many connections, how long any call may take, how much one step of a sweep deletes."""

    pool_size: int = 10
    connect_timeout_s: float = 3.0
    answer_timeout_s: float = 5.0
    sweep_step_count: int = 200


@asynccontextmanager
async def open_postgres(
    dsn: str, clock: Clock, config: PostgresConfig | None = None
) -> AsyncIterator[PostgresConversations]:
    """Use a migrated database; connects when first needed, and again after the server was away."""
    config = config or PostgresConfig()
    pool = asyncpg.create_pool(dsn, min_size=0, max_size=config.pool_size, timeout=config.connect_timeout_s)
    async with pool:
        yield PostgresConversations(pool, clock, config)


class PostgresConversations:
    """`Conversations` in PostgreSQL, the row of a conversation its lock; made by `open_postgres`."""

    def __init__(self, pool: asyncpg.Pool, clock: Clock, config: PostgresConfig) -> None:
        self._pool = pool
        self._clock = clock
        self._config = config

    async def begin(self, new: NewTurn) -> Begun:
        async with self.connection() as connection:
            if new.external_id is None and new.idempotency_key is None:
                return await _begin_fresh(connection, new)
            async with connection.transaction():
                if new.idempotency_key is not None and (repeated := await _claim_key(connection, new)):
                    return repeated
                if new.external_id is None:
                    return await _begin_fresh(connection, new)
                return await _begin_named(connection, new)

    async def journal(self, batches: Sequence[Batch], owner: Lease) -> None:
        columns = (
            [batch.turn_id for batch in batches],
            [batch.first for batch in batches],
            [batch.lines for batch in batches],
        )
        async with self.connection() as connection:
            await connection.execute(sql.JOURNAL, *columns, owner.owner, microseconds(owner.until))

    async def finish(self, turn: FinishedTurn) -> None:
        async with self.connection() as connection:
            is_known = await connection.fetchval(
                sql.FINISH,
                turn.turn_id,
                turn.principal.tenant,
                turn.ending,
                microseconds(turn.at),
                turn.answer,
                turn.lines,
                turn.conversation_id,
                turn.failed_attempts,
                turn.intent,
                turn.emotion_score,
                turn.handoff,
            )
        if not is_known:
            raise StoreUnavailable("the turn was never made durable, or is deleted")

    async def turn(self, principal: Principal, turn_id: TurnId) -> StoredTurn | None:
        async with self.connection() as connection:
            row = await connection.fetchrow(sql.TURN, turn_id, principal.tenant)
        return None if row is None or not is_visible(principal, row[12]) else turn_from(row, row[13] or ())

    async def conversation(self, principal: Principal, dialect: str, external_id: str) -> Conversation | None:
        async with self.connection() as connection:
            row = await connection.fetchrow(sql.FIND, principal.tenant, dialect, external_id)
        if row is None or not is_visible(principal, row[4]):
            return None
        return conversation_from(row)

    async def abandoned(self, now: datetime) -> list[StoredTurn]:
        async with self.connection() as connection:
            rows = await connection.fetch(sql.ABANDONED, microseconds(now))
        return [turn_from(row, row[13] or ()) for row in rows]

    async def sweep(self, idle_before: datetime) -> int:
        step = self._config.sweep_step_count
        async with self.connection() as connection:
            await connection.execute(sql.EXPIRE_KEYS, microseconds(self._clock.now()))
        swept = 0
        while True:  # in steps, each within the time any call may take
            async with self.connection() as connection:
                deleted: int = await connection.fetchval(sql.SWEEP, microseconds(idle_before), step)
            swept += deleted
            if deleted < step:
                return swept

    async def ping(self) -> None:
        async with self.connection() as connection:
            await connection.execute("SELECT 1 FROM turns LIMIT 1")

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """A connection for one call, and the driver's failures in the words of the port."""
        try:
            async with asyncio.timeout(self._config.answer_timeout_s), self._pool.acquire() as connection:
                yield connection
        except (OSError, asyncpg.InterfaceError) as error:  # TimeoutError is an OSError
            raise StoreUnavailable("PostgreSQL does not answer") from error
        except asyncpg.PostgresError as error:
            if not str(error.sqlstate).startswith(_TROUBLE):
                raise
            raise StoreUnavailable(f"PostgreSQL refused: {error}") from error


async def _begin_fresh(connection: Any, new: NewTurn) -> Begun:
    begun = begun_anew(new, None)
    await connection.execute(
        sql.BEGIN_FRESH,
        *_turn_values(new, begun.conversation, 1),
        new.channel,
        begun.conversation.external_id,
    )
    return begun


async def _begin_named(connection: Any, new: NewTurn) -> Begun:
    """Who adopts a name at the same time as another has waited for that one to commit, and looks again."""
    while True:
        row = await connection.fetchrow(sql.LOCK, new.principal.tenant, new.dialect, new.external_id)
        known = None if row is None else conversation_from(row)
        if known is not None and (begun := await _begin_known(connection, new, known, row[12])):
            return begun
        begun = begun_anew(new, known)
        values = _turn_values(new, begun.conversation, 1)
        if await connection.fetchval(sql.BEGIN_NAMED, *values, new.channel, begun.conversation.external_id):
            return begun


async def _begin_known(
    connection: Any, new: NewTurn, conversation: Conversation, open_turn: str | None
) -> Begun | None:
    if not is_visible(new.principal, conversation.user_id):
        return None
    lease_until = await connection.fetchval(sql.LEASE, open_turn) if open_turn is not None else None
    if lease_until is not None and lease_until > microseconds(new.at):
        raise ConversationBusy("another turn of this conversation is still running")
    if is_expired(conversation, new):
        if new.adopts_name:
            await connection.execute(sql.RELEASE_NAME, conversation.id, spare_name(conversation, new))
        return None
    number = conversation.turn_count + 1
    rows = await connection.fetch(
        sql.BEGIN_KNOWN, *_turn_values(new, conversation, number), new.history_turns
    )
    return Begun(conversation=conversation, number=number, history=history_from(rows))


def _turn_values(new: NewTurn, conversation: Conversation, number: int) -> tuple[str | int | None, ...]:
    return (
        new.turn_id,
        conversation.id,
        number,
        new.principal.tenant,
        new.principal.key_id,
        roles_text(new.principal.roles),
        new.principal.user_id,
        conversation.user_id,
        new.dialect,
        new.text,
        microseconds(new.at),
        new.lease.owner,
        microseconds(new.lease.until),
    )


async def _claim_key(connection: Any, new: NewTurn) -> Begun | None:
    """The earlier turn of this key, or None: then the key is this turn's, if its transaction commits."""
    key = (new.principal.tenant, new.dialect, key_scope(new), new.idempotency_key)
    at = microseconds(new.at)
    expires_at = at + round(IDEMPOTENCY_LIFE_S * 1e6)
    if await connection.fetchval(sql.CLAIM_KEY, *key, new.turn_id, new.fingerprint, at, expires_at):
        return None
    row = await connection.fetchrow(sql.FIND_KEY, *key)
    if row is None:  # its turn was swept
        await connection.execute(sql.TAKE_KEY, *key, new.turn_id, new.fingerprint, expires_at)
        return None
    check_fingerprint(new, row[14])
    conversation, number = conversation_from(row), row[12]
    history = await connection.fetch(sql.HISTORY, conversation.id, number, new.history_turns)
    return Begun(
        conversation=conversation, number=number, history=history_from(history), repeated=TurnId(row[13])
    )
