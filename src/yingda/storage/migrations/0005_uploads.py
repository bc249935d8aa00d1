"""Create the queue of uploads and their original bytes; let a document be switched off."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Documents that are there stay enabled."""
    op.add_column(
        "knowledge_documents", sa.Column("is_enabled", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.create_index("ix_knowledge_versions_sha256", "knowledge_versions", ["sha256"])
    _create_uploads()
    op.create_table(
        "knowledge_originals",
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", "part", name="pk_knowledge_originals"),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["knowledge_documents.id"],
            name="fk_knowledge_originals_document_id_knowledge_documents",
        ),
    )


def _create_uploads() -> None:
    op.create_table(
        "knowledge_uploads",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(4), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("suffix", sa.String(16), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("final_url", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger()),
        sa.Column("sha256", sa.String(64)),
        sa.Column("duplicate_of", sa.String(32)),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("client_ref", sa.Text()),
        sa.Column("fail_code", sa.Text()),
        sa.Column("fail_reason", sa.Text()),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_knowledge_uploads"),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["knowledge_documents.id"],
            name="fk_knowledge_uploads_document_id_knowledge_documents",
        ),
    )
    op.create_index("uq_knowledge_uploads_document_id", "knowledge_uploads", ["document_id"], unique=True)
    op.create_index(
        "uq_knowledge_uploads_client_ref",
        "knowledge_uploads",
        ["tenant", "collection", "client_ref"],
        unique=True,
    )
    op.create_index("ix_knowledge_uploads_state_number", "knowledge_uploads", ["state", "number"])
    op.create_index("ix_knowledge_uploads_sha256", "knowledge_uploads", ["sha256"])
