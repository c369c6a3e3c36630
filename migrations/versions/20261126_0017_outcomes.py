"""Outcomes of meetings, and the actions that they assign.

Seen by who sees the meeting; within that, what was said for some agencies only, and what names an
alert, by those. A draft is seen by the agency of the chair, and told apart within it by the service.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = [
    "outcome_drafts",
    "outcome_versions",
    "outcome_information",
    "outcome_alerts",
    "outcome_responses",
    "meeting_actions",
    "action_steps",
]
CALLER = "(SELECT current_agency())"
OWN = f"agency_id = {CALLER}"


def _seen(table: str, of: str, key: str, condition: str = "true") -> str:
    """What the row belongs to is seen by the caller, by its own policy."""
    return (
        f"EXISTS (SELECT FROM {of} o WHERE o.id = {table}.{key} "
        f"AND o.family_id = {table}.family_id AND {condition})"
    )


def _of_meeting(table: str, condition: str = "true") -> str:
    return _seen(table, "meetings", "meeting_id", condition)


CHAIRED = f"o.{OWN}"
INFORMATION = (
    f"{_of_meeting('outcome_information')} AND (agency_ids IS NULL OR {CALLER} = ANY(agency_ids) "
    f"OR {OWN} OR {_of_meeting('outcome_information', CHAIRED)})"
)
ALERT_SEEN = "EXISTS (SELECT FROM alerts a WHERE a.id = {table}.alert_id)"
RESPONSE = (
    f"{_of_meeting('outcome_responses')} AND ({OWN} OR {_of_meeting('outcome_responses', CHAIRED)})"
)
ACTION = (
    f"{_of_meeting('meeting_actions')} AND (alert_id IS NULL OR {OWN} "
    f"OR {ALERT_SEEN.format(table='meeting_actions')})"
)
SELECTS = {
    "outcome_drafts": _of_meeting("outcome_drafts", CHAIRED),
    "outcome_versions": _of_meeting("outcome_versions"),
    "outcome_information": INFORMATION,
    "outcome_alerts": (
        f"{_of_meeting('outcome_alerts')} AND {ALERT_SEEN.format(table='outcome_alerts')}"
    ),
    "outcome_responses": RESPONSE,
    "meeting_actions": ACTION,
    "action_steps": _seen("action_steps", "meeting_actions", "action_id"),
}
INSERTS = {
    "outcome_drafts": _of_meeting("outcome_drafts", CHAIRED),
    "outcome_versions": _of_meeting("outcome_versions", CHAIRED),
    "outcome_information": _of_meeting("outcome_information", CHAIRED),
    "outcome_alerts": (
        f"{_of_meeting('outcome_alerts', CHAIRED)} AND {ALERT_SEEN.format(table='outcome_alerts')}"
    ),
    "outcome_responses": f"{OWN} AND {_of_meeting('outcome_responses')}",
    "meeting_actions": _of_meeting("meeting_actions", CHAIRED),
    "action_steps": _seen("action_steps", "meeting_actions", "action_id"),
}
UPDATES = {
    "outcome_drafts": (_of_meeting("outcome_drafts", CHAIRED),) * 2,
    "outcome_responses": (_of_meeting("outcome_responses", CHAIRED),) * 2,
    "meeting_actions": (
        f"{OWN} AND {_of_meeting('meeting_actions')} OR {_of_meeting('meeting_actions', CHAIRED)}",
        _of_meeting("meeting_actions"),
    ),
}
GRANTS = [
    f"GRANT SELECT, INSERT ON {', '.join(TABLES)} TO doorstep_api",
    "GRANT DELETE ON outcome_drafts TO doorstep_api",
    "GRANT UPDATE (body, version, saved_at, by_id, by_name) ON outcome_drafts TO doorstep_api",
    "GRANT UPDATE (status, reply, settled_at, version) ON outcome_responses TO doorstep_api",
    "GRANT UPDATE (agency_id, practitioner_name, practitioner_job_title, due_on, status, "
    "notices_sent, version) ON meeting_actions TO doorstep_api",
    "GRANT SELECT (id, meeting_id, family_id, agency_id, with_agency_ids, alert_id, due_on, "
    "status, notices_sent, version) ON meeting_actions TO doorstep_worker",
    "GRANT UPDATE (notices_sent) ON meeting_actions TO doorstep_worker",
]
WORKER = ["meeting_actions"]
AUDIT = (
    "CREATE POLICY audit_entries_outcomes ON audit_entries AS RESTRICTIVE FOR SELECT "
    f"TO doorstep_api USING (agency_id = {CALLER} OR CASE resource_type "
    "WHEN 'action' THEN EXISTS (SELECT FROM meeting_actions t WHERE t.id = resource_id) "
    "WHEN 'outcome_draft' THEN false "
    "ELSE true END)"
)

RETURN_ACTIONS = """
CREATE FUNCTION return_actions(p_family uuid, p_now timestamptz)
RETURNS TABLE (id uuid, version integer, chair_agency_id uuid) LANGUAGE sql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH involved AS (
        SELECT agency_id FROM involvements WHERE family_id = p_family AND until_at IS NULL
    ), returned AS (
        UPDATE meeting_actions t SET status = 'declined', version = t.version + 1
          FROM meeting_actions before
         WHERE before.id = t.id AND t.family_id = p_family AND t.status IN ('assigned', 'accepted')
           AND t.agency_id NOT IN (SELECT agency_id FROM involved)
           AND current_agency() IN (SELECT agency_id FROM involved)
        RETURNING t.id, t.version, t.meeting_id, t.agency_id, t.alert_id, before.status AS was
    ), noted AS (
        INSERT INTO action_steps (id, action_id, family_id, version, act, from_status, to_status,
                                  at, agency_id)
        SELECT gen_random_uuid(), r.id, p_family, r.version, 'decline', r.was, 'declined', p_now,
               r.agency_id
          FROM returned r
    )
    SELECT r.id, r.version, CASE WHEN m.agency_id IN (SELECT agency_id FROM involved)
              AND (r.alert_id IS NULL OR EXISTS (
                      SELECT FROM alerts a
                       WHERE a.id = r.alert_id
                         AND (a.audience_kind = 'involved' OR a.agency_id = m.agency_id
                              OR EXISTS (SELECT FROM alert_recipients n WHERE n.alert_id = a.id
                                            AND n.agency_id = m.agency_id))))
           THEN m.agency_id END
      FROM returned r JOIN meetings m ON m.id = r.meeting_id ORDER BY r.id
