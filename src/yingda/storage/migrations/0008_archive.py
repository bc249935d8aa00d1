"""Titles and counts of conversations, the orders they are listed in, and what operators said in them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_COUNT_MESSAGES = """
UPDATE conversations SET message_count = (
    SELECT count(*) + count(nullif(t.answer, '')) FROM turns t WHERE t.conversation_id = conversations.id
)
"""

_KEEP_TOTALS = (
    "INSERT INTO conversation_totals SELECT tenant, dialect, count(*) FROM conversations GROUP BY 1, 2",
    """
    CREATE TRIGGER count_new_conversation AFTER INSERT ON conversations BEGIN
        INSERT INTO conversation_totals VALUES (NEW.tenant, NEW.dialect, 1)
        ON CONFLICT (tenant, dialect) DO UPDATE SET conversations = conversations + 1;
    END
    """,
    """
    CREATE TRIGGER count_deleted_conversation AFTER DELETE ON conversations BEGIN
        UPDATE conversation_totals SET conversations = conversations - 1
        WHERE tenant = OLD.tenant AND dialect = OLD.dialect;
    END
    """,
)


def upgrade() -> None:
    """Count the messages that are there, then index."""
    op.add_column("conversations", sa.Column("title", sa.Text()))
    op.add_column(
        "conversations", sa.Column("message_count", sa.Integer(), nullable=False, server_default="0")
    )
    op.execute(_COUNT_MESSAGES)
    op.create_table(
        "notes",
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "number", name="pk_notes"),
    )
    op.create_index("ix_idempotency_keys_turn", "idempotency_keys", ["turn_id"])
    _index_orders()
    op.create_table(
        "conversation_totals",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("dialect", sa.Text(), nullable=False),
        sa.Column("conversations", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "dialect", name="pk_conversation_totals"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in _KEEP_TOTALS:
            op.execute(statement)


def _index_orders() -> None:
    was_held = sa.text("handoff IS NOT NULL")
    op.create_index(
        "ix_conversations_handoff",
        "conversations",
        ["tenant", "dialect", "handoff", "last_active_at"],
        sqlite_where=was_held,
        postgresql_where=was_held,
    )
    has_user = sa.text("user_id IS NOT NULL")
    for order, column in (("active", "last_active_at"), ("created", "created_at")):
        op.create_index(f"ix_conversations_{order}", "conversations", ["tenant", "dialect", column])
        op.create_index(
            f"ix_conversations_user_{order}",
            "conversations",
            ["tenant", "dialect", "user_id", column],
            sqlite_where=has_user,
            postgresql_where=has_user,
        )
