"""Turns each inbox position that a subscription asked for into one delivery.

One statement for a batch of subscriptions. Each is locked while its inbox is read, so any number
of workers may run, and the chain of `previous` positions has one writer.
"""

from sqlalchemy import text

from api.foundation import statements
from api.journal.runtime import Runtime

BATCH = 500

# A pattern is a type, or a subject with `.*`; no patterns at all means every type.
_FAN_OUT = text(
    """
    WITH behind AS (
        SELECT s.id, s.agency_id, s.event_types, s.scanned_position, s.last_matched
          FROM subscriptions s JOIN inbox_counters c USING (agency_id)
         WHERE s.status IN ('active', 'degraded', 'held') AND c.last_position > s.scanned_position
         ORDER BY s.id LIMIT 100
           FOR NO KEY UPDATE OF s SKIP LOCKED
    ), scanned AS (
        SELECT b.id, b.last_matched, i.agency_id, i.position, i.priority,
               cardinality(b.event_types) = 0
               OR i.type = ANY (b.event_types)
               OR split_part(i.type, '.', 1) || '.*' = ANY (b.event_types) AS wanted
          FROM behind b CROSS JOIN LATERAL (
               SELECT * FROM inbox
                WHERE agency_id = b.agency_id AND position > b.scanned_position
                ORDER BY position LIMIT :batch) i
    ), queued AS (
        INSERT INTO deliveries (id, subscription_id, agency_id, kind, priority, position,
                                previous, status, due_at, first_due_at, attempts)
        SELECT gen_random_uuid(), id, agency_id, 'event', priority, position,
               coalesce(lag(position) OVER (PARTITION BY id ORDER BY position), last_matched),
               'pending', :now, :now, 0
          FROM scanned WHERE wanted
    ), moved AS (
        UPDATE subscriptions s
           SET scanned_position = m.scanned, last_matched = coalesce(m.matched, s.last_matched)
          FROM (SELECT id, max(position) AS scanned,
                       max(position) FILTER (WHERE wanted) AS matched
                  FROM scanned GROUP BY id) m
         WHERE s.id = m.id
    )
    SELECT count(*) AS scanned FROM scanned
    """
)


async def fan_out(runtime: Runtime) -> int:
    """One batch. Returns how many positions were read; 0 means that nobody is behind."""
    given = {"batch": BATCH, "now": runtime.clock.now()}
    async with runtime.database.session() as session:
        rows = await statements.run(await session.connection(), _FAN_OUT, given)
        await session.commit()
    return int(rows[0].scanned)
