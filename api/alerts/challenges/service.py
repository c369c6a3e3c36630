"""Writes on challenges: making, acknowledging, answering and appealing."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from api.access.actor import Named
from api.alerts import access, queries
from api.alerts import events as alert_events
from api.alerts.challenges import events
from api.alerts.challenges.models import Challenge
from api.alerts.challenges.queries import get_challenge
from api.alerts.challenges.rules import Act, Status, after, answer_refusal, legal_acts
from api.alerts.challenges.schemas import AnswerChallenge, AppealChallenge, ChallengeAlert
from api.alerts.events import priority_of
from api.foundation.calendar import london_date
from api.foundation.errors import (
    Conflict,
    Forbidden,
    Invalid,
    PreconditionFailed,
)
from api.foundation.ids import new_id
from api.journal.event_types import EventType
from api.journal.unit_of_work import Subject, UnitOfWork

EARLIEST = timedelta(days=365)


def about(challenge: Challenge) -> Subject:
    return Subject("challenge", challenge.id, challenge.family_id, challenge.version)


async def challenge_alert(work: UnitOfWork, alert_id: UUID, body: ChallengeAlert) -> Challenge:
    """Marks a live alert as disputed until it is answered."""
    alert = await queries.read_alert(work, alert_id)
    person = work.actor.in_person()
    access.check_live(alert)
    received_on = _received_on(work, body, alert)
    challenge = Challenge(
        id=new_id(),
        alert_id=alert.id,
        family_id=alert.family_id,
        agency_id=work.agency_id,
        raised_by=body.raised_by,
        statement=body.statement,
        received_on=received_on,
        author_id=person.id,
        author_name=person.name,
        status=Status.RECEIVED,
        acknowledge_by=received_on
        + timedelta(days=work.runtime.settings.acknowledge_challenge_days),
        escalated=False,
        version=1,
        created_at=work.now,
    )
    work.add(challenge)
    await work.session.flush()  # the database marks the alert
    work.record(events.RECEIVED, about(challenge))
    await _tell_of_mark(work, challenge, was_disputed=alert.disputed)
    return challenge


def _received_on(work: UnitOfWork, body: ChallengeAlert, alert: Any) -> date:
    """Nobody objects to an alert before there is one, nor tells of it a year later."""
    today = london_date(work.now)
    received_on = body.received_on or today
    earliest = max(london_date(alert.published_at), today - EARLIEST)
    if not earliest <= received_on <= today:
        raise Invalid.field(
            "/received_on",
            "out_of_range",
            "An objection is received since the alert was published, within the last year, and "
            "not after today.",
        )
    return received_on


async def acknowledge_challenge(work: UnitOfWork, challenge_id: UUID, version: int) -> Challenge:
    """By the agency that answers for the alert."""
    challenge = await _owners_challenge(work, challenge_id, version)
    _move(challenge, Act.ACKNOWLEDGE)
    challenge.acknowledged_at = work.now
    challenge.acknowledged_by = work.actor.in_person().name
    work.record(events.ACKNOWLEDGED, about(challenge))
    return challenge


async def answer_challenge(
    work: UnitOfWork, challenge_id: UUID, body: AnswerChallenge, version: int
) -> Challenge:
    """By the owner, and by neither the alert's author nor whoever recorded the challenge. The
    answer changes no alert: a manager withdraws or supersedes it."""
    challenge = await _owners_challenge(work, challenge_id, version)
    await _check_other(work, challenge, [])
    _move(challenge, Act.ANSWER)
    person = work.actor.in_person()
    challenge.outcome, challenge.answer = body.outcome, body.reason
    challenge.answered_at = work.now
    challenge.answerer_id, challenge.answerer_name = person.id, person.name
    await _close(work, challenge, events.ANSWERED)
    return challenge


async def appeal_challenge(
    work: UnitOfWork, challenge_id: UUID, body: AppealChallenge, version: int
) -> Challenge:
    """By the agency that made the challenge, once. The alert is disputed again."""
    challenge = await _expected(work, challenge_id, version)
    if challenge.agency_id != work.agency_id:
        raise Forbidden("Only the agency that made the challenge appeals.")
    alert = await queries.read_alert(work, challenge.alert_id)
    access.check_live(alert)
    _move(challenge, Act.APPEAL)
    person = work.actor.in_person()
    challenge.appeal, challenge.appealed_at = body.reason, work.now
    challenge.appellant_id, challenge.appellant_name = person.id, person.name
    await work.session.flush()  # the database marks the alert
    work.record(events.APPEALED, about(challenge))
    await _tell_of_mark(work, challenge, was_disputed=alert.disputed)
    return challenge


async def decide_appeal(
    work: UnitOfWork, challenge_id: UUID, body: AnswerChallenge, version: int
) -> Challenge:
    """By yet another person of the owner: nobody who wrote the alert, the challenge, the answer
    or the appeal. Closes the challenge."""
    challenge = await _owners_challenge(work, challenge_id, version)
    answered = Named(challenge.answerer_id, challenge.answerer_name or "")
    appealed = Named(challenge.appellant_id, challenge.appellant_name or "")
    await _check_other(work, challenge, [answered, appealed])
    _move(challenge, Act.DECIDE_APPEAL)
    challenge.appeal_outcome, challenge.appeal_answer = body.outcome, body.reason
    challenge.appeal_answerer_name, challenge.closed_at = work.actor.in_person().name, work.now
    await _close(work, challenge, events.CLOSED)
    return challenge


async def _expected(work: UnitOfWork, challenge_id: UUID, version: int) -> Challenge:
    challenge = await get_challenge(work, challenge_id, lock=True)
    if challenge.version != version:
        raise PreconditionFailed
    return challenge


async def _owners_challenge(work: UnitOfWork, challenge_id: UUID, version: int) -> Challenge:
    """Locked, as the caller last read it, and the caller's to answer."""
    challenge = await _expected(work, challenge_id, version)
    await queries.read_own_alert(work, challenge.alert_id)
    return challenge


