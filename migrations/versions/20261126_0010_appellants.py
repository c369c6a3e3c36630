"""Who appealed, whose words a corrected alert repeats, and moves that are known ahead."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Whoever ratifies a corrected alert wrote none of what it repeats, also where that stands on a
# record that the owner has left since.
EARLIER_AUTHORS = """
CREATE FUNCTION earlier_authors(p_alert uuid) RETURNS TABLE (id uuid, name text)
LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH RECURSIVE repeated AS (
        SELECT a.origin, a.origin_id FROM alerts a
         WHERE a.id = p_alert AND a.agency_id = current_agency()
        UNION ALL
        SELECT b.origin, b.origin_id FROM repeated r JOIN alerts b ON b.id = r.origin_id
         WHERE r.origin IN ('corrects', 'moves')
    )
    SELECT b.author_id, b.author_name FROM repeated r JOIN alerts b ON b.id = r.origin_id
     WHERE r.origin IN ('corrects', 'moves')
$$
"""

# The worker sees no address. Each departure that has come is answered for once, also where no
# alert stands on premises.
LEFT_HOMES = """
CREATE FUNCTION pass_departures(p_today date, p_most integer)
RETURNS TABLE (family_id uuid, alert_id uuid, version integer) LANGUAGE sql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH due AS (
        SELECT d.id FROM addresses d WHERE d.leaving_on < p_today
         ORDER BY d.id LIMIT p_most FOR UPDATE SKIP LOCKED
    ), departed AS (
        UPDATE addresses d SET leaving_on = NULL FROM due WHERE d.id = due.id
        RETURNING d.family_id
    ), moved AS (
        UPDATE alerts a SET unconfirmed = true, version = a.version + 1
         WHERE a.family_id IN (SELECT f.family_id FROM departed f)
           AND a.subject_kind = 'premises' AND NOT a.unconfirmed
           AND a.status IN ('provisional', 'active', 'under_review')
        RETURNING a.id, a.family_id, a.version
    )
    SELECT f.family_id, m.id, m.version
      FROM (SELECT DISTINCT g.family_id FROM departed g) f
      LEFT JOIN moved m ON m.family_id = f.family_id
     ORDER BY m.id
$$
"""

FUNCTIONS = {
    "earlier_authors(uuid)": "doorstep_api",
    "pass_departures(date, integer)": "doorstep_worker",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.add_column("challenges", sa.Column("appellant_id", sa.Uuid))
    op.add_column("challenges", sa.Column("appellant_name", sa.Text))
    op.execute("GRANT UPDATE (appellant_id, appellant_name) ON challenges TO doorstep_api")
    op.add_column("addresses", sa.Column("leaving_on", sa.Date))
    op.execute("UPDATE addresses SET leaving_on = until_date WHERE until_date >= CURRENT_DATE")
    op.create_index(
        "ix_addresses_leaving_on",
        "addresses",
        ["leaving_on"],
        postgresql_where=sa.text("leaving_on IS NOT NULL"),
    )
    op.execute("GRANT UPDATE (leaving_on) ON addresses TO doorstep_api")
    for function in (EARLIER_AUTHORS, LEFT_HOMES):
        op.execute(function)
    for name, role in FUNCTIONS.items():
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {role}")


def downgrade() -> None:
    for name in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {name}")
    op.drop_column("addresses", "leaving_on")
    op.drop_column("challenges", "appellant_name")
    op.drop_column("challenges", "appellant_id")
