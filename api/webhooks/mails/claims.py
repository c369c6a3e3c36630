"""The statements of a mail's life: found with what it is judged by, claimed under a lease, recorded
by its holder, removed."""

from sqlalchemy import text

# Claims take turns: only so does none claim a second mail of a subscription while the first is
# in flight.
TAKE_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('webhook_mails.claim', 0))")

# Nothing leaves for an agency that is suspended; of each subscription one mail at a time, so that
# none overtakes another.
DUE = text(
    """
    SELECT m.id, m.subscription_id, m.agency_id, m.about, m.since, m.queued_at,
           m.attempts + 1 AS attempt, a.webhook_email AS address, s.url, s.status,
           s.held_why, later.id IS NOT NULL AS overtaken, told.about AS last_told,
           same.last_sent_at, same.sent_lately, d.waiting, d.urgent, d.oldest, d.undeliverable
      FROM webhook_mails m
      JOIN agencies a ON a.id = m.agency_id AND a.status = 'active'
      JOIN subscriptions s ON s.id = m.subscription_id
      LEFT JOIN LATERAL (
           SELECT t.about FROM webhook_mails t
            WHERE t.subscription_id = m.subscription_id AND t.about <> 'undeliverable'
              AND t.attempts > 0 AND t.id <> m.id
            ORDER BY t.queued_at DESC LIMIT 1) told ON true
      LEFT JOIN LATERAL (
           SELECT t.id FROM webhook_mails t
            WHERE t.subscription_id = m.subscription_id AND t.about <> 'undeliverable'
              AND (t.queued_at, t.id) > (m.queued_at, m.id) LIMIT 1) later ON true
     CROSS JOIN LATERAL (
           SELECT max(t.finished_at) AS last_sent_at,
                  count(*) FILTER (WHERE t.finished_at > :lately) AS sent_lately
             FROM webhook_mails t
            WHERE t.subscription_id = m.subscription_id AND t.about = m.about
              AND t.status = 'sent') same
     CROSS JOIN LATERAL (
           SELECT count(*) FILTER (WHERE status IN ('pending', 'sending')) AS waiting,
                  count(*) FILTER (WHERE status IN ('pending', 'sending')
                                     AND priority = 'urgent') AS urgent,
                  min(first_due_at) FILTER (WHERE status IN ('pending', 'sending')) AS oldest,
                  count(*) FILTER (WHERE status = 'undeliverable') AS undeliverable
             FROM deliveries
            WHERE subscription_id = m.subscription_id AND position IS NOT NULL) d
     WHERE m.status = 'waiting' AND m.due_at <= :now
       AND NOT EXISTS (SELECT FROM webhook_mails f
                        WHERE f.subscription_id = m.subscription_id AND f.status = 'waiting'
                          AND f.lease_token IS NOT NULL AND f.due_at > :now)
     ORDER BY m.queued_at, m.id LIMIT :batch
       FOR UPDATE OF m SKIP LOCKED
    """
)
SUPERSEDE = text(
    """
    UPDATE webhook_mails SET status = 'superseded', finished_at = :now, lease_token = NULL
     WHERE id = :id
    """
)
POSTPONE = text("UPDATE webhook_mails SET due_at = :until, lease_token = NULL WHERE id = :id")
LEASE = text(
    """
    UPDATE webhook_mails SET lease_token = :token, due_at = :until, attempts = attempts + 1
     WHERE id = :id
    """
)
RECORD = text(
    """
    UPDATE webhook_mails
       SET status = :status, due_at = coalesce(CAST(:due_at AS timestamptz), due_at),
           lease_token = NULL,
           finished_at = CASE WHEN :status <> 'waiting' THEN CAST(:now AS timestamptz) END
     WHERE id = :id AND lease_token = :token
    RETURNING id
    """
)
# The mails of a trouble that lasts are kept: they say whether its end is to be told.
FORGET = text(
    """
    DELETE FROM webhook_mails m USING subscriptions s
     WHERE s.id = m.subscription_id AND m.queued_at < :before
       AND (m.attempts = 0
            OR s.status NOT IN ('degraded', 'held')
               AND NOT EXISTS (SELECT FROM webhook_mails w
                                WHERE w.subscription_id = m.subscription_id
                                  AND w.status = 'waiting' AND w.queued_at >= :before))
    """
)