async def _check_other(work: UnitOfWork, challenge: Challenge, earlier: list[Named]) -> None:
    alert = await queries.read_alert(work, challenge.alert_id)
    recorded = Named(challenge.author_id, challenge.author_name)
    parties = [access.author_of(alert), recorded, *earlier]
    refusal = answer_refusal(work.actor.in_person(), parties)
    if refusal is not None:
        raise Conflict(refusal)


def _move(challenge: Challenge, act: Act) -> None:
    """Raises Conflict, naming the acts that are legal."""
    status = Status(challenge.status)
    following = after(act, status)
    if following is None:
        raise Conflict(
            f"A challenge that is {status} cannot be changed so.",
            extra={"challenge_status": status, "legal_acts": legal_acts(status)},
        )
    challenge.status = following
    challenge.version += 1


async def _close(work: UnitOfWork, challenge: Challenge, event_type: EventType) -> None:
    before = await queries.read_alert(work, challenge.alert_id)
    await work.session.flush()  # the database takes the mark off with the last open challenge
    details = {"outcome": challenge.appeal_outcome or challenge.outcome}
    work.record(event_type, about(challenge), details=details)
    await _tell_of_mark(work, challenge, was_disputed=before.disputed)


async def _tell_of_mark(work: UnitOfWork, challenge: Challenge, *, was_disputed: bool) -> None:
    """Everybody who reads the alert is told when the mark appears, and when it goes."""
    alert = await queries.read_alert(work, challenge.alert_id)
    if alert.disputed != was_disputed:
        told = alert_events.DISPUTED if alert.disputed else alert_events.DISPUTE_ENDED
        readers = await queries.fellow_readers(work, alert.id)
        priority = priority_of(alert.severity)
        work.record(told, queries.about(alert), priority=priority, to=readers)
