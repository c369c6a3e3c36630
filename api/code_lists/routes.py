"""The code lists, for clients."""

from fastapi import APIRouter

from api.access.roles import Permission
from api.code_lists.catalogue import ALL
from api.code_lists.schemas import CodeListResponse, CodeLists
from api.foundation.openapi import problems
from api.journal.dependencies import Work, requires

router = APIRouter(prefix="/v1", tags=["Code lists"])


@router.get(
    "/code-lists",
    dependencies=[requires(Permission.CODE_LIST_READ)],
    responses=problems(),
)
async def list_code_lists(work: Work) -> CodeLists:
    """Every list of codes, with label, definition and section of the procedure. A retired code
    is no longer accepted and may still stand in records."""
    items = [CodeListResponse.model_validate(each, from_attributes=True) for each in ALL]
    return work.answer(200, CodeLists(items=items))
