"""Meetings with their invitations, reports and exclusions.

A meeting and all that comes of it is seen by the agencies invited to it while they are involved with
the family, and by no other. A report may be for the chair's agency alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = [
    "meetings",
    "meeting_invitations",
    "meeting_steps",
    "meeting_reports",
    "meeting_exclusions",
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


def _of_meeting(table: str, condition: str = "true") -> str:
    return _seen(table, "meetings", "meeting_id", condition)


CHAIRED = f"o.{OWN}"
ARRANGED = f"({CHAIRED} OR o.convened_by = {CALLER})"
MEETING = (
    f"{_involved('meetings')} AND ({OWN} OR is_invited(meetings.id) "
    f"OR (convened_by = {CALLER} AND NOT is_sent_away(meetings.id)))"
)
REPORT = (
    f"{_of_meeting('meeting_reports')} AND (audience = 'invited' OR {OWN} "
    f"OR {_of_meeting('meeting_reports', CHAIRED)})"
)
SELECTS = {
    "meetings": MEETING,
    "meeting_invitations": _of_meeting("meeting_invitations"),
    "meeting_steps": _of_meeting("meeting_steps"),
    "meeting_reports": REPORT,
    "meeting_exclusions": _of_meeting("meeting_exclusions"),
}
INSERTS = {
    "meetings": f"{_involved('meetings')} AND convened_by = {CALLER}",
    "meeting_invitations": _of_meeting("meeting_invitations", ARRANGED),
    "meeting_steps": _of_meeting("meeting_steps"),
    "meeting_reports": f"{OWN} AND {_of_meeting('meeting_reports')}",
    "meeting_exclusions": f"{OWN} AND {_of_meeting('meeting_exclusions')}",
}
UPDATES = {
    "meetings": (
        f"{_involved('meetings')} AND ({OWN} OR convened_by = {CALLER})",
        _involved("meetings"),
    ),
    "meeting_invitations": (_of_meeting("meeting_invitations", ARRANGED),) * 2,
    "meeting_exclusions": (
        f"{_of_meeting('meeting_exclusions')} AND ({OWN} "
        f"OR {_of_meeting('meeting_exclusions', CHAIRED)})",
    )
    * 2,
}
GRANTS = [
    f"GRANT SELECT, INSERT ON {', '.join(TABLES)} TO doorstep_api",
    "GRANT UPDATE (agency_id, status, starts_at, ends_at, place, link, chair_id, chair_name, "
    "chair_job_title, minute_taker, member_ids, held_at, follow_up_kind, follow_up_by, "
    "follow_up_notices_sent, outcome_number, version, sequence) ON meetings TO doorstep_api",
    "GRANT UPDATE (reason, invited_at, withdrawn_at, ended_at) ON meeting_invitations TO doorstep_api",
    "GRANT UPDATE (status, decided_at, decided_by_id, decided_by_name, decided_by_job_title, "
    "reasons, part, views_heard, feedback, version) ON meeting_exclusions TO doorstep_api",
    "GRANT SELECT (id, family_id, agency_id, convened_by, kind, status, starts_at, follow_up_kind, "
    "follow_up_by, follow_up_notices_sent, version) ON meetings TO doorstep_worker",
    "GRANT UPDATE (follow_up_notices_sent) ON meetings TO doorstep_worker",
    "GRANT SELECT (meeting_id, agency_id, family_id, withdrawn_at, ended_at) ON meeting_invitations "
    "TO doorstep_worker",
]
WORKER = ["meetings", "meeting_invitations"]
# Whoever is not invited must not learn from the audit that there is a meeting.
AUDIT = (
    "CREATE POLICY audit_entries_meetings ON audit_entries AS RESTRICTIVE FOR SELECT "
    f"TO doorstep_api USING (agency_id = {CALLER} OR CASE resource_type "
    "WHEN 'meeting' THEN EXISTS (SELECT FROM meetings m WHERE m.id = resource_id) "
    "ELSE true END)"
)

INVITED = """
CREATE FUNCTION is_invited(p_meeting uuid) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM meeting_invitations
                    WHERE meeting_id = p_meeting AND agency_id = current_agency()
                      AND withdrawn_at IS NULL AND ended_at IS NULL)
