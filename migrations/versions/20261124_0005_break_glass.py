"""Break-glass: its table, what it opens, and the doors that it needs.

`open_context` puts the families that the practitioner of the token has opened into the setting
`doorstep.break_glass` of the transaction. Policies of their own admit reading these families, the
alerts on them that are shared with everybody involved, and who is involved now (for whom to ring).
What hangs on an alert is closed to it by a policy that restricts: an alert that is seen through
the glass is neither acknowledged nor followed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLE = "break_glasses"
CALLER = "(SELECT current_agency())"
OPENED = "ANY ((SELECT opened_families())::uuid[])"
INVOLVED = (
    "EXISTS (SELECT FROM involvements i WHERE i.family_id = {table}.family_id "
    f"AND i.agency_id = {CALLER} AND i.until_at IS NULL)"
)
ANSWERS = f"agency_id = {CALLER} OR lead_of(family_id) = {CALLER}"

# What hangs on an alert: policies that only ask whether the alert is visible.
ON_ALERTS = (
    "alert_transitions", "alert_acknowledgements", "acknowledgement_duties", "alert_reviews",
    "challenges", "subject_notifications",
)  # fmt: skip

OPENED_FAMILIES = """
CREATE FUNCTION opened_families() RETURNS uuid[] LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('doorstep.break_glass', true), '')::uuid[] $$
"""

LEAD_OF = """
CREATE FUNCTION lead_of(p_family uuid) RETURNS uuid LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT lead_agency_id FROM families WHERE id = p_family
$$
"""

# The audit is closed to the API but for the entries of one reader on one family, while it was
# open, that carry its mark; and that to the two agencies that answer for it.
BREAK_GLASS_READS = """
CREATE FUNCTION break_glass_reads(p_break_glass uuid, p_most integer)
RETURNS TABLE (action text, resource_type text, resource_id uuid, at timestamptz, total bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT e.action, e.resource_type, e.resource_id, e.recorded_at, count(*) OVER ()
      FROM break_glasses b
      JOIN audit_entries e ON e.family_id = b.family_id
       AND e.recorded_at BETWEEN b.opened_at AND b.expires_at
     WHERE b.id = p_break_glass
       AND current_agency() IN (b.agency_id, lead_of(b.family_id))
       AND e.practitioner_id = b.practitioner_id AND e.outcome = 'allowed'
       AND e.resource_type <> 'break_glass'
       AND e.details ->> 'break_glass' = b.id::text
     ORDER BY e.recorded_at DESC, e.id DESC LIMIT p_most
$$
"""

CONTEXT = """
CREATE FUNCTION open_context(
    p_agency uuid, p_client uuid, p_practitioner uuid,
    p_method text, p_path text, p_key text{parameter},
    OUT allowed boolean, OUT roles text[], OUT person_name text, OUT job_title text,
    OUT in_progress boolean, OUT stored_hash bytea, OUT stored_status smallint,
    OUT stored_headers jsonb, OUT stored_body bytea,
    OUT stored_type text, OUT stored_id uuid, OUT stored_practitioner uuid{results}
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    allowed := false;
    in_progress := false;
    SELECT a.status = 'active' AND c.status = 'active'
           AND (p_practitioner IS NULL OR coalesce(p.status = 'active', false)),
           CASE WHEN p_practitioner IS NULL AND a.kind = 'operator' THEN ARRAY[]::text[]
                WHEN p_practitioner IS NULL THEN ARRAY['system']
                ELSE ARRAY(SELECT unnest(p.roles) INTERSECT SELECT unnest(a.grantable_roles)) END,
           p.name, p.job_title
      INTO allowed, roles, person_name, job_title
      FROM agencies a
      JOIN clients c ON c.id = p_client AND c.agency_id = a.id
      LEFT JOIN practitioners p ON p.id = p_practitioner AND p.agency_id = a.id
     WHERE a.id = p_agency;
    allowed := coalesce(allowed, false);
    PERFORM set_config('doorstep.agency', CASE WHEN allowed THEN p_agency::text ELSE '' END, true);
{opening}    IF NOT allowed OR p_key IS NULL THEN
        RETURN;
    END IF;
    in_progress := NOT pg_try_advisory_xact_lock(
        hashtextextended(concat_ws('|', p_client, p_method, p_path, p_key), 0));
    IF in_progress THEN
        RETURN;
    END IF;
    SELECT k.body_hash, k.status, k.headers, k.body, k.resource_type, k.resource_id,
           k.practitioner_id
      INTO stored_hash, stored_status, stored_headers, stored_body, stored_type, stored_id,
           stored_practitioner
      FROM idempotency_keys k
     WHERE k.client_id = p_client AND k.method = p_method AND k.path = p_path AND k.key = p_key;
END $$
"""
BEFORE = CONTEXT.format(parameter="", results="", opening="")
OPEN_CONTEXT = CONTEXT.format(
    parameter=", p_now timestamptz",
    results=",\n    OUT glass_families uuid[], OUT glass_ids uuid[], OUT glass_until timestamptz[]",
    opening="""\
    IF allowed AND p_practitioner IS NOT NULL THEN
        SELECT array_agg(g.family_id), array_agg(g.id), array_agg(g.expires_at)
          INTO glass_families, glass_ids, glass_until
          FROM break_glasses g
         WHERE g.practitioner_id = p_practitioner AND g.agency_id = p_agency
           AND g.expires_at > p_now AND g.ended_at IS NULL;
        PERFORM set_config('doorstep.break_glass', coalesce(glass_families::text, ''), true);
    END IF;
""",
)
ARGUMENTS = "uuid, uuid, uuid, text, text, text"

BOTH = "doorstep_api, doorstep_worker"
FUNCTIONS = {
    "opened_families()": BOTH,
    "lead_of(uuid)": BOTH,
    "break_glass_reads(uuid, integer)": "doorstep_api",
    f"open_context({ARGUMENTS}, timestamptz)": "doorstep_api",
}

POLICIES = [
    (TABLE, "select", "FOR SELECT", f"USING ({ANSWERS})"),
    (TABLE, "insert", "FOR INSERT", f"WITH CHECK (agency_id = {CALLER})"),
    (TABLE, "update", "FOR UPDATE", f"USING ({ANSWERS})"),
    ("families", "break_glass", "FOR SELECT", f"USING (id = {OPENED})"),
    (
        "alerts",
        "break_glass",
        "FOR SELECT",
        f"USING (audience_kind = 'involved' AND family_id = {OPENED})",
    ),
    (
        "involvements",
        "break_glass",
        "FOR SELECT",
        f"USING (until_at IS NULL AND family_id = {OPENED})",
    ),
] + [
    (table, "involved", "AS RESTRICTIVE FOR ALL", f"USING ({INVOLVED.format(table=table)})")
    for table in ON_ALERTS
]

WORKER_COLUMNS = (
    "id, family_id, agency_id, practitioner_id, opened_at, review_due, reviewed_at, "
    "overdue_told_at, version"
)
GRANTS = [
    f"GRANT SELECT, INSERT ON {TABLE} TO doorstep_api",
    "GRANT UPDATE (ended_at, outcome, review_note, reviewed_at, reviewed_by, version) "
    f"ON {TABLE} TO doorstep_api",
    f"GRANT SELECT ({WORKER_COLUMNS}) ON {TABLE} TO doorstep_worker",
    f"GRANT UPDATE (overdue_told_at) ON {TABLE} TO doorstep_worker",
]


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    _create_table()
    op.create_index(
        "ix_audit_entries_by_people",
        "audit_entries",
        ["recorded_at"],
        postgresql_where=sa.text("practitioner_id IS NOT NULL"),
    )
    op.execute(f"DROP FUNCTION open_context({ARGUMENTS})")
    for function in (OPENED_FAMILIES, LEAD_OF, BREAK_GLASS_READS, OPEN_CONTEXT):
        op.execute(function)
    for function, roles in FUNCTIONS.items():
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {roles}")
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
    for role, name in (("CURRENT_USER", "owner"), ("doorstep_worker", "worker")):
        op.execute(
            f"CREATE POLICY {TABLE}_{name} ON {TABLE} TO {role} USING (true) WITH CHECK (true)"
        )
    for table, name, what, condition in POLICIES:
        op.execute(f"CREATE POLICY {table}_{name} ON {table} {what} TO doorstep_api {condition}")
    for grant in GRANTS:
        op.execute(grant)


def _create_table() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("overdue_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("review_note", sa.Text(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('justified', 'not_justified')", name=op.f(f"ck_{TABLE}_outcome")
        ),
        sa.CheckConstraint(
            "num_nonnulls(outcome, review_note, reviewed_at, reviewed_by) IN (0, 4)",
            name=op.f(f"ck_{TABLE}_reviewed_whole"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_{TABLE}_{column}"))
            for column, table in (
                ("agency_id", "agencies"),
                ("client_id", "clients"),
                ("family_id", "families"),
                ("practitioner_id", "practitioners"),
                ("reviewed_by", "practitioners"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    for columns in (["agency_id"], ["family_id"], ["practitioner_id", "expires_at"]):
        op.create_index(op.f(f"ix_{TABLE}_{'_'.join(columns)}"), TABLE, columns)
    unreviewed = "reviewed_at IS NULL"
    for name, columns, where in (
        ("unreviewed", ["client_id", "review_due"], unreviewed),
        ("untold", ["review_due"], f"{unreviewed} AND overdue_told_at IS NULL"),
    ):
        op.create_index(f"ix_{TABLE}_{name}", TABLE, columns, postgresql_where=sa.text(where))


def downgrade() -> None:
    for table, name, _, _ in POLICIES:
        op.execute(f"DROP POLICY {table}_{name} ON {table}")
    for name in ("owner", "worker"):
        op.execute(f"DROP POLICY {TABLE}_{name} ON {TABLE}")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.execute(BEFORE)
    op.execute(f"REVOKE EXECUTE ON FUNCTION open_context({ARGUMENTS}) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION open_context({ARGUMENTS}) TO doorstep_api")
    op.drop_index("ix_audit_entries_by_people", table_name="audit_entries")
    op.drop_table(TABLE)
