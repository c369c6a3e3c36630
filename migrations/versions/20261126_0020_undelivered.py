"""An urgent alert that has not reached an agency within a minute is told to its publisher."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Told is a first 2xx, a page of the feed, or being shown the alert: what `alert_audience` says to
# the owner, for the worker, of one agency.
IS_TOLD = """
CREATE FUNCTION is_told(p_alert uuid, p_agency uuid) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH addressed AS (
        SELECT min(position) AS position, min(occurred_at) AS at FROM inbox
         WHERE agency_id = p_agency AND resource_id = p_alert
           AND type IN ('alert.published', 'alert.shared')
    )
    SELECT EXISTS (SELECT FROM first_reads
                    WHERE resource_id = p_alert AND agency_id = p_agency)
        OR EXISTS (SELECT FROM addressed a
                     JOIN subscriptions s ON s.agency_id = p_agency
                     JOIN deliveries d ON d.subscription_id = s.id AND d.position = a.position
                    WHERE d.status = 'delivered')
        OR EXISTS (SELECT FROM addressed a JOIN audit_entries e ON e.agency_id = p_agency
                    WHERE e.action = 'events.read' AND e.recorded_at >= a.at
                      AND (e.details ->> 'to')::bigint >= a.position)
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.add_column(
        "acknowledgement_duties", sa.Column("delivery_checked_at", sa.DateTime(timezone=True))
    )
    op.execute("UPDATE acknowledgement_duties SET delivery_checked_at = since")
    op.create_index(
        "ix_acknowledgement_duties_unchecked",
        "acknowledgement_duties",
        ["since"],
        postgresql_where=sa.text("delivery_checked_at IS NULL"),
    )
    op.execute(IS_TOLD)
    op.execute("REVOKE EXECUTE ON FUNCTION is_told(uuid, uuid) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION is_told(uuid, uuid) TO doorstep_worker")
    op.execute("GRANT UPDATE (delivery_checked_at) ON acknowledgement_duties TO doorstep_api")
    op.execute("GRANT UPDATE (delivery_checked_at) ON acknowledgement_duties TO doorstep_worker")


def downgrade() -> None:
    op.execute("DROP FUNCTION is_told(uuid, uuid)")
    op.drop_index("ix_acknowledgement_duties_unchecked", "acknowledgement_duties")
    op.drop_column("acknowledgement_duties", "delivery_checked_at")