$$
"""
SENT_AWAY = """
CREATE FUNCTION is_sent_away(p_meeting uuid) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM meeting_invitations
                    WHERE meeting_id = p_meeting AND agency_id = current_agency()
                      AND ended_at IS NOT NULL)
$$
"""
ADOPT_MEETINGS = """
CREATE FUNCTION adopt_meetings(p_family uuid, p_now timestamptz)
RETURNS TABLE (id uuid, version integer, recipients uuid[]) LANGUAGE sql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH involved AS (
        SELECT agency_id FROM involvements WHERE family_id = p_family AND until_at IS NULL
    ), sent_away AS (
        SELECT agency_id FROM involvements
         WHERE family_id = p_family AND until_at = p_now AND end_reason = 'contest upheld'
    ), ended AS (
        UPDATE meeting_invitations SET ended_at = p_now
         WHERE family_id = p_family AND ended_at IS NULL
           AND agency_id IN (SELECT agency_id FROM sent_away)
           AND current_agency() IN (SELECT agency_id FROM involved)
    ), adopted AS (
        UPDATE meetings m
           SET agency_id = f.lead_agency_id, chair_id = NULL, chair_name = NULL,
               chair_job_title = NULL, version = m.version + 1
          FROM families f
         WHERE f.id = p_family AND m.family_id = f.id AND m.status <> 'cancelled'
           AND m.agency_id IN (SELECT agency_id FROM sent_away)
           AND f.lead_agency_id IN (SELECT agency_id FROM involved)
           AND current_agency() IN (SELECT agency_id FROM involved)
        RETURNING m.id, m.agency_id, m.version, m.status, m.convened_by
    ), noted AS (
        INSERT INTO meeting_steps (id, meeting_id, family_id, version, act, from_status, to_status,
                                   at, details)
        SELECT gen_random_uuid(), a.id, p_family, a.version, 'hand_over', a.status, a.status,
               p_now, '{}'
          FROM adopted a
    ), named AS (
        INSERT INTO meeting_invitations (meeting_id, agency_id, family_id, reason, invited_at)
        SELECT a.id, a.agency_id, p_family, 'leads the family', p_now FROM adopted a
        ON CONFLICT (meeting_id, agency_id) DO UPDATE SET withdrawn_at = NULL, ended_at = NULL
    )
    SELECT a.id, a.version, ARRAY(
               SELECT i.agency_id FROM involved i
                WHERE i.agency_id IN (a.agency_id, a.convened_by)
                   OR EXISTS (SELECT FROM meeting_invitations v WHERE v.meeting_id = a.id
                                 AND v.agency_id = i.agency_id AND v.withdrawn_at IS NULL
                                 AND v.ended_at IS NULL))
      FROM adopted a ORDER BY a.id
$$
"""
# Who is invited may not change the meeting, so it holds nobody's row but through here.
KEEP_MEETING = """
CREATE FUNCTION keep_meeting(p_meeting uuid) RETURNS boolean LANGUAGE sql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM (SELECT FROM meetings
                                 WHERE id = p_meeting AND is_invited(id) FOR SHARE) kept)
