"""Sharing checks with the obligations that follow, and private reflections.

Each is seen by the agency it is of, while that is involved; who within the agency is told apart by
the service. What was answered and written is sealed, and the worker sees neither. An involvement
that ends closes what the agency still owed, by a trigger: whoever ends it may not see that.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = ["sharing_checks", "sharing_obligations", "reflections", "reflection_versions"]
CALLER = "(SELECT current_agency())"
OWN = (
    f"agency_id = {CALLER} AND EXISTS (SELECT FROM involvements i "
    "WHERE i.family_id = {table}.family_id AND i.agency_id = {table}.agency_id "
    "AND i.until_at IS NULL)"
)
OF_OWN_REFLECTION = "EXISTS (SELECT FROM reflections r WHERE r.id = reflection_id)"
POLICIES = [
    ("sharing_checks", "SELECT", OWN),
    ("sharing_checks", "INSERT", OWN),
    ("sharing_obligations", "SELECT", OWN),
    ("sharing_obligations", "INSERT", OWN),
    ("sharing_obligations", "UPDATE", OWN),
    ("reflections", "SELECT", OWN),
    ("reflections", "INSERT", OWN),
    ("reflections", "UPDATE", OWN),
    ("reflection_versions", "SELECT", OF_OWN_REFLECTION),
    ("reflection_versions", "INSERT", OF_OWN_REFLECTION),
]
GRANTS = [
    f"GRANT SELECT, INSERT ON {', '.join(TABLES)} TO doorstep_api",
    "GRANT UPDATE (status, discharged_by, alert_id, incident_id, reason, told, discharged_at, "
    "discharger_name, discharger_job_title, version) ON sharing_obligations TO doorstep_api",
    "GRANT UPDATE (version) ON reflections TO doorstep_api",
    "GRANT SELECT (id, family_id, agency_id, status, due_at, overdue_told_at, version) "
    "ON sharing_obligations TO doorstep_worker",
    "GRANT UPDATE (due_at, overdue_told_at, version) ON sharing_obligations TO doorstep_worker",
]

# That something is owed says that something was answered with yes. Restrictive, so that no other
# policy on the audit shows it to another agency.
AUDIT = (
    "CREATE POLICY audit_entries_obligations ON audit_entries AS RESTRICTIVE FOR SELECT "
    "TO doorstep_api USING (resource_type IS DISTINCT FROM 'sharing_obligation' "
    f"OR agency_id = {CALLER})"
)

CLOSE_OBLIGATIONS = """
CREATE FUNCTION close_obligations() RETURNS trigger LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE sharing_obligations
       SET status = 'discharged', discharged_by = 'involvement_ended',
           discharged_at = NEW.until_at, version = version + 1
     WHERE family_id = NEW.family_id AND agency_id = NEW.agency_id AND status = 'open';
    RETURN NULL;
