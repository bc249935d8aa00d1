"""The tables of what people teach: pairs and texts, opinions on answers, and the trail of changes."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Table, Text

from yingda.storage.sql import metadata

items = Table(
    "data_training",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", DateTime(timezone=True)),
    Index("ix_data_training_tenant_updated_at", "tenant", "updated_at"),
    Index("ix_data_training_tenant_kind", "tenant", "kind"),
)

changes = Table(
    "data_training_changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("tenant", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_data_training_changes_tenant_id", "tenant", "id"),
)

revisions = Table(
    "data_training_revisions",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
)
"""Counts what changes answers: part of the key of every cached one."""

feedback = Table(
    "qa_feedback",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("tenant", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("sql", Text, nullable=False),
    Column("is_thumb_up", Boolean, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("conversation_id", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("update_time", DateTime(timezone=True), nullable=False),
    Column("is_in_training_data", Boolean, nullable=False),
    Index("ix_qa_feedback_tenant_create_time", "tenant", "create_time"),
)
