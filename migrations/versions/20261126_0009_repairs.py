"""What an attack review found in the database's part: recalls that miss somebody, and deadlocks.

A break-glass reads an alert at the very moment at which it is recalled: the worker looks once more
for first reads without a receipt, a while after. A receipt keeps its first due time, and whoever
recalled and has left is replaced by the lead. Locks are taken in one order: family, then alert.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MINE = "agency_id = (SELECT current_agency())"
# Row-level security shows the caller such alerts only as it reads.
STANDS_IN = (
    "EXISTS (SELECT FROM alerts a WHERE a.id = {recall} AND leads_family(a.family_id) "
    "AND NOT EXISTS (SELECT FROM involvements i WHERE i.family_id = a.family_id "
    "AND i.agency_id = a.agency_id AND i.until_at IS NULL))"
)
RECALL_SHOWN = (
    f"{MINE} OR EXISTS (SELECT FROM recall_receipts r WHERE r.recall_id = recalls.id "
    "AND r.agency_id = (SELECT current_agency()))"
)
RECEIPT_SHOWN = f"{MINE} OR owns_alert(recall_id)"
SHOWN = [
    ("recalls", RECALL_SHOWN, STANDS_IN.format(recall="recalls.id")),
    ("recall_receipts", RECEIPT_SHOWN, STANDS_IN.format(recall="recall_receipts.recall_id")),
]

# Who was ever told, without those who only read: of an end that nobody has to acknowledge.
ONCE_ADDRESSED = """
CREATE FUNCTION once_addressed(p_resource uuid) RETURNS SETOF uuid LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT DISTINCT agency_id FROM inbox WHERE resource_id = p_resource
$$
"""

# Who read what was recalled a moment later or before, and was not seen by who recalled it.
LATE_READERS = """
CREATE FUNCTION late_readers(p_recalls uuid[], p_within interval)
RETURNS TABLE (recall_id uuid, agency_id uuid) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT r.id, f.agency_id FROM recalls r
      JOIN first_reads f ON f.resource_id = r.id AND f.agency_id <> r.agency_id
                        AND f.read_at <= r.recalled_at + p_within
     WHERE r.id = ANY (p_recalls)
       AND NOT EXISTS (SELECT FROM recall_receipts o
                        WHERE o.recall_id = r.id AND o.agency_id = f.agency_id)
     ORDER BY 1, 2
$$
"""

# Without waiting, so that nobody waits in a circle with who has locked a family and then its
# alerts. Shows nothing but who is not busy.
HOLD_IDLE_FAMILIES = """
CREATE FUNCTION hold_idle_families(p_families uuid[]) RETURNS SETOF uuid LANGUAGE sql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT id FROM families WHERE id = ANY (p_families) ORDER BY id FOR KEY SHARE SKIP LOCKED
$$
"""

# The alert is locked first: of two challenges closed at once, the later sees both closed. And
# before a challenge is inserted, whose key would share the alert with another that waits for it.
MARK_DISPUTE = """
CREATE OR REPLACE FUNCTION mark_dispute() RETURNS trigger LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE open boolean;
BEGIN
    PERFORM FROM alerts WHERE id = NEW.alert_id FOR NO KEY UPDATE;
    IF TG_WHEN = 'BEFORE' THEN
        RETURN NEW;
    END IF;
    open := EXISTS (SELECT FROM challenges WHERE alert_id = NEW.alert_id
                       AND status IN ('received', 'acknowledged', 'appealed'));
    UPDATE alerts SET disputed = open, version = version + 1
     WHERE id = NEW.alert_id AND disputed <> open;
    RETURN NULL;
END $$
"""
MARK_DISPUTE_BEFORE = """
CREATE OR REPLACE FUNCTION mark_dispute() RETURNS trigger LANGUAGE plpgsql VOLATILE
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
HOLD_TRIGGER = """
CREATE TRIGGER challenges_hold BEFORE INSERT ON challenges
FOR EACH ROW EXECUTE FUNCTION mark_dispute()
"""

FUNCTIONS = {
    "once_addressed(uuid)": ONCE_ADDRESSED,
    "late_readers(uuid[], interval)": LATE_READERS,
    "hold_idle_families(uuid[])": HOLD_IDLE_FAMILIES,
}
WORKER_GRANTS = [
    "SELECT (acknowledge_by) ON recall_receipts",
    "INSERT (recall_id, agency_id, due_at, acknowledge_by, reminders) ON recall_receipts",
    "UPDATE (settled) ON recalls",
]

# The first reminder came when the receipt was due.
FIRST_DUE = """
    UPDATE recall_receipts o SET acknowledge_by = coalesce(
        (SELECT min(i.occurred_at) FROM inbox i
          WHERE i.resource_id = o.recall_id AND i.agency_id = o.agency_id
            AND i.type = 'alert.recalled' AND o.reminders > 0), o.due_at)
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    no, moment = sa.text("false"), sa.DateTime(timezone=True)
    op.add_column("recalls", sa.Column("settled", sa.Boolean, nullable=False, server_default=no))
    op.alter_column("recalls", "settled", server_default=None)
    op.create_index(
        "ix_recalls_recalled_at",
        "recalls",
        ["recalled_at"],
        postgresql_where=sa.text("NOT settled"),
    )
    op.add_column("recall_receipts", sa.Column("acknowledge_by", moment))
    op.execute(FIRST_DUE)
    op.alter_column("recall_receipts", "acknowledge_by", nullable=False)
    for name, function in FUNCTIONS.items():
        op.execute(function)
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO doorstep_worker")
    for statement in (MARK_DISPUTE, HOLD_TRIGGER):
        op.execute(statement)
    for table, before, stands_in in SHOWN:
        op.execute(f"ALTER POLICY {table}_select ON {table} USING ({before} OR {stands_in})")
    for grant in WORKER_GRANTS:
        op.execute(f"GRANT {grant} TO doorstep_worker")


def downgrade() -> None:
    for table, before, _ in SHOWN:
        op.execute(f"ALTER POLICY {table}_select ON {table} USING ({before})")
    op.execute("DROP TRIGGER challenges_hold ON challenges")
    op.execute(MARK_DISPUTE_BEFORE)
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    op.drop_column("recall_receipts", "acknowledge_by")
    op.drop_column("recalls", "settled")
    op.execute("REVOKE INSERT ON recall_receipts FROM doorstep_worker")
