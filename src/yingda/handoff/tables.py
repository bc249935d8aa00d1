"""The tables of the desk: who waits, who works there, what happened, and what operators found out."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, String, Table, Text

from yingda.storage.columns import UtcDateTime
from yingda.storage.sql import metadata

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
    Column("requested_at", UtcDateTime, nullable=False),
    Column("external_id", Text, nullable=False, server_default=""),
    Column("skill", Text, nullable=False, server_default=""),
    Column("operator_id", Text),
    Column("claimed_at", UtcDateTime),
    Column("lease_until", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("note", Text, nullable=False, server_default=""),
    Column("event_count", Integer, nullable=False, server_default="0"),
    Index("ix_handoffs_tenant_status_rank", "tenant", "status", "rank", "requested_at"),
    Index("ix_handoffs_tenant_conversation", "tenant", "conversation_id"),
    Index("ix_handoffs_status_lease_until", "status", "lease_until"),
)
"""A request for a human, from the queue to its end; `event_count` numbers the conversation's events."""

QUEUE = Index(
    "ix_handoffs_queue",
    handoffs.c.tenant,
    handoffs.c.status,
    handoffs.c.rank.desc(),
    handoffs.c.requested_at,
    handoffs.c.id,
)
"""The queue in its order: the next one is the first entry."""

events = Table(
    "handoff_events",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("conversation_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("handoff_id", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("actor", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_handoff_events_at", "at"),
)
"""All that happened to a conversation in human hands, in order: feed, audit and figures are read from it."""

operators = Table(
    "operators",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("skills", JSON, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
"""Who works at the desk; no skills means all of them."""

solutions = Table(
    "human_solutions",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("conversation_id", String(64)),
    Column("question", Text, nullable=False),
    Column("solution", Text, nullable=False),
    Column("intent", Text),
    Column("status", String(16), nullable=False),
    Column("curated_id", String(32)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", Text),
    Index("ix_human_solutions_tenant_status", "tenant", "status", "created_at"),
)
"""What operators found out, until somebody makes a curated answer of it or turns it down."""
