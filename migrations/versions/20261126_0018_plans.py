"""Plans that meetings draw up, seen by the agencies that they were given to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = [
    "plans",
    "plan_versions",
    "plan_recipients",
    "plan_reviews",
    "plan_steps",
    "plan_alerts",
]
CALLER = "(SELECT current_agency())"
OWN = f"agency_id = {CALLER}"


def _involved(table: str) -> str:
    return (
        f"EXISTS (SELECT FROM involvements i WHERE i.family_id = {table}.family_id "
        f"AND i.agency_id = {CALLER} AND i.until_at IS NULL)"
    )


def _seen(table: str, of: str, key: str, condition: str = "true") -> str:
    """What the row belongs to is seen by the caller, by its own policy."""
    return (
        f"EXISTS (SELECT FROM {of} o WHERE o.id = {table}.{key} "
        f"AND o.family_id = {table}.family_id AND {condition})"
    )


ALERT_SEEN = "EXISTS (SELECT FROM alerts a WHERE a.id = {table}.alert_id)"
PLAN = f"{_involved('plans')} AND ({OWN} OR reads_plan(plans.id))"
OWNED_PLAN = f"o.{OWN}"
SELECTS = {
    "plans": PLAN,
    "plan_versions": _seen("plan_versions", "plans", "plan_id"),
    "plan_recipients": _seen("plan_recipients", "plans", "plan_id"),
    "plan_reviews": _seen("plan_reviews", "plans", "plan_id"),
    "plan_steps": _seen("plan_steps", "plans", "plan_id"),
    "plan_alerts": (
        f"{_seen('plan_alerts', 'plans', 'plan_id')} AND {ALERT_SEEN.format(table='plan_alerts')}"
    ),
}
INSERTS = {
    "plans": f"{_involved('plans')} AND {OWN}",
    "plan_versions": _seen("plan_versions", "plans", "plan_id", OWNED_PLAN),
    "plan_recipients": _seen("plan_recipients", "plans", "plan_id", OWNED_PLAN),
    "plan_reviews": _seen("plan_reviews", "plans", "plan_id", OWNED_PLAN),
    "plan_steps": _seen("plan_steps", "plans", "plan_id", OWNED_PLAN),
    "plan_alerts": (
        f"{_seen('plan_alerts', 'plans', 'plan_id', OWNED_PLAN)} "
        f"AND {ALERT_SEEN.format(table='plan_alerts')}"
    ),
}
UPDATES = {
    "plans": (f"{_involved('plans')} AND {OWN}", _involved("plans")),
}
GRANTS = [
    f"GRANT SELECT, INSERT ON {', '.join(TABLES)} TO doorstep_api",
    "GRANT UPDATE (agency_id, status, review_due, repeat_days, review_notices_sent, version, "
    "content_version) ON plans TO doorstep_api",
    "GRANT SELECT (id, family_id, agency_id, kind, status, review_due, review_notices_sent, "
    "version) ON plans TO doorstep_worker",
    "GRANT UPDATE (review_notices_sent) ON plans TO doorstep_worker",
    "GRANT SELECT (plan_id, agency_id, family_id) ON plan_recipients TO doorstep_worker",
]
WORKER = ["plans", "plan_recipients"]
AUDIT = (
    "CREATE POLICY audit_entries_plans ON audit_entries AS RESTRICTIVE FOR SELECT "
    f"TO doorstep_api USING (agency_id = {CALLER} OR CASE resource_type "
    "WHEN 'plan' THEN EXISTS (SELECT FROM plans p WHERE p.id = resource_id) "
    "ELSE true END)"
)

READS_PLAN = """
CREATE FUNCTION reads_plan(p_plan uuid) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM plan_recipients
                    WHERE plan_id = p_plan AND agency_id = current_agency())
$$
"""
ADOPT_PLANS = """
CREATE FUNCTION adopt_plans(p_family uuid, p_now timestamptz)
RETURNS TABLE (id uuid, version integer, recipients uuid[]) LANGUAGE sql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH involved AS (
        SELECT agency_id FROM involvements WHERE family_id = p_family AND until_at IS NULL
    ), adopted AS (
        UPDATE plans p SET agency_id = f.lead_agency_id, version = p.version + 1
          FROM families f
         WHERE f.id = p_family AND p.family_id = f.id AND p.status = 'current'
           AND p.agency_id NOT IN (SELECT agency_id FROM involved)
           AND f.lead_agency_id IN (SELECT agency_id FROM involved)
           AND current_agency() IN (SELECT agency_id FROM involved)
        RETURNING p.id, p.version, p.agency_id
    ), noted AS (
        INSERT INTO plan_steps (id, plan_id, family_id, version, act, at, agency_id)
        SELECT gen_random_uuid(), a.id, p_family, a.version, 'hand_over', p_now, a.agency_id
          FROM adopted a
    ), named AS (
        INSERT INTO plan_recipients (plan_id, agency_id, family_id, reason, since)
        SELECT a.id, a.agency_id, p_family, 'leads the family', p_now FROM adopted a
        ON CONFLICT DO NOTHING
    )
    SELECT a.id, a.version, ARRAY(
               SELECT i.agency_id FROM involved i
                WHERE i.agency_id = a.agency_id
                   OR EXISTS (SELECT FROM plan_recipients r
                               WHERE r.plan_id = a.id AND r.agency_id = i.agency_id))
      FROM adopted a ORDER BY a.id
