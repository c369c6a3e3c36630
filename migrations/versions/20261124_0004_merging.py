"""Merging two records that are one family, ending an address, and holding a family still.

A merged-away record points at its survivor; nothing is moved. The leads of both records see a
merge, each reading its own record only: what must be known of both comes through doors.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Key-shared, a family can be read and written upon, and nobody joins, leaves or merges it away
# meanwhile. Two statements: after a wait, the second sees what has changed. No door: it shows
# what its caller may read.
HOLD_FAMILY = """
CREATE FUNCTION hold_family(p_family uuid)
RETURNS TABLE (id uuid, merged_into_id uuid) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM FROM families f WHERE f.id = p_family FOR KEY SHARE;
    RETURN QUERY SELECT f.id, f.merged_into_id FROM families f WHERE f.id = p_family;
END $$
"""

# In the order of their ids, so that nobody waits in a circle. Shows nothing.
LOCK_FAMILIES = """
CREATE FUNCTION lock_families(p_families uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM families WHERE id = ANY (p_families) ORDER BY id FOR UPDATE;
END $$
"""

LEADS_FAMILY = """
CREATE FUNCTION leads_family(p_family uuid) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM families f JOIN involvements i ON i.family_id = f.id
                    WHERE f.id = p_family AND f.lead_agency_id = current_agency()
                      AND i.agency_id = f.lead_agency_id AND i.until_at IS NULL)
$$
"""

# A lead that has left leads no more: nobody is involved with that record.
MERGING_RECORDS = """
CREATE FUNCTION merging_records(p_families uuid[])
RETURNS TABLE (id uuid, lead_agency_id uuid, merged_into_id uuid, is_survivor boolean,
               is_proposed boolean)
LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT f.id,
           (SELECT i.agency_id FROM involvements i
             WHERE i.family_id = f.id AND i.agency_id = f.lead_agency_id AND i.until_at IS NULL),
           f.merged_into_id,
           EXISTS (SELECT FROM families a WHERE a.merged_into_id = f.id),
           EXISTS (SELECT FROM family_merges m
                    WHERE m.status = 'proposed' AND f.id IN (m.family_id, m.other_family_id))
      FROM families f
     WHERE f.id = ANY (p_families)
       AND EXISTS (SELECT FROM unnest(p_families) AS own WHERE leads_family(own))
$$
"""

# Makes the records say what the merge says. Returns both, each with those who read it.
APPLY_MERGE = """
CREATE FUNCTION apply_merge(p_merge uuid)
RETURNS TABLE (id uuid, version integer, recipients uuid[]) LANGUAGE sql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH merge AS (
        SELECT m.family_id, m.other_family_id, m.survivor_id,
               CASE m.status WHEN 'agreed' THEN m.survivor_id END AS after,
               CASE m.status WHEN 'undone' THEN m.survivor_id END AS before
          FROM family_merges m
         WHERE m.id = p_merge AND m.status IN ('agreed', 'undone')
           AND (leads_family(m.family_id) OR leads_family(m.other_family_id))
    ), moved AS (
        UPDATE families f SET merged_into_id = m.after, version = f.version + 1
          FROM merge m
         WHERE f.id IN (m.family_id, m.other_family_id) AND f.id <> m.survivor_id
           AND f.merged_into_id IS NOT DISTINCT FROM m.before
        RETURNING f.id, f.version
    )
    SELECT f.id, coalesce(moved.version, f.version), ARRAY(
        SELECT i.agency_id FROM involvements i
         WHERE i.family_id = f.id AND i.until_at IS NULL ORDER BY i.agency_id)
      FROM merge m JOIN families f ON f.id IN (m.family_id, m.other_family_id)
      LEFT JOIN moved ON moved.id = f.id
     ORDER BY f.id
$$
"""

MATCH_FAMILIES = """
CREATE OR REPLACE FUNCTION match_families(
    p_identifiers jsonb, p_people jsonb, p_postcodes text[], p_children_only boolean
) RETURNS TABLE (family_id uuid, lead_agency_id uuid) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH wanted AS (
        SELECT * FROM jsonb_to_recordset(p_identifiers) AS w(system text, value text)
    ), named AS (
        SELECT * FROM jsonb_to_recordset(p_people) AS n(name text, birth_date date)
    ), found AS (
        SELECT i.family_id FROM identifiers i JOIN wanted USING (system, value)
         WHERE (i.agency_id IS NULL
                OR i.agency_id = current_agency() AND is_involved(i.family_id))
           AND (i.of_child OR NOT p_children_only)
        UNION
        SELECT v.family_id FROM involvements v
          JOIN wanted w ON w.system = 'local_id' AND w.value = v.local_id
         WHERE v.agency_id = current_agency() AND v.until_at IS NULL AND NOT p_children_only
        UNION
        SELECT m.family_id FROM members m
          JOIN named n ON n.name = m.match_name AND n.birth_date = m.birth_date
          JOIN addresses a ON a.family_id = m.family_id AND a.postcode = ANY (p_postcodes)
         WHERE NOT p_children_only
    ){answer}
     ORDER BY f.id