END $$
"""
TRIGGER = (
    "CREATE TRIGGER involvements_close_obligations AFTER UPDATE OF until_at ON involvements "
    "FOR EACH ROW WHEN (OLD.until_at IS NULL AND NEW.until_at IS NOT NULL) "
    "EXECUTE FUNCTION close_obligations()"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    _create_checks()
    _create_obligations()
    _create_reflections()
    op.execute(CLOSE_OBLIGATIONS)
    op.execute("REVOKE EXECUTE ON FUNCTION close_obligations() FROM PUBLIC")
    op.execute(TRIGGER)
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)"
        )
    for table, command, condition in POLICIES:
        clause = "WITH CHECK" if command == "INSERT" else "USING"
        op.execute(
            f"CREATE POLICY {table}_{command.lower()} ON {table} FOR {command} "
            f"TO doorstep_api {clause} ({condition.format(table=table)})"
        )
    op.execute(
        "CREATE POLICY sharing_obligations_worker ON sharing_obligations TO doorstep_worker "
        "USING (true) WITH CHECK (true)"
    )
    for grant in GRANTS:
        op.execute(grant)
    op.execute(AUDIT)


def _key(name: str, table: str, *, nullable: bool = False, **given: bool) -> sa.Column[sa.Uuid]:
    return sa.Column(name, sa.Uuid, sa.ForeignKey(f"{table}.id"), nullable=nullable, **given)


def _time(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[sa.Text]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _number(name: str, **given: bool) -> sa.Column[sa.Integer]:
    return sa.Column(name, sa.Integer, nullable=False, **given)


def _sealed() -> sa.Column[sa.LargeBinary]:
    return sa.Column("sealed_content", sa.LargeBinary, nullable=False)


def _author() -> tuple[sa.Column, ...]:
    return (
        _key("author_id", "practitioners"),
        _text("author_name"),
        _text("author_job_title"),
    )


def _create_checks() -> None:
    op.create_table(
        "sharing_checks",
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("family_id", "families"),
        _key("agency_id", "agencies"),
        *_author(),
        _key("member_id", "members", nullable=True),
        _sealed(),
        _time("answered_at"),
    )
    op.create_index(
        "ix_sharing_checks_agency_id_family_id", "sharing_checks", ["agency_id", "family_id"]
    )


def _create_obligations() -> None:
    table = "sharing_obligations"
    uuids = postgresql.ARRAY(sa.Uuid)
    by = "discharged_by IS NOT DISTINCT FROM"
    ways = "'alert', 'incident', 'reason', 'involvement_ended'"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("check_id", "sharing_checks"),
        _key("family_id", "families"),
        _key("agency_id", "agencies"),
        sa.Column("recipients", uuids, nullable=False),
        _text("status"),
        _time("opened_at"),
        _time("due_at", nullable=True),
        _time("overdue_told_at", nullable=True),
        _text("discharged_by", nullable=True),
        _key("alert_id", "alerts", nullable=True),
        _key("incident_id", "incidents", nullable=True),
        _text("reason", nullable=True),
        sa.Column("told", uuids, nullable=True),
        _time("discharged_at", nullable=True),
        _text("discharger_name", nullable=True),
        _text("discharger_job_title", nullable=True),
        _number("version"),
        sa.UniqueConstraint("check_id"),
        sa.CheckConstraint("status IN ('open', 'discharged')", name="status"),
        sa.CheckConstraint(f"discharged_by IN ({ways})", name="discharged_by"),
        sa.CheckConstraint(
            "(status = 'discharged') = (discharged_by IS NOT NULL AND discharged_at IS NOT NULL)",
            name="discharged",
        ),
        sa.CheckConstraint(f"({by} 'alert') = (alert_id IS NOT NULL)", name="alert_named"),
        sa.CheckConstraint(f"({by} 'incident') = (incident_id IS NOT NULL)", name="incident_named"),
        sa.CheckConstraint(f"({by} 'reason') = (reason IS NOT NULL)", name="reason_given"),
    )
    op.create_index(f"ix_{table}_agency_id_family_id", table, ["agency_id", "family_id"])
    for name, column, where in (
        ("family_open", "family_id", "status = 'open'"),
        ("waiting", "due_at", "status = 'open' AND overdue_told_at IS NULL"),
    ):
        op.create_index(f"ix_{table}_{name}", table, [column], postgresql_where=sa.text(where))


def _create_reflections() -> None:
    op.create_table(
        "reflections",
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("family_id", "families"),
        _key("agency_id", "agencies"),
        *_author(),
        _time("written_at"),
        _number("version"),
    )
    op.create_index("ix_reflections_agency_id_family_id", "reflections", ["agency_id", "family_id"])
    op.create_table(
        "reflection_versions",
        _key("reflection_id", "reflections", primary_key=True),
        _number("number", primary_key=True),
        _key("family_id", "families"),
        _time("at"),
        _sealed(),
    )


def downgrade() -> None:
    op.execute("DROP POLICY audit_entries_obligations ON audit_entries")
    op.execute("DROP TRIGGER involvements_close_obligations ON involvements")
    op.execute("DROP FUNCTION close_obligations()")
    for table in ("reflection_versions", "reflections", "sharing_obligations", "sharing_checks"):
        op.drop_table(table)
