"""Looks at the families in question once a day, and tells each agency of an indicator that has
begun to hold for it. One that holds no longer is forgotten, and told again when it comes back."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from api.alerts import rules as alerts
from api.alerts.models import Alert
from api.families.models import Involvement
from api.incidents.models import Incident
from api.journal.runtime import Runtime
from api.journal.unit_of_work import Subject, UnitOfWork
from api.overview.picture import events, queries, rules
from api.overview.picture.models import PictureCheck, RaisedIndicator
from api.overview.picture.service import limits

BATCH = 10
EVERY = timedelta(hours=24)
KEEP_LOOKING = timedelta(days=rules.WINDOW_MONTHS * 31)


async def raise_indicators(runtime: Runtime) -> int:
    """One batch of families, each of them locked by its check. Returns how many."""
    async with runtime.database.session() as session:
        work = UnitOfWork(runtime, session, None)
        families = await _due(work)
        for family_id in families:
            await _look_at(work, family_id)
        await work.commit()
    return len(families)


async def _due(work: UnitOfWork) -> list[UUID]:
    """Families with an alert in force or an incident within the window, not looked at today."""
    live = select(Alert.family_id).where(Alert.status.in_(alerts.LIVE))
    met = select(Incident.family_id).where(Incident.occurred_at > work.now - KEEP_LOOKING)
    in_question = live.union(met).subquery("in_question")
    looked_at = exists().where(
        PictureCheck.id == in_question.c.family_id,
        PictureCheck.checked_at > work.now - EVERY,
    )
    found = list(
        await work.session.scalars(
            select(in_question.c.family_id)
            .where(~looked_at)
            .order_by(in_question.c.family_id)
            .limit(BATCH)
        )
    )
    taken = []
    for family_id in found:
        check = insert(PictureCheck).values(id=family_id, checked_at=work.now)
        # Another worker that took the family a moment ago has left it checked.
        take = check.on_conflict_do_update(
            index_elements=["id"],
            set_={"checked_at": work.now},
            where=PictureCheck.checked_at <= work.now - EVERY,
        ).returning(PictureCheck.id)
        if await work.session.scalar(take) is not None:
            taken.append(family_id)
    return taken


async def _look_at(work: UnitOfWork, family_id: UUID) -> None:
    involved = await work.session.scalars(
        select(Involvement.agency_id)
        .where(Involvement.family_id == family_id, Involvement.until_at.is_(None))
        .order_by(Involvement.agency_id)
    )
    for agency_id in list(involved):
        facts = await queries.facts_of(work, family_id, agency_id)
        holding = {each.code.value for each in rules.indicators(facts, limits(work))}
        known = set(await queries.raised(work, family_id, agency_id))
        if known - holding:
            subject = Subject("family", family_id, family_id)
            work.note("engagement.indicator_ended", subject, details={"agency": str(agency_id)})
            await work.session.execute(
                delete(RaisedIndicator).where(
                    RaisedIndicator.family_id == family_id,
                    RaisedIndicator.agency_id == agency_id,
                    RaisedIndicator.code.in_(known - holding),
                )
            )
        for code in sorted(holding - known):
            work.add(
                RaisedIndicator(
                    family_id=family_id, agency_id=agency_id, code=code, raised_at=work.now
                )
            )
            subject = Subject("family", family_id, family_id)
            work.record(
                events.INDICATOR_RAISED, subject, to=[agency_id], details={"indicator": code}
            )
