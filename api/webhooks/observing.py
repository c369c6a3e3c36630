"""How every subscription stands, for whoever runs the service: as metrics, and on the command
line. Subscriptions are named by id, never by address or agency."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from api.foundation import metrics
from api.journal.runtime import Runtime
from api.journal.unit_of_work import UnitOfWork

_STANDING = text(
    """
    SELECT s.id, s.agency_id, s.status, s.held_why, h.failures_in_row, h.open_until,
           w.waiting, w.since, last.outcome, last.started_at AS last_attempt_at,
           c.last_position - s.scanned_position AS behind,
           h.heartbeat_at - make_interval(secs => s.heartbeat_seconds) AS last_heartbeat_at
      FROM subscriptions s
      JOIN endpoint_health h ON h.subscription_id = s.id
      LEFT JOIN inbox_counters c ON c.agency_id = s.agency_id
     CROSS JOIN LATERAL (
           SELECT count(*) AS waiting, min(first_due_at) AS since FROM (
                  SELECT first_due_at FROM deliveries
                   WHERE subscription_id = s.id AND status = 'pending' AND position IS NOT NULL
                   UNION ALL
                  SELECT first_due_at FROM deliveries
                   WHERE subscription_id = s.id AND status = 'sending' AND position IS NOT NULL
                  ) open) w
      LEFT JOIN LATERAL (
           SELECT a.outcome, a.started_at FROM attempts a WHERE a.subscription_id = s.id
            ORDER BY a.started_at DESC LIMIT 1) last ON true
     WHERE s.status <> 'revoked'
     ORDER BY w.since NULLS LAST, s.id
    """
)
STATES = ("pending_verification", "active", "degraded", "held")


async def standing(work: UnitOfWork) -> Sequence[Any]:
    """Every subscription that is not revoked, who waits longest first."""
    return (await work.session.execute(_STANDING)).all()


async def observe(runtime: Runtime) -> None:
    """Sets the gauges anew, so that a subscription that is revoked leaves none behind."""
    async with runtime.database.session() as session:
        rows = await standing(UnitOfWork(runtime, session, None))
    now = runtime.clock.now()
    for gauge in (
        metrics.SUBSCRIPTION_STATE,
        metrics.SUBSCRIPTION_WAITING,
        metrics.SUBSCRIPTION_OLDEST,
        metrics.SUBSCRIPTION_BEHIND,
        metrics.HEARTBEAT_AGE,
    ):
        gauge.clear()
    for each in rows:
        name = str(each.id)
        for state in STATES:
            metrics.SUBSCRIPTION_STATE.labels(name, state).set(each.status == state)
        metrics.SUBSCRIPTION_WAITING.labels(name).set(each.waiting)
        oldest = (now - each.since).total_seconds() if each.since else 0
        metrics.SUBSCRIPTION_OLDEST.labels(name).set(max(oldest, 0))
        metrics.SUBSCRIPTION_BEHIND.labels(name).set(each.behind or 0)
        age = (now - each.last_heartbeat_at).total_seconds()
        metrics.HEARTBEAT_AGE.labels(name).set(max(age, 0))
