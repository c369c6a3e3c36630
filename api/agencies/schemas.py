"""Request and response bodies of agencies, clients, keys and practitioners."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, HttpUrl, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from api.access.roles import GRANTABLE_ROLES, Role
from api.foundation.schemas import Id, Line, RequestBody, ResponseBody, in_words
from api.settings import MAIL_ADDRESS

AgencyKind = Literal[
    "childrens_social_care", "health_visiting", "school", "police", "gp", "hospital",
    "mental_health", "housing", "probation", "early_help", "fire_and_rescue", "ambulance",
    "voluntary", "other",
]  # fmt: skip
Algorithm = Literal["ES256", "RS256", "RS384", "RS512"]
KeyId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]{1,100}$")]
StaffId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._@/-]{1,100}$")]
_DOMAIN = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}(:[1-9][0-9]{0,4})?$"
Domain = Annotated[
    str,
    Field(pattern=_DOMAIN, max_length=260),
    in_words(_DOMAIN, "Must be a domain such as hooks.example.org or hooks.example.org:8443."),
]
Mailbox = Annotated[
    str,
    Field(pattern=MAIL_ADDRESS, max_length=254),
    in_words(MAIL_ADDRESS, "Must be one address and no name, such as it-desk@example.org."),
]
GrantableRole = Annotated[Role, Field(json_schema_extra={"enum": sorted(GRANTABLE_ROLES)})]

EXAMPLE_CLIENT: JsonValue = {"name": "Case system", "auth_method": "client_secret"}
EXAMPLE_KEY: JsonValue = {
    "kid": "2026-11",
    "algorithm": "ES256",
    "public_jwk": {
        "kty": "EC",
        "crv": "P-256",
        "x": "QXeFUyUKPVixhtAEvDQVi0N0GSWIfUUxwGwiCNdN98E",
        "y": "yKinoG3lfC9Ld7HdJlUs-WWU4s9GR7-wppxHryR1RyM",
    },
}
EXAMPLE_PRACTITIONER: JsonValue = {
    "staff_id": "HV-0042",
    "name": "Amina Patel",
    "job_title": "health visitor",
    "roles": ["practitioner"],
}


class EmergencyContact(RequestBody):
    """Whom to ring, day or night. A function, not a private person."""

    name: Line = Field(description="Of the function, such as the duty desk.")
    telephone: Annotated[str, Field(pattern=r"^[0-9+() -]{5,30}$")] = Field(
        description="Digits, spaces, `+`, `-` and brackets."
    )


class CreateAgency(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "housing", "name": "Dock Side Housing", "la_code": "812"},
            ]
        }
    )

    kind: AgencyKind = Field(description="What sort of agency it is.")
    name: Line = Field(description="As every agency of the partnership sees it.")
    ods_code: Annotated[str, Field(pattern=r"^[A-Z0-9]{3,10}$")] | None = Field(
        None, description="Of an NHS organisation."
    )
    urn: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = Field(
        None, description="Of a school: its unique reference number."
    )
    la_code: Annotated[str, Field(pattern=r"^[0-9]{3}$")] | None = Field(
        None, description="Of a local authority."
    )


class UpdateAgency(RequestBody):
    """Only what is named changes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "emergency_contact": {
                        "name": "Duty desk",
                        "telephone": "01472 555 0100",
                    },
                    "webhook_domains": ["hooks.example.org"],
                    "webhook_email": "integration@example.org",
                }
            ]
        }
    )

    emergency_contact: EmergencyContact | None = None
    escalation_contact: EmergencyContact | None = Field(
        None, description="Whom to ring when the agency has not acknowledged an alert in time."
    )
    conduct_statement_url: Annotated[HttpUrl, Field(max_length=500)] | None = Field(
        None, description="What the agency expects of those it visits. In its letters."
    )
    webhook_domains: Annotated[list[Domain], Field(max_length=20)] | None = Field(
        None,
        description="Domains under which its webhooks may lie; with a port "
        "(`hooks.example.org:8443`) at that port, else at 443 alone.",
    )
    webhook_email: Mailbox | None = Field(
        None,
        description="A mailbox that is told when one of the agency's webhooks fails, is held or "
        "works again. Of a function, not of a person. Null: no mail.",
    )


class AgencyResponse(ResponseBody):
    id: UUID
    kind: str
    name: str
    ods_code: str | None
    urn: str | None
    la_code: str | None
    emergency_contact: dict[str, Any] | None
    escalation_contact: dict[str, Any] | None
    conduct_statement_url: str | None
    status: str
    version: int


class AgencyList(ResponseBody):
    items: list[AgencyResponse]


