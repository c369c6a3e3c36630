"""What to know before a visit."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.access.roles import Permission
from api.foundation.json import to_json
from api.foundation.openapi import problems
from api.journal.dependencies import Work, requires
from api.overview import queries
from api.overview.schemas import Banner

router = APIRouter(prefix="/v1", tags=["Before a visit"])


@router.get(
    "/families/{family_id}/banner",
    summary="The banner before a visit",
    response_model=Banner,
    dependencies=[requires(Permission.ALERT_READ)],
    responses=problems(404),
)
async def get_banner(family_id: UUID, work: Work) -> Response:
    """One call before a visit: every live alert, in plain words and codes, and whom to ring.
    A banner shown counts as read."""
    shown = await queries.banner(work, family_id)
    return work.respond(200, to_json(shown))
