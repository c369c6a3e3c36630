"""Who meets hostility and who does not."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.access.roles import Permission
from api.foundation.json import to_json
from api.foundation.openapi import problems
from api.journal.dependencies import Work, requires
from api.overview.picture import service
from api.overview.picture.schemas import Picture

router = APIRouter(prefix="/v1", tags=["Engagement"])


@router.get(
    "/families/{family_id}/engagement",
    summary="The picture of hostility",
    response_model=Picture,
    dependencies=[requires(Permission.ENGAGEMENT_READ)],
    responses=problems(404),
)
async def get_engagement(family_id: UUID, work: Work) -> Response:
    """Who meets hostility and who does not, over the last twelve months, and the risks that the
    procedure warns of, each saying why and on what evidence (§4). Computed from what the caller
    may read alone; never a score of a family."""
    return work.respond(200, to_json(await service.show_picture(work, family_id)))
