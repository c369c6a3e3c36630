"""What an outcome is told in, part by part."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from api.alerts.reviews.schemas import RecordReview
from api.alerts.schemas import PublishAlert
from api.foundation.schemas import Day, Id, Line, Narrative, RequestBody, refusal
from api.meetings.outcome.rules import AlertDecision, Attendance, FamilyAttendance
from api.meetings.rules import MeetingKind


class AttendeeBody(RequestBody):
    """A practitioner who took part, or who spoke for an agency."""

    name: Line = Field(description="As the record names them.")
    job_title: Line = Field(description="What they do there.")


class AttendanceBody(RequestBody):
    agency_id: Id = Field(description="Each agency that was invited, once.")
    attendance: Attendance = Field(description="A code of the list `meeting_attendance`.")
    people: Annotated[list[AttendeeBody], Field(max_length=20)] = Field(
        [], description="Who of it took part; needed where it attended."
    )


class FamilyMemberBody(RequestBody):
    """Somebody of the family: whether they took part, how they were heard, what they are told."""

    member_id: Id = Field(description="A member of this family, once.")
    attendance: FamilyAttendance = Field(
        description="A code of the list `meeting_family_attendance`."
    )
    views: Narrative | None = Field(None, description="How their views were heard.")
    feedback: Narrative | None = Field(None, description="How the outcome is fed back to them.")


class InformationBody(RequestBody):
    """What an agency told the meeting, and to whom."""

    agency_id: Id = Field(description="Which agency told it; one that was invited.")
    said: Narrative = Field(description="What it told.")
    agency_ids: Annotated[list[Id], Field(min_length=1, max_length=50)] | None = Field(
        None,
        description="Left out: for everybody invited. Named: for these of them, the agency that "
        "told it and the chair's. An empty list is refused.",
    )
    confidential: bool | None = Field(
        None,
        description="As a reader of the outcome gets it. Sent back with true, it needs "
        "`agency_ids`, so that amending opens to all only what it says to open.",
    )

    @model_validator(mode="after")
    def _kept_confidential(self) -> Self:
        if self.confidential is not None and self.confidential != (self.agency_ids is not None):
            said = "True with `agency_ids`, false without: name for whom it is, or open it."
            raise refusal("confidential", said, at="confidential")
        return self


class DecisionBody(RequestBody):
    decision: Narrative = Field(description="What was decided.")
    reasons: Narrative = Field(description="Why.")


class DissentBody(RequestBody):
    """A view that differs from what was decided: kept beside it, never argued away."""

    agency_id: Id = Field(description="Whose view it is; an agency that was invited.")
    who: AttendeeBody
    about: Narrative = Field(description="Which decision, or what else.")
    why: Narrative = Field(description="What the other view is, and why.")


class ToldToFamilyBody(RequestBody):
    """Roles are known to all agencies and to the family (§4)."""

    told: bool = Field(description="Whether the family knows of it.")
    why_not: Narrative | None = Field(None, description="Needed where it does not, and only there.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.told == (self.why_not is not None):
            raise refusal("why_not", "Say why not, where the family is not told.", at="why_not")
        return self


class RoleBody(RequestBody):
    """Who of an agency does what from now on: known to all agencies, and to the family."""

    agency_id: Id = Field(description="An agency that was invited.")
    practitioner: AttendeeBody
    role: Line = Field(description="The role, such as `lead practitioner`.")
    tasks: Narrative = Field(description="What they undertake.")
    told_to_family: ToldToFamilyBody


class InabilityAnswerPart(RequestBody):
    answer: Literal["yes", "no"] = Field(description="Yes or no.")
    statement: Narrative = Field(description="What is done, and by whom; or why nothing is.")


class InabilityAnswerBody(RequestBody):
    """What follows from an agency's not being able to work with the family (§4)."""

    agency_id: Id = Field(description="An agency that was invited, once.")
    gathering: InabilityAnswerPart = Field(
        description="Whether others gather what it would have gathered."
    )
    monitoring: InabilityAnswerPart = Field(
        description="Whether others watch over what it would have watched."
    )
    multi_agency_plan: InabilityAnswerPart = Field(
        description="Whether the plan of all agencies stands without it."
    )


class LivedExperienceBody(RequestBody):
    """What life is like for the child (§4); where it is not known, `statement` says why."""

    known: bool = Field(description="Whether it is known.")
    statement: Narrative = Field(description="What it is like, or why that is not known.")


class AlertDecisionBody(RequestBody):
    """An alert that the meeting considered. What is done to it, is done as by its own routes: the
    caller needs the permission of each, and is not its author where they ask for another person."""

    alert_id: Id = Field(description="A live alert of this family that the chair's agency reads.")
    decision: Literal[
        AlertDecision.KEPT,
        AlertDecision.CHANGED,
        AlertDecision.WITHDRAWN,
        AlertDecision.RECONSIDER,
    ] = Field(
        description="Of the chair's agency's own: `kept`, `changed` or `withdrawn`. Of another's: "
        "`reconsider`, which asks its owner by an action."
    )
    reasons: Narrative = Field(
        description="Why. Of what is withdrawn, every reader of the alert is told these words, "
        "whether invited or not; of what is replaced, those invited alone."
    )
    version: Annotated[int, Field(ge=1, le=999_999_999)] | None = Field(
        None, description="Of the alert, as last read: with `changed` and `withdrawn` only."
    )
    review: RecordReview | None = Field(
        None, description="With `changed`: renewed by a review. Or `replacement`."
    )
    replacement: PublishAlert | None = Field(
        None, description="With `changed`: the whole alert that takes its place. Or `review`."
    )
    answer_by: Day | None = Field(
        None,
        description="With `reconsider` only: when its owner has answered; left out, within ten "
        "working days.",
    )

    @model_validator(mode="after")
    def _fits_decision(self) -> Self:
        changed = self.decision is AlertDecision.CHANGED
        acted = changed or self.decision is AlertDecision.WITHDRAWN
        if acted != (self.version is not None):
            said = "Name the version with `changed` and `withdrawn`, and only there."
            raise refusal("version", said, at="version")
        given = (self.review is not None) + (self.replacement is not None)
        if given != int(changed):
            said = "With `changed`, and only there, give one of review and replacement."
            raise refusal("change", said, at="review")
        if self.review is not None and self.review.outcome != "renewed":
            raise refusal("outcome", "To end it, decide `withdrawn`.", at="review")
        if self.answer_by is not None and self.decision is not AlertDecision.RECONSIDER:
            raise refusal("answer_by", "With `reconsider` only.", at="answer_by")
        return self


class NextMeetingBody(RequestBody):
    """When the agencies meet next, or why they need not."""

    kind: MeetingKind | None = Field(None, description="A code of the list `meeting_kind`.")
    on: Day | None = Field(None, description="By which day: after this meeting, within a year.")
    why_none: Narrative | None = Field(None, description="Or why there is none.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        planned = self.kind is not None and self.on is not None
        half = (self.kind is None) != (self.on is None)
        if half or planned == (self.why_none is not None):
            raise refusal("next", "Give kind and day, or why there is none.", at="why_none")
        return self
