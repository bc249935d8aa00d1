"""The tables of curated answers: what was written, how it changed, and when it was given."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, Index, Integer, String, Table, Text

from yingda.storage.columns import UtcDateTime
from yingda.storage.sql import metadata

revisions = Table(
    "curated_revisions",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("collection", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)
"""Grows with every change of the answers of a collection; hits do not count."""

answers = Table(
    "curated_answers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("collection", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("similar", JSON, nullable=False),
    Column("negative", JSON, nullable=False),
    Column("documents", JSON, nullable=False),
    Column("scope", JSON, nullable=False),
    Column("valid_from", UtcDateTime),
    Column("valid_until", UtcDateTime),
    Column("status", String(16), nullable=False),
    Column("searched", Text, nullable=False),
    Column("hit_count", Integer, nullable=False),
    Column("last_hit_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(32), nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("updated_by", String(32), nullable=False),
    Index("ix_curated_answers_tenant_collection_updated_at", "tenant", "collection", "updated_at"),
)
"""`searched` is what a keyword is looked for in: questions and answer, folded."""

hits = Table(
    "curated_hits",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("tenant", Text, nullable=False),
    Column("collection", Text, nullable=False),
    Column("answer_id", String(32), nullable=False),
    Column("turn_id", String(64), nullable=False),
    Column("question", Text, nullable=False),
    Column("score", Float, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_curated_hits_tenant_collection_id", "tenant", "collection", "id"),
    Index("ix_curated_hits_answer_id_id", "answer_id", "id"),
)
"""One line for each time an answer was given; outlives the answer, not its retention."""
