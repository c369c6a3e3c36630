"""Writes on replays: starting one, cancelling it."""

from uuid import UUID

from api.foundation.errors import Conflict, Invalid, PreconditionFailed
from api.foundation.ids import new_id
from api.journal.unit_of_work import Subject, UnitOfWork
from api.webhooks.models import ReplayJob
from api.webhooks.queries import get_subscription
from api.webhooks.replays import queries
from api.webhooks.replays.schemas import StartReplay


async def start_replay(work: UnitOfWork, subscription_id: UUID, body: StartReplay) -> ReplayJob:
    """One at a time for each subscription. Raises Invalid for a range that begins after what the
    subscription has come to."""
    subscription = await get_subscription(work, subscription_id, lock=True)
    if subscription.status in ("pending_verification", "revoked"):
        raise Conflict("Nothing is sent to this subscription.")
    current = await queries.running(work, subscription_id)
    if current is not None:
        raise Conflict("A replay is running already.", extra={"replay_id": str(current)})
    end = subscription.scanned_position
    if body.from_position > end:
        raise Invalid.field("/from_position", "out_of_range", "The feed has not come so far.")
    job = ReplayJob(
        id=new_id(),
        subscription_id=subscription.id,
        agency_id=subscription.agency_id,
        which=body.which,
        from_position=body.from_position,
        to_position=min(body.to_position or end, end),
        next_position=body.from_position,
        queued=0,
        status="running",
        created_at=work.now,
        finished_at=None,
        version=1,
    )
    work.add(job)
    details = {"replay": str(job.id), "which": job.which}
    work.note("webhook.replay_started", Subject("subscription", subscription_id), details=details)
    return job


async def cancel_replay(
    work: UnitOfWork, subscription_id: UUID, replay_id: UUID, version: int
) -> ReplayJob:
    """What is queued already is still sent."""
    job = await queries.get_replay(work, subscription_id, replay_id, lock=True)
    if job.version != version:
        raise PreconditionFailed
    if job.status != "running":
        raise Conflict("The replay has ended.")
    job.status, job.finished_at = "cancelled", work.now
    job.version += 1
    details = {"replay": str(job.id)}
    work.note("webhook.replay_cancelled", Subject("subscription", subscription_id), details=details)
    return job
