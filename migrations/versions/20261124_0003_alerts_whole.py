"""The alert, whole: reviews, corrections, subject notification, duties, recalls, challenges.

Each new table under row-level security comes with its policies here; see 0002 for the doors.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LIVE = "status IN ('provisional', 'active', 'under_review')"
NEW_TABLES = ["alert_reviews", "subject_notifications", "acknowledgement_duties", "challenges"]
NEW_TABLES += ["recalls", "recall_receipts", "first_reads"]

MINE = "agency_id = (SELECT current_agency())"
VISIBLE = "EXISTS (SELECT FROM alerts a WHERE a.id = {table}.alert_id)"
OWNED = "owns_alert(alert_id)"


def _visible(table: str, condition: str) -> str:
    return f"{VISIBLE.format(table=table)} AND ({condition})"


POLICIES = [
    ("alert_reviews", "SELECT", VISIBLE.format(table="alert_reviews")),
    ("alert_reviews", "INSERT", _visible("alert_reviews", OWNED)),
    ("subject_notifications", "SELECT", _visible("subject_notifications", OWNED)),
    ("subject_notifications", "INSERT", _visible("subject_notifications", OWNED)),
    ("acknowledgement_duties", "SELECT", _visible("acknowledgement_duties", f"{MINE} OR {OWNED}")),
    ("acknowledgement_duties", "INSERT", _visible("acknowledgement_duties", f"{MINE} OR {OWNED}")),
    ("acknowledgement_duties", "UPDATE", _visible("acknowledgement_duties", MINE)),
    ("challenges", "SELECT", _visible("challenges", f"{MINE} OR {OWNED}")),
    ("challenges", "INSERT", _visible("challenges", MINE)),
    ("challenges", "UPDATE", _visible("challenges", f"{MINE} OR {OWNED}")),
    (
        "recalls",
        "SELECT",
        f"{MINE} OR EXISTS (SELECT FROM recall_receipts r WHERE r.recall_id = recalls.id "
        "AND r.agency_id = (SELECT current_agency()))",
    ),
    ("recalls", "INSERT", f"{MINE} AND owns_alert(id)"),
    ("recall_receipts", "SELECT", f"{MINE} OR owns_alert(recall_id)"),
    ("recall_receipts", "INSERT", "owns_alert(recall_id)"),
    ("recall_receipts", "UPDATE", MINE),
    ("first_reads", "SELECT", MINE),
    ("first_reads", "INSERT", MINE),
]
API_GRANTS = [
    f"GRANT SELECT, INSERT ON {', '.join(NEW_TABLES)} TO doorstep_api",
    "GRANT UPDATE (since, due_at, acknowledged_at, escalated_at) ON acknowledgement_duties "
    "TO doorstep_api",
    "GRANT UPDATE (acknowledged_at, practitioner_id, practitioner_name, practitioner_job_title) "
    "ON recall_receipts TO doorstep_api",
    "GRANT UPDATE (status, acknowledged_at, acknowledged_by, outcome, answer, answered_at, "
    "answerer_id, answerer_name, appeal, appealed_at, appeal_outcome, appeal_answer, closed_at, "
    "appeal_answerer_name, version) ON challenges TO doorstep_api",
    "GRANT UPDATE (review_due, review_notices_sent, expires_on, expiry_notices_sent, notification, "
    "notification_due, notification_reminded, unconfirmed) ON alerts TO doorstep_api",
]
WORKER_TABLES = ["acknowledgement_duties", "recalls", "recall_receipts", "challenges"]
WORKER_GRANTS = [
    "GRANT SELECT (review_notices_sent, expiry_notices_sent, notification, notification_due, "
    "notification_reminded) ON alerts TO doorstep_worker",
    "GRANT UPDATE (review_notices_sent, expiry_notices_sent, notification_reminded) "
    "ON alerts TO doorstep_worker",
    "GRANT SELECT ON acknowledgement_duties, recalls TO doorstep_worker",
    "GRANT UPDATE (escalated_at) ON acknowledgement_duties TO doorstep_worker",
    "GRANT SELECT (recall_id, agency_id, due_at, reminders, acknowledged_at) ON recall_receipts "
    "TO doorstep_worker",
    "GRANT UPDATE (due_at, reminders) ON recall_receipts TO doorstep_worker",
    "GRANT SELECT (id, alert_id, family_id, agency_id, status, acknowledge_by, escalated, version) "
    "ON challenges TO doorstep_worker",
    "GRANT UPDATE (escalated) ON challenges TO doorstep_worker",
]

# The alert is locked first: of two challenges closed at once, the later sees both closed.
MARK_DISPUTE = """
CREATE FUNCTION mark_dispute() RETURNS trigger LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE open boolean;
BEGIN
    PERFORM FROM alerts WHERE id = NEW.alert_id FOR UPDATE;
    open := EXISTS (SELECT FROM challenges WHERE alert_id = NEW.alert_id
                       AND status IN ('received', 'acknowledged', 'appealed'));
    UPDATE alerts SET disputed = open, version = version + 1
     WHERE id = NEW.alert_id AND disputed <> open;
    RETURN NULL;
