"""What stands in a family's chronology of engagement: the parts' own entries, and what was changed
in any of them. Every agency involved reads all of it."""

from typing import Any

from sqlalchemy import DateTime, Select, Text, case, cast, func, literal

from api.engagement.access import readable_by, version_readable_by
from api.engagement.models import EngagementVersion, Recorded, Resolvable
from api.journal.chronology import Source, entries
from api.journal.event_types import Column
from api.journal.unit_of_work import CALLER


def day_began(day: Column) -> Column:
    """The moment at which the day began in London: what is known of something by its day alone
    stands there among what is known by the minute."""
    moment: Column = func.timezone(
        "Europe/London", cast(day, DateTime()), type_=DateTime(timezone=True)
    )
    return moment


def recorded(
    row: type[Recorded], name: str, resource_type: str, *, at: Column, note: Column
) -> Select[Any]:
    """That it was recorded, by whom, and what of it is the note."""
    return entries(
        at=at,
        id=row.id,
        family_id=row.family_id,
        type=name,
        resource_type=resource_type,
        resource_id=row.id,
        agency_id=row.agency_id,
        name=row.practitioner_name,
        job_title=row.practitioner_job_title,
        note=note,
    ).where(readable_by(row, CALLER))


def resolved(row: type[Resolvable], name: str, resource_type: str) -> Select[Any]:
    """That it was resolved, by whom and how."""
    return entries(
        at=row.resolved_at,
        id=row.id,
        family_id=row.family_id,
        type=name,
        resource_type=resource_type,
        resource_id=row.id,
        agency_id=row.resolved_by_agency_id,
        name=row.resolved_by_name,
        job_title=row.resolved_by_job_title,
        note=row.resolved_how,
    ).where(row.resolved_at.is_not(None), readable_by(row, CALLER))


# What the change of each kind of record is called, and where the record is read.
_CHANGES = {
    "engagement_observation": (
        "engagement.observation_corrected",
        "An observation was corrected; the note says why.",
        "/v1/engagement-observations/{resource_id}",
    ),
    "expert_advice": (
        "engagement.advice_corrected",
        "The record of expert advice was corrected; the note says why.",
        "/v1/expert-advice/{resource_id}",
    ),
    "inability": (
        "engagement.inability_corrected",
        "What an agency said of its being unable was changed; the note says why.",
        "/v1/engagement-inabilities/{resource_id}",
    ),
    "assessment_constraint": (
        "assessment_constraint.corrected",
        "An assessment constraint was corrected; the note says why.",
        "/v1/assessment-constraints/{resource_id}",
    ),
    "engagement_profile": (
        "engagement.profile_changed",
        "What to know so that the family can be worked with was changed.",
        "/v1/families/{family_id}/engagement/profile",
    ),
}

_CHANGED = entries(
    at=EngagementVersion.replaced_at,
    id=EngagementVersion.id,
    family_id=EngagementVersion.family_id,
    type=case(
        *(
            (EngagementVersion.resource_type == kind, literal(name, Text))
            for kind, (name, _, _) in _CHANGES.items()
        )
    ),
    resource_type=cast(EngagementVersion.resource_type, Text),
    resource_id=EngagementVersion.resource_id,
    agency_id=EngagementVersion.agency_id,
    name=EngagementVersion.practitioner_name,
    job_title=EngagementVersion.practitioner_job_title,
    note=EngagementVersion.reason,
).where(version_readable_by(CALLER))

SOURCES = tuple(Source({name: meaning}, url, _CHANGED) for name, meaning, url in _CHANGES.values())
