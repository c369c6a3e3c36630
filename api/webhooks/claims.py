"""The statements of a delivery's life: claimed under a lease, recorded by its holder, swept."""

from sqlalchemy import text

# Claims take turns: only so does each see what every other worker has in flight.
TAKE_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('deliveries.claim', 0))")

# At most four in flight for each subscription; urgent before routine; first attempts before
# repeated ones, in the order of their positions. Nothing leaves for whoever is suspended.
CLAIM = text(
    """
    WITH free AS (
        SELECT s.id, s.status, :each - (SELECT count(*) FROM deliveries f
                              WHERE f.subscription_id = s.id AND f.status = 'sending') AS slots
          FROM subscriptions s
          JOIN agencies a ON a.id = s.agency_id AND a.status = 'active'
          JOIN clients c ON c.id = s.client_id AND c.status = 'active'
         WHERE s.status IN ('active', 'degraded', 'pending_verification')
    ), due AS (
        SELECT d.id FROM free CROSS JOIN LATERAL (
            SELECT id, priority, attempts, position FROM deliveries
             WHERE subscription_id = free.id AND status = 'pending' AND due_at <= :now
               AND (kind = 'verification') = (free.status = 'pending_verification')
             ORDER BY priority DESC, attempts > 0, position
             LIMIT greatest(free.slots, 0) FOR UPDATE SKIP LOCKED) d
         ORDER BY d.priority DESC, d.attempts > 0, d.position LIMIT :slots
    )
    UPDATE deliveries d
       SET status = 'sending', lease_token = :token, lease_until = :until, attempts = attempts + 1
      FROM due WHERE d.id = due.id
    RETURNING d.id
    """
)
RECORD = text(
    """
    WITH results AS (
        SELECT * FROM jsonb_to_recordset(CAST(:results AS jsonb)) AS r(
            id uuid, token uuid, status text, due_at timestamptz, started_at timestamptz,
            duration_ms integer, http_status integer, outcome text)
    ), closed AS (
        UPDATE deliveries d
           SET status = CASE WHEN r.status = 'pending' AND s.status = 'revoked'
                             THEN 'cancelled' ELSE r.status END,
               due_at = coalesce(r.due_at, d.due_at), lease_token = NULL, lease_until = NULL,
               finished_at = CASE WHEN r.status <> 'pending' OR s.status = 'revoked'
                                  THEN r.started_at END
          FROM results r, subscriptions s
         WHERE d.id = r.id AND d.lease_token = r.token AND s.id = d.subscription_id
        RETURNING d.id, d.subscription_id, d.agency_id, d.attempts, d.kind, d.status
    ), noted AS (
        INSERT INTO attempts (delivery_id, subscription_id, agency_id, number, started_at,
                              duration_ms, http_status, outcome)
        SELECT c.id, c.subscription_id, c.agency_id, c.attempts, r.started_at, r.duration_ms,
               r.http_status, r.outcome
          FROM closed c JOIN results r USING (id)
    )
    SELECT subscription_id FROM closed WHERE kind = 'verification' AND status = 'delivered'
    """
)
SWEEP = text(
    """
    UPDATE deliveries d
       SET status = CASE s.status WHEN 'revoked' THEN 'cancelled' ELSE 'pending' END,
           lease_token = NULL, lease_until = NULL
      FROM subscriptions s
     WHERE d.status = 'sending' AND d.lease_until < :now AND s.id = d.subscription_id
    RETURNING d.id
    """
)
