"""How endpoints fail and come back, keys that are rotated with an overlap, heartbeats, replays,
and changes of an address that two people make together."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

MINE = "agency_id = (SELECT current_agency())"
GRANTS = [
    "GRANT UPDATE (url, held_at, held_why) ON subscriptions TO doorstep_api",
    "GRANT UPDATE (due_at) ON deliveries TO doorstep_api",
    "GRANT SELECT, INSERT, UPDATE ON endpoint_health TO doorstep_api",
    "GRANT SELECT, UPDATE ON endpoint_health TO doorstep_worker",
    "GRANT SELECT, INSERT ON subscription_keys TO doorstep_api",
    "GRANT SELECT, INSERT ON replay_jobs TO doorstep_api",
    "GRANT UPDATE (status, finished_at, version) ON replay_jobs TO doorstep_api",
    "GRANT SELECT, UPDATE ON replay_jobs TO doorstep_worker",
    "GRANT SELECT, INSERT ON url_changes TO doorstep_api",
    "GRANT UPDATE (status, decided_at, decided_by, decided_by_name, version) ON url_changes "
    "TO doorstep_api",
    "GRANT DELETE ON deliveries, attempts TO doorstep_worker",
    "GRANT UPDATE (retires_at) ON subscription_keys TO doorstep_api",
    "GRANT SELECT ON subscription_keys TO doorstep_worker",
]
START_HEALTH = """
INSERT INTO endpoint_health (subscription_id, agency_id, failures_in_row, probes, allowed,
                             heartbeat_at)
SELECT id, agency_id, 0, 0, 4, now() FROM subscriptions
"""
MOVE_KEYS = """
INSERT INTO subscription_keys (id, subscription_id, agency_id, sealed_secret, sealed_private_key,
                               public_key, created_at)
SELECT id, id, agency_id, sealed_secret, sealed_private_key, public_key, created_at
  FROM subscriptions
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.add_column("subscriptions", sa.Column("held_at", sa.DateTime(timezone=True)))
    op.add_column("subscriptions", sa.Column("held_why", sa.Text))
    op.add_column(
        "subscriptions",
        sa.Column("heartbeat_seconds", sa.Integer, nullable=False, server_default="300"),
    )
    op.alter_column("subscriptions", "heartbeat_seconds", server_default=None)
    op.create_check_constraint(
        "heartbeat_seconds", "subscriptions", "heartbeat_seconds BETWEEN 60 AND 900"
    )
    _allow_kinds("event", "verification", "test", "heartbeat", "moved")
    op.add_column("deliveries", sa.Column("url", sa.Text))
    op.create_check_constraint(
        "held_why", "subscriptions", "held_why IN ('gone', 'broken', 'by_owner', 'by_operator')"
    )
    op.create_check_constraint(
        "held", "subscriptions", "(status = 'held') <= (held_at IS NOT NULL)"
    )
    op.create_index(
        "ix_attempts_subscription_id_started_at", "attempts", ["subscription_id", "started_at"]
    )
    op.create_index(
        "ix_deliveries_heartbeats",
        "deliveries",
        ["finished_at"],
        postgresql_where=sa.text("kind = 'heartbeat'"),
    )
    _create_health()
    _create_keys()
    _create_replays()
    _create_url_changes()
    for grant in GRANTS:
        op.execute(grant)


def _allow_kinds(*kinds: str) -> None:
    listed = ", ".join(f"'{each}'" for each in kinds)
    op.execute("ALTER TABLE deliveries DROP CONSTRAINT ck_deliveries_kind")
    op.create_check_constraint("kind", "deliveries", f"kind IN ({listed})")


def _create_replays() -> None:
    op.create_table(
        "replay_jobs",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("subscription_id", sa.Uuid, sa.ForeignKey("subscriptions.id"), nullable=False),
        sa.Column("agency_id", sa.Uuid, sa.ForeignKey("agencies.id"), nullable=False),
        sa.Column("which", sa.Text, nullable=False),
        *(
            sa.Column(name, sa.BigInteger, nullable=False)
            for name in ("from_position", "to_position", "next_position", "queued")
        ),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("which IN ('failed', 'missing', 'all')", name="which"),
        sa.CheckConstraint("status IN ('running', 'done', 'cancelled')", name="status"),
    )
    op.create_index("ix_replay_jobs_subscription_id_id", "replay_jobs", ["subscription_id", "id"])
    op.create_index(
        "uq_replay_jobs_running",
        "replay_jobs",
        ["subscription_id"],
        unique=True,
        postgresql_where=sa.text("status = 'running'"),
    )
    _secure(
        "replay_jobs",
        {
            "worker": "TO doorstep_worker USING (true) WITH CHECK (true)",
            "select": f"FOR SELECT TO doorstep_api USING ({MINE})",
            "insert": f"FOR INSERT TO doorstep_api WITH CHECK ({MINE})",
            "update": f"FOR UPDATE TO doorstep_api USING ({MINE})",
        },
    )


