"""The facts of one family, each starting from the `readable_by` of its domain."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Date,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal,
    select,
    true,
    union_all,
)

from api.agreements.access import readable_by as agreement_readable_by
from api.agreements.breaches.models import AgreementBreach
from api.agreements.models import Agreement
from api.agreements.rules import OFFICE_ONLY, AgreementStatus
from api.alerts import rules as alerts
from api.alerts.access import readable_by as alert_readable_by
from api.alerts.models import Alert
from api.engagement.access import readable_by as engagement_readable_by
from api.engagement.inabilities.models import Inability
from api.engagement.observations.models import EngagementObservation
from api.families.access import involved
from api.families.models import Involvement
from api.foundation.calendar import LONDON, add_months, london_date
from api.incidents.access import readable_by as incident_readable_by
from api.incidents.models import Incident
from api.incidents.rules import IncidentStatus
from api.journal.unit_of_work import CALLER, UnitOfWork
from api.overview.picture import facts, rules
from api.overview.picture.models import RaisedIndicator
from api.plans.access import readable_by as plan_readable_by
from api.plans.models import Plan
from api.plans.rules import PlanKind, PlanStatus

_FAMILY = bindparam("family", type_=Uuid())
_SINCE = bindparam("since", type_=Date())


def _day(moment: Any) -> Any:
    return cast(func.timezone(LONDON.key, moment), Date)


_INVOLVED = select(Involvement.agency_id).where(
    Involvement.family_id == _FAMILY,
    Involvement.until_at.is_(None),
    involved(Involvement.family_id, CALLER),
)
_INCIDENTS = (
    select(Incident.id, _day(Incident.occurred_at).label("day"), Incident.met_by)
    .where(
        Incident.family_id == _FAMILY,
        Incident.status != IncidentStatus.ENTERED_IN_ERROR,
        _day(Incident.occurred_at) >= _SINCE,
        incident_readable_by(CALLER),
    )
    .order_by(Incident.occurred_at, Incident.id)
)
_ALERTS = (
    select(
        Alert.id,
        Alert.agency_id,
        _day(Alert.published_at).label("day"),
        Alert.severity,
        func.coalesce(Alert.subject_member_id, Alert.subject_address_id, Alert.id).label("subject"),
        Alert.precautions,
    )
    .where(
        Alert.family_id == _FAMILY,
        Alert.status == any_(literal(sorted(alerts.LIVE), ARRAY(Text))),
        alert_readable_by(CALLER),
    )
    .order_by(Alert.id)
)
_CONTACTS = (
    select(
        EngagementObservation.id,
        EngagementObservation.agency_id,
        EngagementObservation.observed_on.label("day"),
        EngagementObservation.contact,
        EngagementObservation.took_place,
        EngagementObservation.child_seen,
        EngagementObservation.type,
    )
    .where(
        EngagementObservation.family_id == _FAMILY,
        EngagementObservation.observed_on >= _SINCE,
        engagement_readable_by(EngagementObservation, CALLER),
    )
    .order_by(EngagementObservation.observed_on, EngagementObservation.id)
)


def _kept(type: str, model: Any, *conditions: Any) -> Select[Any]:  # noqa: A002 (it is the column's name)
    return select(literal(type, Text).label("type"), model.id, model.agency_id).where(
        model.family_id == _FAMILY, *conditions
    )


_MET = (
    func.jsonb_to_recordset(Incident.towards)
    .table_valued(column("agency_id", Uuid), column("role", Text), name="met")
    .render_derived(with_types=True)
)
_ROLES = (
    select(_MET.c.agency_id, _MET.c.role, func.count(Incident.id.distinct()).label("incidents"))
    .select_from(Incident)
    .join(_MET, true())
    .where(
        Incident.family_id == _FAMILY,
        Incident.status != IncidentStatus.ENTERED_IN_ERROR,
        _day(Incident.occurred_at) >= _SINCE,
        incident_readable_by(CALLER),
    )
    .group_by(_MET.c.agency_id, _MET.c.role)
    .order_by(_MET.c.agency_id, _MET.c.role)
)
_RAISED = select(RaisedIndicator.code, RaisedIndicator.raised_at).where(
    RaisedIndicator.family_id == _FAMILY, RaisedIndicator.agency_id == CALLER
)
_IN_FORCE = (Agreement.status == AgreementStatus.IN_FORCE, agreement_readable_by(CALLER))
_OFFICE_ONLY = exists(
    select(AgreementBreach.id).where(
        AgreementBreach.agreement_id == Agreement.id, AgreementBreach.applied == OFFICE_ONLY
    )
).correlate_except(AgreementBreach)
_WITHHELD = union_all(
    _kept(
        "engagement_inability",
        Inability,
        Inability.resolved_on.is_(None),
        engagement_readable_by(Inability, CALLER),
    ),
    _kept("agreement", Agreement, *_IN_FORCE, _OFFICE_ONLY),
)
_PLANS = union_all(
    _kept("agreement", Agreement, *_IN_FORCE),
    _kept(
        "plan",
        Plan,
        Plan.kind == PlanKind.RISK_REDUCTION,
        Plan.status == PlanStatus.CURRENT,
        plan_readable_by(CALLER),
    ),
    _kept(
        "incident",
        Incident,
        Incident.decided_at.is_not(None),
        _day(Incident.occurred_at) >= _SINCE,
        incident_readable_by(CALLER),
    ),
)


async def facts_of(work: UnitOfWork, family_id: UUID, agency_id: UUID) -> facts.Facts:
    """What an agency may read of the family within the window."""
    today = london_date(work.now)
    given = {
        "caller": agency_id,
        "family": family_id,
        "since": add_months(today, -rules.WINDOW_MONTHS),
    }
    involved_now = await work.run(_INVOLVED, given)
    return facts.Facts(
        today=today,
        involved=frozenset(row.agency_id for row in involved_now),
        incidents=[_incident(row) for row in await work.run(_INCIDENTS, given)],
        alerts=[_alert(row) for row in await work.run(_ALERTS, given)],
        contacts=[_contact(row) for row in await work.run(_CONTACTS, given)],
        withheld=[facts.Withheld(*row) for row in await work.run(_WITHHELD, given)],
        plans=[facts.Plan(row.type, row.id) for row in await work.run(_PLANS, given)],
    )


def _incident(row: Any) -> facts.Incident:
    return facts.Incident(row.id, row.day, frozenset(row.met_by))


def _alert(row: Any) -> facts.Alert:
    precautions = frozenset(row.precautions)
    return facts.Alert(row.id, row.agency_id, row.day, row.severity, row.subject, precautions)


def _contact(row: Any) -> facts.Contact:
    return facts.Contact(
        id=row.id,
        agency_id=row.agency_id,
        day=row.day,
        at_home=row.contact == "home_visit",
        took_place=row.took_place,
        child_seen=row.child_seen,
        cooperative=row.type == "none",
    )


async def roles_met(work: UnitOfWork, family_id: UUID) -> list[Any]:
    """How many incidents met each role of each agency, of those that the caller reads."""
    since = add_months(london_date(work.now), -rules.WINDOW_MONTHS)
    return await work.fetch(_ROLES, family=family_id, since=since)


async def raised(work: UnitOfWork, family_id: UUID, agency_id: UUID) -> dict[str, datetime]:
    """Since when each indicator has stood for an agency, as it was told."""
    rows = await work.run(_RAISED, {"family": family_id, "caller": agency_id})
    return {row.code: row.raised_at for row in rows}
