"""The checkpoint of a day, made by whichever worker comes first."""

from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, text

from api.agencies.models import Agency
from api.audit import events, keys, rules
from api.audit.models import Checkpoint
from api.audit.rules import Statement
from api.foundation import metrics
from api.foundation.calendar import london_date
from api.journal.models import AuditSeal
from api.journal.runtime import Runtime
from api.journal.unit_of_work import Subject, UnitOfWork

log = structlog.get_logger("audit")

# The others find the row when they come again.
_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended('doorstep.checkpoints', 0))")
_LATEST = select(Checkpoint).order_by(Checkpoint.number.desc()).limit(1)
_SEALED = select(AuditSeal.number, AuditSeal.digest).order_by(AuditSeal.number.desc()).limit(1)


async def make_checkpoint(runtime: Runtime) -> UUID | None:
    """Signs where the chain stands and tells every active agency, if that is due. Row, audit
    entry and events are one transaction."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        if not await session.scalar(_LOCK):
            return None
        latest = await session.scalar(_LATEST)
        if latest is not None:
            metrics.CHECKPOINTED.set(latest.made_at.timestamp())
        sealed = (await session.execute(_SEALED)).first()
        if sealed is None or not _is_due(work, latest, sealed.number):
            return None
        if latest is not None and not await _stands(work, latest):
            log.error("checkpoint_contradicted", state="run doorstep audit verify")
            return None
        made = await _sign(work, latest, sealed)
        await work.commit()
    metrics.CHECKPOINTED.set(work.now.timestamp())
    return made


def _is_due(work: UnitOfWork, latest: Checkpoint | None, sealed: int) -> bool:
    today = london_date(work.now)
    if latest is None:
        return rules.is_due(today, sealed, None, 0)
    return rules.is_due(today, sealed, latest.day, latest.number)


async def _stands(work: UnitOfWork, latest: Checkpoint) -> bool:
    """Whether the chain still says what the last checkpoint says: else a new one would give a
    rewritten history the service's own signature."""
    query = select(AuditSeal.digest).where(AuditSeal.number == latest.number)
    return await work.session.scalar(query) == latest.digest


async def _sign(work: UnitOfWork, latest: Checkpoint | None, sealed: Any) -> UUID:
    signer = await keys.present(work.session, work.runtime.keyring)
    statement = Statement(
        issuer=work.runtime.settings.issuer,
        number=sealed.number,
        digest=sealed.digest,
        made_at=work.now,
        previous=latest.id if latest else None,
    )
    work.add(
        Checkpoint(
            id=statement.id,
            number=statement.number,
            day=london_date(work.now),
            digest=statement.digest,
            made_at=statement.made_at,
            previous=statement.previous,
            kid=signer.kid,
            jws=signer.sign(statement),
        )
    )
    agencies = await work.session.scalars(select(Agency.id).where(Agency.status == "active"))
    work.record(
        events.CHECKPOINT,
        Subject("checkpoint", statement.id),
        to=list(agencies),
        details={"number": statement.number},
    )
    return statement.id
