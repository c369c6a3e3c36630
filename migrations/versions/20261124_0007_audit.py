"""The audit, readable by the agency it is about, and witnessed by checkpoints.

An agency sees its own entries, and their seals, which get row-level security as the entries have.
Checkpoints are nobody's data: every role may read them, and none of the service's change one. The
key that signs them is not the key of access tokens: the worker, which signs checkpoints, cannot
make a token, and the API, which makes tokens, cannot sign a checkpoint.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OWN = "agency_id = (SELECT current_agency())"
OWN_SEAL = "EXISTS (SELECT FROM audit_entries e WHERE e.id = audit_seals.entry_id AND e.{own})"
# Table, name, command and role, condition.
POLICIES = [
    ("audit_entries", "audit_entries_select", "FOR SELECT TO doorstep_api", f"USING ({OWN})"),
    ("audit_seals", "audit_seals_owner", "TO CURRENT_USER", "USING (true) WITH CHECK (true)"),
    ("audit_seals", "audit_seals_worker", "TO doorstep_worker", "USING (true) WITH CHECK (true)"),
    (
        "audit_seals",
        "audit_seals_select",
        "FOR SELECT TO doorstep_api",
        f"USING ({OWN_SEAL.format(own=OWN)})",
    ),
]
GRANTS = [
    ("SELECT (number, entry_id)", "audit_seals", "doorstep_api"),
    ("SELECT", "audit_checkpoints", "doorstep_api"),
    ("SELECT (kid, public_jwk)", "checkpoint_keys", "doorstep_api"),
    ("SELECT, INSERT", "audit_checkpoints", "doorstep_worker"),
    ("SELECT", "checkpoint_keys", "doorstep_worker"),
]


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    _create_tables()
    _create_indexes()
    op.execute("ALTER TABLE audit_seals ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE audit_seals FORCE ROW LEVEL SECURITY")
    for table, name, whom, condition in POLICIES:
        op.execute(f"CREATE POLICY {name} ON {table} {whom} {condition}")
    for privileges, table, role in GRANTS:
        op.execute(f"GRANT {privileges} ON {table} TO {role}")


def _create_tables() -> None:
    op.create_table(
        "checkpoint_keys",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("public_jwk", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_checkpoint_keys")),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous", sa.Uuid(), nullable=True),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["audit_seals.number"], name=op.f("fk_audit_checkpoints_number")
        ),
        sa.ForeignKeyConstraint(
            ["previous"], ["audit_checkpoints.id"], name=op.f("fk_audit_checkpoints_previous")
        ),
        sa.ForeignKeyConstraint(
            ["kid"], ["checkpoint_keys.kid"], name=op.f("fk_audit_checkpoints_kid")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checkpoints")),
        sa.UniqueConstraint("number", name=op.f("uq_audit_checkpoints_number")),
        sa.UniqueConstraint("day", name=op.f("uq_audit_checkpoints_day")),
        sa.UniqueConstraint("previous", name=op.f("uq_audit_checkpoints_previous")),
    )


def _create_indexes() -> None:
    op.create_index(
        op.f("ix_audit_entries_practitioner_id_recorded_at"),
        "audit_entries",
        ["practitioner_id", "recorded_at"],
        postgresql_where=sa.text("practitioner_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_audit_entries_resource_id_recorded_at"),
        "audit_entries",
        ["resource_id", "recorded_at"],
        postgresql_where=sa.text("resource_id IS NOT NULL"),
    )
    op.create_index(
        "ix_audit_entries_denied",
        "audit_entries",
        ["agency_id", "recorded_at"],
        postgresql_where=sa.text("outcome = 'denied'"),
    )
    op.create_index(
        "ix_audit_entries_break_glass",
        "audit_entries",
        ["agency_id", "recorded_at"],
        postgresql_where=sa.text("details ? 'break_glass'"),
    )


def downgrade() -> None:
    for privileges, table, role in reversed(GRANTS):
        op.execute(f"REVOKE {privileges} ON {table} FROM {role}")
    for table, name, _, _ in POLICIES:
        op.execute(f"DROP POLICY {name} ON {table}")
    op.execute("ALTER TABLE audit_seals NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE audit_seals DISABLE ROW LEVEL SECURITY")
    for index in (
        "ix_audit_entries_break_glass",
        "ix_audit_entries_denied",
        "ix_audit_entries_resource_id_recorded_at",
        "ix_audit_entries_practitioner_id_recorded_at",
    ):
        op.drop_index(index, table_name="audit_entries")
    op.drop_table("audit_checkpoints")
    op.drop_table("checkpoint_keys")