END $$
"""
MARK_TRIGGER = """
CREATE TRIGGER challenges_mark AFTER INSERT OR UPDATE OF status ON challenges
FOR EACH ROW EXECUTE FUNCTION mark_dispute()
"""

# What became of an alert at each agency, for the one that answers for it: the door into the
# inboxes, deliveries and feed reads of others.
ALERT_AUDIENCE = """
CREATE FUNCTION alert_audience(p_alert uuid) RETURNS TABLE (
    agency_id uuid, addressed_at timestamptz, told_at timestamptz, read_at timestamptz
) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH owned AS (
        SELECT id, agency_id FROM alerts WHERE id = p_alert AND agency_id = current_agency()
    ), addressed AS (
        SELECT i.agency_id, min(i.occurred_at) AS at, min(i.position) AS position
          FROM owned JOIN inbox i ON i.resource_id = owned.id
         WHERE i.type IN ('alert.published', 'alert.shared') GROUP BY i.agency_id
    ), reached AS (
        SELECT agency_id FROM addressed
        UNION SELECT f.agency_id FROM owned JOIN first_reads f ON f.resource_id = owned.id
    )
    SELECT r.agency_id, a.at, least(
               (SELECT min(d.finished_at) FROM subscriptions s
                  JOIN deliveries d ON d.subscription_id = s.id AND d.position = a.position
                 WHERE s.agency_id = r.agency_id AND d.status = 'delivered'),
               (SELECT e.recorded_at FROM audit_entries e
                 WHERE e.agency_id = r.agency_id AND e.action = 'events.read'
                   AND e.recorded_at >= a.at AND (e.details ->> 'to')::bigint >= a.position
                 ORDER BY e.recorded_at LIMIT 1)),
           (SELECT f.read_at FROM first_reads f
             WHERE f.resource_id = p_alert AND f.agency_id = r.agency_id)
      FROM reached r LEFT JOIN addressed a ON a.agency_id = r.agency_id
     WHERE r.agency_id <> (SELECT agency_id FROM owned)
     ORDER BY a.at, r.agency_id
$$
"""

ONCE_TOLD = """
CREATE OR REPLACE FUNCTION once_told(p_resource uuid) RETURNS SETOF uuid LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT agency_id FROM inbox WHERE resource_id = p_resource
    UNION
    SELECT agency_id FROM first_reads WHERE resource_id = p_resource
$$
"""
ONCE_TOLD_BEFORE = """
CREATE OR REPLACE FUNCTION once_told(p_resource uuid) RETURNS SETOF uuid LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT DISTINCT agency_id FROM inbox WHERE resource_id = p_resource
$$
"""

# An alert's audience, whoever asks: only the owner sees who else was named in it.
READERS_OF = """
CREATE FUNCTION readers_of(p_alert uuid) RETURNS SETOF uuid LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT i.agency_id FROM alerts a
      JOIN involvements i ON i.family_id = a.family_id AND i.until_at IS NULL
     WHERE a.id = p_alert
       AND (a.audience_kind = 'involved' OR i.agency_id = a.agency_id
            OR EXISTS (SELECT FROM alert_recipients r
                        WHERE r.alert_id = a.id AND r.agency_id = i.agency_id))
$$
"""
# The same for one of them, who has something to tell the others.
FELLOW_READERS = """
CREATE FUNCTION fellow_readers(p_alert uuid) RETURNS SETOF uuid LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT reader FROM readers_of(p_alert) AS reader
     WHERE current_agency() IN (SELECT readers_of(p_alert))
