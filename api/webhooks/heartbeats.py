"""Signed heartbeats, so that a receiver notices silence: each says the last position that was sent
its way. One that fails is not repeated, since the next one says more; old ones are not kept. Who is
degraded and has nothing waiting is probed by them."""

from datetime import timedelta

from sqlalchemy import text

from api.journal.runtime import Runtime

KEEP = timedelta(days=1)

_BEAT = text(
    """
    WITH due AS (
        SELECT s.id, s.agency_id, s.heartbeat_seconds
          FROM endpoint_health h JOIN subscriptions s ON s.id = h.subscription_id
         WHERE s.status IN ('active', 'degraded') AND h.heartbeat_at <= :now
         ORDER BY h.heartbeat_at LIMIT 200
           FOR UPDATE OF h SKIP LOCKED
    ), told AS (
        INSERT INTO deliveries (id, subscription_id, agency_id, kind, priority, status, due_at,
                                first_due_at, attempts)
        SELECT gen_random_uuid(), id, agency_id, 'heartbeat', 'urgent', 'pending', :now, :now, 0
          FROM due
         WHERE NOT EXISTS (SELECT FROM deliveries d WHERE d.subscription_id = due.id
                              AND d.kind = 'heartbeat' AND d.status IN ('pending', 'sending'))
    )
    UPDATE endpoint_health h SET heartbeat_at = CAST(:now AS timestamptz)
                                              + make_interval(secs => due.heartbeat_seconds)
      FROM due WHERE due.id = h.subscription_id
    RETURNING h.subscription_id
    """
)
_FORGET = text(
    """
    WITH old AS (
        SELECT id FROM deliveries
         WHERE kind = 'heartbeat' AND finished_at < :before ORDER BY finished_at LIMIT 500
    ), attempted AS (
        DELETE FROM attempts a USING old WHERE a.delivery_id = old.id
    )
    DELETE FROM deliveries d USING old WHERE d.id = old.id
    """
)


async def beat(runtime: Runtime) -> int:
    """One batch of heartbeats that are due."""
    async with runtime.database.session() as session:
        due = list(await session.scalars(_BEAT, {"now": runtime.clock.now()}))
        await session.commit()
    return len(due)


async def forget_heartbeats(runtime: Runtime) -> None:
    """Those of a day ago tell nobody anything."""
    given = {"before": runtime.clock.now() - KEEP}
    async with runtime.database.session() as session:
        await session.execute(_FORGET, given)
        await session.commit()
