"""What to know before a visit."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.access.roles import Permission
from api.foundation.json import to_json
from api.foundation.openapi import problems
from api.journal.dependencies import Work, requires
from api.overview import service
from api.overview.schemas import Banner, BannerLookup, LookUpBanners

router = APIRouter(prefix="/v1", tags=["Before a visit"])


@router.get(
    "/families/{family_id}/banner",
    summary="The banner before a visit",
    response_model=Banner,
    dependencies=[requires(Permission.ALERT_READ)],
    responses=problems(404),
)
async def get_banner(family_id: UUID, work: Work) -> Response:
    """One call before a visit: every live alert, in plain words and codes, and whom to ring; what
    cannot be assessed of the family, with why; and the plans that the agency goes by. Alerts on
    the address come along, also when they were published on another record that the caller reads.
    A banner shown counts as read."""
    shown = await service.show_banner(work, family_id)
    return work.respond(200, to_json(shown))


@router.post(
    "/banners/lookup",
    summary="Look up many banners",
    response_model=BannerLookup,
    dependencies=[requires(Permission.ALERT_READ)],
    responses=problems(422),
)
async def look_up_banners(body: LookUpBanners, work: Work) -> Response:
    """The banners of up to 1,000 families at once, by the agency's own ids or the shared ones,
    such as each night for tomorrow's visits. One answer for each entry, in the order asked;
    `no_shared_record` where there is none that the caller may read. Every banner shown counts
    as read."""
    shown = await service.look_up(work, body.entries)
    return work.respond(200, shown, keep=False)
