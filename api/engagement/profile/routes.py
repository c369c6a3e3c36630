"""What to know so that a family can be worked with."""

from uuid import UUID

from fastapi import APIRouter

from api.engagement import queries as engagement
from api.engagement.profile import queries, service
from api.engagement.profile.access import NAME
from api.engagement.profile.models import EngagementProfile
from api.engagement.profile.schemas import ChangeProfile, ProfileResponse, profile
from api.engagement.routes import READ, RECORD, RESOLVED
from api.engagement.schemas import EngagementVersionList, version_list
from api.families.queries import check_family
from api.foundation.openapi import problems
from api.journal.dependencies import IfMatch, Work, etag
from api.journal.unit_of_work import Subject, UnitOfWork

router = APIRouter(prefix="/v1", tags=["Engagement"])


@router.get(
    "/families/{family_id}/engagement/profile",
    summary="Read a family's engagement profile",
    dependencies=READ,
    responses=problems(404),
)
async def get_profile(family_id: UUID, work: Work) -> ProfileResponse:
    """Early help assessment, lead practitioner, communication needs, trusted person, told of
    recording and access. Empty, with version 0, while nothing was ever recorded."""
    row = await queries.get_profile(work, family_id)
    work.disclosed(service.about(row))
    return _answer(work, row)


@router.patch(
    "/families/{family_id}/engagement/profile",
    summary="Change a family's engagement profile",
    dependencies=RECORD,
    responses=RESOLVED,
)
async def change_profile(
    family_id: UUID, body: ChangeProfile, work: Work, version: IfMatch
) -> ProfileResponse:
    """By any agency involved; only what is named changes. The first change names version 0."""
    return _answer(work, await service.change_profile(work, family_id, body, version))


@router.get(
    "/families/{family_id}/engagement/profile/versions",
    summary="What an engagement profile said before",
    dependencies=READ,
    responses=problems(404),
)
async def list_profile_versions(family_id: UUID, work: Work) -> EngagementVersionList:
    """What it said until each change, from the empty one on, and who changed it."""
    await check_family(work, family_id)
    work.disclosed(Subject(NAME, family_id, family_id), action=f"{NAME}.versions_read")
    return work.answer(200, version_list(await engagement.versions_of(work, NAME, family_id)))


def _answer(work: UnitOfWork, row: EngagementProfile) -> ProfileResponse:
    return work.answer(200, profile(row), headers=etag(row.version), about=service.about(row))