$$
"""
THE_RECORD_ITSELF = """
    SELECT f.id, f.lead_agency_id FROM families f JOIN found ON found.family_id = f.id"""
ITS_SURVIVOR = """, standing AS (
        SELECT DISTINCT coalesce(r.merged_into_id, r.id) AS id
          FROM families r JOIN found ON found.family_id = r.id
    )
    SELECT f.id, f.lead_agency_id FROM families f JOIN standing ON standing.id = f.id"""

FUNCTIONS = {
    "hold_family(uuid)": "doorstep_api",
    "lock_families(uuid[])": "doorstep_api",
    "leads_family(uuid)": "doorstep_api",
    "merging_records(uuid[])": "doorstep_api",
    "apply_merge(uuid)": "doorstep_api",
}

LEADS_EITHER = "leads_family(family_id) OR leads_family(other_family_id)"
INVOLVED = (
    "EXISTS (SELECT FROM involvements i WHERE i.family_id = addresses.family_id "
    "AND i.agency_id = (SELECT current_agency()) AND i.until_at IS NULL)"
)
DECIDED = "status, decided_by, decision_reason, decided_at, undone_by, undo_reason, undone_at"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    _add_tables()
    for function in (HOLD_FAMILY, LOCK_FAMILIES, LEADS_FAMILY, MERGING_RECORDS, APPLY_MERGE):
        op.execute(function)
    op.execute(MATCH_FAMILIES.format(answer=ITS_SURVIVOR))
    for function, roles in FUNCTIONS.items():
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {roles}")
    _secure()


def _add_tables() -> None:
    op.add_column("families", sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_families_merged_into_id", "families", "families", ["merged_into_id"], ["id"]
    )
    op.create_check_constraint("not_itself", "families", "merged_into_id <> id")
    op.create_index("ix_families_merged_into_id", "families", ["merged_into_id"])
    families = ("family_id", "other_family_id", "survivor_id")
    practitioners = ("author_id", "decided_by", "undone_by")
    op.create_table(
        "family_merges",
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in families),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("author_job_title", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undo_reason", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('proposed', 'agreed', 'declined', 'undone')",
            name=op.f("ck_family_merges_status"),
        ),
        sa.CheckConstraint(
            "family_id <> other_family_id AND survivor_id IN (family_id, other_family_id)",
            name=op.f("ck_family_merges_two_records"),
        ),
        *(_references("families", name) for name in families),
        *(_references("practitioners", name) for name in practitioners),
        _references("agencies", "proposed_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_merges")),
    )
    for column in ("family_id", "other_family_id"):
        op.create_index(op.f(f"ix_family_merges_{column}"), "family_merges", [column])


def _references(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_family_merges_{column}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name)


def _secure() -> None:
    for statement in (
        "ALTER TABLE family_merges ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE family_merges FORCE ROW LEVEL SECURITY",
        "CREATE POLICY family_merges_owner ON family_merges TO CURRENT_USER "
        "USING (true) WITH CHECK (true)",
        "CREATE POLICY family_merges_select ON family_merges FOR SELECT TO doorstep_api "
        f"USING ({LEADS_EITHER})",
        "CREATE POLICY family_merges_insert ON family_merges FOR INSERT TO doorstep_api "
        "WITH CHECK (proposed_by = (SELECT current_agency()) AND leads_family(family_id))",
        "CREATE POLICY family_merges_update ON family_merges FOR UPDATE TO doorstep_api "
        f"USING ({LEADS_EITHER}) "
        "WITH CHECK (status <> 'agreed' OR leads_family(other_family_id))",
        "GRANT SELECT, INSERT ON family_merges TO doorstep_api",
        f"GRANT UPDATE ({DECIDED}, version) ON family_merges TO doorstep_api",
        "CREATE POLICY addresses_update ON addresses FOR UPDATE TO doorstep_api "
        f"USING ({INVOLVED})",
        "GRANT UPDATE (until_date) ON addresses TO doorstep_api",
        # Whether an agency may still be told of a merge.
        "CREATE POLICY family_merges_worker ON family_merges TO doorstep_worker "
        "USING (true) WITH CHECK (true)",
        "GRANT SELECT (id, family_id, other_family_id) ON family_merges TO doorstep_worker",
        "CREATE POLICY families_worker ON families TO doorstep_worker "
        "USING (true) WITH CHECK (true)",
        "GRANT SELECT (id, lead_agency_id) ON families TO doorstep_worker",
    ):
        op.execute(statement)


def downgrade() -> None:
    for statement in (
        "REVOKE SELECT (id, lead_agency_id) ON families FROM doorstep_worker",
        "DROP POLICY families_worker ON families",
        "REVOKE UPDATE (until_date) ON addresses FROM doorstep_api",
        "DROP POLICY addresses_update ON addresses",
        "DROP TABLE family_merges CASCADE",
    ):
        op.execute(statement)
    op.execute(MATCH_FAMILIES.format(answer=THE_RECORD_ITSELF))
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_column("families", "merged_into_id")
