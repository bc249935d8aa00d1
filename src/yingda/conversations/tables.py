"""The tables of the hot path, declared for migrations and their test; statements on them are raw SQL.

Times are microseconds since 1970 UTC. Nothing refers to another table by a foreign key: that would cost a
look-up per statement, and only `sweep` deletes rows, all that belong together.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, LargeBinary, Table, Text, text

from yingda.storage.sql import metadata

conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("dialect", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("user_id", Text),
    Column("turn_count", Integer, nullable=False),
    Column("failed_attempts", Integer, nullable=False),
    Column("intent", Text),
    Column("emotion_score", Double),
    Column("handoff", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("last_active_at", BigInteger, nullable=False),
    Column("open_turn", Text),
    Column("title", Text),
    Column("message_count", Integer, nullable=False, server_default="0"),
    Index("uq_conversations_name", "tenant", "dialect", "external_id", unique=True),
    Index("ix_conversations_active", "tenant", "dialect", "last_active_at"),
    Index("ix_conversations_created", "tenant", "dialect", "created_at"),
    Index(
        "ix_conversations_handoff",
        "tenant",
        "dialect",
        "handoff",
        "last_active_at",
        sqlite_where=text("handoff IS NOT NULL"),
        postgresql_where=text("handoff IS NOT NULL"),
    ),
    # Partial: a conversation of nobody in particular, as most of a website's are, costs nothing here.
    *(
        Index(
            f"ix_conversations_user_{order}",
            "tenant",
            "dialect",
            "user_id",
            column,
            sqlite_where=text("user_id IS NOT NULL"),
            postgresql_where=text("user_id IS NOT NULL"),
        )
        for order, column in (("active", "last_active_at"), ("created", "created_at"))
    ),
)

turns = Table(
    "turns",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("key_user_id", Text),
    Column("user_id", Text),
    Column("dialect", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    Column("ending", Text),
    Column("finished_at", BigInteger),
    Column("answer", Text),
    Column("lines", LargeBinary),
    Index("uq_turns_number", "conversation_id", "number", unique=True),
    Index(
        "ix_turns_open",
        "owner",
        "lease_until",
        sqlite_where=text("ending IS NULL"),
        postgresql_where=text("ending IS NULL"),
    ),
)

journal = Table(
    "journal",
    metadata,
    Column("turn_id", Text, primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("lines", LargeBinary, nullable=False),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("dialect", Text, primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("turn_id", Text, nullable=False),
    Column("fingerprint", Text),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_idempotency_keys_turn", "turn_id"),
)

conversation_totals = Table(
    "conversation_totals",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("dialect", Text, primary_key=True),
    Column("conversations", Integer, nullable=False),
)
"""Kept by triggers in SQLite, where counting takes longer than a page. Empty in PostgreSQL, which counts: a
row that every beginning writes would make them wait for each other."""

notes = Table(
    "notes",
    metadata,
    Column("conversation_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("text", Text, nullable=False),
)
"""What operators said between the turns of a conversation."""
