"""Reads of engagement profiles."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from api.engagement.profile.access import readable_by
from api.engagement.profile.models import EngagementProfile
from api.families.queries import check_family
from api.foundation.errors import PreconditionFailed
from api.journal.unit_of_work import UnitOfWork


def _empty(family_id: UUID) -> EngagementProfile:
    return EngagementProfile(
        family_id=family_id, version=0, **dict.fromkeys(EngagementProfile.PARTS)
    )


async def get_profile(work: UnitOfWork, family_id: UUID) -> EngagementProfile:
    """Empty, and not kept, where nothing was ever recorded. Raises NotFound."""
    await check_family(work, family_id)
    found = await work.session.scalar(
        select(EngagementProfile).where(
            EngagementProfile.family_id == family_id, readable_by(work.agency_id)
        )
    )
    return found or _empty(family_id)


async def lock_profile(work: UnitOfWork, family_id: UUID, version: int) -> EngagementProfile:
    """Of a family that is held: the row, made empty where there was none. Raises
    PreconditionFailed where it is another version."""
    await work.session.execute(
        insert(EngagementProfile).values(family_id=family_id, version=0).on_conflict_do_nothing()
    )
    found = await work.session.scalars(
        select(EngagementProfile)
        .where(EngagementProfile.family_id == family_id, readable_by(work.agency_id))
        .with_for_update()
    )
    row = found.one()
    if row.version != version:
        raise PreconditionFailed
    return row