$$
"""

# Whoever notes that a family has moved may not change the alerts of others.
UNCONFIRM_PREMISES = """
CREATE FUNCTION unconfirm_premises(p_family uuid)
RETURNS TABLE (id uuid, version integer, recipients uuid[]) LANGUAGE sql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH moved AS (
        UPDATE alerts a SET unconfirmed = true, version = a.version + 1
         WHERE a.family_id = p_family AND a.subject_kind = 'premises' AND NOT a.unconfirmed
           AND a.status IN ('provisional', 'active', 'under_review') AND is_involved(p_family)
        RETURNING a.id, a.version
    )
    SELECT m.id, m.version, ARRAY(SELECT readers_of(m.id)) FROM moved m ORDER BY m.id
$$
"""

# Extensions stand on other families' records, which the owner of the origin need not read.
EXTENSIONS_OF = """
CREATE FUNCTION extensions_of(p_alert uuid)
RETURNS TABLE (id uuid, agency_id uuid, severity text) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT e.id, e.agency_id, e.severity FROM alerts e
      JOIN alerts o ON o.id = e.origin_id AND o.agency_id = current_agency()
     WHERE e.origin_id = p_alert AND e.origin = 'extends'
       AND e.status IN ('provisional', 'active', 'under_review')
     ORDER BY e.id
$$
"""

FUNCTIONS = {
    "mark_dispute()": None,  # by the trigger alone
    "alert_audience(uuid)": "doorstep_api",
    "readers_of(uuid)": None,  # by the two below
    "fellow_readers(uuid)": "doorstep_api",
    "unconfirm_premises(uuid)": "doorstep_api",
    "extensions_of(uuid)": "doorstep_api",
}

# What was read before first reads were kept: the audit knows.
BACKFILL = """
    INSERT INTO first_reads (resource_id, agency_id, read_at)
    SELECT alert_id, agency_id, min(recorded_at) FROM (
        SELECT resource_id AS alert_id, agency_id, recorded_at FROM audit_entries
         WHERE resource_type = 'alert' AND outcome = 'allowed' AND action LIKE 'alert.%read'
        UNION ALL
        SELECT shown::uuid, agency_id, recorded_at FROM audit_entries,
               jsonb_array_elements_text(details -> 'alerts') AS shown
         WHERE outcome = 'allowed' AND action IN ('banner.read', 'alerts.listed')
    ) AS reads WHERE agency_id IS NOT NULL GROUP BY alert_id, agency_id
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    _add_columns()
    _create_tables()
    _create_recalls()
    _secure()


def _add_columns() -> None:
    op.add_column("agencies", sa.Column("escalation_contact", postgresql.JSONB))
    op.add_column("alert_acknowledgements", sa.Column("acted_on", sa.Text))
    _name_the_acts()
    zero, no = sa.text("0"), sa.text("false")
    for column in (
        sa.Column("child_seen_how", sa.Text),
        sa.Column("review_notices_sent", sa.Integer, nullable=False, server_default=zero),
        sa.Column("expiry_notices_sent", sa.Integer, nullable=False, server_default=zero),
        sa.Column("notification", sa.Text, nullable=False, server_default=sa.text("'due'")),
        sa.Column("notification_due", sa.Date),
        sa.Column("notification_reminded", sa.Boolean, nullable=False, server_default=no),
        sa.Column("protect_source", sa.Boolean, nullable=False, server_default=no),
        sa.Column("unconfirmed", sa.Boolean, nullable=False, server_default=no),
        sa.Column("origin", sa.Text),
        sa.Column("origin_id", sa.Uuid),
    ):
        op.add_column("alerts", column)
        if column.server_default is not None:
            op.alter_column("alerts", column.name, server_default=None)
    op.execute(
        "UPDATE alerts SET notification_due = (published_at AT TIME ZONE 'Europe/London')::date + 14"
    )
    op.create_check_constraint(
        "notification", "alerts", "notification IN ('due', 'sent', 'withheld')"
    )
    op.create_check_constraint(
        "origin", "alerts", "origin IN ('replaces', 'corrects', 'moves', 'extends')"
    )
    op.create_check_constraint("origin_named", "alerts", "(origin IS NULL) = (origin_id IS NULL)")
    op.create_foreign_key(op.f("fk_alerts_origin_id"), "alerts", "alerts", ["origin_id"], ["id"])
    for name, column, where in (
        ("ix_alerts_origin_id", "origin_id", "origin_id IS NOT NULL"),
        ("ix_alerts_review_due", "review_due", LIVE),
        (
            "ix_alerts_notification_due",
            "notification_due",
            f"{LIVE} AND notification_due IS NOT NULL",
        ),
    ):
        op.create_index(name, "alerts", [column], postgresql_where=sa.text(where))
    op.create_index(
        "ix_audit_entries_feed",
        "audit_entries",
        ["agency_id", "recorded_at"],
        postgresql_where=sa.text("action = 'events.read'"),
    )


