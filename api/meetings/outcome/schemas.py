"""Response bodies of outcomes."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from api.foundation.schemas import ResponseBody
from api.meetings.actions.rules import ActionKind, ActionStatus
from api.meetings.outcome.bodies import OutcomeBody
from api.meetings.outcome.parts import (
    AttendanceBody,
    DecisionBody,
    DissentBody,
    FamilyMemberBody,
    InabilityAnswerBody,
    LivedExperienceBody,
    NextMeetingBody,
    RoleBody,
)
from api.meetings.outcome.rules import AlertDecision, Answer, ResponseStatus
from api.meetings.rules import MeetingKind
from api.meetings.schemas import MeetingPerson
from api.plans.rules import PlanKind, PlanStatus


class OutcomeDraftResponse(ResponseBody):
    meeting_id: UUID
    version: int = Field(description="0 while nothing was saved; the ETag.")
    saved_at: datetime | None
    outcome: OutcomeBody


class InformationResponse(ResponseBody):
    agency_id: UUID
    said: str
    confidential: bool = Field(
        description="Told to some of those invited only: it is not to be passed on."
    )
    agency_ids: list[UUID] | None = Field(
        description="Who else was told, for the agency that told it and the chair's alone."
    )


class OutcomeAlertResponse(ResponseBody):
    alert_id: UUID
    decision: AlertDecision
    reasons: str


class OutcomeActionResponse(ResponseBody):
    id: UUID
    kind: ActionKind
    agency_id: UUID
    practitioner: MeetingPerson | None
    what: str
    due_on: date
    with_agency_ids: list[UUID]
    alert_id: UUID | None
    status: ActionStatus = Field(description="As it is now.")


class OutcomePlanResponse(ResponseBody):
    id: UUID
    kind: PlanKind
    status: PlanStatus = Field(description="As it is now.")


class OutcomeResponse(ResponseBody):
    """What the reader's agency may read of an outcome."""

    meeting_id: UUID
    family_id: UUID
    agency_id: UUID = Field(description="The chair's agency.")
    kind: MeetingKind
    number: int = Field(description="Which version of the outcome this is.")
    reason: str | None = Field(description="Why it was amended.")
    at: datetime
    by: MeetingPerson = Field(description="The chair who recorded this version.")
    attendance: list[AttendanceBody]
    family: list[FamilyMemberBody]
    information: list[InformationResponse]
    decisions: list[DecisionBody]
    dissent: list[DissentBody]
    roles: list[RoleBody]
    inability_answers: list[InabilityAnswerBody]
    child_lived_experience: LivedExperienceBody
    next_meeting: NextMeetingBody
    alerts: list[OutcomeAlertResponse] = Field(description="Those that the reader reads.")
    actions: list[OutcomeActionResponse] = Field(
        description="All that the meeting asked for, as they are now, whatever the version."
    )
    plans: list[OutcomePlanResponse]
    version: int = Field(description="Of the meeting: the ETag, which amending names.")


class OutcomeVersionResponse(ResponseBody):
    number: int
    reason: str | None
    at: datetime
    by: MeetingPerson


class OutcomeVersionList(ResponseBody):
    items: list[OutcomeVersionResponse]


class RecordResponse(ResponseBody):
    """What an agency said to the record, and what the chair replied."""

    id: UUID
    meeting_id: UUID
    agency_id: UUID
    number: int
    answer: Answer
    correction: str | None
    status: ResponseStatus
    reply: str | None
    answered_at: datetime
    settled_at: datetime | None
    by: MeetingPerson
    version: int


class RecordResponseList(ResponseBody):
    items: list[RecordResponse]
    next: str | None
