"""Reads of plans. All start from `readable_by`."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from api.agencies.models import Agency
from api.alerts.access import readable_by as alert_readable_by
from api.alerts.models import Alert
from api.code_lists import lists
from api.families.access import involved
from api.foundation.errors import NotFound
from api.foundation.paging import Cursors, by_id, cut
from api.journal.event_types import RESOURCES
from api.journal.unit_of_work import CALLER, Subject, UnitOfWork
from api.plans import rules
from api.plans.access import of_readable, readable_by
from api.plans.models import Plan, PlanAlert, PlanRecipient, PlanReview, PlanVersion
from api.plans.rules import PlanKind, PlanStatus

_PLAIN = (
    "id", "family_id", "agency_id", "kind", "status", "drawn_up_at", "review_due", "repeat_days",
    "version", "content_version",
)  # fmt: skip
_TAKE_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('plans.draw_up ' || :turn, 0))")
_ADOPT = text("SELECT id, version, recipients FROM adopt_plans(:family, :now)").columns(
    id=Uuid, version=Integer, recipients=ARRAY(Uuid)
)
_FILTERS: dict[str, ColumnElement[bool]] = {
    "family": Plan.family_id == bindparam("family"),
    "statuses": Plan.status == any_(bindparam("statuses", type_=ARRAY(Text))),
    "kinds": Plan.kind == any_(bindparam("kinds", type_=ARRAY(Text))),
    "before": Plan.id < bindparam("before"),
    "plan": Plan.id == bindparam("plan"),
}
_OF_NOW = and_(PlanVersion.plan_id == Plan.id, PlanVersion.number == Plan.content_version)
_PLANS = bindparam("plans", type_=ARRAY(Uuid))
_RECIPIENTS = (
    select(*PlanRecipient.__table__.columns)
    .where(PlanRecipient.plan_id == any_(_PLANS), of_readable(CALLER, PlanRecipient.plan_id))
    .order_by(PlanRecipient.since, PlanRecipient.agency_id)
)
# As hidden as the alerts themselves.
_ALERTS = (
    select(PlanAlert.plan_id, PlanAlert.number, PlanAlert.alert_id)
    .where(
        PlanAlert.plan_id == any_(_PLANS),
        of_readable(CALLER, PlanAlert.plan_id),
        exists(
            select(Alert.id).where(Alert.id == PlanAlert.alert_id, alert_readable_by(CALLER))
        ).correlate_except(Alert),
    )
    .order_by(PlanAlert.alert_id)
)


@cache
def _shown(filters: tuple[str, ...]) -> Select[Any]:
    """The meeting is named to who was invited to it: asked through the port of its domain, which
    stands above this one."""
    invited = RESOURCES["meeting"].readable(CALLER, Plan.meeting_id)
    query = (
        select(
            *(getattr(Plan, name) for name in _PLAIN),
            case((invited, Plan.meeting_id)).label("meeting_id"),
            PlanVersion.content,
        )
        .join(PlanVersion, _OF_NOW)
        .where(readable_by(CALLER), *(_FILTERS[each] for each in filters))
    )
    if "plan" in filters:
        return query
    return query.order_by(Plan.id.desc()).limit(bindparam("rows", type_=Integer()))


def about(row: Any) -> Subject:
    return Subject("plan", row.id, row.family_id, row.version)


def content_body(kind: str, content: dict[str, Any], alert_ids: Collection[UUID]) -> dict[str, Any]:
    """What a plan says, under the name of its kind, with the label of each code."""
    if kind == PlanKind.FAMILY_SHARING:
        return {"family_sharing": content, "risk_reduction": None}
    measures = [measure_body(each) for each in content["measures"]]
    said = {**content, "measures": measures, "alert_ids": alert_ids}
    return {"family_sharing": None, "risk_reduction": said}


def measure_body(measure: dict[str, Any]) -> dict[str, Any]:
    code = measure["precaution"]
    return {**measure, "precaution": code and lists.PRECAUTIONS.labelled(code)}


def current_on(records: CTE) -> ColumnElement[Any]:
    """The current plans on the records of one family, as a JSON array, those of measures first;
    null for who reads the family by break-glass alone, which opens none of it. It depends on no
    row of the statement that it stands in, so the database asks it once."""
    one = func.jsonb_build_object(
        *("id", Plan.id),
        *("family_id", Plan.family_id),
        *("kind", Plan.kind),
        *("agency_id", Plan.agency_id),
        *("agency", Agency.name),
        *("review_due", Plan.review_due),
        *("content", PlanVersion.content),
    )
    shown = (
        select(
            func.coalesce(
                func.jsonb_agg(aggregate_order_by(one, Plan.kind.desc(), Plan.id)),
                func.jsonb_build_array(),
                type_=JSONB,
            )
        )
        .select_from(Plan)
        .join(PlanVersion, _OF_NOW)
        .join(Agency, Agency.id == Plan.agency_id)
        .where(
            Plan.family_id.in_(select(records.c.record_id)),
            Plan.status == PlanStatus.CURRENT,
            readable_by(CALLER),
        )
        .correlate(None)
        .scalar_subquery()
    )
    return case((involved(bindparam("family"), CALLER), shown))


async def plan_bodies(work: UnitOfWork, rows: Collection[Any], today: date) -> list[dict[str, Any]]:
    """Plans as their readers see them, in their order."""
    ids = [row.id for row in rows]
    given: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for each in await work.fetch(_RECIPIENTS, plans=ids):
        said = {"agency_id": each.agency_id, "reason": each.reason, "since": each.since}
        given[each.plan_id].append(said)
    alerts = await alerts_named(work, ids)
    return [
        {
            **{name: getattr(row, name) for name in (*_PLAIN, "meeting_id")},
            **content_body(row.kind, row.content, alerts[row.id, row.content_version]),
            "review_overdue": rules.is_overdue(row.status, row.review_due, today),
            "recipients": given[row.id],
        }
        for row in rows
    ]


async def alerts_named(
    work: UnitOfWork, plan_ids: Iterable[UUID]
) -> dict[tuple[UUID, int], list[UUID]]:
    """Of each version of each plan, the alerts that it names and the caller reads."""
    found: dict[tuple[UUID, int], list[UUID]] = defaultdict(list)
    for each in await work.fetch(_ALERTS, plans=list(plan_ids)):
        found[each.plan_id, each.number].append(each.alert_id)
    return found


async def read_plan(work: UnitOfWork, plan_id: UUID) -> Any:
    """The columns of one plan, with what it says. Raises NotFound."""
    found = await work.fetch(_shown(("plan",)), plan=plan_id)
    if not found:
        raise NotFound
    return found[0]


async def list_plans(
    work: UnitOfWork, cursors: Cursors, cursor: str | None, limit: int, given: dict[str, Any]
) -> tuple[list[Any], str | None]:
    """Newest first. `given`: the filters by name, each with what it is bound to."""
    if cursor is not None:
        given = {**given, "before": UUID(str(cursors.read(cursor)[0]))}
    filters = tuple(name for name in _FILTERS if name in given)
    rows = await work.fetch(_shown(filters), **given, rows=limit + 1)
    return cut(rows, limit, cursors, by_id)


async def list_versions(work: UnitOfWork, plan_id: UUID) -> Iterable[PlanVersion]:
    """All that it has said, oldest first."""
    return await work.session.scalars(
        select(PlanVersion)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(PlanVersion.plan_id == plan_id, readable_by(work.agency_id))
        .order_by(PlanVersion.number)
    )


async def list_reviews(work: UnitOfWork, plan_id: UUID) -> Iterable[PlanReview]:
    """Oldest first."""
    return await work.session.scalars(
        select(PlanReview)
        .join(Plan, Plan.id == PlanReview.plan_id)
        .where(PlanReview.plan_id == plan_id, readable_by(work.agency_id))
        .order_by(PlanReview.version)
    )


async def lock_plan(work: UnitOfWork, plan_id: UUID) -> Plan | None:
    """The entity, locked until the commit, if it is the caller's own still."""
    found: Plan | None = await work.session.scalar(
        select(Plan)
        .where(Plan.id == plan_id, Plan.agency_id == work.agency_id, readable_by(work.agency_id))
        .with_for_update(of=Plan)
    )
    return found


