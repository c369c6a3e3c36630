"""What of incidents stands in a family's chronology, for those who read them."""

from sqlalchemy import Text, Uuid, case, cast, func, literal

from api.incidents.access import readable_by
from api.incidents.models import Incident
from api.incidents.sharing.models import SharingDecision
from api.incidents.sharing.rules import How
from api.journal.chronology import Source, entries
from api.journal.unit_of_work import CALLER

_INCIDENT = "/v1/incidents/{resource_id}"

_OCCURRED = entries(
    at=Incident.occurred_at,
    id=Incident.id,
    family_id=Incident.family_id,
    type=case(
        (Incident.status == "entered_in_error", literal("incident.entered_in_error", Text)),
        else_=literal("incident.occurred", Text),
    ),
    resource_type="incident",
    resource_id=Incident.id,
    agency_id=Incident.agency_id,
    name=Incident.author_name,
    job_title=Incident.author_job_title,
    note=Incident.account["what_happened"].astext,
).where(readable_by(CALLER))

# Of one incident shared with several at once, each is an entry of its own.
_EACH = func.md5(
    cast(SharingDecision.incident_id, Text) + cast(SharingDecision.agency_id, Text), type_=Text
)
# With whom it was shared is known to the agency that shared it, and to each of those itself.
_SHARED = (
    entries(
        at=SharingDecision.decided_at,
        id=cast(_EACH, Uuid),
        family_id=SharingDecision.family_id,
        type="incident.shared",
        resource_type="incident",
        resource_id=SharingDecision.incident_id,
        agency_id=SharingDecision.agency_id,
        name=SharingDecision.decided_by_name,
        job_title=SharingDecision.decided_by_job_title,
    )
    .join(Incident, Incident.id == SharingDecision.incident_id)
    .where(
        readable_by(CALLER),
        SharingDecision.how == How.INCIDENT,
        (SharingDecision.agency_id == CALLER) | (SharingDecision.owner_id == CALLER),
    )
)

SOURCES = (
    Source(
        {
            "incident.occurred": "Hostility was met; the note says what happened.",
            "incident.entered_in_error": "There should never have been this incident.",
        },
        _INCIDENT,
        _OCCURRED,
    ),
    Source({"incident.shared": "An agency was given the incident."}, _INCIDENT, _SHARED),
)
