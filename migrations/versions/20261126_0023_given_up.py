"""What is replayed is marked, and what was given up is found without reading everything."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.add_column(
        "deliveries",
        sa.Column("replayed", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index(
        "ix_deliveries_undeliverable",
        "deliveries",
        ["subscription_id"],
        postgresql_where=sa.text("status = 'undeliverable'"),
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_undeliverable", "deliveries")
    op.drop_column("deliveries", "replayed")
