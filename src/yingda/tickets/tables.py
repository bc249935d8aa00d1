"""The tables of tickets."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from yingda.storage.columns import UtcDateTime
from yingda.storage.sql import metadata

tickets = Table(
    "tickets",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("user_id", String(128)),
    Column("conversation_id", String(64)),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("category", String(16), nullable=False),
    Column("priority", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("related_order", Text),
    Column("related_product", Text),
    Column("contact", Text),
    Column("assignee", Text),
    Column("promised_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("idempotency_key", Text),
    Column("fingerprint", Text),
    Column("searched", Text, nullable=False),
    Column("comment_count", Integer, nullable=False),
    Index("ix_tickets_tenant_updated_at", "tenant", "updated_at"),
    Index("ix_tickets_tenant_user_id", "tenant", "user_id"),
    Index("ix_tickets_tenant_conversation_id", "tenant", "conversation_id"),
    Index("uq_tickets_tenant_idempotency_key", "tenant", "idempotency_key", unique=True),
)
"""`searched` is the folded text that a search looks into."""

comments = Table(
    "ticket_comments",
    metadata,
    Column("ticket_id", String(16), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("author", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False),
)
"""What was said of a ticket, and how it changed, in order."""
