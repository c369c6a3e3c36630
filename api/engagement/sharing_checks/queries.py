"""Reads of sharing checks. All start from `readable_to`."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from api.engagement.privacy import unseal
from api.engagement.sharing_checks.access import readable_to
from api.engagement.sharing_checks.models import SharingCheck
from api.engagement.sharing_checks.obligations.models import SharingObligation
from api.engagement.sharing_checks.schemas import SharingCheckResponse
from api.foundation.errors import NotFound
from api.foundation.paging import Cursors
from api.foundation.sealing import row_of
from api.journal.unit_of_work import UnitOfWork


def _readable(work: UnitOfWork) -> Select[SharingCheck, UUID | None]:
    return (
        select(SharingCheck, SharingObligation.id)
        .outerjoin(SharingObligation, SharingObligation.check_id == SharingCheck.id)
        .where(readable_to(work.actor))
    )


async def get_check(work: UnitOfWork, check_id: UUID) -> SharingCheckResponse:
    """Raises NotFound."""
    found = await work.session.execute(_readable(work).where(SharingCheck.id == check_id))
    row = found.first()
    if row is None:
        raise NotFound
    return check_body(work, *row)


async def list_checks(
    work: UnitOfWork, family_id: UUID, cursors: Cursors, cursor: str | None, limit: int
) -> tuple[list[SharingCheckResponse], str | None]:
    """Newest first."""
    query = (
        _readable(work)
        .where(SharingCheck.family_id == family_id)
        .order_by(SharingCheck.id.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        query = query.where(SharingCheck.id < UUID(str(cursors.read(cursor)[0])))
    rows = (await work.session.execute(query)).all()
    more = cursors.make(str(rows[limit - 1][0].id)) if len(rows) > limit else None
    return [check_body(work, *row) for row in rows[:limit]], more


def check_body(
    work: UnitOfWork, check: SharingCheck, obligation_id: UUID | None
) -> SharingCheckResponse:
    plain = ("id", "family_id", "agency_id", "answered_at")
    row = row_of(SharingCheck.sealed_content, id=check.id)
    content: dict[str, Any] = unseal(work.runtime.keyring, check.sealed_content, row)
    return SharingCheckResponse.model_validate(
        {
            **{name: getattr(check, name) for name in plain},
            "answered_by": {"name": check.author_name, "job_title": check.author_job_title},
            "adult": {"member_id": check.member_id, "description": content["description"]},
            "answers": content["answers"],
            "circumstances": content["circumstances"],
            "note": content["note"],
            "obligation_id": obligation_id,
        }
    )