class CreatedAgency(ResponseBody):
    agency: AgencyResponse
    enrolment_code: str = Field(description="Shown once. Valid for 7 days and one enrolment.")
    expires_at: datetime


class RegisterKey(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_KEY]})

    kid: KeyId = Field(description="What the key is called in the head of a token.")
    algorithm: Algorithm = Field(description="What it signs with.")
    public_jwk: Annotated[dict[str, Any], Field(max_length=12)] = Field(
        description="The public key (RFC 7517). The private half never leaves the agency."
    )
    client_id: Id | None = Field(
        None,
        description="With it, the key authenticates that client (`private_key_jwt`). "
        "Without, it signs the assertions that name practitioners.",
    )


class KeyResponse(ResponseBody):
    id: UUID
    kid: str
    algorithm: str
    client_id: UUID | None
    status: str


class KeyList(ResponseBody):
    items: list[KeyResponse]


class CreateClient(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_CLIENT]})

    name: Line = Field(description="Of the system, for people.")
    auth_method: Literal["client_secret", "private_key_jwt"] = Field(
        "client_secret", description="How the client proves who it is."
    )
    accepts_token_url_audience: bool = Field(
        False,
        description="Legacy: also accept the token URL as the audience of this client's "
        "assertions, which NHS-style clients send.",
    )


class ClientResponse(ResponseBody):
    id: UUID
    name: str
    auth_method: str
    accepts_token_url_audience: bool
    status: str
    version: int


class ClientList(ResponseBody):
    items: list[ClientResponse]


class ClientWithSecret(ResponseBody):
    client: ClientResponse
    client_secret: str | None = Field(description="Shown once. Null with `private_key_jwt`.")


class NewPractitioner(RequestBody):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_PRACTITIONER]})

    staff_id: StaffId = Field(
        description="What the agency calls the person: the `sub` of assertions."
    )
    name: Line = Field(description="Shown beside what the person does.")
    job_title: Line = Field(description="Shown with the name.")
    roles: Annotated[list[GrantableRole], Field(min_length=1, max_length=10)] = Field(
        description="What the person may do."
    )


class UpdatePractitioner(RequestBody):
    """Only what is named changes."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"job_title": "team manager", "roles": ["manager"]}]}
    )

    name: Line | None = Field(None, description="Shown beside what the person does.")
    job_title: Line | None = Field(None, description="Shown with the name.")
    roles: Annotated[list[GrantableRole], Field(min_length=1, max_length=10)] | None = Field(
        None, description="All of them from now on, not those to add."
    )
    status: Literal["active", "inactive"] | None = Field(
        None, description="`inactive` works at the person's next request."
    )


class PractitionerResponse(ResponseBody):
    id: UUID
    staff_id: str
    name: str
    job_title: str
    roles: list[str]
    status: str
    version: int


class PractitionerList(ResponseBody):
    items: list[PractitionerResponse]


class NamedPractitioner(RequestBody):
    """A person, named by an agency's system: by staff id, or by name and job title, which then
    can decide nothing. A practitioner's own token overrides it."""

    staff_id: StaffId | None = Field(None, description="Of a practitioner whom Doorstep knows.")
    name: Line | None = Field(None, description="With job_title, of anybody else.")
    job_title: Line | None = Field(None, description="With name, of anybody else.")

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.staff_id is None and (self.name is None or self.job_title is None):
            raise PydanticCustomError(
                "practitioner_unnamed", "Give a staff_id, or a name and a job_title."
            )
        return self


ByWhom = Annotated[
    NamedPractitioner | None,
    Field(description="Needed from a system; a practitioner's token says who it is."),
]


class Enrol(RequestBody):
    """The agency's own key and its first administrator, in exchange for the code."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "enrol_Yk3vQ8sT1nB6wX4mZp7dRq",
                    "client": EXAMPLE_CLIENT,
                    "key": EXAMPLE_KEY,
                    "administrator": {
                        "staff_id": "DSH-001",
                        "name": "Grace Adeyemi",
                        "job_title": "head of service",
                        "roles": ["agency_administrator", "manager"],
                    },
                }
            ]
        }
    )

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{20,100}$")] = Field(
        description="The code that was given to the agency. Works once."
    )
    client: CreateClient = Field(description="Its first system.")
    key: RegisterKey = Field(
        description="Its own public key, for assertions that name practitioners."
    )
    administrator: NewPractitioner = Field(description="Its first administrator.")


class EnrolledAgency(ResponseBody):
    agency: AgencyResponse
    client: ClientResponse
    client_secret: str | None
    administrator: PractitionerResponse
