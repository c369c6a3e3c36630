"""The alerts of banners: of one family, with what cannot be assessed of it and the plans that hold,
or of up to a thousand in one statement."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    column,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from api.agencies.models import Agency
from api.alerts import rules as alerts
from api.alerts.access import readable_by
from api.alerts.access import readable_to as alert_readable_to
from api.alerts.models import Alert
from api.engagement.constraints.queries import unresolved_on
from api.families.access import involved
from api.families.access import readable_by as family_readable_by
from api.families.access import readable_to as family_readable_to
from api.families.merging.queries import with_merged
from api.families.models import Address, Family, Identifier, Involvement
from api.foundation.calendar import london_date
from api.foundation.errors import NotFound
from api.incidents.queries import latest_of
from api.journal.unit_of_work import CALLER, OPENED, UnitOfWork
from api.plans.queries import current_on

_COLUMNS = (
    Alert.id.label("alert_id"), Alert.family_id.label("record_id"), Alert.agency_id,
    Alert.severity, Alert.status, Alert.disputed, Alert.subject_kind, Alert.subject_member_id,
    Alert.subject_address_id, Alert.subject_description, Alert.behaviours, Alert.circumstances,
    Alert.precautions, Alert.precaution_note, Alert.child_seen_how, Alert.notification,
    Alert.unconfirmed, Alert.published_at, Alert.review_due, Alert.content_version,
)  # fmt: skip
_LIVE = Alert.status == any_(literal(sorted(alerts.LIVE), ARRAY(Text)))
_HERE, _THERE, _LIVED_IN = aliased(Identifier), aliased(Identifier), aliased(Address)


def _of_record(found: CTE, records: CTE, readable: ColumnElement[bool]) -> Select[Any]:
    """The live, readable alerts of each family found, on all of its records, each row with the
    latest incident of its record; at least one row without an alert where there is none."""
    latest = latest_of(records.c.record_id)
    asked = [records.c[each.name] for each in found.c]
    return (
        select(*asked, false().label("on_address"), *latest.c, *_COLUMNS)
        .select_from(records)
        .outerjoin(latest, true())
        .outerjoin(Alert, and_(Alert.family_id == records.c.record_id, _LIVE, readable))
    )


def _of_address(found: CTE, records: CTE, readable: ColumnElement[bool]) -> Select[Any]:
    """Those on premises where the family lives, by any of its records that the caller reads, that
    another family's record of the caller's holds: the same dog waits behind the same door."""
    asked = [records.c[each.name] for each in found.c]
    known = or_(records.c.record_id == records.c.family_id, involved(records.c.record_id, CALLER))
    own = records.alias("own")
    doors = (
        select(*asked, _THERE.family_id.label("other_id"), _THERE.address_id.label("door"))
        .distinct()
        .join_from(records, _HERE, _HERE.family_id == records.c.record_id)
        .join(_LIVED_IN, _LIVED_IN.id == _HERE.address_id)
        .join(_THERE, and_(_THERE.system == "uprn", _THERE.value == _HERE.value))
        .where(
            known,
            _HERE.system == "uprn",
            ~exists().where(
                own.c.family_id == records.c.family_id, own.c.record_id == _THERE.family_id
            ),
            or_(_LIVED_IN.until_date.is_(None), _LIVED_IN.until_date >= bindparam("today")),
        )
        .cte("doors")
    )
    latest = (null().label(each.name) for each in latest_of(found.c.family_id).c)
    same_door = and_(doors.c.other_id == Alert.family_id, doors.c.door == Alert.subject_address_id)
    return (
        select(
            *(doors.c[each.name] for each in found.c),
            true().label("on_address"),
            *latest,
            *_COLUMNS,
        )
        .join(doors, same_door)
        .where(Alert.subject_kind == alerts.SubjectKind.PREMISES, _LIVE, readable)
    )


def _banners(
    found: CTE, records: CTE, readable: ColumnElement[bool], *more: ColumnElement[Any]
) -> Select[Any]:
    """At least one row for each family found; `alert_id` is null where there is no alert. `more`
    stands in every row."""
    shown = union_all(
        _of_record(found, records, readable), _of_address(found, records, readable)
    ).subquery("shown")
    return (
        select(
            *(_shown(column) for column in shown.c),
            Address.lines.label("address_lines"),
            Address.postcode,
            Agency.name.label("agency"),
            Agency.emergency_contact,
            *more,
        )
        .select_from(shown)
        .outerjoin(Address, Address.id == shown.c.subject_address_id)
        .outerjoin(Agency, Agency.id == shown.c.agency_id)
    )


def _shown(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """An id as a text: it is only shown, and a text is written into JSON as it comes."""
    return cast(column, Text).label(column.name) if isinstance(column.type, Uuid) else column


def _one(
    family: ColumnElement[bool],
    survivor_readable: ColumnElement[bool],
    readable: ColumnElement[bool],
) -> Select[Any]:
    """The banner of one family, with the constraints and the plans beside its alerts."""
    asked = select(Family.id.label("family_id"), *_survivor(survivor_readable))
    found = asked.where(Family.id == bindparam("family"), family).cte("found")
    records = with_merged(found)
    constraints = unresolved_on(records).label("constraints")
    return _banners(found, records, readable, constraints, current_on(records).label("plans"))


def _survivor(readable: ColumnElement[bool]) -> tuple[ColumnElement[Any], ColumnElement[bool]]:
    """What the family is merged into, if anything, and whether the caller is left without it."""
    into = Family.merged_into_id
    return into.label("merged_into"), and_(into.is_not(None), ~readable).label("unjoined")


_JOINED = involved(Family.merged_into_id, CALLER)
_BANNER = _one(family_readable_by(CALLER), _JOINED, readable_by(CALLER))
# The same with what break-glass has opened: only asked for callers who have opened something.
_BANNER_SHOWN = _one(
    family_readable_to(CALLER, OPENED),
    or_(_JOINED, Family.merged_into_id == any_(OPENED)),
    alert_readable_to(CALLER, OPENED),
)


def _found() -> CTE:
    """The families asked for, each with its places in the list. A local id is the agency's own,
    of its involvement or of a member; and only what it is involved with now is found."""
    entries = func.unnest(
        bindparam("local_ids", type_=ARRAY(Text)), bindparam("families", type_=ARRAY(Uuid))
    )
    ids = column("local_id", Text), column("family_id", Uuid)
    asked = entries.table_valued(*ids, with_ordinality="place").render_derived("asked")
    involved = and_(Involvement.agency_id == CALLER, Involvement.until_at.is_(None))
    own = select(asked.c.place, Involvement.family_id)
    by_case = own.join(Involvement, and_(involved, Involvement.local_id == asked.c.local_id))
    by_family = own.join(Involvement, and_(involved, Involvement.family_id == asked.c.family_id))
    by_member = (
        select(asked.c.place, Identifier.family_id)
        .join(
            Identifier,
            and_(Identifier.agency_id == CALLER, Identifier.value == asked.c.local_id),
        )
        .join(Involvement, and_(involved, Involvement.family_id == Identifier.family_id))
    )
    places = union(by_case, by_family, by_member).subquery("places")
    return (
        select(
            places.c.family_id,
            *_survivor(_JOINED),
            func.array_agg(places.c.place).label("places"),
        )
        .join(Family, Family.id == places.c.family_id)
        .group_by(places.c.family_id, Family.merged_into_id)
        .cte("found")
    )


def _many(readable: ColumnElement[bool]) -> Select[Any]:
    found = _found()
    return _banners(found, with_merged(found), readable)


_LOOKUP = _many(readable_by(CALLER))


async def banner(work: UnitOfWork, family_id: UUID) -> list[Any]:
    """The rows of one family's banner. Raises NotFound for a family the caller does not read."""
    query = _BANNER_SHOWN if work.actor.break_glass else _BANNER
    rows = await work.fetch(query, family=family_id, today=london_date(work.now))
    if not rows:
        raise NotFound
    return rows


async def lookup(
    work: UnitOfWork, local_ids: Sequence[str | None], families: Sequence[UUID | None]
) -> list[Any]:
    """The rows of the banners of all families found; `places`, from 1, says where each was
    asked for. Of every place one of the two ids is given."""
    return await work.fetch(
        _LOOKUP, local_ids=local_ids, families=families, today=london_date(work.now)
    )
