"""The registry's tables: what documents there are, what each version says, and what the index has of it."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
    true,
)

from yingda.storage.columns import UtcDateTime
from yingda.storage.sql import metadata

collections = Table(
    "knowledge_collections",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("words", JSON, nullable=False),
)
"""`revision` grows with every change; `words` are the collection's own additions to the dictionary."""

documents = Table(
    "knowledge_documents",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("collection", Text, nullable=False),
    Column("source", String(255), nullable=False),
    Column("origin", Text),
    Column("status", String(8), nullable=False),
    Column("current_version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("is_enabled", Boolean, nullable=False, server_default=true()),
    ForeignKeyConstraint(
        ["tenant", "collection"], ["knowledge_collections.tenant", "knowledge_collections.name"]
    ),
    Index(
        "uq_knowledge_documents_living_source",
        "tenant",
        "collection",
        "source",
        unique=True,
        sqlite_where=text("status = 'active'"),
        postgresql_where=text("status = 'active'"),
    ),
    Index("ix_knowledge_documents_tenant_collection_updated_at", "tenant", "collection", "updated_at"),
)
"""A living document is known by its source; `origin` names the watched folder that its file lies in.

`status` is `reserved` while the file is still to be read, then `active`, in the end `deleted`. What is not
enabled stays whole and is kept out of every index.
"""

versions = Table(
    "knowledge_versions",
    metadata,
    Column("document_id", String(32), ForeignKey("knowledge_documents.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("status", String(8), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("recipe", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("title", Text),
    Column("media_type", Text, nullable=False),
    Column("encoding", Text),
    Column("page_count", Integer),
    Column("chunk_count", Integer, nullable=False),
    Column("product_category", Text, nullable=False),
    Column("applicable_version", Text, nullable=False),
    Column("knowledge_type", Text, nullable=False),
    Column("published_at", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_knowledge_versions_sha256", "sha256"),
)
"""`recipe` names the parser and chunker that made the chunks: others make equal bytes a new version."""

chunks = Table(
    "knowledge_chunks",
    metadata,
    Column("document_id", String(32), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("heading", JSON, nullable=False),
    Column("page", Integer),
    ForeignKeyConstraint(
        ["document_id", "version"], ["knowledge_versions.document_id", "knowledge_versions.version"]
    ),
)
"""A chunk's words are `text[start:end]` of its version, so they are kept once."""

changes = Table(
    "knowledge_changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("tenant", Text, nullable=False),
    Column("collection", Text, nullable=False),
    Column("document_id", String(32), nullable=False),
    Column("source", String(255), nullable=False),
    Column("version", Integer, nullable=False),
    Column("change", String(10), nullable=False),
    Column("key_id", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_knowledge_changes_tenant_document_id", "tenant", "document_id"),
)
"""The audit trail: who added, replaced or deleted what; outlives the document."""

index_entries = Table(
    "knowledge_index_entries",
    metadata,
    Column("index_name", String(64), primary_key=True),
    Column("document_id", String(32), ForeignKey("knowledge_documents.id"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("vector_version", Integer),
)
"""Which version of which document each index folder holds; what differs from the registry is repaired.

`version` 0 holds nothing that counts. `vector_version` is the version that the vectors are of.
"""

uploads = Table(
    "knowledge_uploads",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("document_id", String(32), ForeignKey("knowledge_documents.id"), nullable=False),
    Column("tenant", Text, nullable=False),
    Column("collection", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("kind", String(4), nullable=False),
    Column("state", String(8), nullable=False),
    Column("progress", Integer, nullable=False),
    Column("suffix", String(16), nullable=False),
    Column("url", Text, nullable=False),
    Column("final_url", Text, nullable=False),
    Column("size_bytes", BigInteger),
    Column("sha256", String(64)),
    Column("duplicate_of", String(32)),
    Column("tags", JSON, nullable=False),
    Column("language", Text, nullable=False),
    Column("client_ref", Text),
    Column("fail_code", Text),
    Column("fail_reason", Text),
    Column("warnings", JSON, nullable=False),
    Column("claim", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("free_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("uq_knowledge_uploads_document_id", "document_id", unique=True),
    Index("uq_knowledge_uploads_client_ref", "tenant", "collection", "client_ref", unique=True),
    Index("ix_knowledge_uploads_state_number", "state", "number"),
    Index("ix_knowledge_uploads_sha256", "sha256"),
)
"""What is still to become a document, and how what came this way did.

The queue is in the order of `number`. `claim` counts who took it: only the last one may write. Nobody else
takes it before `free_at`, which its owner puts off while alive.
"""

originals = Table(
    "knowledge_originals",
    metadata,
    Column("document_id", String(32), ForeignKey("knowledge_documents.id"), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
"""The bytes as they were sent, in parts so that no single write holds others up; gone with the document."""
