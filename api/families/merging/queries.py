"""Reads of merges, and of which records are one family."""

from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    Integer,
    Uuid,
    any_,
    bindparam,
    case,
    literal,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlalchemy.types import Text

from api.families.access import involved
from api.families.merging import rules
from api.families.merging.access import readable_by
from api.families.merging.rules import Record
from api.families.models import Family, FamilyMerge
from api.foundation.errors import Forbidden, NotFound
from api.foundation.paging import Cursors, by_id, cut
from api.journal.unit_of_work import CALLER, UnitOfWork

_LEAD = select(Family.lead_agency_id).where(
    Family.id == bindparam("family"), involved(Family.id, CALLER)
)
_RECORDS = text(
    "SELECT id, lead_agency_id, merged_into_id, is_survivor, is_proposed "
    "FROM merging_records(ARRAY[:one, :other])"
).bindparams(bindparam("one", type_=Uuid()), bindparam("other", type_=Uuid()))
_APPLY = text("SELECT id, version, recipients FROM apply_merge(:merge)").columns(
    id=Uuid, version=Integer, recipients=ARRAY(Uuid)
)


def with_merged(found: CTE) -> CTE:
    """For each row, which names a `family_id`, the ids of the records that are one family with
    it as `record_id`: itself, what it is merged into, and what is merged into the same. What of
    these the caller reads is said by the rule of what is looked for there."""
    own, other = aliased(Family), aliased(Family)
    # Not coalesce, which PostgreSQL takes for leaky: behind a policy it would use no index then.
    survivor = case((own.merged_into_id.is_(None), own.id), else_=own.merged_into_id)
    itself = select(*found.c, found.c.family_id.label("record_id"))
    into = (
        select(*found.c, own.merged_into_id)
        .join(own, own.id == found.c.family_id)
        .where(own.merged_into_id.is_not(None))
    )
    beside = (
        select(*found.c, other.id)
        .join(own, own.id == found.c.family_id)
        .join(other, other.merged_into_id == survivor)
        .where(other.id != own.id)
    )
    return union_all(itself, into, beside).cte("records")


async def check_leads(work: UnitOfWork, family_id: UUID) -> None:
    """Raises NotFound, and Forbidden where another agency leads."""
    found = await work.fetch(_LEAD, family=family_id)
    if not found:
        raise NotFound
    if found[0].lead_agency_id != work.agency_id:
        raise Forbidden("Only the agency that leads the record does this.")


async def get_merge(work: UnitOfWork, merge_id: UUID) -> FamilyMerge:
    """As it is now, also where it was read before. Raises NotFound."""
    found = await work.session.scalar(
        select(FamilyMerge)
        .where(FamilyMerge.id == merge_id, readable_by(work.agency_id))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


async def own_side(work: UnitOfWork, merge: FamilyMerge) -> UUID:
    """Of the two records, the one that the caller's agency leads."""
    found = await work.fetch(_LEAD, family=merge.family_id)
    leads = bool(found) and found[0].lead_agency_id == work.agency_id
    return merge.family_id if leads else merge.other_family_id


async def list_merges(
    work: UnitOfWork, cursors: Cursors, cursor: str | None, limit: int
) -> tuple[list[FamilyMerge], str | None]:
    """Those that are open or agreed upon, newest first."""
    query = (
        select(FamilyMerge)
        .where(
            readable_by(work.agency_id),
            FamilyMerge.status == any_(literal(sorted(rules.STANDING), ARRAY(Text))),
        )
        .order_by(FamilyMerge.id.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        query = query.where(FamilyMerge.id < UUID(str(cursors.read(cursor)[0])))
    rows = list(await work.session.scalars(query))
    return cut(rows, limit, cursors, by_id)


async def both_records(work: UnitOfWork, one: UUID, other: UUID) -> tuple[Record, Record]:
    """What merging must know of both, for the lead of one: through the door `merging_records`."""
    found = await work.session.execute(_RECORDS, {"one": one, "other": other})
    records = {
        row.id: Record(
            row.id, row.lead_agency_id, row.merged_into_id, row.is_survivor, row.is_proposed
        )
        for row in found
    }
    return records[one], records[other]


async def apply_merge(work: UnitOfWork, merge_id: UUID) -> list[tuple[UUID, int, list[UUID]]]:
    """Makes the records say what the merge says: through the door `apply_merge`. Returns both,
    each with its version and those who read it."""
    found = await work.session.execute(_APPLY, {"merge": merge_id})
    return [(row.id, row.version, row.recipients) for row in found]
