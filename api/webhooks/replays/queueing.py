"""The worker's half of a replay: one batch of positions for each running job whose last batch has
left. What it queues has the same id, and the same place in the chain, as when it was first sent."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from api.journal.runtime import Runtime
from api.journal.unit_of_work import Subject, UnitOfWork
from api.webhooks import events

BATCH = 100
WAITING_AT_MOST = 100

_NEXT = text(
    """
    SELECT r.id, r.subscription_id, r.agency_id, r.which, r.next_position, r.to_position,
           s.event_types
      FROM replay_jobs r JOIN subscriptions s ON s.id = r.subscription_id
     WHERE r.status = 'running'
       AND (SELECT count(*) FROM (SELECT FROM deliveries d
                                   WHERE d.subscription_id = r.subscription_id
                                     AND d.status = 'pending' LIMIT :most) w) < :most
     ORDER BY r.id LIMIT 1
       FOR UPDATE OF r SKIP LOCKED
    """
)
# `previous` of what was queued before stays; of what never was it is the match before it.
_QUEUE = text(
    """
    WITH scanned AS (
        SELECT i.position, i.priority
          FROM (SELECT * FROM inbox
                 WHERE agency_id = :agency AND position BETWEEN :from AND :to
                 ORDER BY position LIMIT :batch) i
    ), wanted AS (
        SELECT s.position, s.priority, d.id AS delivery_id, d.status,
               coalesce(d.previous, (
                   SELECT max(p.position) FROM inbox p
                    WHERE p.agency_id = :agency AND p.position < s.position
                      AND (cardinality(CAST(:types AS text[])) = 0 OR p.type = ANY (:types)
                           OR split_part(p.type, '.', 1) || '.*' = ANY (:types))), 0) AS previous
          FROM scanned s JOIN inbox i ON i.agency_id = :agency AND i.position = s.position
          LEFT JOIN deliveries d
                 ON d.subscription_id = :subscription AND d.position = s.position
         WHERE (cardinality(CAST(:types AS text[])) = 0 OR i.type = ANY (:types)
                OR split_part(i.type, '.', 1) || '.*' = ANY (:types))
           AND CASE :which
                   WHEN 'failed' THEN d.status = 'undeliverable'
                   WHEN 'missing' THEN coalesce(d.status, 'undeliverable') = 'undeliverable'
                   ELSE coalesce(d.status, 'undeliverable') NOT IN ('pending', 'sending') END
    ), queued AS (
        INSERT INTO deliveries (id, subscription_id, agency_id, kind, priority, position, previous,
                                status, due_at, first_due_at, attempts, replayed)
        SELECT coalesce(delivery_id, gen_random_uuid()), :subscription, :agency, 'event', priority,
               position, previous, 'pending', :now, :now, 0, true
          FROM wanted
        ON CONFLICT (subscription_id, position) DO UPDATE
           SET status = 'pending', due_at = :now, first_due_at = :now, attempts = 0,
               finished_at = NULL, replayed = true
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM queued) AS queued,
           (SELECT count(*) FROM scanned) AS scanned,
           (SELECT max(position) FROM scanned) AS last
    """
)
_ADVANCE = text(
    """
    UPDATE replay_jobs
       SET next_position = :next, queued = queued + :queued,
           status = CASE WHEN :next > to_position THEN 'done' ELSE status END,
           finished_at = CASE WHEN :next > to_position
                              THEN CAST(:now AS timestamptz) ELSE finished_at END,
           version = version + 1
     WHERE id = :id
    """
)


async def queue_replays(runtime: Runtime) -> int:
    """One batch of one job. Returns 0 where none can go on."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        job = (await session.execute(_NEXT, {"most": WAITING_AT_MOST})).one_or_none()
        if job is None:
            return 0
        await _queue(work, job)
        await work.commit()
    return 1


async def _queue(work: UnitOfWork, job: Any) -> None:
    given = {
        "agency": job.agency_id,
        "subscription": job.subscription_id,
        "types": job.event_types,
        "which": job.which,
        "from": job.next_position,
        "to": job.to_position,
        "batch": BATCH,
        "now": work.now,
    }
    found = (await work.session.execute(_QUEUE, given)).one()
    following = job.to_position + 1 if found.scanned < BATCH else found.last + 1
    advanced = {"id": job.id, "next": following, "queued": found.queued, "now": work.now}
    await work.session.execute(_ADVANCE, advanced)
    if following > job.to_position:
        _tell(work, job.subscription_id, job.agency_id)


def _tell(work: UnitOfWork, subscription_id: UUID, agency_id: UUID) -> None:
    work.record(events.REPLAYED, Subject("subscription", subscription_id), to=[agency_id])
