"""What of obligations to share stands in a family's chronology, for the agency that owes them:
never who answered what."""

from api.engagement.sharing_checks.obligations.access import readable_by
from api.engagement.sharing_checks.obligations.models import SharingObligation
from api.journal.chronology import Source, entries
from api.journal.unit_of_work import CALLER

_WHERE = "/v1/sharing-obligations/{resource_id}"

SOURCES = (
    Source(
        {"sharing_check.obliged": "Something is to be shared with every other agency involved."},
        _WHERE,
        entries(
            at=SharingObligation.opened_at,
            id=SharingObligation.id,
            family_id=SharingObligation.family_id,
            type="sharing_check.obliged",
            resource_type="sharing_obligation",
            resource_id=SharingObligation.id,
            agency_id=SharingObligation.agency_id,
        ).where(readable_by(CALLER)),
    ),
    Source(
        {"sharing_check.discharged": "It was shared; or the note is why not."},
        _WHERE,
        entries(
            at=SharingObligation.discharged_at,
            id=SharingObligation.id,
            family_id=SharingObligation.family_id,
            type="sharing_check.discharged",
            resource_type="sharing_obligation",
            resource_id=SharingObligation.id,
            agency_id=SharingObligation.agency_id,
            name=SharingObligation.discharger_name,
            job_title=SharingObligation.discharger_job_title,
            note=SharingObligation.reason,
        ).where(SharingObligation.discharged_at.is_not(None), readable_by(CALLER)),
    ),
)
