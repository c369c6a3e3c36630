"""What of written agreements stands in a family's chronology: every step of each."""

from sqlalchemy import Text, case, literal

from api.agreements.access import readable_by
from api.agreements.models import Agreement, AgreementStep
from api.agreements.rules import Act
from api.journal.chronology import Source, entries
from api.journal.unit_of_work import CALLER

# What was done, by what the chronology calls it.
_DONE = {
    "draft": ("agreement.drafted", "A written agreement was drawn up; a note says why anew."),
    Act.CHANGE: ("agreement.changed", "What it says was changed; the note says why."),
    Act.GIVE: ("agreement.given", "The agreement was given to the family."),
    Act.SIGN: ("agreement.signed", "Somebody of the family signed it; a note is what was said."),
    Act.REFUSE: ("agreement.refused", "Somebody did not sign it; the note is what was said."),
    Act.REVIEW: ("agreement.reviewed", "A review found that it goes on; the note says why."),
    Act.REVISE: ("agreement.revised", "A review changed what it says; the note says why."),
    Act.REPLACE: ("agreement.replaced", "Another agreement took its place."),
    Act.END: ("agreement.ended", "The agreement ended; the note says why."),
    "hand_over": ("agreement.handed_over", "Another agency answers for it now."),
}

_STEPS = (
    entries(
        at=AgreementStep.at,
        id=AgreementStep.id,
        family_id=AgreementStep.family_id,
        type=case(
            *((AgreementStep.act == act, literal(name, Text)) for act, (name, _) in _DONE.items())
        ),
        resource_type="agreement",
        resource_id=AgreementStep.agreement_id,
        agency_id=AgreementStep.by_agency_id,
        name=AgreementStep.by_name,
        job_title=AgreementStep.by_job_title,
        note=AgreementStep.note,
    )
    .join(Agreement, Agreement.id == AgreementStep.agreement_id)
    .where(readable_by(CALLER))
)

SOURCES = (Source(dict(_DONE.values()), "/v1/agreements/{resource_id}", _STEPS),)
