"""Incidents and the decisions to share them.

An incident is seen by the agency that recorded it and by those it was shared with. Decisions are
seen by the agency that takes them; by the agency considered, only where it was given the incident
itself. An agency that joins is considered for what is still open, and an undecided decision goes
with the agency that leaves: by triggers, since whoever joins must not learn of any incident.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ["incidents", "incident_versions", "sharing_decisions"]
CALLER = "(SELECT current_agency())"
INVOLVED = (
    "EXISTS (SELECT FROM involvements i WHERE i.family_id = {table}.family_id "
    f"AND i.agency_id = {CALLER} AND i.until_at IS NULL)"
)
SHARED = (
    "EXISTS (SELECT FROM sharing_decisions d WHERE d.incident_id = incidents.id "
    f"AND d.agency_id = {CALLER} AND d.outcome = 'shared' AND d.how = 'incident')"
)
OWN = f"agency_id = {CALLER}"
DECIDES = f"owner_id = {CALLER}"
GIVEN = f"agency_id = {CALLER} AND outcome = 'shared' AND how = 'incident'"
OWN_INCIDENT = f"EXISTS (SELECT FROM incidents n WHERE n.id = incident_id AND n.{OWN})"


def _involved(table: str, condition: str) -> str:
    return f"{INVOLVED.format(table=table)} AND ({condition})"


POLICIES = [
    ("incidents", "SELECT", _involved("incidents", f"{OWN} OR {SHARED}")),
    ("incidents", "INSERT", _involved("incidents", OWN)),
    ("incidents", "UPDATE", _involved("incidents", OWN)),
    ("incident_versions", "SELECT", OWN_INCIDENT),
    ("incident_versions", "INSERT", OWN_INCIDENT),
    ("sharing_decisions", "SELECT", _involved("sharing_decisions", f"{DECIDES} OR ({GIVEN})")),
    ("sharing_decisions", "INSERT", _involved("sharing_decisions", DECIDES)),
    ("sharing_decisions", "UPDATE", _involved("sharing_decisions", DECIDES)),
]
WORKER_TABLES = ["incidents", "sharing_decisions"]
GRANTS = [
    f"GRANT SELECT, INSERT ON {', '.join(TABLES)} TO doorstep_api",
    "GRANT UPDATE (status, occurred_at, late, place, behaved, behaviours, towards, scope, "
    "uncooperativeness_types, circumstances, hate_elements, left_at, manager_told_at, account, "
    "complete_by, follow_up_by, version, content_version) ON incidents TO doorstep_api",
    "GRANT UPDATE (outcome, how, alert_id, reason_code, reason, decided_at, decided_by_id, "
    "decided_by_name, decided_by_job_title) ON sharing_decisions TO doorstep_api",
    "GRANT SELECT (id, family_id, agency_id, status, complete_by, follow_up_by, content_version) "
    "ON incidents TO doorstep_worker",
    "GRANT UPDATE (complete_by, follow_up_by) ON incidents TO doorstep_worker",
    "GRANT SELECT (incident_id, agency_id, family_id, owner_id, outcome, how, due_at, "
    "escalated_at) ON sharing_decisions TO doorstep_worker",
    "GRANT UPDATE (due_at, escalated_at) ON sharing_decisions TO doorstep_worker",
]

CONSIDER_JOINER = """
CREATE FUNCTION consider_joiner() RETURNS trigger LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO sharing_decisions (incident_id, agency_id, family_id, owner_id, outcome)
    SELECT n.id, NEW.agency_id, n.family_id, n.agency_id, 'undecided' FROM incidents n
     WHERE n.family_id = NEW.family_id AND n.status = 'open' AND n.agency_id <> NEW.agency_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
"""
FORGET_LEAVER = """
CREATE FUNCTION forget_leaver() RETURNS trigger LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM sharing_decisions
     WHERE family_id = NEW.family_id AND agency_id = NEW.agency_id AND outcome = 'undecided';
    RETURN NULL;
END $$
"""
TRIGGERS = {
    "involvements_considered": (
        "CREATE TRIGGER involvements_considered AFTER INSERT ON involvements "
        "FOR EACH ROW WHEN (NEW.until_at IS NULL) EXECUTE FUNCTION consider_joiner()"
    ),
    "involvements_forgotten": (
        "CREATE TRIGGER involvements_forgotten AFTER UPDATE OF until_at ON involvements "
        "FOR EACH ROW WHEN (OLD.until_at IS NULL AND NEW.until_at IS NOT NULL) "
        "EXECUTE FUNCTION forget_leaver()"
    ),
}
FUNCTIONS = ["consider_joiner()", "forget_leaver()"]

AUDIT_OF_FAMILY = """
CREATE POLICY audit_entries_family ON audit_entries FOR SELECT TO doorstep_api
USING (is_involved(family_id) AND CASE resource_type
    WHEN 'alert' THEN EXISTS (SELECT FROM alerts a WHERE a.id = audit_entries.resource_id)
    WHEN 'challenge' THEN EXISTS (SELECT FROM challenges c WHERE c.id = audit_entries.resource_id)
{more}    ELSE true END)
"""
# Who is asked about an incident, and what a practitioner asks of themselves, is nobody else's.
MORE = """\
    WHEN 'incident' THEN EXISTS (SELECT FROM incidents n WHERE n.id = audit_entries.resource_id)
    WHEN 'sharing_check' THEN false
    WHEN 'reflection' THEN false
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    _create_incidents()
    _create_sharing_decisions()
    for function in (CONSIDER_JOINER, FORGET_LEAVER, *TRIGGERS.values()):
        op.execute(function)
    for name in FUNCTIONS:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
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
            f"TO doorstep_api {clause} ({condition})"
        )
    for table in WORKER_TABLES:
        op.execute(
            f"CREATE POLICY {table}_worker ON {table} TO doorstep_worker "
            "USING (true) WITH CHECK (true)"
        )
    for grant in GRANTS:
        op.execute(grant)
    op.execute("DROP POLICY audit_entries_family ON audit_entries")
    op.execute(AUDIT_OF_FAMILY.format(more=MORE))


