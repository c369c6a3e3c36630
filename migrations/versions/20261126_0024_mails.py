"""Mail to an agency whose webhook fails, is held or works again, queued with the event."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

MINE = "agency_id = (SELECT current_agency())"
POLICIES = {
    "owner": "TO CURRENT_USER USING (true) WITH CHECK (true)",
    "worker": "TO doorstep_worker USING (true) WITH CHECK (true)",
    "select": f"FOR SELECT TO doorstep_api USING ({MINE})",
    "insert": f"FOR INSERT TO doorstep_api WITH CHECK ({MINE})",
}
GRANTS = [
    "GRANT SELECT, INSERT ON webhook_mails TO doorstep_api",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_mails TO doorstep_worker",
    "GRANT SELECT (webhook_email) ON agencies TO doorstep_worker",
]


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.add_column("agencies", sa.Column("webhook_email", sa.Text))
    op.create_table(
        "webhook_mails",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("subscription_id", sa.Uuid, sa.ForeignKey("subscriptions.id"), nullable=False),
        sa.Column("agency_id", sa.Uuid, sa.ForeignKey("agencies.id"), nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        *(_time(name, nullable=False) for name in ("since", "queued_at")),
        sa.Column("status", sa.Text, nullable=False),
        _time("due_at", nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("lease_token", sa.Uuid),
        _time("finished_at", nullable=True),
        sa.CheckConstraint(
            "about IN ('degraded', 'held', 'recovered', 'undeliverable')", name="about"
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'sent', 'superseded', 'given_up')", name="status"
        ),
    )
    op.create_index(
        "ix_webhook_mails_due",
        "webhook_mails",
        ["due_at"],
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "ix_webhook_mails_subscription_id_queued_at",
        "webhook_mails",
        ["subscription_id", "queued_at"],
    )
    op.execute("ALTER TABLE webhook_mails ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE webhook_mails FORCE ROW LEVEL SECURITY")
    for name, policy in POLICIES.items():
        op.execute(f"CREATE POLICY webhook_mails_{name} ON webhook_mails {policy}")
    for grant in GRANTS:
        op.execute(grant)


def _time(name: str, *, nullable: bool) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def downgrade() -> None:
    op.drop_table("webhook_mails")
    op.drop_column("agencies", "webhook_email")
