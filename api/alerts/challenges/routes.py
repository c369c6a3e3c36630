"""Challenges: an objection to an alert, acknowledged, answered, appealed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.access.roles import Permission
from api.alerts.challenges import queries, service
from api.alerts.challenges.models import Challenge
from api.alerts.challenges.rules import Status
from api.alerts.challenges.schemas import (
    AnswerChallenge,
    AnswerResponse,
    AppealChallenge,
    ChallengeAlert,
    ChallengeList,
    ChallengeResponse,
)
from api.alerts.queries import about, read_alert
from api.foundation.openapi import problems
from api.foundation.paging import Cursor, Cursors, Limit, link
from api.journal.dependencies import IfMatch, Work, etag, requires
from api.journal.unit_of_work import UnitOfWork

router = APIRouter(prefix="/v1", tags=["Challenges"])

READ = [requires(Permission.ALERT_READ)]
DECIDE = [requires(Permission.CHALLENGE_DECIDE)]
CHANGE = problems(404, 409, 412, 422, 428)


@router.post(
    "/alerts/{alert_id}/challenges",
    summary="Challenge an alert",
    status_code=201,
    dependencies=[requires(Permission.ALERT_CHALLENGE)],
    responses=problems(404, 409, 422),
)
async def challenge_alert(alert_id: UUID, body: ChallengeAlert, work: Work) -> ChallengeResponse:
    """By an agency that reads it, or by the subject, recorded by one. The alert is `disputed`
    from now on, wherever it shows, and goes on protecting."""
    challenge = await service.challenge_alert(work, alert_id, body)
    return _answer(work, 201, challenge)


@router.get(
    "/alerts/{alert_id}/challenges",
    summary="List an alert's challenges",
    dependencies=READ,
    responses=problems(404),
)
async def list_alert_challenges(alert_id: UUID, work: Work) -> ChallengeList:
    """All of them for the owner; for any other agency its own."""
    alert = await read_alert(work, alert_id)
    work.disclosed(about(alert), action="alert.challenges_read")
    found = await queries.list_of_alert(work, alert_id)
    page = ChallengeList(items=[_challenge(each) for each in found], next=None)
    return work.answer(200, page)


@router.get("/challenges", dependencies=READ, responses=problems())
async def list_challenges(
    work: Work,
    status: Annotated[list[Status], Query(description="Only challenges of these statuses.")] = [],  # noqa: B006 (FastAPI copies it)
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ChallengeList:
    """What the agency challenged, and what was challenged of its own, newest first."""
    statuses = [each.value for each in status]
    cursors = Cursors(work.runtime.keyring, work.agency_id, f"challenges|{statuses}")
    rows, following = await queries.list_challenges(work, cursors, cursor, limit, statuses)
    work.note("challenges.listed", None, details={"challenges": [str(row.id) for row in rows]})
    page = ChallengeList(items=[_challenge(each) for each in rows], next=following)
    headers = link("/v1/challenges", following, limit, {"status": statuses})
    return work.answer(200, page, headers=headers)


@router.get(
    "/challenges/{challenge_id}",
    summary="Read a challenge",
    dependencies=READ,
    responses=problems(404),
)
async def get_challenge(challenge_id: UUID, work: Work) -> ChallengeResponse:
    """For the agency that made it, and for the one that answers for the alert."""
    challenge = await queries.get_challenge(work, challenge_id)
    work.disclosed(service.about(challenge))
    return _answer(work, 200, challenge)


@router.post(
    "/challenges/{challenge_id}/acknowledge",
    summary="Acknowledge a challenge",
    dependencies=DECIDE,
    responses=problems(404, 409, 412, 428),
)
async def acknowledge_challenge(
    challenge_id: UUID, work: Work, version: IfMatch
) -> ChallengeResponse:
    """By the owner of the alert, in time: by default within 30 days of its being received. Whoever
    objects knows from now on that it is being looked at."""
    challenge = await service.acknowledge_challenge(work, challenge_id, version)
    return _answer(work, 200, challenge)


@router.post(
    "/challenges/{challenge_id}/answer",
    summary="Answer a challenge",
    dependencies=DECIDE,
    responses=CHANGE,
)
async def answer_challenge(
    challenge_id: UUID, body: AnswerChallenge, work: Work, version: IfMatch
) -> ChallengeResponse:
    """By the owner, through somebody who wrote neither the alert nor the challenge. What follows
    from it (withdrawing, superseding) is done on the alert itself."""
    return _answer(work, 200, await service.answer_challenge(work, challenge_id, body, version))


@router.post(
    "/challenges/{challenge_id}/appeal",
    summary="Appeal against an answer",
    dependencies=[requires(Permission.ALERT_CHALLENGE)],
    responses=CHANGE,
)
async def appeal_challenge(
    challenge_id: UUID, body: AppealChallenge, work: Work, version: IfMatch
) -> ChallengeResponse:
    """By the agency that made the challenge, once."""
    return _answer(work, 200, await service.appeal_challenge(work, challenge_id, body, version))


@router.post(
    "/challenges/{challenge_id}/appeal/decision",
    summary="Decide an appeal",
    dependencies=DECIDE,
    responses=CHANGE,
)
async def decide_appeal(
    challenge_id: UUID, body: AnswerChallenge, work: Work, version: IfMatch
) -> ChallengeResponse:
    """By yet another person of the owner: neither who answered nor who appealed."""
    return _answer(work, 200, await service.decide_appeal(work, challenge_id, body, version))


def _answer(work: UnitOfWork, status: int, challenge: Challenge) -> ChallengeResponse:
    headers = etag(challenge.version)
    if status == 201:
        headers["Location"] = f"/v1/challenges/{challenge.id}"
    body, subject = _challenge(challenge), service.about(challenge)
    return work.answer(status, body, headers=headers, about=subject)


def _challenge(challenge: Challenge) -> ChallengeResponse:
    plain = (
        "id", "alert_id", "family_id", "agency_id", "raised_by", "statement", "received_on",
        "status", "acknowledge_by", "acknowledged_at", "appeal", "appealed_at", "version",
        "created_at",
    )  # fmt: skip
    body = {name: getattr(challenge, name) for name in plain}
    body["recorded_by"] = challenge.author_name
    body["appealed_by"] = challenge.appellant_name
    body["answer"] = body["appeal_answer"] = None
    if challenge.outcome is not None:
        body["answer"] = AnswerResponse.model_validate(
            {
                "outcome": challenge.outcome,
                "reason": challenge.answer,
                "by_name": challenge.answerer_name,
                "at": challenge.answered_at,
            }
        )
    if challenge.appeal_outcome is not None:
        body["appeal_answer"] = AnswerResponse.model_validate(
            {
                "outcome": challenge.appeal_outcome,
                "reason": challenge.appeal_answer,
                "by_name": challenge.appeal_answerer_name,
                "at": challenge.closed_at,
            }
        )
    return ChallengeResponse.model_validate(body)
