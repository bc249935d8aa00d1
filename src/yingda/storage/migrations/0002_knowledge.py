"""Create the knowledge registry: collections, documents, versions, chunks, changes, index entries."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables as `knowledge/tables.py` described them in this revision."""
    _create_documents()
    _create_versions()
    _create_bookkeeping()


def _create_documents() -> None:
    op.create_table(
        "knowledge_collections",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", name="pk_knowledge_collections"),
    )
    op.create_table(
        "knowledge_documents",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("origin", sa.Text()),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("current_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_documents"),
        sa.ForeignKeyConstraint(
            ["tenant", "collection"],
            ["knowledge_collections.tenant", "knowledge_collections.name"],
            name="fk_knowledge_documents_tenant_collection_knowledge_collections",
        ),
    )
    op.create_index(
        "uq_knowledge_documents_living_source",
        "knowledge_documents",
        ["tenant", "collection", "source"],
        unique=True,
        sqlite_where=sa.text("status = 'active'"),
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_index(
        "ix_knowledge_documents_tenant_collection_updated_at",
        "knowledge_documents",
        ["tenant", "collection", "updated_at"],
    )


def _create_versions() -> None:
    op.create_table(
        "knowledge_versions",
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("encoding", sa.Text()),
        sa.Column("page_count", sa.Integer()),
        sa.Column("chunk_count", sa.Integer(), nullable=False),
        sa.Column("product_category", sa.Text(), nullable=False),
        sa.Column("applicable_version", sa.Text(), nullable=False),
        sa.Column("knowledge_type", sa.Text(), nullable=False),
        sa.Column("published_at", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("document_id", "version", name="pk_knowledge_versions"),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["knowledge_documents.id"],
            name="fk_knowledge_versions_document_id_knowledge_documents",
        ),
    )
    op.create_table(
        "knowledge_chunks",
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("heading", sa.JSON(), nullable=False),
        sa.Column("page", sa.Integer()),
        sa.PrimaryKeyConstraint("document_id", "version", "ordinal", name="pk_knowledge_chunks"),
        sa.ForeignKeyConstraint(
            ["document_id", "version"],
            ["knowledge_versions.document_id", "knowledge_versions.version"],
            name="fk_knowledge_chunks_document_id_version_knowledge_versions",
        ),
    )


def _create_bookkeeping() -> None:
    op.create_table(
        "knowledge_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(10), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_changes"),
    )
    op.create_index("ix_knowledge_changes_tenant_document_id", "knowledge_changes", ["tenant", "document_id"])
    op.create_table(
        "knowledge_index_entries",
        sa.Column("index_name", sa.String(64), nullable=False),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("vector_version", sa.Integer()),
        sa.PrimaryKeyConstraint("index_name", "document_id", name="pk_knowledge_index_entries"),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["knowledge_documents.id"],
            name="fk_knowledge_index_entries_document_id_knowledge_documents",
        ),
    )