def _key(name: str, table: str, **given: bool) -> sa.Column[sa.Uuid]:
    return sa.Column(name, sa.Uuid, sa.ForeignKey(f"{table}.id"), nullable=False, **given)


def _time(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[sa.Text]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _json(name: str) -> sa.Column[postgresql.JSONB]:
    return sa.Column(name, postgresql.JSONB, nullable=False)


def _codes(name: str) -> sa.Column[postgresql.ARRAY[str]]:
    return sa.Column(name, postgresql.ARRAY(sa.Text), nullable=False)


def _one_of(column: str, *values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def _create_incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("family_id", "families"),
        _key("agency_id", "agencies"),
        sa.Column("author_id", sa.Uuid, sa.ForeignKey("practitioners.id")),
        _text("author_name"),
        _text("author_job_title"),
        _text("status"),
        _time("occurred_at"),
        _time("recorded_at"),
        sa.Column("late", sa.Boolean, nullable=False),
        _text("place", nullable=True),
        *(_json(name) for name in ("behaved", "behaviours", "towards")),
        _text("scope", nullable=True),
        *(_codes(name) for name in ("uncooperativeness_types", "circumstances", "hate_elements")),
        _time("left_at", nullable=True),
        _time("manager_told_at", nullable=True),
        _json("account"),
        _time("complete_by", nullable=True),
        _time("follow_up_by", nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content_version", sa.Integer, nullable=False),
        _one_of("status", "open", "closed", "entered_in_error"),
        sa.UniqueConstraint("id", "agency_id", "family_id"),
    )
    op.create_index("ix_incidents_family_id_occurred_at", "incidents", ["family_id", "occurred_at"])
    for name, columns, where in (
        ("owner_open", ["agency_id", "family_id"], "status = 'open'"),
        ("complete_by", ["complete_by"], "complete_by IS NOT NULL"),
        ("follow_up_by", ["follow_up_by"], "follow_up_by IS NOT NULL"),
    ):
        op.create_index(
            f"ix_incidents_{name}", "incidents", columns, postgresql_where=sa.text(where)
        )
    op.create_table(
        "incident_versions",
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("incident_id", "incidents"),
        _key("family_id", "families"),
        sa.Column("number", sa.Integer, nullable=False),
        _time("at"),
        sa.Column("by_practitioner_id", sa.Uuid),
        _text("by_name"),
        _text("reason", nullable=True),
        _json("content"),
        sa.UniqueConstraint("incident_id", "number"),
    )


def _create_sharing_decisions() -> None:
    undecided, shared = "outcome = 'undecided'", "outcome = 'shared'"
    op.create_table(
        "sharing_decisions",
        sa.Column("incident_id", sa.Uuid, primary_key=True),
        _key("agency_id", "agencies", primary_key=True),
        *(sa.Column(name, sa.Uuid, nullable=False) for name in ("family_id", "owner_id")),
        # Whoever decides, decides on an incident of its own: so no agency gives itself another's.
        sa.ForeignKeyConstraint(
            ["incident_id", "owner_id", "family_id"],
            ["incidents.id", "incidents.agency_id", "incidents.family_id"],
        ),
        _text("outcome"),
        _text("how", nullable=True),
        sa.Column("alert_id", sa.Uuid, sa.ForeignKey("alerts.id")),
        _text("reason_code", nullable=True),
        _text("reason", nullable=True),
        _time("due_at", nullable=True),
        _time("escalated_at", nullable=True),
        _time("decided_at", nullable=True),
        sa.Column("decided_by_id", sa.Uuid),
        _text("decided_by_name", nullable=True),
        _text("decided_by_job_title", nullable=True),
        _one_of("outcome", "undecided", "shared", "not_shared"),
        _one_of("how", "incident", "alert"),
        sa.CheckConstraint(f"({undecided}) = (decided_at IS NULL)", name="decided"),
        sa.CheckConstraint(f"({shared}) = (how IS NOT NULL)", name="shared_somehow"),
        sa.CheckConstraint(
            "(outcome = 'not_shared') = (reason_code IS NOT NULL)", name="reason_named"
        ),
        sa.CheckConstraint(
            "(how IS NOT DISTINCT FROM 'alert') = (alert_id IS NOT NULL)", name="alert_named"
        ),
    )
    for name, columns, where in (
        ("shown", ["agency_id", "family_id"], f"{shared} AND how = 'incident'"),
        ("waiting", ["due_at"], f"{undecided} AND escalated_at IS NULL"),
    ):
        op.create_index(
            f"ix_sharing_decisions_{name}",
            "sharing_decisions",
            columns,
            postgresql_where=sa.text(where),
        )


def downgrade() -> None:
    op.execute("DROP POLICY audit_entries_family ON audit_entries")
    op.execute(AUDIT_OF_FAMILY.format(more=""))
    for name in TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON involvements")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    for policy in ("incidents_select", "incidents_update"):
        op.execute(f"DROP POLICY {policy} ON incidents")
    for table in ("sharing_decisions", "incident_versions", "incidents"):
        op.drop_table(table)
