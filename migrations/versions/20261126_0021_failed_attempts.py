"""The few attempts that failed are found among the many that did not."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.create_index(
        "ix_attempts_failed",
        "attempts",
        ["subscription_id", "started_at"],
        postgresql_where=sa.text("outcome <> 'delivered'"),
    )


def downgrade() -> None:
    op.drop_index("ix_attempts_failed", "attempts")
