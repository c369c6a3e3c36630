"""What of a family's record stands in its chronology: who and what was added, who came to know
and why, who doubted it."""

from sqlalchemy import DateTime, Text, case, cast, func, literal

from api.agencies.models import Practitioner
from api.families.access import readable_by
from api.families.models import Address, Contest, Family, Involvement, Member
from api.journal.chronology import Source, entries
from api.journal.unit_of_work import CALLER

_READABLE = readable_by(CALLER)
_FAMILY = "/v1/families/{family_id}"

_REGISTERED = entries(
    at=Family.created_at,
    id=Family.id,
    family_id=Family.id,
    type="family.registered",
    resource_type="family",
    resource_id=Family.id,
    agency_id=Family.registered_by,
).where(_READABLE)

_MEMBERS = (
    entries(
        at=Member.created_at,
        id=Member.id,
        family_id=Member.family_id,
        type="family.member_added",
        resource_type="member",
        resource_id=Member.id,
    )
    .join(Family, Family.id == Member.family_id)
    .where(_READABLE)
)

_ADDRESSES = (
    entries(
        at=Address.created_at,
        id=Address.id,
        family_id=Address.family_id,
        type="family.address_added",
        resource_type="address",
        resource_id=Address.id,
    )
    .join(Family, Family.id == Address.family_id)
    .where(_READABLE)
)

_ADDRESS_ENDED = (
    entries(
        at=func.timezone("Europe/London", cast(Address.until_date, DateTime)),
        id=Address.id,
        family_id=Address.family_id,
        type="family.address_ended",
        resource_type="address",
        resource_id=Address.id,
    )
    .join(Family, Family.id == Address.family_id)
    .where(_READABLE, Address.until_date.is_not(None))
)

_JOINED = (
    entries(
        at=Involvement.from_at,
        id=Involvement.id,
        family_id=Involvement.family_id,
        type="family.agency_joined",
        resource_type="involvement",
        resource_id=Involvement.id,
        agency_id=Involvement.agency_id,
        name=Involvement.practitioner_name,
        job_title=Involvement.practitioner_job_title,
        note=Involvement.reason,
    )
    .join(Family, Family.id == Involvement.family_id)
    .where(_READABLE)
)

_LEFT = (
    entries(
        at=Involvement.until_at,
        id=Involvement.id,
        family_id=Involvement.family_id,
        type="family.agency_left",
        resource_type="involvement",
        resource_id=Involvement.id,
        agency_id=Involvement.agency_id,
        note=Involvement.end_reason,
    )
    .join(Family, Family.id == Involvement.family_id)
    .where(_READABLE, Involvement.until_at.is_not(None))
)

_CONTESTED = (
    entries(
        at=Contest.created_at,
        id=Contest.id,
        family_id=Contest.family_id,
        type="family.involvement_contested",
        resource_type="contest",
        resource_id=Contest.id,
        agency_id=Contest.contested_by,
        name=Practitioner.name,
        job_title=Practitioner.job_title,
        note=Contest.reason,
    )
    .join(Family, Family.id == Contest.family_id)
    .outerjoin(Practitioner, Practitioner.id == Contest.author_id)
    .where(_READABLE)
)

_DECIDED = (
    entries(
        at=Contest.decided_at,
        id=Contest.id,
        family_id=Contest.family_id,
        type=case(
            (Contest.status == "upheld", literal("family.contest_upheld", Text)),
            else_=literal("family.contest_dismissed", Text),
        ),
        resource_type="contest",
        resource_id=Contest.id,
        agency_id=Practitioner.agency_id,
        name=Practitioner.name,
        job_title=Practitioner.job_title,
        note=Contest.decision_reason,
    )
    .join(Family, Family.id == Contest.family_id)
    .outerjoin(Practitioner, Practitioner.id == Contest.decided_by)
    .where(_READABLE, Contest.decided_at.is_not(None))
)

SOURCES = (
    Source({"family.registered": "The shared record was registered."}, _FAMILY, _REGISTERED),
    Source({"family.member_added": "A member was added."}, _FAMILY, _MEMBERS),
    Source({"family.address_added": "An address was added."}, _FAMILY, _ADDRESSES),
    Source(
        {"family.address_ended": "The last day on which the family lived at an address."},
        _FAMILY,
        _ADDRESS_ENDED,
    ),
    Source(
        {"family.agency_joined": "An agency became involved; the note is its reason."},
        f"{_FAMILY}/involvements",
        _JOINED,
    ),
    Source(
        {"family.agency_left": "An agency's involvement ended; the note says why."},
        f"{_FAMILY}/involvements",
        _LEFT,
    ),
    Source(
        {"family.involvement_contested": "An agency's reason to be involved was doubted."},
        f"{_FAMILY}/contests",
        _CONTESTED,
    ),
    Source(
        {
            "family.contest_upheld": "The doubt was upheld: the involvement ended.",
            "family.contest_dismissed": "The doubt was dismissed.",
        },
        f"{_FAMILY}/contests",
        _DECIDED,
    ),
)
