"""Written agreements with a family, and their breaches.

Every involved agency sees them, from the first draft; the one that answers for an agreement changes
it, and any records a breach. That a breach links an incident is seen by who sees the incident.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = [
    "agreements",
    "agreement_versions",
    "agreement_steps",
    "agreement_breaches",
    "breach_incidents",
]
CALLER = "(SELECT current_agency())"
OWN = f"agency_id = {CALLER}"
OPEN = "status IN ('drafted', 'given', 'in_force', 'refused')"


def _involved(table: str, condition: str = "true") -> str:
    return (
        f"EXISTS (SELECT FROM involvements i WHERE i.family_id = {table}.family_id "
        f"AND i.agency_id = {CALLER} AND i.until_at IS NULL) AND {condition}"
    )


def _of_agreement(table: str, condition: str = "true") -> str:
    return (
        f"EXISTS (SELECT FROM agreements a WHERE a.id = {table}.agreement_id "
        f"AND a.family_id = {table}.family_id AND {condition})"
    )


OWNED = f"a.{OWN}"
INCIDENT_SEEN = "EXISTS (SELECT FROM incidents n WHERE n.id = breach_incidents.incident_id)"
OWN_BREACH = (
    "EXISTS (SELECT FROM agreement_breaches b WHERE b.id = breach_incidents.breach_id "
    f"AND b.family_id = breach_incidents.family_id AND b.{OWN})"
)
POLICIES = [
    ("agreements", "SELECT", f"USING ({_involved('agreements')})"),
    ("agreements", "INSERT", f"WITH CHECK ({_involved('agreements', OWN)})"),
    # Handing over gives it to another agency.
    (
        "agreements",
        "UPDATE",
        f"USING ({_involved('agreements', OWN)}) WITH CHECK ({_involved('agreements')})",
    ),
    *(
        policy
        for table in ("agreement_versions", "agreement_steps")
        for policy in (
            (table, "SELECT", f"USING ({_involved(table)})"),
            (table, "INSERT", f"WITH CHECK ({_involved(table, _of_agreement(table, OWNED))})"),
        )
    ),
    ("agreement_breaches", "SELECT", f"USING ({_involved('agreement_breaches')})"),
    (
        "agreement_breaches",
        "INSERT",
        f"WITH CHECK ({OWN} AND "
        f"{_involved('agreement_breaches', _of_agreement('agreement_breaches'))})",
    ),
    ("breach_incidents", "SELECT", f"USING ({_involved('breach_incidents', INCIDENT_SEEN)})"),
    ("breach_incidents", "INSERT", f"WITH CHECK ({OWN_BREACH} AND {INCIDENT_SEEN})"),
]
GRANTS = [
    f"GRANT SELECT, INSERT ON {', '.join(TABLES)} TO doorstep_api",
    "GRANT UPDATE (agency_id, status, answered_on, review_due, review_notices_sent, version, "
    "content_version) ON agreements TO doorstep_api",
    "GRANT SELECT (id, family_id, agency_id, status, review_due, review_notices_sent, version) "
    "ON agreements TO doorstep_worker",
    "GRANT UPDATE (review_notices_sent) ON agreements TO doorstep_worker",
]

# An agency whose involvement was ended by others may have left open agreements that nobody could
# end: the lead answers for them. Noted as a step of nobody. Returns them, with those who read them.
ADOPT_AGREEMENTS = f"""
CREATE FUNCTION adopt_agreements(p_family uuid, p_now timestamptz)
RETURNS TABLE (id uuid, version integer, recipients uuid[]) LANGUAGE sql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH involved AS (
        SELECT agency_id FROM involvements WHERE family_id = p_family AND until_at IS NULL
    ), adopted AS (
        UPDATE agreements a SET agency_id = f.lead_agency_id, version = a.version + 1
          FROM families f
         WHERE f.id = p_family AND a.family_id = f.id AND a.{OPEN}
           AND a.agency_id NOT IN (SELECT agency_id FROM involved)
           AND f.lead_agency_id IN (SELECT agency_id FROM involved)
           AND current_agency() IN (SELECT agency_id FROM involved)
        RETURNING a.id, a.version, a.content_version, a.status
    ), noted AS (
        INSERT INTO agreement_steps (id, agreement_id, family_id, version, content_version, act,
                                     from_status, to_status, at)
        SELECT gen_random_uuid(), a.id, p_family, a.version, a.content_version, 'hand_over',
               a.status, a.status, p_now
          FROM adopted a
    )
    SELECT a.id, a.version, ARRAY(SELECT i.agency_id FROM involved i)
      FROM adopted a ORDER BY a.id
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    _create_agreements()
    _create_history()
    _create_breaches()
    op.execute(ADOPT_AGREEMENTS)
    op.execute("REVOKE EXECUTE ON FUNCTION adopt_agreements(uuid, timestamptz) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION adopt_agreements(uuid, timestamptz) TO doorstep_api")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)"
        )
    for table, command, condition in POLICIES:
        op.execute(
            f"CREATE POLICY {table}_{command.lower()} ON {table} FOR {command} "
            f"TO doorstep_api {condition}"
        )
    op.execute(
        "CREATE POLICY agreements_worker ON agreements TO doorstep_worker "
        "USING (true) WITH CHECK (true)"
    )
    for grant in GRANTS:
        op.execute(grant)


