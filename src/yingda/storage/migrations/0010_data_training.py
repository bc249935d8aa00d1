"""What data questions are taught by people: pairs, texts, opinions, and who changed what."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "data_training",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_data_training"),
    )
    op.create_index("ix_data_training_tenant_updated_at", "data_training", ["tenant", "updated_at"])
    op.create_index("ix_data_training_tenant_kind", "data_training", ["tenant", "kind"])
    op.create_table(
        "data_training_changes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_data_training_changes"),
    )
    op.create_index("ix_data_training_changes_tenant_id", "data_training_changes", ["tenant", "id"])
    op.create_table(
        "data_training_revisions",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name="pk_data_training_revisions"),
    )
    _create_feedback()


def _create_feedback() -> None:
    op.create_table(
        "qa_feedback",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.Column("is_thumb_up", sa.Boolean(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("create_time", MOMENT, nullable=False),
        sa.Column("update_time", MOMENT, nullable=False),
        sa.Column("is_in_training_data", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_qa_feedback"),
    )
    op.create_index("ix_qa_feedback_tenant_create_time", "qa_feedback", ["tenant", "create_time"])
