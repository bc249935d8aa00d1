"""The desk at work: claims with leases, its events, operators and their solutions; tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Widen the queue and create the other tables."""
    _widen_handoffs()
    _create_desk()
    _create_tickets()


def _widen_handoffs() -> None:
    for column in (
        sa.Column("external_id", sa.Text(), nullable=False, server_default=""),
        sa.Column("skill", sa.Text(), nullable=False, server_default=""),
        sa.Column("operator_id", sa.Text()),
        sa.Column("claimed_at", MOMENT),
        sa.Column("lease_until", MOMENT),
        sa.Column("closed_at", MOMENT),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("event_count", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("handoffs", column)
    op.create_index("ix_handoffs_status_lease_until", "handoffs", ["status", "lease_until"])
    op.create_index(
        "ix_handoffs_queue", "handoffs", ["tenant", "status", sa.text("rank DESC"), "requested_at", "id"]
    )
    # A conversation of the helpdesk is named by its id; a call by the name that its card holds.
    op.execute(sa.text("UPDATE handoffs SET external_id = conversation_id WHERE dialect = 'helpdesk'"))


def _create_desk() -> None:
    op.create_table(
        "handoff_events",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("handoff_id", sa.String(32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "conversation_id", "number", name="pk_handoff_events"),
    )
    op.create_index("ix_handoff_events_at", "handoff_events", ["at"])
    op.create_table(
        "operators",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_operators"),
    )
    op.create_table(
        "human_solutions",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(64)),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("solution", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text()),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("curated_id", sa.String(32)),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_human_solutions"),
    )
    op.create_index("ix_human_solutions_tenant_status", "human_solutions", ["tenant", "status", "created_at"])


def _create_tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(128)),
        sa.Column("conversation_id", sa.String(64)),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("category", sa.String(16), nullable=False),
        sa.Column("priority", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("related_order", sa.Text()),
        sa.Column("related_product", sa.Text()),
        sa.Column("contact", sa.Text()),
        sa.Column("assignee", sa.Text()),
        sa.Column("promised_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.Column("idempotency_key", sa.Text()),
        sa.Column("fingerprint", sa.Text()),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("comment_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
    )
    for column in ("updated_at", "user_id", "conversation_id"):
        op.create_index(f"ix_tickets_tenant_{column}", "tickets", ["tenant", column])
    op.create_index(
        "uq_tickets_tenant_idempotency_key", "tickets", ["tenant", "idempotency_key"], unique=True
    )
    op.create_table(
        "ticket_comments",
        sa.Column("ticket_id", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "number", name="pk_ticket_comments"),
    )
