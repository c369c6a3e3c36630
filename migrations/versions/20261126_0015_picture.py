"""The picture of hostility: what has been raised for whom, and what the worker looks at.

The worker gets dates, codes and ids of what the picture is made of, and nothing that anybody
wrote. Of an incident it sees which agencies met it, in a column of its own, and not who of them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

CODES = (
    "no_contact", "child_not_seen", "services_withheld", "one_agency_visits",
    "one_agency_targeted", "approved_of_agency", "divergent_severities", "no_current_plan",
)  # fmt: skip
TABLES = ["raised_indicators", "picture_checks"]
OWN = (
    "agency_id = (SELECT current_agency()) AND EXISTS (SELECT FROM involvements i "
    "WHERE i.family_id = raised_indicators.family_id "
    "AND i.agency_id = (SELECT current_agency()) AND i.until_at IS NULL)"
)
GRANTS = [
    "GRANT SELECT ON raised_indicators TO doorstep_api",
    "GRANT UPDATE (met_by, decided_at) ON incidents TO doorstep_api",
    "GRANT SELECT, INSERT, DELETE ON raised_indicators TO doorstep_worker",
    "GRANT SELECT, INSERT, UPDATE ON picture_checks TO doorstep_worker",
    "GRANT SELECT (subject_member_id, subject_address_id, precautions) ON alerts "
    "TO doorstep_worker",
    "GRANT SELECT (occurred_at, met_by, decided_at) ON incidents TO doorstep_worker",
    "GRANT SELECT (id, family_id, agency_id, observed_on, contact, took_place, child_seen, type) "
    "ON engagement_observations TO doorstep_worker",
    "GRANT SELECT (id, family_id, agency_id, resolved_on) ON engagement_inabilities "
    "TO doorstep_worker",
    "GRANT SELECT (id, agreement_id, family_id, applied) ON agreement_breaches TO doorstep_worker",
]


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.add_column(
        "incidents",
        sa.Column(
            "met_by", postgresql.ARRAY(sa.Uuid), nullable=False, server_default=sa.text("'{}'")
        ),
    )
    op.alter_column("incidents", "met_by", server_default=None)
    op.add_column("incidents", sa.Column("decided_at", sa.DateTime(timezone=True)))
    listed = ", ".join(f"'{code}'" for code in CODES)
    op.create_table(
        "raised_indicators",
        sa.Column("family_id", sa.Uuid, sa.ForeignKey("families.id"), primary_key=True),
        sa.Column("agency_id", sa.Uuid, sa.ForeignKey("agencies.id"), primary_key=True),
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"code IN ({listed})", name="code"),
    )
    op.create_table(
        "picture_checks",
        sa.Column("id", sa.Uuid, sa.ForeignKey("families.id"), primary_key=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
    )
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        for role, name in (("CURRENT_USER", "owner"), ("doorstep_worker", "worker")):
            op.execute(
                f"CREATE POLICY {table}_{name} ON {table} TO {role} USING (true) WITH CHECK (true)"
            )
    op.execute(
        "CREATE POLICY agreement_breaches_worker ON agreement_breaches FOR SELECT "
        "TO doorstep_worker USING (true)"
    )
    op.execute(
        "CREATE POLICY raised_indicators_select ON raised_indicators FOR SELECT "
        f"TO doorstep_api USING ({OWN})"
    )
    for grant in GRANTS:
        op.execute(grant)


def downgrade() -> None:
    op.execute("DROP POLICY agreement_breaches_worker ON agreement_breaches")
    for table in TABLES:
        op.drop_table(table)
    for table, columns in (
        ("alerts", "subject_member_id, subject_address_id, precautions"),
        (
            "engagement_observations",
            "id, family_id, agency_id, observed_on, contact, took_place, child_seen, type",
        ),
        ("engagement_inabilities", "id, family_id, agency_id, resolved_on"),
        ("incidents", "occurred_at"),
        ("agreement_breaches", "id, agreement_id, family_id, applied"),
    ):
        op.execute(f"REVOKE SELECT ({columns}) ON {table} FROM doorstep_worker")
    op.drop_column("incidents", "decided_at")
    op.drop_column("incidents", "met_by")
