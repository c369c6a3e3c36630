"""Pure decisions about merging: states, and which record may be merged into which."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Status(StrEnum):
    PROPOSED = "proposed"
    AGREED = "agreed"
    DECLINED = "declined"
    UNDONE = "undone"


class Act(StrEnum):
    AGREE = "agree"
    DECLINE = "decline"
    UNDO = "undo"


# Not ended: the records are said to be one family, or are.
STANDING = frozenset({Status.PROPOSED, Status.AGREED})

TRANSITIONS: dict[tuple[Act, Status], Status] = {
    (Act.AGREE, Status.PROPOSED): Status.AGREED,
    (Act.DECLINE, Status.PROPOSED): Status.DECLINED,
    (Act.UNDO, Status.AGREED): Status.UNDONE,
}


def after(act: Act, status: Status) -> Status | None:
    """The status an act leads to, or None where it is not legal."""
    return TRANSITIONS.get((act, status))


def legal_acts(status: Status) -> list[Act]:
    return [act for act in Act if (act, status) in TRANSITIONS]


@dataclass(frozen=True)
class Record:
    """What merging must know of a record, also where the caller does not read it."""

    id: UUID
    lead: UUID | None  # none where nobody is involved any more
    merged_into: UUID | None
    is_survivor: bool
    is_proposed: bool


def proposal_refusal(records: Collection[Record]) -> str | None:
    """Why it cannot be proposed now that these two are one family, or None."""
    if any(each.is_proposed for each in records):
        return "One of the two records is part of an open proposal."
    if any(each.lead is None for each in records):
        return "Nobody is involved with the other record: join it instead."
    return None


def merge_refusal(away: Record, survivor: Record) -> str | None:
    """Why one record cannot be merged into the other, or None. Depth stays one."""
    if away.merged_into is not None:
        return "The record is merged away already: undo that first."
    if away.is_survivor:
        return "Others are merged into this record, so it is not merged away itself."
    if survivor.merged_into is not None:
        return "The record that would survive is merged away itself."
    return None
