"""Who read what on a family, for the agencies involved with it.

The audit gets row-level security: everything may be appended; what was done on a family is seen by
who is involved with it. Policies add to each other: 0007 shows an agency its own entries too.

A lookup of many banners is one entry that names up to a thousand families. No policy can show a
part of it: the door `lookups_of` says who looked up one family, when, and nothing of the rest.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

POLICIES = {
    "audit_entries_owner": "TO CURRENT_USER USING (true) WITH CHECK (true)",
    "audit_entries_worker": "TO doorstep_worker USING (true) WITH CHECK (true)",
    "audit_entries_insert": "FOR INSERT TO doorstep_api WITH CHECK (true)",
    # What is about an alert or a challenge is seen by who reads that.
    "audit_entries_family": (
        "FOR SELECT TO doorstep_api USING (is_involved(family_id) AND CASE resource_type "
        "WHEN 'alert' THEN EXISTS (SELECT FROM alerts a WHERE a.id = audit_entries.resource_id) "
        "WHEN 'challenge' THEN EXISTS (SELECT FROM challenges c "
        "WHERE c.id = audit_entries.resource_id) ELSE true END)"
    ),
}

LOOKUPS_OF = """
CREATE FUNCTION lookups_of(p_family uuid)
RETURNS TABLE (id uuid, recorded_at timestamptz, agency_id uuid, client_id uuid,
               practitioner_id uuid) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT e.id, e.recorded_at, e.agency_id, e.client_id, e.practitioner_id
      FROM audit_entries e
     WHERE e.action = 'banners.looked_up'
       AND e.details -> 'families' @> to_jsonb(p_family::text)
       AND is_involved(p_family)
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.execute("ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE audit_entries FORCE ROW LEVEL SECURITY")
    for name, policy in POLICIES.items():
        op.execute(f"CREATE POLICY {name} ON audit_entries {policy}")
    op.execute("GRANT SELECT ON audit_entries TO doorstep_api")
    op.execute(
        "CREATE INDEX ix_audit_entries_looked_up ON audit_entries "
        "USING gin ((details -> 'families') jsonb_path_ops) WHERE action = 'banners.looked_up'"
    )
    op.execute(LOOKUPS_OF)
    op.execute("REVOKE EXECUTE ON FUNCTION lookups_of(uuid) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION lookups_of(uuid) TO doorstep_api")


def downgrade() -> None:
    op.execute("DROP FUNCTION lookups_of(uuid)")
    op.execute("DROP INDEX ix_audit_entries_looked_up")
    op.execute("REVOKE SELECT ON audit_entries FROM doorstep_api")
    for name in POLICIES:
        op.execute(f"DROP POLICY {name} ON audit_entries")
    op.execute("ALTER TABLE audit_entries NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE audit_entries DISABLE ROW LEVEL SECURITY")
