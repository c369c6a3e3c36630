"""Tables of agencies, their credentials and people. Secrets are kept as hashes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey, one_of
from api.foundation.sealing import Sealed

AGENCY_KINDS = [
    "childrens_social_care",
    "health_visiting",
    "school",
    "police",
    "gp",
    "hospital",
    "mental_health",
    "housing",
    "probation",
    "early_help",
    "fire_and_rescue",
    "ambulance",
    "voluntary",
    "other",
    "operator",
]


class Agency(Base):
    __tablename__ = "agencies"
    __table_args__ = (
        one_of("kind", AGENCY_KINDS),
        one_of("status", ["enrolling", "active", "suspended"]),
        Index(
            "uq_agencies_operator", "kind", unique=True, postgresql_where=text("kind = 'operator'")
        ),
    )

    id: Mapped[PrimaryKey]
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(unique=True)
    ods_code: Mapped[str | None]
    urn: Mapped[str | None]
    la_code: Mapped[str | None]
    emergency_contact: Mapped[dict[str, Any] | None]
    escalation_contact: Mapped[dict[str, Any] | None]
    conduct_statement_url: Mapped[str | None]
    status: Mapped[str]
    grantable_roles: Mapped[list[str]]
    webhook_domains: Mapped[list[str]]
    webhook_email: Mapped[str | None]
    version: Mapped[int]
    created_at: Mapped[datetime]


class EnrolmentCode(Base):
    __tablename__ = "enrolment_codes"

    id: Mapped[PrimaryKey]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Client(Base):
    """A system of an agency. It authenticates by a secret or by keys of its own, never both."""

    __tablename__ = "clients"
    __table_args__ = (
        one_of("auth_method", ["client_secret", "private_key_jwt"]),
        one_of("status", ["active", "revoked"]),
    )

    id: Mapped[PrimaryKey]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), index=True)
    name: Mapped[str]
    auth_method: Mapped[str]
    secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_secret_until: Mapped[datetime | None]
    accepts_token_url_audience: Mapped[bool]
    status: Mapped[str]
    version: Mapped[int]
    created_at: Mapped[datetime]


class AgencyKey(Base):
    """A public key of an agency. With a client it authenticates that client (`private_key_jwt`);
    without one it signs the assertions that name practitioners. Never both (RFC 8725, 3.9)."""

    __tablename__ = "agency_keys"
    __table_args__ = (
        UniqueConstraint("agency_id", "kid"),
        one_of("status", ["active", "revoked"]),
        one_of("algorithm", ["ES256", "RS256", "RS384", "RS512"]),
    )

    id: Mapped[PrimaryKey]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("clients.id"), index=True)
    kid: Mapped[str]
    algorithm: Mapped[str]
    public_jwk: Mapped[dict[str, Any]]
    status: Mapped[str]
    created_at: Mapped[datetime]


class Practitioner(Base):
    __tablename__ = "practitioners"
    __table_args__ = (
        UniqueConstraint("agency_id", "staff_id"),
        one_of("status", ["active", "inactive"]),
    )

    id: Mapped[PrimaryKey]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    staff_id: Mapped[str]
    name: Mapped[str]
    job_title: Mapped[str]
    roles: Mapped[list[str]]
    status: Mapped[str]
    version: Mapped[int]
    created_at: Mapped[datetime]


class UsedAssertion(Base):
    """An assertion's `jti`, kept until the assertion has expired, so that it works once."""

    __tablename__ = "used_assertions"

    key_id: Mapped[UUID] = mapped_column(primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SigningKey(Base):
    """A key of the token endpoint. The newest one signs; a retired one verifies until the last
    token it signed has expired."""

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(primary_key=True)
    public_jwk: Mapped[dict[str, Any]]
    sealed_private_key: Mapped[bytes] = mapped_column(Sealed("signing_keys|{kid}"))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
