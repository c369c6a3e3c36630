"""Outcomes of meetings: draft, record, read, amend, answer."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response

from api.access.roles import Permission
from api.foundation.accepting import wants_html
from api.foundation.json import to_json
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, link
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import Subject, UnitOfWork
from api.meetings.outcome import answering, drafts, page, queries, responses, service
from api.meetings.outcome.bodies import (
    AmendOutcome,
    DeclineCorrection,
    OutcomeBody,
    RespondToOutcome,
)
from api.meetings.outcome.schemas import (
    OutcomeDraftResponse,
    OutcomeResponse,
    OutcomeVersionList,
    OutcomeVersionResponse,
    RecordResponse,
    RecordResponseList,
)
from api.meetings.queries import about, read_meeting

router = APIRouter(prefix="/v1/meetings/{meeting_id}/outcome", tags=["Meetings"])

READ = [requires(Permission.MEETING_READ)]
CHAIR = [requires(Permission.MEETING_CHAIR)]
RECORD = [requires(Permission.MEETING_CHAIR, key_required=True)]
CHANGE = problems(404, 409, 412, 422, 428)


@router.put(
    "",
    response_model=OutcomeDraftResponse,
    summary="Save the draft of an outcome",
    dependencies=CHAIR,
    responses=CHANGE,
)
async def save_outcome_draft(
    meeting_id: UUID, body: OutcomeBody, work: Work, version: IfMatch
) -> Response:
    """By the chair, of a meeting that was held: the whole draft, in the place of the one before,
    with parts missing as yet. The first names version 0. Nobody else sees it or is told."""
    draft = await drafts.save_draft(work, meeting_id, body, version)
    return _draft(work, answering.draft_body(meeting_id, draft))


@router.get(
    "/draft",
    response_model=OutcomeDraftResponse,
    summary="Read the draft",
    dependencies=CHAIR,
    responses=problems(404),
)
async def get_outcome_draft(meeting_id: UUID, work: Work) -> Response:
    """For the chair alone; to anybody else, invited or of the same agency, it is absent. Empty,
    with version 0, while nothing was saved."""
    meeting, draft = await queries.read_own_draft(work, meeting_id)
    work.disclosed(queries.about_draft(meeting, draft.version if draft else 0))
    return _draft(work, await answering.handed_draft(work, meeting, draft))


@router.post(
    "/finalise",
    response_model=OutcomeResponse,
    summary="Record the outcome",
    status_code=201,
    dependencies=RECORD,
    responses=CHANGE,
)
async def finalise_outcome(meeting_id: UUID, work: Work, version: IfMatch) -> Response:
    """By the chair, once: the draft whose version `If-Match` names. What it lacks is refused all
    together, each with a pointer into the draft and the section of the procedure that asks for
    it. Its actions are assigned, its plans drawn up, and what was decided about alerts is done,
    under the rules of each of these acts: everything, or nothing. Needs an `Idempotency-Key`."""
    await service.finalise_outcome(work, meeting_id, version)
    return await _answer(work, 201, meeting_id)


@router.get(
    "",
    response_model=OutcomeResponse,
    summary="Read an outcome",
    dependencies=READ,
    responses=problems(404) | page.DOCUMENTED,
)
async def get_outcome(
    meeting_id: UUID,
    work: Work,
    number: Annotated[
        int | None,
        Query(ge=1, le=9999, description="Of an earlier version; the one that stands, if left out"),
    ] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """What the reader's agency may read of it: what was told to others only, alerts that it does
    not read and all that names them are absent. With `Accept: text/html` the same as a page to
    print, marked with its reader."""
    return await _answer(work, 200, meeting_id, number, as_page=wants_html(accept))


@router.get(
    "/versions", summary="Versions of an outcome", dependencies=READ, responses=problems(404)
)
async def list_outcome_versions(meeting_id: UUID, work: Work) -> OutcomeVersionList:
    """When it was recorded and amended, by whom and why, oldest first."""
    meeting = await read_meeting(work, meeting_id)
    found = await queries.versions_of(work, meeting_id)
    work.disclosed(about(meeting), action="meeting.outcome_versions_read")
    items = [OutcomeVersionResponse.model_validate(answering.version_body(each)) for each in found]
    return work.answer(200, OutcomeVersionList(items=items))


@router.post(
    "/amend",
    response_model=OutcomeResponse,
    summary="Amend the outcome",
    status_code=201,
    dependencies=RECORD,
    responses=CHANGE,
)
async def amend_outcome(
    meeting_id: UUID, body: AmendOutcome, work: Work, version: IfMatch
) -> Response:
    """By the chair: the record anew, with the reason, told to everybody invited. Earlier versions
    stay readable. `If-Match` names the version of the meeting. Needs an `Idempotency-Key`."""
    await service.amend_outcome(work, meeting_id, body, version)
    return await _answer(work, 201, meeting_id)


@router.post(
    "/responses",
    summary="Confirm the record, or ask for a correction",
    status_code=201,
    dependencies=[requires(Permission.MEETING_CONTRIBUTE)],
    responses=problems(404, 409, 422),
)
async def respond_to_outcome(
    meeting_id: UUID, body: RespondToOutcome, work: Work
) -> RecordResponse:
    """By an agency that was invited, of the version that stands; the chair's agency is told."""
    row = await responses.respond(work, meeting_id, body)
    return _response(work, 201, row)