async def lock_current_own(work: UnitOfWork, family_id: UUID, kind: PlanKind) -> list[Plan]:
    """The current plans of a kind that the caller's agency answers for, locked until the commit,
    and with them the turn to draw up another."""
    turn = {"turn": f"{family_id} {work.agency_id} {kind}"}
    await work.session.execute(_TAKE_TURN, turn)
    found = await work.session.scalars(
        select(Plan)
        .where(
            Plan.family_id == family_id,
            Plan.kind == kind,
            Plan.status == PlanStatus.CURRENT,
            Plan.agency_id == work.agency_id,
            readable_by(work.agency_id),
        )
        .order_by(Plan.id)
        .with_for_update(of=Plan)
    )
    return list(found)


async def recipients_of(work: UnitOfWork, plan_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Of each readable plan, the agencies that it was given to."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for row in await work.fetch(_RECIPIENTS, plans=list(plan_ids)):
        found[row.plan_id].add(row.agency_id)
    return found


async def current_plans(work: UnitOfWork, family_id: UUID) -> list[Any]:
    """The readable ones of a family that are current, oldest first."""
    found = await work.session.execute(
        select(Plan.id, Plan.family_id, Plan.agency_id, Plan.version)
        .where(
            Plan.family_id == family_id,
            Plan.status == PlanStatus.CURRENT,
            readable_by(work.agency_id),
        )
        .order_by(Plan.id)
    )
    return list(found)


async def adopt_plans(work: UnitOfWork, family_id: UUID) -> list[Any]:
    """Gives the family's current plans whose owner is no longer involved to the lead: through the
    door of that name, which notes it as a step. Returns each with those who read it."""
    given = {"family": family_id, "now": work.now}
    return list(await work.session.execute(_ADOPT, given))
