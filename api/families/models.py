"""Tables of families. Every one of them is under row-level security."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base, PrimaryKey, one_of

PERSON_SYSTEMS = ["nhs_number", "upn", "local_id"]
ADDRESS_SYSTEMS = ["uprn"]


class Family(Base):
    """A record that was merged away points at its survivor, which is never merged away itself."""

    __tablename__ = "families"
    __table_args__ = (CheckConstraint("merged_into_id <> id", name="not_itself"),)

    id: Mapped[PrimaryKey]
    registered_by: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    lead_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("families.id"), index=True)
    version: Mapped[int]
    created_at: Mapped[datetime]


class Member(Base):
    __tablename__ = "members"
    __table_args__ = (
        one_of("kind", ["child", "adult", "unborn"]),
        Index(None, "match_name", "birth_date"),
    )

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"), index=True)
    kind: Mapped[str]
    given_name: Mapped[str | None]
    family_name: Mapped[str | None]
    match_name: Mapped[str | None]
    birth_date: Mapped[date | None]
    expected_on: Mapped[date | None]
    relationship: Mapped[str | None]
    created_at: Mapped[datetime]


class Address(Base):
    """`leaving_on` is the end of an address that the family still lives at, until that day has
    passed and whoever asked to know of a move was told."""

    __tablename__ = "addresses"
    __table_args__ = (
        Index(
            "ix_addresses_leaving_on",
            "leaving_on",
            postgresql_where=text("leaving_on IS NOT NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"), index=True)
    lines: Mapped[list[str]]
    postcode: Mapped[str] = mapped_column(index=True)
    from_date: Mapped[date | None]
    until_date: Mapped[date | None]
    leaving_on: Mapped[date | None]
    created_at: Mapped[datetime]


class Identifier(Base):
    """What another system calls a member or an address. A child's national identifier stands in
    one family only; a local id is unique within its agency."""

    __tablename__ = "identifiers"
    __table_args__ = (
        one_of("system", PERSON_SYSTEMS + ADDRESS_SYSTEMS),
        CheckConstraint("num_nonnulls(member_id, address_id) = 1", name="one_owner"),
        CheckConstraint("(agency_id IS NOT NULL) = (system = 'local_id')", name="local_agency"),
        Index(None, "system", "value"),
        Index(
            "uq_identifiers_child",
            "system",
            "value",
            unique=True,
            postgresql_where=text("of_child AND agency_id IS NULL"),
        ),
        Index(
            "uq_identifiers_local",
            "agency_id",
            "value",
            unique=True,
            postgresql_where=text("agency_id IS NOT NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"), index=True)
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    address_id: Mapped[UUID | None] = mapped_column(ForeignKey("addresses.id"))
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agencies.id"))
    system: Mapped[str]
    value: Mapped[str]
    of_child: Mapped[bool]
    created_at: Mapped[datetime]


class Involvement(Base):
    """An agency's reason to know. It ends once and is never reopened: who returns joins anew."""

    __tablename__ = "involvements"
    __table_args__ = (
        Index(
            "uq_involvements_active",
            "family_id",
            "agency_id",
            unique=True,
            postgresql_where=text("until_at IS NULL"),
        ),
        Index(
            "uq_involvements_local_id",
            "agency_id",
            "local_id",
            unique=True,
            postgresql_where=text("until_at IS NULL"),
        ),
        Index(None, "agency_id", "family_id"),
    )

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    local_id: Mapped[str]
    reason: Mapped[str]
    family_role: Mapped[str | None]
    practitioner_id: Mapped[UUID | None]
    practitioner_name: Mapped[str]
    practitioner_job_title: Mapped[str]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    version: Mapped[int]


class Invitation(Base):
    __tablename__ = "invitations"
    __table_args__ = (one_of("status", ["open", "accepted", "closed"]),)

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"), index=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), index=True)
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    reason: Mapped[str]
    status: Mapped[str]
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]


class Contest(Base):
    """An involved agency doubts another's reason to know. Upheld, the involvement ends."""

    __tablename__ = "contests"
    __table_args__ = (
        one_of("status", ["open", "upheld", "dismissed"]),
        Index(
            "uq_contests_open",
            "involvement_id",
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
    )

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"), index=True)
    involvement_id: Mapped[UUID] = mapped_column(ForeignKey("involvements.id"), index=True)
    contested_by: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("practitioners.id"))
    reason: Mapped[str]
    status: Mapped[str]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("practitioners.id"))
    decision_reason: Mapped[str | None]
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class FamilyMerge(Base):
    """That two records are one family: said by the lead of one, agreed upon by the lead of the
    other. `family_id` is the record from whose side it was proposed."""

    __tablename__ = "family_merges"
    __table_args__ = (
        one_of("status", ["proposed", "agreed", "declined", "undone"]),
        CheckConstraint(
            "family_id <> other_family_id AND survivor_id IN (family_id, other_family_id)",
            name="two_records",
        ),
    )

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"), index=True)
    other_family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"), index=True)
    survivor_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("practitioners.id"))
    author_name: Mapped[str]
    author_job_title: Mapped[str]
    reason: Mapped[str]
    status: Mapped[str]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("practitioners.id"))
    decision_reason: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None] = mapped_column(ForeignKey("practitioners.id"))
    undo_reason: Mapped[str | None]
    undone_at: Mapped[datetime | None]
    version: Mapped[int]
    created_at: Mapped[datetime]