$$
"""
DOORS = {
    "is_invited(uuid)": INVITED,
    "is_sent_away(uuid)": SENT_AWAY,
    "keep_meeting(uuid)": KEEP_MEETING,
    "adopt_meetings(uuid, timestamptz)": ADOPT_MEETINGS,
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    _create_meetings()
    _create_before()
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


KINDS = (
    "strategy_discussion", "initial_child_protection_conference",
    "review_child_protection_conference", "core_group", "practitioners_meeting",
    "risk_reduction_meeting", "debrief", "other",
)  # fmt: skip
MEETING_STATUSES = ("scheduled", "held", "recorded", "cancelled")
MEETING_ACTS = (
    "schedule", "move", "cancel", "invite", "uninvite", "hand_over", "hold", "record", "amend",
)  # fmt: skip


def _create_meetings() -> None:
    op.create_table(
        "meetings",
        _id(),
        _key("family_id", "families"),
        _key("agency_id", "agencies"),
        _key("convened_by", "agencies"),
        _text("organiser_name"),
        _text("organiser_job_title"),
        _text("kind"),
        _text("purpose"),
        _text("status"),
        _time("starts_at"),
        _time("ends_at"),
        _text("place", nullable=True),
        _text("link", nullable=True),
        _key("chair_id", "practitioners", nullable=True),
        _text("chair_name", nullable=True),
        _text("chair_job_title", nullable=True),
        _json("minute_taker", nullable=True),
        _ids("member_ids"),
        _day("strategy_discussion_on", nullable=True),
        _time("scheduled_at"),
        _time("held_at", nullable=True),
        _text("follow_up_kind", nullable=True),
        _day("follow_up_by", nullable=True),
        _number("follow_up_notices_sent"),
        _number("outcome_number"),
        _number("version"),
        _number("sequence"),
        _one_of("kind", *KINDS),
        _one_of("status", *MEETING_STATUSES),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )
    op.create_index("ix_meetings_family_id_starts_at", "meetings", ["family_id", "starts_at"])
    op.create_index(
        "ix_meetings_follow_up_by",
        "meetings",
        ["follow_up_by"],
        postgresql_where=sa.text("follow_up_by IS NOT NULL"),
    )
    op.create_table(
        "meeting_invitations",
        _key("meeting_id", "meetings", primary_key=True),
        _key("agency_id", "agencies", primary_key=True),
        _key("family_id", "families"),
        _text("reason"),
        _time("invited_at"),
        _time("withdrawn_at", nullable=True),
        _time("ended_at", nullable=True),
    )
    op.create_index(
        "ix_meeting_invitations_agency_id_family_id",
        "meeting_invitations",
        ["agency_id", "family_id"],
    )
    op.create_table(
        "meeting_steps",
        _id(),
        _key("meeting_id", "meetings"),
        _key("family_id", "families"),
        _number("version"),
        _text("act"),
        _text("from_status", nullable=True),
        _text("to_status"),
        _time("at"),
        sa.Column("by_agency_id", sa.Uuid),
        *_by(nullable=True),
        _text("note", nullable=True),
        _json("details"),
        _one_of("act", *MEETING_ACTS),
        _one_of("to_status", *MEETING_STATUSES),
        sa.UniqueConstraint("meeting_id", "version"),
    )
    op.create_index("ix_meeting_steps_family_id", "meeting_steps", ["family_id"])


def _create_before() -> None:
    op.create_table(
        "meeting_reports",
        _id(),
        _key("meeting_id", "meetings"),
        _key("family_id", "families"),
        _key("agency_id", "agencies"),
        _number("number"),
        _text("audience"),
        _json("content"),
        _time("submitted_at"),
        *_by(),
        _one_of("audience", "invited", "chair"),
        sa.UniqueConstraint("meeting_id", "agency_id", "number"),
    )
    op.create_index("ix_meeting_reports_family_id", "meeting_reports", ["family_id"])
    op.create_table(
        "meeting_exclusions",
        _id(),
        _key("meeting_id", "meetings"),
        _key("family_id", "families"),
        _key("agency_id", "agencies"),
        _key("member_id", "members"),
        _text("why"),
        _text("status"),
        _time("requested_at"),
        *_by(),
        _time("decided_at", nullable=True),
        sa.Column("decided_by_id", sa.Uuid),
        _text("decided_by_name", nullable=True),
        _text("decided_by_job_title", nullable=True),
        _text("reasons", nullable=True),
        _text("part", nullable=True),
        _text("views_heard", nullable=True),
        _text("feedback", nullable=True),
        _number("version"),
        _one_of("status", "requested", "excluded", "excluded_in_part", "refused", "withdrawn"),
        sa.CheckConstraint(
            "(status IN ('requested', 'withdrawn')) = (decided_at IS NULL AND reasons IS NULL)",
            name="decided",
        ),
    )
    op.create_index("ix_meeting_exclusions_meeting_id", "meeting_exclusions", ["meeting_id"])
    op.create_index("ix_meeting_exclusions_family_id", "meeting_exclusions", ["family_id"])
    op.create_index(
        "uq_meeting_exclusions_open",
        "meeting_exclusions",
        ["meeting_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("status = 'requested'"),
    )


def downgrade() -> None:
    op.execute("DROP POLICY audit_entries_meetings ON audit_entries")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table} CASCADE")
    for signature in DOORS:
        op.execute(f"DROP FUNCTION {signature}")
