"""Request and response bodies of families."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from api.agencies.schemas import NamedPractitioner
from api.families.rules import identifier_problem, normal_postcode
from api.foundation.schemas import Day, Id, Line, RequestBody, ResponseBody, refusal

Value = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$")]
MemberKind = Literal["child", "adult", "unborn"]

EXAMPLE_MEMBERS: list[JsonValue] = [
    {
        "kind": "child",
        "given_name": "Maya",
        "family_name": "Okafor",
        "birth_date": "2019-04-02",
        "identifiers": [{"system": "nhs_number", "value": "9434765919"}],
    },
    {
        "kind": "adult",
        "given_name": "Daniel",
        "family_name": "Okafor",
        "birth_date": "1990-01-15",
        "relationship": "father",
    },
]
EXAMPLE_ADDRESSES: list[JsonValue] = [{"lines": ["12 Fish Dock Road"], "postcode": "DN31 3NB"}]
EXAMPLE_PRACTITIONER: JsonValue = {"name": "Amina Patel", "job_title": "health visitor"}


def _postcode(value: str) -> str:
    normal = normal_postcode(value)
    if normal is None:
        raise PydanticCustomError("postcode", "Not a UK postcode.")
    return normal


Postcode = Annotated[str, Field(max_length=12), AfterValidator(_postcode)]


def _checked(system: str, value: str) -> None:
    problem = identifier_problem(system, value)
    if problem is not None:
        raise PydanticCustomError("identifier", "{problem}", {"problem": problem})


class PersonIdentifier(RequestBody):
    system: Literal["nhs_number", "upn", "local_id"] = Field(
        description="Which number it is; `local_id` is the agency's own."
    )
    value: Value = Field(description="The number, without spaces. Its check digit is verified.")

    @model_validator(mode="after")
    def _valid(self) -> Self:
        _checked(self.system, self.value)
        return self


class AddressIdentifier(RequestBody):
    system: Literal["uprn"] = Field(description="Unique property reference number.")
    value: Value = Field(description="The number, without spaces.")

    @model_validator(mode="after")
    def _valid(self) -> Self:
        _checked(self.system, self.value)
        return self


class MemberBody(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLE_MEMBERS})

    kind: MemberKind = Field(description="An unborn child needs no name.")
    given_name: Line | None = Field(None, description="Needed but for an unborn child.")
    family_name: Line | None = Field(None, description="Needed but for an unborn child.")
    birth_date: Day | None = Field(None, description="Not in the future; none of an unborn child.")
    expected_on: Day | None = Field(None, description="Of an unborn child: the expected date.")
    relationship: Line | None = Field(None, description="To the child, in words.")
    identifiers: Annotated[list[PersonIdentifier], Field(max_length=10)] = Field(
        [], description="By which other agencies find the record. The more, the better."
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.kind == "unborn":
            if self.birth_date is not None:
                raise PydanticCustomError("unborn", "An unborn child has no birth_date.")
        elif self.given_name is None or self.family_name is None:
            raise PydanticCustomError("unnamed", "A child or an adult has both names.")
        elif self.expected_on is not None:
            raise PydanticCustomError("born", "Only an unborn child has expected_on.")
        return self


class AddressBody(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLE_ADDRESSES})

    lines: Annotated[list[Line], Field(min_length=1, max_length=6)] = Field(
        description="Without the postcode."
    )
    postcode: Postcode = Field(description="Of the United Kingdom, in any spelling.")
    from_date: Day | None = Field(None, description="Since when they live there, or will.")
    until_date: Day | None = Field(None, description="The last day there, where it is known.")
    identifiers: Annotated[list[AddressIdentifier], Field(max_length=2)] = Field(
        [], description="A UPRN shows alerts on these premises to whoever lives there."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_date and self.until_date and self.until_date < self.from_date:
            raise PydanticCustomError("order", "until_date is before from_date.")
        return self


class EndAddress(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [{"until_date": "2026-12-18"}]})

    until_date: Day = Field(description="The last day there, at most a year ahead.")


class AddIdentifier(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "member_id": "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11",
                    "system": "upn",
                    "value": "H801200001001",
                }
            ]
        }
    )

    member_id: Id = Field(description="Of this family.")
    system: Literal["nhs_number", "upn", "local_id"] = Field(
        description="Which number it is; `local_id` is the agency's own."
    )
    value: Value = Field(description="The number, without spaces. Its check digit is verified.")

    @model_validator(mode="after")
    def _valid(self) -> Self:
        _checked(self.system, self.value)
        return self


class InvolvementBody(RequestBody):
    """Why the agency is involved, who works with the family, and its own id for it."""

    local_id: Value = Field(
        description="What the agency calls the family in its own system. Names one family."
    )
    reason: Line = Field(
        description="Why the agency works with the family. Every involved agency reads it."
    )
    family_role: Line | None = Field(None, description="Such as lead practitioner.")
    practitioner: NamedPractitioner | None = None


class RegisterFamily(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "members": EXAMPLE_MEMBERS,
                    "addresses": EXAMPLE_ADDRESSES,
                    "involvement": {
                        "local_id": "HV-00417",
                        "reason": "Universal health visiting",
                        "practitioner": EXAMPLE_PRACTITIONER,
                    },
                }
            ]
        }
    )

    members: Annotated[list[MemberBody], Field(min_length=1, max_length=30)] = Field(
        description="Children, adults and unborn children."
    )
    addresses: Annotated[list[AddressBody], Field(max_length=10)] = Field(
        [], description="Where they live, lived or will live."
    )
    involvement: InvolvementBody


class MatchPerson(RequestBody):
    kind: MemberKind | None = Field(None, description="Makes no difference to what matches.")
    given_name: Line | None = Field(
        None, description="With family_name, birth_date and a postcode, or an identifier instead."
    )
    family_name: Line | None = Field(None, description="See given_name.")
    birth_date: Day | None = Field(None, description="See given_name.")
    identifiers: Annotated[list[PersonIdentifier], Field(max_length=10)] = Field(
        [], description="Any of them is enough for a match."
    )

    @property
    def is_named(self) -> bool:
        """Enough to be matched without an identifier, where a postcode is given too."""
        return bool(self.given_name and self.family_name and self.birth_date)


class MatchAddress(RequestBody):
    lines: Annotated[list[Line], Field(max_length=6)] = Field(
        [], description="Make no difference to what matches."
    )
    postcode: Postcode = Field(description="Of the United Kingdom, in any spelling.")


class MatchFamilies(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"members": [{"identifiers": [{"system": "nhs_number", "value": "9434765919"}]}]},
                {
                    "members": [
                        {
                            "given_name": "Maya",
                            "family_name": "Okafor",
                            "birth_date": "2019-04-02",
                        }
                    ],
                    "addresses": [{"postcode": "DN31 3NB"}],
                },
            ]
        }
    )

    members: Annotated[list[MatchPerson], Field(min_length=1, max_length=30)] = Field(
        description="Whoever of them matches. One of them has to be matchable."
    )
    addresses: Annotated[list[MatchAddress], Field(max_length=10)] = Field(
        [], description="Needed where nobody has an identifier."
    )

    @model_validator(mode="after")
    def _can_match(self) -> Self:
        """What could never match is no question: its empty answer would be taken for "none"."""
        if any(each.identifiers for each in self.members):
            return self
        if not any(each.is_named for each in self.members):
            raise refusal(
                "too_little",
                "To match, somebody has an identifier; or a given_name, family_name and "
                "birth_date, with the postcode of an address.",
                at="members",
            )
        if not self.addresses:
            raise refusal(
                "too_little",
                "A name and birth_date match only with the postcode of an address.",
                at="addresses",
            )
        return self


class IdentifierResponse(ResponseBody):
    id: UUID
    system: str
    value: str
    agency_id: UUID | None = Field(description="Of a local id: whose it is.")


class MemberResponse(ResponseBody):
    id: UUID
    kind: str
    given_name: str | None
    family_name: str | None
    birth_date: date | None
    expected_on: date | None
    relationship: str | None
    identifiers: list[IdentifierResponse]


class AddressResponse(ResponseBody):
    id: UUID
    lines: list[str]
    postcode: str
    from_date: date | None
    until_date: date | None
    identifiers: list[IdentifierResponse]


class PractitionerName(ResponseBody):
    name: str
    job_title: str


class InvolvementResponse(ResponseBody):
    id: UUID
    agency_id: UUID
    local_id: str
    reason: str
    family_role: str | None
    practitioner: PractitionerName
    from_at: datetime
    until_at: datetime | None
    contested: bool
    version: int


class FamilyResponse(ResponseBody):
    id: UUID
    lead_agency_id: UUID
    merged_into: UUID | None = Field(
        description="The record to work with, where this one was merged away: join that one."
    )
    members: list[MemberResponse]
    addresses: list[AddressResponse]
    involvements: list[InvolvementResponse]
    version: int


class FamilySummary(ResponseBody):
    id: UUID
    local_id: str
    lead_agency_id: UUID
    since: datetime


class FamilyList(ResponseBody):
    items: list[FamilySummary]
    next: str | None


class Match(ResponseBody):
    family_id: UUID
    join_token: str = Field(description="For this agency alone; valid for 15 minutes.")


class MatchList(ResponseBody):
    items: list[Match]
