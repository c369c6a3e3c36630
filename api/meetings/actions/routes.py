"""Actions: what an agency has to do, read and answered; changed by the chair."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from api.access.roles import Permission
from api.families.queries import check_family
from api.foundation.calendar import london_date
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, link
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import Subject, UnitOfWork
from api.meetings.actions import queries, service
from api.meetings.actions.rules import ActionKind, ActionStatus
from api.meetings.actions.schemas import (
    AcceptAction,
    ActionList,
    ActionResponse,
    ActionStepList,
    ActionStepResponse,
    CancelAction,
    CompleteAction,
    DeclineAction,
    ReassignAction,
)

router = APIRouter(prefix="/v1", tags=["Meetings"])

READ = [requires(Permission.ACTION_READ)]
ANSWER = [requires(Permission.ACTION_ANSWER)]
CHAIR = [requires(Permission.MEETING_CHAIR)]
CHANGE = problems(404, 409, 412, 422, 428)
Statuses = Annotated[list[ActionStatus], Query(description="Only actions of these statuses.")]
Kinds = Annotated[list[ActionKind], Query(description="Only actions of these kinds.")]
Overdue = Annotated[
    bool | None, Query(description="Only those that are overdue, or only those that are not.")
]


@router.get(
    "/actions",
    summary="List what the agency has to do",
    dependencies=READ,
    responses=problems(404),
)
async def list_actions(
    work: Work,
    status: Statuses = [],  # noqa: B006 (FastAPI copies it)
    kind: Kinds = [],  # noqa: B006 (the same)
    overdue: Overdue = None,
    family_id: Annotated[UUID | None, Query(description="Only those of this family.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ActionList:
    """What meetings have asked of the caller's agency, across families, soonest due first. For a
    work list: `status=assigned&status=accepted`."""
    if family_id is not None:
        await check_family(work, family_id)
    given: dict[str, Any] = {"own": True}
    return await _page(work, "/v1/actions", given, family_id, status, kind, overdue, cursor, limit)


@router.get(
    "/families/{family_id}/actions",
    summary="List a family's actions",
    dependencies=READ,
    responses=problems(404),
)
async def list_family_actions(
    family_id: UUID,
    work: Work,
    status: Statuses = [],  # noqa: B006 (FastAPI copies it)
    kind: Kinds = [],  # noqa: B006 (the same)
    overdue: Overdue = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ActionList:
    """Who does what, of all meetings that the caller's agency was invited to, soonest due
    first."""
    await check_family(work, family_id)
    path = f"/v1/families/{family_id}/actions"
    return await _page(work, path, {}, family_id, status, kind, overdue, cursor, limit)


@router.get(
    "/actions/{action_id}",
    summary="Read an action",
    dependencies=READ,
    responses=problems(404),
)
async def get_action(action_id: UUID, work: Work) -> ActionResponse:
    """What is to be done, by whom and until when."""
    action = await queries.read_action(work, action_id)
    work.disclosed(queries.about(action))
    return await answer_action(work, action_id)


@router.get(
    "/actions/{action_id}/steps",
    summary="List the steps of an action",
    dependencies=READ,
    responses=problems(404),
)
async def list_action_steps(action_id: UUID, work: Work) -> ActionStepList:
    """Who did what about it, when and why; with the evidence that it was done."""
    action = await queries.read_action(work, action_id)
    work.disclosed(queries.about(action), action="action.steps_read")
    found = await queries.list_steps(work, action_id)
    return work.answer(200, ActionStepList(items=[_step(each) for each in found]))


@router.post(
    "/actions/{action_id}/accept",
    summary="Accept an action",
    dependencies=ANSWER,
    responses=CHANGE,
)
async def accept_action(
    action_id: UUID, body: AcceptAction, work: Work, version: IfMatch
) -> ActionResponse:
    """By the owner, who says who does it. Accepted again, somebody else does."""
    await service.accept_action(work, action_id, body, version)
    return await answer_action(work, action_id)


@router.post(
    "/actions/{action_id}/complete",
    summary="Complete an action",
    dependencies=ANSWER,
    responses=CHANGE,
)
async def complete_action(
    action_id: UUID, body: CompleteAction, work: Work, version: IfMatch
) -> ActionResponse:
    """By the owner, with what was done and what came of it."""
    await service.complete_action(work, action_id, body, version)
    return await answer_action(work, action_id)


@router.post(
    "/actions/{action_id}/decline",
    summary="Decline an action",
    dependencies=ANSWER,
    responses=CHANGE,
)
async def decline_action(
    action_id: UUID, body: DeclineAction, work: Work, version: IfMatch
) -> ActionResponse:
    """By the owner, with the reason. It goes back to the chair, who assigns it anew or cancels
    it."""
    await service.decline_action(work, action_id, body, version)
    return await answer_action(work, action_id)


@router.post(
    "/actions/{action_id}/reassign",
    summary="Assign an action anew",
    dependencies=CHAIR,
    responses=CHANGE,
)
async def reassign_action(
    action_id: UUID, body: ReassignAction, work: Work, version: IfMatch
) -> ActionResponse:
    """By the chair of its meeting: to another agency that was invited, or with another date."""
    await service.reassign_action(work, action_id, body, version)
    return await answer_action(work, action_id)


@router.post(
    "/actions/{action_id}/cancel",
    summary="Cancel an action",
    dependencies=CHAIR,
    responses=CHANGE,
)
async def cancel_action(
    action_id: UUID, body: CancelAction, work: Work, version: IfMatch
) -> ActionResponse:
    """By the chair of its meeting, for good. Its history stays."""
    await service.cancel_action(work, action_id, body, version)
    return await answer_action(work, action_id)


async def answer_action(work: UnitOfWork, action_id: UUID) -> ActionResponse:
    """The action as its readers see it, with its ETag."""
    await work.session.flush()
    action = await queries.read_action(work, action_id)
    body = ActionResponse.model_validate(queries.action_body(action, london_date(work.now)))
    about = queries.about(action)
    return work.answer(200, body, headers=etag(action.version), about=about)


async def _page(
    work: UnitOfWork,
    path: str,
    given: dict[str, Any],
    family_id: UUID | None,
    status: list[ActionStatus],
    kind: list[ActionKind],
    overdue: bool | None,
    cursor: str | None,
    limit: int,
) -> ActionList:
    """One page of either list, and the note of what was shown."""
    today = london_date(work.now)
    asked: dict[str, Any] = {
        "status": [each.value for each in status],
        "kind": [each.value for each in kind],
        "overdue": None if overdue is None else str(overdue).lower(),
        "family_id": str(family_id) if family_id and given else None,
    }
    given |= {"family": family_id} if family_id else {}
    given |= {"statuses": asked["status"]} if status else {}
    given |= {"kinds": asked["kind"]} if kind else {}
    if overdue is not None:
        given |= {"overdue" if overdue else "in_time": True, "today": today}
    cursors = Cursors(work.runtime.keyring, work.agency_id, f"{path}|{sorted(asked.items())}")
    rows, following = await queries.list_actions(work, cursors, cursor, limit, given)
    details = {"actions": [str(row.id) for row in rows]}
    subject = Subject("family", family_id, family_id) if family_id else None
    work.note("actions.listed", subject, details=details)
    bodies = [ActionResponse.model_validate(queries.action_body(row, today)) for row in rows]
    headers = link(path, following, limit, asked)
    return work.answer(200, ActionList(items=bodies, next=following), headers=headers)


def _step(step: Any) -> ActionStepResponse:
    body = {name: getattr(step, name) for name in ActionStepResponse.model_fields.keys() - {"by"}}
    named = {"name": step.by_name, "job_title": step.by_job_title}
    body["by"] = named if step.by_name is not None else None
    return ActionStepResponse.model_validate(body)
