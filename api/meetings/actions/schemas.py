"""Request and response bodies of actions."""

from typing import Annotated, Self

from pydantic import Field, JsonValue, model_validator

from api.foundation.schemas import Day, Id, Line, Narrative, RequestBody, refusal
from api.meetings.actions.rules import JOINED, ActionKind

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

    name: Line
    job_title: Line


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