@router.get(
    "/responses", summary="What agencies said to it", dependencies=READ, responses=problems(404)
)
async def list_outcome_responses(
    meeting_id: UUID, work: Work, cursor: Cursor = None, limit: Limit = 50
) -> RecordResponseList:
    """What one's own agency said to the record, oldest first; for the chair's agency what all of
    them said."""
    meeting = await read_meeting(work, meeting_id)
    path = f"/v1/meetings/{meeting_id}/outcome/responses"
    cursors = Cursors(work.runtime.keyring, work.agency_id, path)
    rows, following = await queries.list_responses(work, meeting_id, cursors, cursor, limit)
    shown = {"responses": [str(each.id) for each in rows]}
    work.disclosed(about(meeting), action="meeting.outcome_responses_read", details=shown)
    items = [RecordResponse.model_validate(answering.response_body(each)) for each in rows]
    found = RecordResponseList(items=items, next=following)
    return work.answer(200, found, headers=link(path, following, limit))


@router.get(
    "/responses/{response_id}",
    summary="Read what an agency said to it",
    dependencies=READ,
    responses=problems(404),
)
async def get_outcome_response(meeting_id: UUID, response_id: UUID, work: Work) -> RecordResponse:
    """For the agency that said it, and the chair's."""
    meeting = await read_meeting(work, meeting_id)
    row = await queries.read_response(work, meeting_id, response_id)
    shown = {"responses": [str(response_id)]}
    work.disclosed(about(meeting), action="meeting.outcome_responses_read", details=shown)
    return _response(work, 200, row)


@router.post(
    "/responses/{response_id}/decline",
    summary="Decline a correction",
    dependencies=CHAIR,
    responses=CHANGE,
)
async def decline_correction(
    meeting_id: UUID, response_id: UUID, body: DeclineCorrection, work: Work, version: IfMatch
) -> RecordResponse:
    """By the chair, who is not who asked, with the reason; the agency that asked is told. To mend
    the record instead, amend it."""
    row = await responses.decline_correction(work, meeting_id, response_id, body, version)
    return _response(work, 200, row)


def _draft(work: UnitOfWork, body: dict[str, Any]) -> Response:
    """As it was saved, whatever has been retired of the code lists since."""
    return work.respond(200, to_json(body), headers=etag(body["version"]))


def _response(work: UnitOfWork, status: int, row: Any) -> RecordResponse:
    headers = etag(row.version)
    if status == 201:
        headers["Location"] = f"/v1/meetings/{row.meeting_id}/outcome/responses/{row.id}"
    body = RecordResponse.model_validate(answering.response_body(row))
    # Given again only to who may still read the meeting.
    meeting = Subject("meeting", row.meeting_id, row.family_id)
    return work.answer(status, body, headers=headers, about=meeting)


async def _answer(
    work: UnitOfWork,
    status: int,
    meeting_id: UUID,
    number: int | None = None,
    *,
    as_page: bool = False,
) -> Response:
    """As it was recorded, likewise."""
    await work.session.flush()
    meeting = await read_meeting(work, meeting_id)
    found = await answering.outcome_body(work, meeting, number)
    shown = {"number": found["number"], "format": "html" if as_page else "json"}
    if status == 200:
        work.disclosed(about(meeting), action="meeting.outcome_read", details=shown)
    if as_page:
        content = await page.render(work, meeting, found)
        return work.respond(200, content, headers=page.HEADERS, media_type=page.MEDIA_TYPE)
    headers = {**etag(meeting.version), "Vary": "Accept"}
    if status == 201:
        headers["Location"] = f"/v1/meetings/{meeting_id}/outcome?number={found['number']}"
    return work.respond(status, to_json(found), headers=headers, about=about(meeting))
