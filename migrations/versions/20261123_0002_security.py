"""Row-level security, the doors through it, and what each role may do.

The owner runs migrations and owns the doors: functions that see beyond one agency, each with a
pinned search_path (temporary tables last, or they would shadow ours). `doorstep_api` sees what
the agency of its transaction may see. `doorstep_worker` sees every agency's deliveries and
deadlines, and no name or narrative.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FAMILY_TABLES = ["families", "members", "addresses", "identifiers", "involvements"]
FAMILY_TABLES += ["invitations", "contests"]
ALERT_TABLES = ["alerts", "alert_recipients", "alert_transitions", "alert_acknowledgements"]
JOURNAL_TABLES = ["events", "inbox", "inbox_counters", "idempotency_keys"]
WEBHOOK_TABLES = ["subscriptions", "deliveries", "attempts"]
SECURED = FAMILY_TABLES + ALERT_TABLES + JOURNAL_TABLES + WEBHOOK_TABLES

CURRENT_AGENCY = """
CREATE FUNCTION current_agency() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('doorstep.agency', true), '')::uuid $$
"""

OPEN_CONTEXT = """
CREATE FUNCTION open_context(
    p_agency uuid, p_client uuid, p_practitioner uuid,
    p_method text, p_path text, p_key text,
    OUT allowed boolean, OUT roles text[], OUT person_name text, OUT job_title text,
    OUT in_progress boolean, OUT stored_hash bytea, OUT stored_status smallint,
    OUT stored_headers jsonb, OUT stored_body bytea,
    OUT stored_type text, OUT stored_id uuid, OUT stored_practitioner uuid
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
    IF NOT allowed OR p_key IS NULL THEN
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

IS_INVOLVED = """
CREATE FUNCTION is_involved(p_family uuid) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM involvements
                    WHERE family_id = p_family AND agency_id = current_agency()
                      AND until_at IS NULL)
$$
"""

OWNS_ALERT = """
CREATE FUNCTION owns_alert(p_alert uuid) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM alerts WHERE id = p_alert AND agency_id = current_agency())
$$
"""

# An agency whose involvement was ended by others may have left live alerts that nobody could
# withdraw: the lead answers for them. Returns them, each with those who read it now.
ADOPT_ALERTS = """
CREATE FUNCTION adopt_alerts(p_family uuid)
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
        RETURNING a.id, a.version, a.audience_kind, a.agency_id
    )
    SELECT a.id, a.version, ARRAY(
        SELECT i.agency_id FROM involved i
         WHERE a.audience_kind = 'involved' OR i.agency_id = a.agency_id
            OR EXISTS (SELECT FROM alert_recipients r
                        WHERE r.alert_id = a.id AND r.agency_id = i.agency_id))
      FROM adopted a ORDER BY a.id
$$
"""

MATCH_FAMILIES = """
CREATE FUNCTION match_families(
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
    )
    SELECT f.id, f.lead_agency_id FROM families f JOIN found ON found.family_id = f.id
     ORDER BY f.id
$$
"""

ONCE_TOLD = """
CREATE FUNCTION once_told(p_resource uuid) RETURNS SETOF uuid LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT DISTINCT agency_id FROM inbox WHERE resource_id = p_resource
$$
"""

# The counters are locked in sorted order and in a statement of their own, so that two commits
# never wait for each other and the positions read are the latest.
POST_EVENTS = """
CREATE FUNCTION post_events(p_postings jsonb) RETURNS integer LANGUAGE plpgsql VOLATILE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE posted integer;
BEGIN
    IF EXISTS (SELECT FROM jsonb_array_elements(p_postings) p
                WHERE (p ->> 'agency_id')::uuid IS DISTINCT FROM current_agency()) THEN
        RAISE insufficient_privilege USING MESSAGE = 'an event of another agency';
    END IF;
    INSERT INTO events (id, type, priority, occurred_at, agency_id, family_id,
                        resource_type, resource_id, resource_version)
    SELECT e.* FROM jsonb_to_recordset(p_postings) AS e(
        id uuid, type text, priority text, occurred_at timestamptz, agency_id uuid,
        family_id uuid, resource_type text, resource_id uuid, resource_version integer);
    PERFORM FROM inbox_counters WHERE agency_id IN (
        SELECT r::uuid FROM jsonb_array_elements(p_postings) p,
                            jsonb_array_elements_text(p -> 'recipients') r)
      ORDER BY agency_id FOR UPDATE;
    WITH addressed AS (
        SELECT r::uuid AS agency_id,
               row_number() OVER (PARTITION BY r ORDER BY n) AS offset_in,
               jsonb_populate_record(NULL::events, p) AS e
          FROM jsonb_array_elements(p_postings) WITH ORDINALITY AS t(p, n),
               jsonb_array_elements_text(p -> 'recipients') r
    ), placed AS (
        INSERT INTO inbox (agency_id, position, event_id, type, priority, occurred_at,
                           family_id, resource_type, resource_id, resource_version)
        SELECT a.agency_id, c.last_position + a.offset_in, (a.e).id, (a.e).type,
               (a.e).priority, (a.e).occurred_at, (a.e).family_id, (a.e).resource_type,
               (a.e).resource_id, (a.e).resource_version
          FROM addressed a JOIN inbox_counters c USING (agency_id)
        RETURNING agency_id, position
    ), counted AS (
        SELECT agency_id, max(position) AS top, count(*) AS n FROM placed GROUP BY agency_id
    ), moved AS (
        UPDATE inbox_counters c SET last_position = counted.top
          FROM counted WHERE c.agency_id = counted.agency_id RETURNING counted.n
    )
    SELECT coalesce(sum(n), 0) INTO posted FROM moved;
    IF posted <> (SELECT count(*) FROM jsonb_array_elements(p_postings) p,
                                       jsonb_array_elements_text(p -> 'recipients')) THEN
        RAISE EXCEPTION 'a recipient has no inbox';
    END IF;
    RETURN posted;
END $$
"""

ENQUEUE_AUDIT = """
CREATE FUNCTION enqueue_audit() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO audit_pending (entry_id) VALUES (NEW.id);
    RETURN NULL;
END $$
"""

AUDIT_TRIGGER = """
CREATE TRIGGER audit_entries_enqueue AFTER INSERT ON audit_entries
FOR EACH ROW EXECUTE FUNCTION enqueue_audit()
"""

MINE = "agency_id = (SELECT current_agency())"
INVOLVED = (
    "EXISTS (SELECT FROM involvements i WHERE i.family_id = {column} "
    "AND i.agency_id = (SELECT current_agency()) AND i.until_at IS NULL)"
)
IN_AUDIENCE = (
    f"{INVOLVED.format(column='alerts.family_id')} AND (audience_kind = 'involved' OR {MINE} "
    "OR EXISTS (SELECT FROM alert_recipients r WHERE r.alert_id = alerts.id "
    "AND r.agency_id = (SELECT current_agency())))"
)
ALERT_VISIBLE = "EXISTS (SELECT FROM alerts a WHERE a.id = {table}.alert_id)"

# Table, command, USING (or WITH CHECK for INSERT). What is not listed is refused.
API_POLICIES = [
    ("families", "SELECT", INVOLVED.format(column="families.id")),
    ("families", "INSERT", "registered_by = (SELECT current_agency())"),
    ("families", "UPDATE", INVOLVED.format(column="families.id")),
    ("involvements", "SELECT", f"{MINE} OR is_involved(family_id)"),
    ("involvements", "INSERT", MINE),
    ("involvements", "UPDATE", f"{MINE} OR is_involved(family_id)"),
    ("invitations", "SELECT", f"{MINE} OR is_involved(family_id)"),
    ("invitations", "INSERT", "is_involved(family_id)"),
    ("invitations", "UPDATE", f"{MINE} OR is_involved(family_id)"),
    ("contests", "SELECT", INVOLVED.format(column="contests.family_id")),
    ("contests", "INSERT", INVOLVED.format(column="contests.family_id")),
    ("contests", "UPDATE", INVOLVED.format(column="contests.family_id")),
    ("alerts", "SELECT", IN_AUDIENCE),
    ("alerts", "INSERT", f"{MINE} AND {INVOLVED.format(column='alerts.family_id')}"),
    (
        "alert_recipients",
        "SELECT",
        f"{INVOLVED.format(column='alert_recipients.family_id')} "
        f"AND ({MINE} OR owns_alert(alert_id))",
    ),
    ("alert_recipients", "INSERT", "owns_alert(alert_id)"),
    ("alert_transitions", "SELECT", ALERT_VISIBLE.format(table="alert_transitions")),
    (
        "alert_transitions",
        "INSERT",
        f"{ALERT_VISIBLE.format(table='alert_transitions')} AND owns_alert(alert_id)",
    ),
    (
        "alert_acknowledgements",
        "SELECT",
        f"{ALERT_VISIBLE.format(table='alert_acknowledgements')} "
        f"AND ({MINE} OR owns_alert(alert_id))",
    ),
    (
        "alert_acknowledgements",
        "INSERT",
        f"{MINE} AND {ALERT_VISIBLE.format(table='alert_acknowledgements')}",
    ),
    ("inbox", "SELECT", MINE),
    ("inbox_counters", "SELECT", MINE),
    ("inbox_counters", "INSERT", "true"),
    ("idempotency_keys", "SELECT", MINE),
    ("idempotency_keys", "INSERT", MINE),
    ("subscriptions", "SELECT", MINE),
    ("subscriptions", "INSERT", MINE),
    ("subscriptions", "UPDATE", MINE),
    ("deliveries", "SELECT", MINE),
    ("deliveries", "INSERT", MINE),
    ("deliveries", "UPDATE", MINE),
    ("attempts", "SELECT", MINE),
] + [
    (table, command, INVOLVED.format(column=f"{table}.family_id"))
    for table in ("members", "addresses", "identifiers")
    for command in ("SELECT", "INSERT")
]

API_GRANTS = {
    "SELECT, INSERT, UPDATE": "agencies, enrolment_codes, clients, agency_keys, practitioners",
    "SELECT, INSERT": (
        "used_assertions, families, involvements, invitations, contests, members, addresses, "
        "identifiers, alerts, alert_recipients, alert_transitions, alert_acknowledgements, "
        "idempotency_keys, inbox_counters, subscriptions, deliveries"
    ),
    "SELECT": "inbox, attempts, instance, signing_keys",
    "INSERT": "audit_entries",
}
# What is on record stays as it was written: only where it stands may change.
API_UPDATES = {
    "families": "lead_agency_id, version",
    "involvements": "until_at, end_reason, version",
    "invitations": "status",
    "contests": "status, decided_by, decision_reason, decided_at",
    "alerts": "agency_id, status, version",
    "subscriptions": "status, version",
    "deliveries": "status, finished_at",
}

WORKER_ALERT_COLUMNS = (
    "id, family_id, agency_id, status, severity, audience_kind, published_at, ratify_by, "
    "warnings_sent, review_due, expires_on, version, content_version"
)
WORKER_GRANTS = [
    "GRANT SELECT (id, status, webhook_domains) ON agencies TO doorstep_worker",
    "GRANT SELECT (id, agency_id, status) ON clients TO doorstep_worker",
    "GRANT SELECT (id, family_id, agency_id, until_at) ON involvements TO doorstep_worker",
    "GRANT SELECT (id, agency_id, family_id, status) ON invitations TO doorstep_worker",
    f"GRANT SELECT ({WORKER_ALERT_COLUMNS}) ON alerts TO doorstep_worker",
    "GRANT UPDATE (status, version, warnings_sent) ON alerts TO doorstep_worker",
    "GRANT SELECT (alert_id, agency_id) ON alert_recipients TO doorstep_worker",
    "GRANT INSERT ON alert_transitions TO doorstep_worker",
    "GRANT SELECT ON inbox, inbox_counters, instance TO doorstep_worker",
    "GRANT SELECT, UPDATE ON subscriptions TO doorstep_worker",
    "GRANT SELECT, INSERT, UPDATE ON deliveries TO doorstep_worker",
    "GRANT SELECT, INSERT ON attempts, audit_entries, audit_seals TO doorstep_worker",
    "GRANT SELECT, DELETE ON audit_pending TO doorstep_worker",
    "GRANT SELECT (expires_at), DELETE ON used_assertions TO doorstep_worker",
    "GRANT SELECT (created_at), DELETE ON idempotency_keys TO doorstep_worker",
]
WORKER_TABLES = ["involvements", "invitations", "alerts", "alert_recipients", "alert_transitions"]
WORKER_TABLES += ["inbox", "inbox_counters", "idempotency_keys", *WEBHOOK_TABLES]

BOTH = "doorstep_api, doorstep_worker"
FUNCTIONS = {
    "current_agency()": BOTH,
    "open_context(uuid, uuid, uuid, text, text, text)": "doorstep_api",
    "is_involved(uuid)": BOTH,
    "owns_alert(uuid)": BOTH,
    "adopt_alerts(uuid)": "doorstep_api",
    "match_families(jsonb, jsonb, text[], boolean)": "doorstep_api",
    "once_told(uuid)": BOTH,
    "post_events(jsonb)": BOTH,
    "enqueue_audit()": None,  # by the trigger alone
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.execute("INSERT INTO instance (id, epoch) VALUES ('instance', gen_random_uuid())")
    for function in (CURRENT_AGENCY, OPEN_CONTEXT, IS_INVOLVED, OWNS_ALERT, ADOPT_ALERTS):
        op.execute(function)
    for function in (MATCH_FAMILIES, ONCE_TOLD, POST_EVENTS, ENQUEUE_AUDIT, AUDIT_TRIGGER):
        op.execute(function)
    for table in SECURED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)"
        )
    for table, command, condition in API_POLICIES:
        clause = "WITH CHECK" if command == "INSERT" else "USING"
        op.execute(
            f"CREATE POLICY {table}_{command.lower()} ON {table} FOR {command} "
            f"TO doorstep_api {clause} ({condition})"
        )
    op.execute(
        f"CREATE POLICY alerts_update ON alerts FOR UPDATE TO doorstep_api USING ({MINE}) "
        f"WITH CHECK ({INVOLVED.format(column='alerts.family_id')})"
    )
    for table in WORKER_TABLES:
        op.execute(
            f"CREATE POLICY {table}_worker ON {table} TO doorstep_worker "
            "USING (true) WITH CHECK (true)"
        )
    op.execute("GRANT SELECT ON alembic_version TO doorstep_api, doorstep_worker")
    _grant()


def _grant() -> None:
    for function, roles in FUNCTIONS.items():
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        if roles is not None:
            op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {roles}")
    op.execute("GRANT USAGE ON SCHEMA public TO doorstep_api, doorstep_worker")
    for privileges, tables in API_GRANTS.items():
        op.execute(f"GRANT {privileges} ON {tables} TO doorstep_api")
    for table, columns in API_UPDATES.items():
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO doorstep_api")
    for grant in WORKER_GRANTS:
        op.execute(grant)


def downgrade() -> None:
    for grantee in ("doorstep_api", "doorstep_worker"):
        op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {grantee}")
        op.execute(f"REVOKE ALL ON SCHEMA public FROM {grantee}")
    op.execute(
        """
        DO $$ DECLARE p record; BEGIN
            FOR p IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public'
            LOOP EXECUTE format('DROP POLICY %I ON %I', p.policyname, p.tablename); END LOOP;
        END $$
        """
    )
    for table in SECURED:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute("DROP TRIGGER audit_entries_enqueue ON audit_entries")
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DELETE FROM instance")
