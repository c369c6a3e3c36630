"""What information governance and the agencies' systems are shown."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from api.foundation.schemas import ResponseBody


class AuditClient(ResponseBody):
    id: UUID
    name: str | None


class AuditPractitioner(ResponseBody):
    id: UUID
    name: str | None
    job_title: str | None


class AuditResource(ResponseBody):
    type: str
    id: UUID | None
    version: int | None


class AuditEntryResponse(ResponseBody):
    """What one request did, read or was refused. Ids, codes and counts, and never a name of
    anybody in a family."""

    id: UUID
    recorded_at: datetime
    client: AuditClient | None
    practitioner: AuditPractitioner | None = Field(
        description="Null when a system acted by itself."
    )
    action: str = Field(description="Of a refusal: the method and the route that was asked for.")
    outcome: Literal["allowed", "denied"]
    family_id: UUID | None
    resource: AuditResource | None
    request_id: UUID | None = Field(description="What the caller was given as `X-Request-ID`.")
    details: dict[str, Any]
    seal_number: int | None = Field(
        description="Its place in the hash chain; null for the second or so until it is sealed."
    )


class AuditPage(ResponseBody):
    items: list[AuditEntryResponse]
    next: str | None


class CheckpointJwk(ResponseBody):
    """A public key (RFC 7517); `kid` is its thumbprint (RFC 7638)."""

    kid: str
    alg: Literal["ES256"]
    use: Literal["sig"]
    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str


class CheckpointResponse(ResponseBody):
    """Where the hash chain of the audit stood. Keep it as it came."""

    id: UUID = Field(description="Made of number, digest and previous.")
    number: int = Field(description="Of the last seal it covers, with all before it.")
    digest: str = Field(description="Of that seal: SHA-256, in hexadecimal digits.")
    made_at: datetime
    previous: UUID | None = Field(description="The checkpoint before it.")
    jws: str = Field(description="The signed statement: a compact JWS, ES256.")
    public_jwk: CheckpointJwk = Field(description="What the signature is verified with.")


class CheckpointList(ResponseBody):
    items: list[CheckpointResponse]
    next: str | None
