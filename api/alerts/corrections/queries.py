"""Whether a member of one family is the same adult as a member of another."""

from uuid import UUID

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import aliased

from api.families.access import involved
from api.families.models import Identifier, Member
from api.journal.unit_of_work import UnitOfWork


async def is_same_adult(
    work: UnitOfWork, member_id: UUID, family_id: UUID, other_member_id: UUID
) -> bool:
    """Of two records that the caller reads: an identifier in common, or name and birth date."""
    one, other = aliased(Member), aliased(Member)
    known, same = aliased(Identifier), aliased(Identifier)
    identifier = exists(
        select(known.id)
        .join(same, and_(same.system == known.system, same.value == known.value))
        .where(
            known.member_id == one.id,
            same.member_id == other.id,
            known.agency_id.is_not_distinct_from(same.agency_id),
        )
    )
    found = await work.session.scalar(
        select(other.id)
        .join(one, one.id == member_id)
        .where(
            other.id == other_member_id,
            other.family_id == family_id,
            one.kind == "adult",
            other.kind == "adult",
            involved(one.family_id, work.agency_id),
            involved(other.family_id, work.agency_id),
            or_(
                identifier,
                and_(
                    one.match_name == other.match_name,
                    one.birth_date == other.birth_date,
                ),
            ),
        )
    )
    return found is not None
