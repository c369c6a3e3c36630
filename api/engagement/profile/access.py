"""Who reads a family's engagement profile: every agency involved with the family, while it is."""

from sqlalchemy import ColumnElement

from api.engagement.profile.models import EngagementProfile
from api.families.access import involved
from api.journal.event_types import Expression, Resource, register

NAME = "engagement_profile"


def readable_by(agency: Expression) -> ColumnElement[bool]:
    return involved(EngagementProfile.family_id, agency)


# A profile has the id of its family: it is there from the first, empty.
register(
    Resource(
        NAME,
        "/v1/families/{id}/engagement/profile",
        lambda agency, family: involved(family, agency),
    )
)
