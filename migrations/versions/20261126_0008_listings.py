"""Who read what of a family in a list or a banner that is not the family's own; and that handing an
alert over is a step of its life, also where the lead takes it over.

A page of alerts or challenges of all families, and an alert of another record in a banner, are one
entry that names more than its reader may know. As for lookups (0006), no policy can show a part of
it: the door `listings_of` says who was shown something of one family, when, and nothing of the rest.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Only of what the caller may read itself; a challenge is for who made it and who answers for it.
LISTINGS_OF = """
CREATE FUNCTION listings_of(p_family uuid)
RETURNS TABLE (id uuid, recorded_at timestamptz, agency_id uuid, client_id uuid,
               practitioner_id uuid, action text, break_glass boolean) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH readable AS (
        SELECT a.id, a.agency_id FROM alerts a
         WHERE a.family_id = p_family AND is_involved(p_family)
           AND (a.audience_kind = 'involved' OR a.agency_id = current_agency()
                OR EXISTS (SELECT FROM alert_recipients r
                            WHERE r.alert_id = a.id AND r.agency_id = current_agency()))
    ), named AS (
        SELECT e.id FROM readable a JOIN audit_entries e
            ON e.details -> 'alerts' @> to_jsonb(a.id::text)
           AND e.action = 'alerts.listed' AND e.family_id IS NULL
        UNION
        SELECT e.id FROM readable a JOIN audit_entries e
            ON e.details -> 'elsewhere' @> to_jsonb(a.id::text) AND e.details ? 'elsewhere'
        UNION
        SELECT e.id FROM readable a JOIN challenges c ON c.alert_id = a.id
           AND current_agency() IN (a.agency_id, c.agency_id)
          JOIN audit_entries e ON e.details -> 'challenges' @> to_jsonb(c.id::text)
           AND e.action = 'challenges.listed'
    )
    SELECT e.id, e.recorded_at, e.agency_id, e.client_id, e.practitioner_id, e.action,
           e.details ? 'break_glass' AND NOT EXISTS (
               SELECT FROM involvements i
                WHERE i.family_id = p_family AND i.agency_id = e.agency_id
                  AND i.from_at <= e.recorded_at
                  AND (i.until_at IS NULL OR i.until_at >= e.recorded_at))
      FROM named JOIN audit_entries e ON e.id = named.id
     WHERE e.outcome = 'allowed'
$$
"""

# As it was (0002), and as it is: the step is noted by the door, since whoever decides that an
# involvement ends need not read the alert.
ADOPT_ALERTS = """
CREATE FUNCTION adopt_alerts({parameters})
RETURNS TABLE (id uuid, version integer, recipients uuid[]) LANGUAGE sql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH involved AS (
        SELECT agency_id FROM involvements WHERE family_id = p_family AND until_at IS NULL
    ), adopted AS (
        UPDATE alerts a SET agency_id = f.lead_agency_id, version = a.version + 1
          FROM families f
         WHERE f.id = p_family AND a.family_id = f.id
           AND a.status IN ('provisional', 'active', 'under_review')
           AND a.agency_id NOT IN (SELECT agency_id FROM involved)
           AND f.lead_agency_id IN (SELECT agency_id FROM involved)
           AND current_agency() IN (SELECT agency_id FROM involved)
        RETURNING a.id, a.version, a.audience_kind, a.agency_id, a.status
    ){noted}
    SELECT a.id, a.version, ARRAY(
        SELECT i.agency_id FROM involved i
         WHERE a.audience_kind = 'involved' OR i.agency_id = a.agency_id
            OR EXISTS (SELECT FROM alert_recipients r
                        WHERE r.alert_id = a.id AND r.agency_id = i.agency_id))
      FROM adopted a ORDER BY a.id
$$
"""
NOTED = """, noted AS (
        INSERT INTO alert_transitions (id, alert_id, family_id, version, act, from_status,
                                       to_status, at, by_agency_id, by_practitioner_id, by_name,
                                       reason)
        SELECT gen_random_uuid(), a.id, p_family, a.version, 'hand_over', a.status, a.status,
               p_at, current_agency(), p_practitioner, p_name,
               'To the lead: its owner is no longer involved.'
          FROM adopted a
    )"""
BEFORE, AFTER = "p_family uuid", "p_family uuid, p_at timestamptz, p_practitioner uuid, p_name text"
ARGUMENTS = {BEFORE: "uuid", AFTER: "uuid, timestamptz, uuid, text"}

ACTS = ("publish", "confirm", "ratify", "review", "renew", "withdraw", "supersede")
ACTS += ("enter_in_error", "lapse")

INDEXES = {
    "ix_audit_entries_alerts_listed": (
        "alerts",
        "action = 'alerts.listed' AND family_id IS NULL",
    ),
    "ix_audit_entries_elsewhere": ("elsewhere", "details ? 'elsewhere'"),
    "ix_audit_entries_challenges_listed": ("challenges", "action = 'challenges.listed'"),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for name, (key, which) in INDEXES.items():
        op.execute(
            f"CREATE INDEX {name} ON audit_entries "
            f"USING gin ((details -> '{key}') jsonb_path_ops) WHERE {which}"
        )
    op.execute(LISTINGS_OF)
    op.execute("REVOKE EXECUTE ON FUNCTION listings_of(uuid) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION listings_of(uuid) TO doorstep_api")
    _allow_acts(*ACTS, "hand_over")
    _replace_door(BEFORE, AFTER, NOTED)


def _allow_acts(*acts: str) -> None:
    listed = ", ".join(f"'{each}'" for each in acts)
    op.drop_constraint("act", "alert_transitions", type_="check")
    op.create_check_constraint("act", "alert_transitions", f"act IN ({listed})")


def _replace_door(old: str, new: str, noted: str) -> None:
    op.execute(f"DROP FUNCTION adopt_alerts({ARGUMENTS[old]})")
    op.execute(ADOPT_ALERTS.format(parameters=new, noted=noted))
    op.execute(f"REVOKE EXECUTE ON FUNCTION adopt_alerts({ARGUMENTS[new]}) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION adopt_alerts({ARGUMENTS[new]}) TO doorstep_api")


def downgrade() -> None:
    _replace_door(AFTER, BEFORE, "")
    op.execute("DELETE FROM alert_transitions WHERE act = 'hand_over'")
    _allow_acts(*ACTS)
    op.execute("DROP FUNCTION listings_of(uuid)")
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
