"""Tables of checkpoints and of the keys that sign them. Rows are added and never changed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from api.foundation.database import Base
from api.foundation.sealing import Sealed
from api.journal.models import AuditSeal


class CheckpointKey(Base):
    """A key that signs checkpoints and nothing else, named by its thumbprint (RFC 7638). Public
    halves stay for ever, so that an old checkpoint can be verified."""

    __tablename__ = "checkpoint_keys"

    kid: Mapped[str] = mapped_column(primary_key=True)
    public_jwk: Mapped[dict[str, Any]]
    sealed_private_key: Mapped[bytes] = mapped_column(Sealed("checkpoint_keys|{kid}"))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Checkpoint(Base):
    """Where the chain stood, signed: at most one in a London day."""

    __tablename__ = "audit_checkpoints"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, ForeignKey(AuditSeal.number), unique=True)
    day: Mapped[date] = mapped_column(unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    previous: Mapped[UUID | None] = mapped_column(ForeignKey("audit_checkpoints.id"), unique=True)
    kid: Mapped[str] = mapped_column(ForeignKey(CheckpointKey.kid))
    jws: Mapped[str]
