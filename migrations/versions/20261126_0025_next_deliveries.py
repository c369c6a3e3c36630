"""A claim finds the next deliveries of a subscription in their order, however many wait."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

PENDING = sa.text("status = 'pending'")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.create_index(
        "ix_deliveries_next",
        "deliveries",
        ["subscription_id", "priority", sa.text("(attempts > 0)"), "position", "due_at"],
        postgresql_where=PENDING,
    )
    op.drop_index("ix_deliveries_due", "deliveries")


def downgrade() -> None:
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["subscription_id", "priority", "due_at"],
        postgresql_where=PENDING,
    )
    op.drop_index("ix_deliveries_next", "deliveries")