$$
"""
DOORS = {
    "return_actions(uuid, timestamptz)": RETURN_ACTIONS,
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    _create_outcomes()
    _create_actions()
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
    _policy("outcome_drafts", "DELETE", f"USING ({SELECTS['outcome_drafts']})")
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


def _ids(name: str, *, nullable: bool = False) -> sa.Column[postgresql.ARRAY]:
    return sa.Column(name, postgresql.ARRAY(sa.Uuid), nullable=nullable)


def _by(*, nullable: bool = False) -> tuple[sa.Column, ...]:
    return (
        sa.Column("by_id", sa.Uuid),
        _text("by_name", nullable=nullable),
        _text("by_job_title", nullable=nullable),
    )


def _one_of(column: str, *values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


ACTION_STATUSES = ("assigned", "accepted", "done", "declined", "cancelled")


def _create_outcomes() -> None:
    op.create_table(
        "outcome_drafts",
        _key("meeting_id", "meetings", primary_key=True),
        _key("family_id", "families"),
        _json("body"),
        _number("version"),
        _time("saved_at"),
        sa.Column("by_id", sa.Uuid),
        _text("by_name"),
    )
    op.create_table(
        "outcome_versions",
        _id(),
        _key("meeting_id", "meetings"),
        _key("family_id", "families"),
        _number("number"),
        _text("reason", nullable=True),
        _json("content"),
        _time("at"),
        *_by(),
        sa.UniqueConstraint("meeting_id", "number"),
    )
    op.create_table(
        "outcome_information",
        _id(),
        _key("meeting_id", "meetings"),
        _key("family_id", "families"),
        _number("number"),
        _number("place"),
        _key("agency_id", "agencies"),
        _text("said"),
        _ids("agency_ids", nullable=True),
        sa.UniqueConstraint("meeting_id", "number", "place"),
    )
    op.create_table(
        "outcome_alerts",
        _id(),
        _key("meeting_id", "meetings"),
        _key("family_id", "families"),
        _number("number"),
        _key("alert_id", "alerts"),
        _text("decision"),
        _text("reasons"),
        _one_of("decision", "published", "kept", "changed", "withdrawn", "reconsider"),
        sa.UniqueConstraint("meeting_id", "number", "alert_id"),
    )
    op.create_index("ix_outcome_alerts_alert_id", "outcome_alerts", ["alert_id"])
    op.create_table(
        "outcome_responses",
        _id(),
        _key("meeting_id", "meetings"),
        _key("family_id", "families"),
        _key("agency_id", "agencies"),
        _number("number"),
        _text("answer"),
        _text("correction", nullable=True),
        _text("status"),
        _text("reply", nullable=True),
        _time("answered_at"),
        _time("settled_at", nullable=True),
        *_by(),
        _number("version"),
        _one_of("answer", "confirmed", "correction_asked"),
        _one_of("status", "open", "settled", "declined"),
        sa.CheckConstraint(
            "(answer = 'correction_asked') = (correction IS NOT NULL)", name="correction"
        ),
    )
    op.create_index("ix_outcome_responses_meeting_id", "outcome_responses", ["meeting_id"])
    op.create_index(
        "uq_outcome_responses_confirmed",
        "outcome_responses",
        ["meeting_id", "agency_id", "number"],
        unique=True,
        postgresql_where=sa.text("answer = 'confirmed'"),
    )


def _create_actions() -> None:
    op.create_table(
        "meeting_actions",
        _id(),
        _key("meeting_id", "meetings"),
        _key("family_id", "families"),
        _key("agency_id", "agencies"),
        _text("kind"),
        _text("what"),
        _text("practitioner_name", nullable=True),
        _text("practitioner_job_title", nullable=True),
        _day("due_on"),
        _ids("with_agency_ids"),
        _key("alert_id", "alerts", nullable=True),
        _text("status"),
        _time("assigned_at"),
        _number("notices_sent"),
        _number("version"),
        _one_of("kind", "task", "joint_visit", "debrief", "reconsider_alert"),
        _one_of("status", *ACTION_STATUSES),
        sa.CheckConstraint(
            "(kind = 'reconsider_alert') = (alert_id IS NOT NULL)", name="alert_named"
        ),
    )
    for name, columns, where in (
        ("meeting_id", ["meeting_id"], None),
        ("family_id", ["family_id"], None),
        ("agency_id_id", ["agency_id", "id"], None),
        ("due", ["due_on"], "status IN ('assigned', 'accepted', 'declined')"),
    ):
        op.create_index(
            f"ix_meeting_actions_{name}",
            "meeting_actions",
            columns,
            postgresql_where=sa.text(where) if where else None,
        )
    op.create_table(
        "action_steps",
        _id(),
        _key("action_id", "meeting_actions"),
        _key("family_id", "families"),
        _number("version"),
        _text("act"),
        _text("from_status", nullable=True),
        _text("to_status"),
        _time("at"),
        _key("agency_id", "agencies"),
        _day("due_on", nullable=True),
        sa.Column("by_agency_id", sa.Uuid),
        *_by(nullable=True),
        _text("note", nullable=True),
        _one_of("act", "assign", "accept", "complete", "decline", "reassign", "cancel"),
        _one_of("to_status", *ACTION_STATUSES),
        sa.UniqueConstraint("action_id", "version"),
    )
    op.create_index("ix_action_steps_family_id", "action_steps", ["family_id"])


def downgrade() -> None:
    op.execute("DROP POLICY audit_entries_outcomes ON audit_entries")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table} CASCADE")
    for signature in DOORS:
        op.execute(f"DROP FUNCTION {signature}")