def _name_the_acts() -> None:
    """What was done so far follows from what came of it."""
    op.add_column("alert_transitions", sa.Column("act", sa.Text))
    op.execute(
        "UPDATE alert_transitions SET act = CASE WHEN from_status IS NULL THEN 'publish' "
        "WHEN to_status = 'active' THEN 'ratify' WHEN to_status = 'lapsed' THEN 'lapse' "
        "ELSE 'withdraw' END"
    )
    op.alter_column("alert_transitions", "act", nullable=False)
    acts = ("publish", "confirm", "ratify", "review", "renew", "withdraw", "supersede")
    listed = ", ".join(f"'{each}'" for each in (*acts, "enter_in_error", "lapse"))
    op.create_check_constraint("act", "alert_transitions", f"act IN ({listed})")


def _key(name: str, table: str, **given: bool) -> sa.Column[sa.Uuid]:
    return sa.Column(name, sa.Uuid, sa.ForeignKey(f"{table}.id"), nullable=False, **given)


def _time(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _one_of(column: str, *values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def _create_tables() -> None:
    text, uuid, date = sa.Text, sa.Uuid, sa.Date
    op.create_table(
        "alert_reviews",
        sa.Column("id", uuid, primary_key=True),
        _key("alert_id", "alerts"),
        _key("family_id", "families"),
        _key("agency_id", "agencies"),
        sa.Column("outcome", text, nullable=False),
        sa.Column("weighed", postgresql.JSONB, nullable=False),
        sa.Column("grounds", text, nullable=False),
        sa.Column("begun_by_id", uuid),
        sa.Column("begun_by_name", text),
        sa.Column("reviewer_id", uuid),
        sa.Column("reviewer_name", text, nullable=False),
        _time("reviewed_at"),
        sa.Column("review_due", date),
        sa.Column("expires_on", date),
        _one_of("outcome", "renewed", "withdrawn"),
    )
    op.create_table(
        "subject_notifications",
        sa.Column("id", uuid, primary_key=True),
        _key("alert_id", "alerts"),
        _key("family_id", "families"),
        sa.Column("status", text, nullable=False),
        _time("at"),
        sa.Column("by_practitioner_id", uuid),
        sa.Column("by_name", text, nullable=False),
        sa.Column("told_on", date),
        sa.Column("method", text),
        sa.Column("reason", text),
        sa.Column("look_again_on", date),
        _one_of("status", "due", "sent", "withheld"),
    )
    for table in ("alert_reviews", "subject_notifications"):
        op.create_index(f"ix_{table}_alert_id", table, ["alert_id"])
    op.create_table(
        "acknowledgement_duties",
        _key("alert_id", "alerts", primary_key=True),
        _key("agency_id", "agencies", primary_key=True),
        _key("family_id", "families"),
        _time("since"),
        _time("due_at"),
        _time("acknowledged_at", nullable=True),
        _time("escalated_at", nullable=True),
    )
    op.create_index(
        "ix_acknowledgement_duties_due_at",
        "acknowledgement_duties",
        ["due_at"],
        postgresql_where=sa.text("acknowledged_at IS NULL AND escalated_at IS NULL"),
    )
    _create_challenges()


def _create_challenges() -> None:
    outcomes = ("upheld", "partly_upheld", "dismissed")
    op.create_table(
        "challenges",
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("alert_id", "alerts"),
        _key("family_id", "families"),
        _key("agency_id", "agencies"),
        sa.Column("raised_by", sa.Text, nullable=False),
        sa.Column("statement", sa.Text, nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("author_id", sa.Uuid),
        sa.Column("author_name", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("acknowledge_by", sa.Date, nullable=False),
        sa.Column("escalated", sa.Boolean, nullable=False),
        _time("acknowledged_at", nullable=True),
        sa.Column("acknowledged_by", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("answer", sa.Text),
        _time("answered_at", nullable=True),
        sa.Column("answerer_id", sa.Uuid),
        sa.Column("answerer_name", sa.Text),
        sa.Column("appeal", sa.Text),
        _time("appealed_at", nullable=True),
        sa.Column("appeal_outcome", sa.Text),
        sa.Column("appeal_answer", sa.Text),
        _time("closed_at", nullable=True),
        sa.Column("appeal_answerer_name", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        _time("created_at"),
        _one_of("raised_by", "agency", "subject"),
        _one_of("status", "received", "acknowledged", "answered", "appealed", "closed"),
        _one_of("outcome", *outcomes),
        _one_of("appeal_outcome", *outcomes),
        sa.CheckConstraint("(outcome IS NULL) = (answered_at IS NULL)", name="answered"),
    )
    op.create_index("ix_challenges_alert_id_agency_id", "challenges", ["alert_id", "agency_id"])
    op.create_index(
        "ix_challenges_acknowledge_by",
        "challenges",
        ["acknowledge_by"],
        postgresql_where=sa.text("status = 'received' AND NOT escalated"),
    )


def _create_recalls() -> None:
    op.create_table(
        "recalls",
        _key("id", "alerts", primary_key=True),
        _key("agency_id", "agencies"),
        sa.Column("kind", sa.Text, nullable=False),
        _time("recalled_at"),
        _one_of("kind", "withdrawn", "superseded", "entered_in_error"),
    )
    op.create_index("ix_recalls_agency_id", "recalls", ["agency_id"])
    op.create_table(
        "recall_receipts",
        _key("recall_id", "recalls", primary_key=True),
        _key("agency_id", "agencies", primary_key=True),
        _time("due_at"),
        sa.Column("reminders", sa.Integer, nullable=False),
        _time("acknowledged_at", nullable=True),
        sa.Column("practitioner_id", sa.Uuid),
        sa.Column("practitioner_name", sa.Text),
        sa.Column("practitioner_job_title", sa.Text),
    )
    for name, column in (("owed", "agency_id"), ("due_at", "due_at")):
        op.create_index(
            f"ix_recall_receipts_{name}",
            "recall_receipts",
            [column],
            postgresql_where=sa.text("acknowledged_at IS NULL"),
        )
    op.create_table(
        "first_reads",
        sa.Column("resource_id", sa.Uuid, primary_key=True),
        sa.Column("agency_id", sa.Uuid, primary_key=True),
        _time("read_at"),
    )
    op.execute(BACKFILL)


def _secure() -> None:
    for function in (MARK_DISPUTE, MARK_TRIGGER, ALERT_AUDIENCE, ONCE_TOLD):
        op.execute(function)
    for function in (READERS_OF, FELLOW_READERS, UNCONFIRM_PREMISES, EXTENSIONS_OF):
        op.execute(function)
    for name, role in FUNCTIONS.items():
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
        if role is not None:
            op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {role}")
    for table in NEW_TABLES:
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
    for grant in API_GRANTS + WORKER_GRANTS:
        op.execute(grant)


def downgrade() -> None:
    """An alert that was superseded or entered in error stays so: 0001 knows those states."""
    op.execute("DROP TRIGGER challenges_mark ON challenges")
    for name in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {name}")
    op.execute(ONCE_TOLD_BEFORE)
    op.execute("DROP POLICY recalls_select ON recalls")
    for table in ("recall_receipts", *(each for each in NEW_TABLES if each != "recall_receipts")):
        op.drop_table(table)
    op.drop_index("ix_audit_entries_feed", "audit_entries")
    for column in (
        "origin_id", "origin", "unconfirmed", "protect_source", "notification_reminded",
        "notification_due", "notification", "expiry_notices_sent", "review_notices_sent",
        "child_seen_how",
    ):  # fmt: skip
        op.drop_column("alerts", column)
    op.drop_column("alert_acknowledgements", "acted_on")
    op.drop_column("alert_transitions", "act")
    op.drop_column("agencies", "escalation_contact")
