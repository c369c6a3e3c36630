"""Request and response bodies of actions."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue, model_validator

from api.agencies.schemas import ByWhom
from api.foundation.schemas import (
    Day,
    Id,
    Line,
    Narrative,
    RequestBody,
    ResponseBody,
    refusal,
)
from api.meetings.actions.rules import JOINED, ActionAct, ActionKind, ActionStatus
from api.meetings.schemas import MeetingPerson

EXAMPLE_ACTION: dict[str, JsonValue] = {
    "kind": "joint_visit",
    "agency_id": "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11",
    "practitioner": {"name": "Jonas Wood", "job_title": "police constable"},
    "what": "Visit with the health visitor on Thursday, in daylight.",
    "due_on": "2026-12-10",
    "with_agency_ids": ["019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c12"],
}


class OwnerBody(RequestBody):
    """Who of the agency is asked, as far as the meeting knows."""

    name: Line = Field(description="As colleagues know them.")
    job_title: Line = Field(description="Such as health visitor, or police constable.")


class NewAction(RequestBody):
    """What a meeting asks of an agency that was invited to it."""

    kind: ActionKind = Field(description="A code of the list `action_kind`.")
    agency_id: Id = Field(description="The agency that owns it; one that was invited.")
    practitioner: OwnerBody | None = Field(None, description="Left out: the agency names one.")
    what: Narrative = Field(description="What is to be done.")
    due_on: Day = Field(description="From the day of the meeting, at most a year ahead.")
    with_agency_ids: Annotated[list[Id], Field(max_length=20)] = Field(
        [],
        description="Whom a joint visit or a debrief joins: others that were invited, each once.",
    )
    alert_id: Id | None = Field(
        None,
        description="With `reconsider_alert`, and only with it: an alert of the owner's that the "
        "chair's agency reads.",
    )

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        if (self.kind is ActionKind.RECONSIDER_ALERT) != (self.alert_id is not None):
            raise refusal("alert_id", "With `reconsider_alert`, and only with it.", at="alert_id")
        if (self.kind in JOINED) != bool(self.with_agency_ids):
            raise refusal(
                "with_agency_ids",
                "A joint visit or a debrief joins other agencies, and nothing else does.",
                at="with_agency_ids",
            )
        return self


class AcceptAction(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "done_by": {"name": "Jonas Wood", "job_title": "police constable"},
                    "practitioner": {"staff_id": "PC-2210"},
                }
            ]
        }
    )

    done_by: OwnerBody | None = Field(
        None,
        description="Who of the agency does it. Left out: whom the meeting named, else who "
        "accepts. Accepted again, somebody else does it.",
    )
    practitioner: ByWhom = None


class CompleteAction(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "evidence": "Visited together on 8 December; Maya was seen and spoken with.",
                    "practitioner": {"staff_id": "PC-2210"},
                }
            ]
        }
    )

    evidence: Narrative = Field(
        description="What was done, and what came of it. Of an alert: what it says from now on."
    )
    practitioner: ByWhom = None


class DeclineAction(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "No officer is free before the new year.",
                    "practitioner": {"staff_id": "PC-2210"},
                }
            ]
        }
    )

    reason: Narrative = Field(description="Why the agency does not do it. Told to the meeting.")
    practitioner: ByWhom = None


class ReassignAction(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "agency_id": "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c12",
                    "due_on": "2026-12-17",
                    "reason": "The police have no officer free before the new year.",
                }
            ]
        }
    )

    agency_id: Id = Field(
        description="Who owns it from now on: one that was invited, also the owner that it has. "
        "Of an alert, its owner only."
    )
    practitioner: OwnerBody | None = Field(
        None, description="Whom of that agency. Left out: the agency names one."
    )
    due_on: Day | None = Field(
        None,
        description="From today, at most a year ahead. Left out: as it is, unless that has passed.",
    )
    reason: Narrative = Field(description="Why. Kept with the step.")


class CancelAction(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The family has moved out of the area."}]}
    )

    reason: Narrative = Field(description="Why it is not needed any more. Kept with the step.")


class ActionResponse(ResponseBody):
    id: UUID
    meeting_id: UUID
    family_id: UUID
    agency_id: UUID = Field(description="The agency that owns it.")
    kind: ActionKind
    what: str
    practitioner: MeetingPerson | None = Field(description="Who does it, as far as named.")
    due_on: date
    overdue: bool = Field(description="Past `due_on`, and neither done nor cancelled.")
    with_agency_ids: list[UUID] = Field(description="Whom a joint visit or a debrief joins.")
    alert_id: UUID | None
    status: ActionStatus
    assigned_at: datetime
    version: int = Field(description="Counts every change; the ETag.")


class ActionList(ResponseBody):
    items: list[ActionResponse]
    next: str | None


class ActionStepResponse(ResponseBody):
    version: int
    act: ActionAct
    from_status: ActionStatus | None
    to_status: ActionStatus
    at: datetime
    agency_id: UUID = Field(description="The owner after the step.")
    due_on: date | None
    by_agency_id: UUID | None
    by: MeetingPerson | None = Field(
        description="Null where it went back because its owner's involvement was ended."
    )
    note: str | None = Field(description="The evidence, or the reason.")


class ActionStepList(ResponseBody):
    items: list[ActionStepResponse]
