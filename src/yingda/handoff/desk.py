"""The queue of conversations that wait for a human; on the SQL database, one code path for both engines."""

from __future__ import annotations

import uuid
from datetime import datetime

import orjson
from sqlalchemy import JSON, Column, DateTime, Index, Integer, Select, String, Table, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from yingda.errors import StoreUnavailable
from yingda.handoff.policy import RANK
from yingda.storage.sql import Database, metadata
from yingda.turns.types import HandoffCard, Principal

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("dialect", String(32), nullable=False),
    Column("conversation_id", String(64), nullable=False),
    Column("user_id", String(128)),
    Column("status", String(16), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("card", JSON, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Index("ix_handoffs_tenant_status_rank", "tenant", "status", "rank", "requested_at"),
    Index("ix_handoffs_tenant_conversation", "tenant", "conversation_id"),
)


class Desk:
    """Requests for a human, most urgent first, then in the order in which they came."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def request(
        self, principal: Principal, dialect: str, card: HandoffCard, at: datetime
    ) -> tuple[str, int]:
        """Queue a conversation and return (handoff id, position from 1).

        A conversation that waits already keeps its place: asking twice makes one request.
        """
        try:
            async with self._database.engine.begin() as connection:
                queued = await connection.scalar(_pending_id(principal, card.session_id))
                if queued is None:
                    queued = uuid.uuid4().hex
                    await connection.execute(
                        insert(handoffs).values(
                            id=queued,
                            tenant=principal.tenant,
                            dialect=dialect,
                            conversation_id=card.session_id,
                            user_id=card.user_id,
                            status="pending",
                            rank=RANK[card.priority],
                            card=orjson.loads(orjson.dumps(card)),
                            requested_at=at,
                        )
                    )
                return queued, await connection.scalar(_position(principal, queued)) or 1
        except SQLAlchemyError as error:
            raise StoreUnavailable("the queue for human help is not available") from error

    async def position(self, principal: Principal, conversation_id: str) -> int | None:
        """The waiting conversation's place from 1; None where it does not wait."""
        try:
            async with self._database.reader.connect() as connection:
                queued = await connection.scalar(_pending_id(principal, conversation_id))
                return None if queued is None else await connection.scalar(_position(principal, queued))
        except SQLAlchemyError as error:
            raise StoreUnavailable("the queue for human help is not available") from error


def _pending_id(principal: Principal, conversation_id: str) -> Select[str]:
    return select(handoffs.c.id).where(
        handoffs.c.tenant == principal.tenant,
        handoffs.c.conversation_id == conversation_id,
        handoffs.c.status == "pending",
    )


def _position(principal: Principal, handoff_id: str) -> Select[int]:
    """How many of the tenant's waiting requests come before this one, plus itself."""
    mine = select(handoffs.c.rank, handoffs.c.requested_at).where(handoffs.c.id == handoff_id).subquery()
    first = handoffs.alias("first")
    is_ahead = (first.c.rank > mine.c.rank) | (
        (first.c.rank == mine.c.rank) & (first.c.requested_at <= mine.c.requested_at)
    )
    return select(func.count()).where(
        first.c.tenant == principal.tenant, first.c.status == "pending", is_ahead
    )