def _create_url_changes() -> None:
    op.create_table(
        "url_changes",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("subscription_id", sa.Uuid, sa.ForeignKey("subscriptions.id"), nullable=False),
        sa.Column("agency_id", sa.Uuid, sa.ForeignKey("agencies.id"), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("url", "reason", "status")),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Uuid, sa.ForeignKey("practitioners.id"), nullable=False),
        sa.Column("proposed_by_name", sa.Text, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.Uuid, sa.ForeignKey("practitioners.id")),
        sa.Column("decided_by_name", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("status IN ('proposed', 'approved', 'refused')", name="status"),
        sa.CheckConstraint("proposed_by <> decided_by", name="by_two"),
    )
    op.create_index(
        "uq_url_changes_proposed",
        "url_changes",
        ["subscription_id"],
        unique=True,
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.create_index("ix_url_changes_subscription_id_id", "url_changes", ["subscription_id", "id"])
    _secure(
        "url_changes",
        {
            "select": f"FOR SELECT TO doorstep_api USING ({MINE})",
            "insert": f"FOR INSERT TO doorstep_api WITH CHECK ({MINE})",
            "update": f"FOR UPDATE TO doorstep_api USING ({MINE})",
        },
    )


def _create_health() -> None:
    op.create_table(
        "endpoint_health",
        sa.Column("subscription_id", sa.Uuid, sa.ForeignKey("subscriptions.id"), primary_key=True),
        sa.Column("agency_id", sa.Uuid, sa.ForeignKey("agencies.id"), nullable=False),
        *(
            sa.Column(n, sa.Integer, nullable=False)
            for n in ("failures_in_row", "probes", "allowed")
        ),
        *(
            sa.Column(name, sa.DateTime(timezone=True))
            for name in ("open_until", "slow_until", "degraded_at")
        ),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute(START_HEALTH)
    _secure(
        "endpoint_health",
        {
            "worker": "TO doorstep_worker USING (true) WITH CHECK (true)",
            "api": f"TO doorstep_api USING ({MINE}) WITH CHECK ({MINE})",
        },
    )


def _secure(table: str, policies: dict[str, str]) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    owner = {"owner": "TO CURRENT_USER USING (true) WITH CHECK (true)"}
    for name, policy in (owner | policies).items():
        op.execute(f"CREATE POLICY {table}_{name} ON {table} {policy}")


def _create_keys() -> None:
    """What a subscription is sealed for stays its own id: ciphertexts move as they are."""
    op.create_table(
        "subscription_keys",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("subscription_id", sa.Uuid, sa.ForeignKey("subscriptions.id"), nullable=False),
        sa.Column("agency_id", sa.Uuid, sa.ForeignKey("agencies.id"), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary, nullable=False),
        sa.Column("public_key", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retires_at", sa.DateTime(timezone=True)),
    )
    op.create_index(
        "ix_subscription_keys_subscription_id", "subscription_keys", ["subscription_id"]
    )
    op.execute(MOVE_KEYS)
    for name in ("sealed_secret", "sealed_private_key", "public_key"):
        op.drop_column("subscriptions", name)
    _secure(
        "subscription_keys",
        {
            "worker": "FOR SELECT TO doorstep_worker USING (true)",
            "select": f"FOR SELECT TO doorstep_api USING ({MINE})",
            "insert": f"FOR INSERT TO doorstep_api WITH CHECK ({MINE})",
            "update": f"FOR UPDATE TO doorstep_api USING ({MINE})",
        },
    )


def downgrade() -> None:
    for name in ("sealed_secret", "sealed_private_key", "public_key"):
        kind = sa.Text if name == "public_key" else sa.LargeBinary
        op.add_column("subscriptions", sa.Column(name, kind()))
    op.execute(
        "UPDATE subscriptions s SET sealed_secret = k.sealed_secret, "
        "sealed_private_key = k.sealed_private_key, public_key = k.public_key "
        "FROM subscription_keys k WHERE k.subscription_id = s.id AND k.retires_at IS NULL"
    )
    for name in ("sealed_secret", "sealed_private_key", "public_key"):
        op.alter_column("subscriptions", name, nullable=False)
    op.drop_table("url_changes")
    op.drop_table("replay_jobs")
    op.drop_table("subscription_keys")
    op.drop_index("ix_deliveries_heartbeats", "deliveries")
    op.drop_index("ix_attempts_subscription_id_started_at", "attempts")
    op.execute(
        "DELETE FROM attempts WHERE delivery_id IN "
        "(SELECT id FROM deliveries WHERE kind IN ('heartbeat', 'moved'))"
    )
    op.execute("DELETE FROM deliveries WHERE kind IN ('heartbeat', 'moved')")
    op.drop_column("deliveries", "url")
    _allow_kinds("event", "verification", "test")
    op.execute("REVOKE DELETE ON deliveries, attempts FROM doorstep_worker")
    for name in ("held", "held_why", "heartbeat_seconds"):
        op.execute(f"ALTER TABLE subscriptions DROP CONSTRAINT ck_subscriptions_{name}")
    for name in ("held_at", "held_why", "heartbeat_seconds"):
        op.drop_column("subscriptions", name)
    op.drop_table("endpoint_health")
    op.execute("REVOKE UPDATE (due_at) ON deliveries FROM doorstep_api")
