"""Table of expert advice, for every agency involved with the family."""

from datetime import date
from typing import ClassVar

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from api.engagement.models import Recorded


class ExpertAdvice(Recorded):
    __tablename__ = "expert_advice"
    __table_args__ = (Index(None, "family_id", "advised_on"),)

    DAY: ClassVar[str] = "advised_on"

    advised_on: Mapped[date]
    kind: Mapped[str]
    source: Mapped[str]
    advice: Mapped[str]
