"""Tables of written agreements. Every one of them is under row-level security."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from api.agreements.rules import Act, AgreementStatus
from api.foundation.database import Base, PrimaryKey, one_of

STILL_OPEN = "status IN ('drafted', 'given', 'in_force', 'refused')"
REVIEWED = "status IN ('in_force', 'refused')"


class Agreement(Base):
    """`version` counts every change and is the ETag; `content_version` counts what it says, and
    is what somebody has signed. `answered_on` is since when it is in force, or refused.

    `replaces_id` is the agreement whose place this one takes when it is signed."""

    __tablename__ = "agreements"
    __table_args__ = (
        one_of("status", list(AgreementStatus)),
        CheckConstraint("replaces_id <> id", name="not_itself"),
        Index(None, "family_id", "id"),
        Index("ix_agreements_review_due", "review_due", postgresql_where=text(REVIEWED)),
        Index(
            "ix_agreements_replaces_id",
            "replaces_id",
            postgresql_where=text("replaces_id IS NOT NULL"),
        ),
        Index(
            "ix_agreements_owner_open", "agency_id", "family_id", postgresql_where=text(STILL_OPEN)
        ),
    )

    id: Mapped[PrimaryKey]
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("practitioners.id"))
    author_name: Mapped[str]
    author_job_title: Mapped[str]
    status: Mapped[str]
    drafted_at: Mapped[datetime]
    answered_on: Mapped[date | None]
    review_due: Mapped[date]
    review_notices_sent: Mapped[int]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreements.id"))
    version: Mapped[int]
    content_version: Mapped[int]


class AgreementVersion(Base):
    """What an agreement says or said: all of its contents are kept, the present one included."""

    __tablename__ = "agreement_versions"
    __table_args__ = (UniqueConstraint("agreement_id", "number"),)

    id: Mapped[PrimaryKey]
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreements.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    by_job_title: Mapped[str]


class AgreementStep(Base):
    """What was done about an agreement: who, when, and as the act has it with whom, in which form
    and what was said. By nobody where the lead took it over from an agency that others ended.

    `day` is when it happened in the family's life, `at` when it was recorded."""

    __tablename__ = "agreement_steps"
    __table_args__ = (
        one_of("act", ["draft", "hand_over", *Act]),
        one_of("to_status", list(AgreementStatus)),
        UniqueConstraint("agreement_id", "version"),
        Index(None, "family_id"),
    )

    id: Mapped[PrimaryKey]
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreements.id"))
    family_id: Mapped[UUID] = mapped_column(ForeignKey("families.id"))
    version: Mapped[int]
    content_version: Mapped[int]
    act: Mapped[str]
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    at: Mapped[datetime]
    by_agency_id: Mapped[UUID | None]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str | None]
    by_job_title: Mapped[str | None]
    day: Mapped[date | None]
    member_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    language: Mapped[str | None]
    formats: Mapped[list[str] | None]
    review_due: Mapped[date | None]
    note: Mapped[str | None]