def _key(name: str, table: str, **given: bool) -> sa.Column[sa.Uuid]:
    return sa.Column(name, sa.Uuid, sa.ForeignKey(f"{table}.id"), nullable=False, **given)


def _time(name: str) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[sa.Text]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _number(name: str) -> sa.Column[sa.Integer]:
    return sa.Column(name, sa.Integer, nullable=False)


def _json(name: str) -> sa.Column[postgresql.JSONB]:
    return sa.Column(name, postgresql.JSONB, nullable=False)


def _one_of(column: str, *values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


STATUSES = ("drafted", "given", "in_force", "refused", "ended", "replaced")
ACTS = ("change", "give", "sign", "refuse", "review", "revise", "replace", "end")


def _create_agreements() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("family_id", "families"),
        _key("agency_id", "agencies"),
        sa.Column("author_id", sa.Uuid, sa.ForeignKey("practitioners.id")),
        _text("author_name"),
        _text("author_job_title"),
        _text("status"),
        _time("drafted_at"),
        sa.Column("answered_on", sa.Date),
        sa.Column("review_due", sa.Date, nullable=False),
        _number("review_notices_sent"),
        sa.Column("replaces_id", sa.Uuid, sa.ForeignKey("agreements.id")),
        _number("version"),
        _number("content_version"),
        _one_of("status", *STATUSES),
        sa.CheckConstraint("replaces_id <> id", name="not_itself"),
    )
    op.create_index("ix_agreements_family_id_id", "agreements", ["family_id", "id"])
    for name, columns, where in (
        ("review_due", ["review_due"], "status IN ('in_force', 'refused')"),
        ("replaces_id", ["replaces_id"], "replaces_id IS NOT NULL"),
        ("owner_open", ["agency_id", "family_id"], OPEN),
    ):
        op.create_index(
            f"ix_agreements_{name}", "agreements", columns, postgresql_where=sa.text(where)
        )


def _create_history() -> None:
    op.create_table(
        "agreement_versions",
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("agreement_id", "agreements"),
        _key("family_id", "families"),
        _number("number"),
        _json("content"),
        _time("at"),
        sa.Column("by_id", sa.Uuid),
        _text("by_name"),
        _text("by_job_title"),
        sa.UniqueConstraint("agreement_id", "number"),
    )
    op.create_table(
        "agreement_steps",
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("agreement_id", "agreements"),
        _key("family_id", "families"),
        _number("version"),
        _number("content_version"),
        _text("act"),
        _text("from_status", nullable=True),
        _text("to_status"),
        _time("at"),
        sa.Column("by_agency_id", sa.Uuid),
        sa.Column("by_id", sa.Uuid),
        _text("by_name", nullable=True),
        _text("by_job_title", nullable=True),
        sa.Column("day", sa.Date),
        sa.Column("member_ids", postgresql.ARRAY(sa.Uuid)),
        _text("language", nullable=True),
        sa.Column("formats", postgresql.ARRAY(sa.Text)),
        sa.Column("review_due", sa.Date),
        _text("note", nullable=True),
        _one_of("act", "draft", "hand_over", *ACTS),
        _one_of("to_status", *STATUSES),
        sa.UniqueConstraint("agreement_id", "version"),
    )
    op.create_index("ix_agreement_steps_family_id", "agreement_steps", ["family_id"])


def _create_breaches() -> None:
    op.create_table(
        "agreement_breaches",
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("agreement_id", "agreements"),
        _key("family_id", "families"),
        _key("agency_id", "agencies"),
        _number("content_version"),
        sa.Column("occurred_on", sa.Date, nullable=False),
        _json("behaviours"),
        _text("said"),
        _text("applied", nullable=True),
        _text("why_not", nullable=True),
        _time("recorded_at"),
        sa.Column("by_id", sa.Uuid),
        _text("by_name"),
        _text("by_job_title"),
        sa.CheckConstraint("(applied IS NULL) = (why_not IS NOT NULL)", name="applied_or_why_not"),
    )
    op.create_index(
        "ix_agreement_breaches_agreement_id_id", "agreement_breaches", ["agreement_id", "id"]
    )
    op.create_index("ix_agreement_breaches_family_id", "agreement_breaches", ["family_id"])
    op.create_table(
        "breach_incidents",
        _key("breach_id", "agreement_breaches", primary_key=True),
        _key("incident_id", "incidents", primary_key=True),
        _key("family_id", "families"),
    )
    op.create_index("ix_breach_incidents_incident_id", "breach_incidents", ["incident_id"])


def downgrade() -> None:
    op.execute("DROP FUNCTION adopt_agreements(uuid, timestamptz)")
    for table in reversed(TABLES):
        op.drop_table(table)
