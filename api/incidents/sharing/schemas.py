"""Request and response bodies of sharing decisions."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.agencies.schemas import NamedPractitioner
from api.alerts.schemas import PublishAlert
from api.code_lists.schemas import NotSharedReason
from api.foundation.schemas import Id, Narrative, RequestBody, ResponseBody
from api.incidents.sharing.rules import How, Outcome


class SharingBody(RequestBody):
    """Of one agency: shared, and how; or not, and why (Children Act 2004 s.16LA)."""

    agency_id: Id = Field(
        description="Another agency that is involved with the family; each is named once."
    )
    outcome: Literal[Outcome.SHARED, Outcome.NOT_SHARED] = Field(
        description="`not_shared` is judged by a practitioner, with a token of their own."
    )
    how: How | None = Field(None, description="The incident itself, or an alert.")
    alert_id: Id | None = Field(
        None, description="An alert that the agency reads; not of one published in the same call."
    )
    reason_code: NotSharedReason | None = Field(
        None,
        description="Why not: a code of the list `not_shared_reason`. Needed with `not_shared`, and"
        " only there.",
    )
    reason: Narrative | None = Field(None, description="Why not, in words.")

    @model_validator(mode="after")
    def _fits_outcome(self) -> Self:
        shared = self.outcome is Outcome.SHARED
        if shared != (self.how is not None):
            raise PydanticCustomError("sharing", "Say of what is shared, and only of it, how.")
        not_shared = (self.reason_code is not None, self.reason is not None)
        if not_shared != (not shared, not shared):
            raise PydanticCustomError(
                "sharing", "Give reason_code and reason of what is not shared, and only of it."
            )
        if self.alert_id is not None and self.how is not How.ALERT:
            raise PydanticCustomError("sharing", "An alert_id goes with `how: alert` alone.")
        return self


Decisions = Annotated[list[SharingBody], Field(min_length=1, max_length=100)]


class DecideSharing(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "decisions": [
                        {
                            "agency_id": "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11",
                            "outcome": "shared",
                            "how": "incident",
                        },
                        {
                            "agency_id": "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c12",
                            "outcome": "not_shared",
                            "reason_code": "no_contact_likely",
                            "reason": "Its part ended with the assessment; nobody visits.",
                        },
                    ]
                }
            ]
        }
    )

    decisions: Decisions = Field(
        description="All are taken, or none. Agencies that are not named stay as they are."
    )
    practitioner: NamedPractitioner | None = Field(
        None, description="Needed from a system, which relays who decided to share."
    )


class ShareIncident(RequestBody):
    """Decisions taken with the recording, and the alert that some of them refer to."""

    alert: PublishAlert | None = Field(
        None, description="Published with the incident, which becomes one of its grounds."
    )
    decisions: Annotated[list[SharingBody], Field(max_length=100)] = Field(
        [], description="Each agency once. Those that are not named are left undecided."
    )


class DecisionResponse(ResponseBody):
    agency_id: UUID
    outcome: Outcome
    how: How | None
    alert_id: UUID | None
    reason_code: str | None
    reason: str | None
    due_at: datetime | None = Field(description="By when an undecided one is due.")
    decided_at: datetime | None
    decided_by_name: str | None
    decided_by_job_title: str | None


class DecisionList(ResponseBody):
    items: list[DecisionResponse]
    version: int = Field(description="Of the incident: the ETag with which to decide.")