$$
"""
DOORS = {
    "reads_plan(uuid)": READS_PLAN,
    "adopt_plans(uuid, timestamptz)": ADOPT_PLANS,
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    _create_plans()
    for signature, door in DOORS.items():
        op.execute(door)
        op.execute(f"REVOKE EXECUTE ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO doorstep_api")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)"
        )
        _policy(table, "SELECT", f"USING ({SELECTS[table]})")
        _policy(table, "INSERT", f"WITH CHECK ({INSERTS[table]})")
    for table, (seen, written) in UPDATES.items():
        _policy(table, "UPDATE", f"USING ({seen}) WITH CHECK ({written})")
    for table in WORKER:
        op.execute(
            f"CREATE POLICY {table}_worker ON {table} TO doorstep_worker "
            "USING (true) WITH CHECK (true)"
        )
    for grant in GRANTS:
        op.execute(grant)
    op.execute(AUDIT)


def _policy(table: str, command: str, condition: str) -> None:
    op.execute(
        f"CREATE POLICY {table}_{command.lower()} ON {table} FOR {command} "
        f"TO doorstep_api {condition}"
    )


def _id() -> sa.Column[sa.Uuid]:
    return sa.Column("id", sa.Uuid, primary_key=True)


def _key(name: str, table: str, *, nullable: bool = False, **given: bool) -> sa.Column[sa.Uuid]:
    return sa.Column(name, sa.Uuid, sa.ForeignKey(f"{table}.id"), nullable=nullable, **given)


def _time(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _day(name: str, *, nullable: bool = False) -> sa.Column[sa.Date]:
    return sa.Column(name, sa.Date, nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[sa.Text]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _number(name: str, **given: bool) -> sa.Column[sa.Integer]:
    return sa.Column(name, sa.Integer, nullable=given.pop("nullable", False), **given)


def _json(name: str, *, nullable: bool = False) -> sa.Column[postgresql.JSONB]:
    return sa.Column(name, postgresql.JSONB, nullable=nullable)


def _by(*, nullable: bool = False) -> tuple[sa.Column, ...]:
    return (
        sa.Column("by_id", sa.Uuid),
        _text("by_name", nullable=nullable),
        _text("by_job_title", nullable=nullable),
    )


def _one_of(column: str, *values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def _create_plans() -> None:
    op.create_table(
        "plans",
        _id(),
        _key("family_id", "families"),
        _key("agency_id", "agencies"),
        _key("meeting_id", "meetings"),
        _text("kind"),
        _text("status"),
        _time("drawn_up_at"),
        _day("review_due"),
        _number("repeat_days", nullable=True),
        _number("review_notices_sent"),
        _number("version"),
        _number("content_version"),
        _one_of("kind", "family_sharing", "risk_reduction"),
        _one_of("status", "current", "superseded", "ended"),
    )
    op.create_index("ix_plans_family_id_id", "plans", ["family_id", "id"])
    op.create_index(
        "ix_plans_review_due",
        "plans",
        ["review_due"],
        postgresql_where=sa.text("status = 'current'"),
    )
    op.create_table(
        "plan_versions",
        _id(),
        _key("plan_id", "plans"),
        _key("family_id", "families"),
        _number("number"),
        _json("content"),
        _text("reason", nullable=True),
        _time("at"),
        *_by(),
        sa.UniqueConstraint("plan_id", "number"),
    )
    op.create_table(
        "plan_recipients",
        _key("plan_id", "plans", primary_key=True),
        _key("agency_id", "agencies", primary_key=True),
        _key("family_id", "families"),
        _text("reason"),
        _time("since"),
    )
    op.create_index(
        "ix_plan_recipients_agency_id_family_id", "plan_recipients", ["agency_id", "family_id"]
    )
    op.create_table(
        "plan_reviews",
        _id(),
        _key("plan_id", "plans"),
        _key("family_id", "families"),
        _number("version"),
        _day("held_on"),
        _text("outcome"),
        _text("note"),
        _day("review_due", nullable=True),
        _time("at"),
        sa.Column("by_agency_id", sa.Uuid),
        *_by(),
        _one_of("outcome", "continue", "change", "end"),
        sa.UniqueConstraint("plan_id", "version"),
    )
    op.create_index("ix_plan_reviews_family_id", "plan_reviews", ["family_id"])
    op.create_table(
        "plan_steps",
        _id(),
        _key("plan_id", "plans"),
        _key("family_id", "families"),
        _number("version"),
        _text("act"),
        _time("at"),
        _key("agency_id", "agencies", nullable=True),
        sa.Column("by_agency_id", sa.Uuid),
        *_by(nullable=True),
        _text("note", nullable=True),
        _one_of("act", "draw_up", "review", "share", "hand_over", "supersede", "end"),
        sa.UniqueConstraint("plan_id", "version"),
    )
    op.create_index("ix_plan_steps_family_id", "plan_steps", ["family_id"])
    op.create_table(
        "plan_alerts",
        _key("plan_id", "plans", primary_key=True),
        _number("number", primary_key=True),
        _key("alert_id", "alerts", primary_key=True),
        _key("family_id", "families"),
    )
    op.create_index("ix_plan_alerts_alert_id", "plan_alerts", ["alert_id"])


def downgrade() -> None:
    op.execute("DROP POLICY audit_entries_plans ON audit_entries")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table} CASCADE")
    for signature in DOORS:
        op.execute(f"DROP FUNCTION {signature}")
