"""What an incident is told in, part by part, and what of one part contradicts the rest of it."""

from collections.abc import Hashable, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from api.code_lists.schemas import ChildResponse, UncooperativenessReason
from api.foundation.schemas import Day, Id, Line, Narrative, RequestBody
from api.incidents.rules import BehavedKind


def named_twice(values: Sequence[Hashable]) -> bool:
    return len(set(values)) != len(values)


class BehavedBody(RequestBody):
    """Who or what behaved so: a member of the family, another person, an animal."""

    kind: BehavedKind = Field(description="Decides which of the other fields is needed.")
    member_id: Id | None = Field(
        None, description="Of a `member`, and of nobody else: an id of this family's record."
    )
    description: Line | None = Field(
        None, description="Of an `other_person` or an `animal`: who or what, for a stranger."
    )

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        member = self.kind is BehavedKind.MEMBER
        if member != (self.member_id is not None) or (not member and self.description is None):
            raise PydanticCustomError(
                "behaved", "A member has a member_id; others have a description, and no id."
            )
        return self


class TowardsBody(RequestBody):
    """Towards whom: an agency and a role, never a person's name or home."""

    agency_id: Id | None = Field(None, description="The recording agency, unless another is named.")
    role: Line = Field(
        description="What somebody does there, such as `health visitor`; never a name."
    )


class IncidentReasonBody(RequestBody):
    code: UncooperativenessReason
    asserted_by: Literal["practitioner", "family"] = Field(
        description="Whose view it is; both may assert the same reason."
    )


class ChildBody(RequestBody):
    """What the child met and how it responded (§3); or that it is not known, and why."""

    known: bool = Field(description="Whether it is known; if it is not, only `statement` is given.")
    present: bool | None = Field(
        None, description="Whether the child was there. Needed where it is known."
    )
    heard: bool | None = Field(
        None, description="Whether the child heard it. Needed where it is known."
    )
    responses: Annotated[list[ChildResponse], Field(max_length=5)] = Field(
        [],
        description="Codes of the list `child_response` (§3), each once. Only where it is known.",
    )
    statement: Narrative | None = Field(
        None, description="What the child did and said; or why it is not known."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        told = self.present is not None or self.heard is not None or bool(self.responses)
        if self.known and (self.present is None or self.heard is None):
            raise PydanticCustomError("child", "Say whether the child was present, and heard it.")
        if named_twice(self.responses):
            raise PydanticCustomError("repeated", "A response is named twice.")
        if not self.known and (told or self.statement is None):
            raise PydanticCustomError("child", "Where it is not known, say only why, as statement.")
        return self


class PoliceBody(RequestBody):
    """Told, with the reference; or why not (§8)."""

    told: bool = Field(description="Decides which of the other fields is needed.")
    reference: Line | None = Field(
        None,
        description="The police's own, such as a log number. Needed where they were told, and only "
        "there.",
    )
    reason: Narrative | None = Field(
        None, description="Why they were not told. Needed where they were not, and only there."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        given = (self.reference is not None, self.reason is not None)
        if given != (self.told, not self.told):
            raise PydanticCustomError(
                "police", "Give the reference if the police were told, else the reason why not."
            )
        return self


class InjuryBody(RequestBody):
    """Of a member of staff: whether, and whether it must be reported (RIDDOR 2013)."""

    injured: bool = Field(description="Whether a member of staff was injured; not who, nor how.")
    reportable: bool | None = Field(
        None,
        description="Whether RIDDOR 2013 requires a report. Needed of an injury, and only of one.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.injured != (self.reportable is not None):
            raise PydanticCustomError(
                "injury", "Say of an injury, and only of one, whether it is reportable."
            )
        return self


class DebriefBody(RequestBody):
    """Offered or not; if it was held, on which day and with which agencies (§4)."""

    offered: bool = Field(description="Whether it was offered to those who met it.")
    held_on: Day | None = Field(
        None, description="If it was held: from the day of the incident until today."
    )
    agency_ids: Annotated[list[Id], Field(max_length=50)] = Field(
        [], description="The agencies that took part, each once; with `held_on` alone."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.offered and (self.held_on or self.agency_ids):
            raise PydanticCustomError("debrief", "What was not offered was not held.")
        if named_twice(self.agency_ids):
            raise PydanticCustomError("repeated", "An agency is named twice.")
        if self.agency_ids and self.held_on is None:
            raise PydanticCustomError("debrief", "Name agencies with the day it was held on.")
        return self


class CauseBody(RequestBody):
    """Whether the cause was investigated (racial, cultural), and what was found (§8)."""

    investigated: bool = Field(description="Whether the cause was looked into.")
    statement: Narrative = Field(description="The finding; or why it was not investigated.")


Answer = Literal["yes", "no", "unclear"]


class SenseBody(RequestBody):
    """Making sense of a hostile response: the ten questions of §6. About what was done, and never
    a measure of how grave it was."""

    prepared: Answer = Field(description="Was an angry response expected, and planned for?")
    aggravated_by_practitioner: Answer = Field(
        description="Might anger, or what seemed patronising or dismissive, have made it worse?"
    )
    frustration: Answer = Field(description="Is it a response to frustration, of whatever origin?")
    cause_to_complain: Answer = Field(
        description="Is there a complaint in it, possibly with reason? It is then taken up as one."
    )
    deliberate: Answer = Field(description="Is it meant to threaten, obstruct, abuse or hurt?")
    aware_of_impact: Answer = Field(
        description="Does the person know what it does to the practitioner?"
    )
    used_to_aggression: Answer = Field(
        description="Is the person so used to aggression as not to see its impact?"
    )
    normal_for_person: Answer = Field(
        description="Is it normal for this person? Which does not make it acceptable."
    )
    disproportionate_discomfort: Answer = Field(
        description="Is the discomfort greater than what was said or done explains?"
    )
    aimed_at_agency: Answer = Field(
        description="Is it aimed at the agency, rather than at the practitioner in person?"
    )
    note: Narrative | None = Field(
        None, description="What the answers leave open. Nothing of the practitioner's own distress."
    )
