"""What of breaches stands in a family's chronology."""

from api.agreements.breaches.access import readable_by
from api.agreements.breaches.models import AgreementBreach
from api.journal.chronology import Source, entries
from api.journal.unit_of_work import CALLER

_BREACHES = entries(
    at=AgreementBreach.recorded_at,
    id=AgreementBreach.id,
    family_id=AgreementBreach.family_id,
    type="agreement.breached",
    resource_type="agreement",
    resource_id=AgreementBreach.agreement_id,
    agency_id=AgreementBreach.agency_id,
    name=AgreementBreach.by_name,
    job_title=AgreementBreach.by_job_title,
    note=AgreementBreach.said,
).where(readable_by(CALLER))

SOURCES = (
    Source(
        {"agreement.breached": "What was agreed was not kept; the note is what was said about it."},
        "/v1/agreements/{resource_id}/breaches",
        _BREACHES,
    ),
)
