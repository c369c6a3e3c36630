"""Who may read a merge: the leads of the two records, while they lead."""

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from api.families.access import involved
from api.families.models import Family, FamilyMerge
from api.journal.event_types import Expression, Resource, register


def leads(family_id: Expression, agency: Expression) -> ColumnElement[bool]:
    """Whether the agency leads the family. Who has left leads no more."""
    led = aliased(Family)
    found = select(led.id).where(led.id == family_id, led.lead_agency_id == agency)
    return and_(exists(found).correlate_except(led), involved(family_id, agency))


def readable_by(agency: Expression) -> ColumnElement[bool]:
    return or_(leads(FamilyMerge.family_id, agency), leads(FamilyMerge.other_family_id, agency))


def _readable(agency: Expression, merge_id: Expression) -> ColumnElement[bool]:
    found = select(FamilyMerge.id).where(FamilyMerge.id == merge_id, readable_by(agency))
    return exists(found).correlate_except(FamilyMerge)


register(Resource("merge", "/v1/merges", _readable))
