"""Reads of written agreements. All start from `readable_by`."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    literal,
    or_,
    select,
    text,
)

from api.agreements import rules
from api.agreements.access import readable_by
from api.agreements.models import Agreement, AgreementStep, AgreementVersion
from api.agreements.rules import Act, AgreementAnswer
from api.foundation.errors import NotFound
from api.foundation.paging import Cursors
from api.journal.unit_of_work import CALLER, Subject, UnitOfWork

_PLAIN = (
    "id", "family_id", "agency_id", "status", "answered_on", "review_due", "replaces_id",
    "drafted_at", "version", "content_version",
)  # fmt: skip
_ANSWERS = {Act.SIGN: AgreementAnswer.SIGNED, Act.REFUSE: AgreementAnswer.REFUSED}
_ADOPT = text("SELECT id, version, recipients FROM adopt_agreements(:family, :now)").columns(
    id=Uuid, version=Integer, recipients=ARRAY(Uuid)
)
_SHOWN = (
    select(
        *(getattr(Agreement, name) for name in _PLAIN),
        Agreement.author_name,
        Agreement.author_job_title,
        AgreementVersion.content,
    )
    .join(
        AgreementVersion,
        and_(
            AgreementVersion.agreement_id == Agreement.id,
            AgreementVersion.number == Agreement.content_version,
        ),
    )
    .where(readable_by(CALLER))
)
_ONE = _SHOWN.where(Agreement.id == bindparam("agreement"))
# With whom the present content was shared, and what they answered.
_WITH_FAMILY = (
    select(*AgreementStep.__table__.columns)
    .join(
        Agreement,
        and_(
            Agreement.id == AgreementStep.agreement_id,
            Agreement.content_version == AgreementStep.content_version,
        ),
    )
    .where(
        readable_by(CALLER),
        AgreementStep.agreement_id == any_(bindparam("agreements", type_=ARRAY(Uuid))),
        AgreementStep.act == any_(literal([Act.GIVE, Act.SIGN, Act.REFUSE], ARRAY(Text))),
    )
    .order_by(AgreementStep.version)
)


@cache
def _page(narrowed: bool, continued: bool) -> Select[Any]:
    query = (
        _SHOWN.where(Agreement.family_id == bindparam("family"))
        .order_by(Agreement.id.desc())
        .limit(bindparam("rows", type_=Integer()))
    )
    if narrowed:
        query = query.where(Agreement.status == any_(bindparam("statuses", type_=ARRAY(Text))))
    return query.where(Agreement.id < bindparam("before")) if continued else query


def about(row: Any) -> Subject:
    return Subject("agreement", row.id, row.family_id, row.version)


def person(name: str | None, job_title: str | None) -> dict[str, str | None]:
    return {"name": name, "job_title": job_title}


def agreement_body(row: Any, steps: Sequence[Any], today: date) -> dict[str, Any]:
    """An agreement as its readers see it, with the steps of its present content."""
    body: dict[str, Any] = {name: getattr(row, name) for name in (*_PLAIN, "content")}
    body["author"] = person(row.author_name, row.author_job_title)
    body["review_overdue"] = rules.is_overdue(row.status, row.review_due, today)
    body["given"] = [_giving(each) for each in steps if each.act == Act.GIVE]
    body["answers"] = [_answer(each) for each in steps if each.act in _ANSWERS]
    return body


def _giving(step: Any) -> dict[str, Any]:
    return {
        "given_on": step.day,
        "member_ids": step.member_ids,
        "language": step.language,
        "formats": step.formats,
        "by": person(step.by_name, step.by_job_title),
    }


def _answer(step: Any) -> dict[str, Any]:
    return {
        "outcome": _ANSWERS[step.act],
        "member_ids": step.member_ids,
        "on": step.day,
        "said": step.note,
        "by": person(step.by_name, step.by_job_title),
    }


async def read_agreement(work: UnitOfWork, agreement_id: UUID) -> Any:
    """The columns of one agreement, with what it says. Raises NotFound."""
    found = await work.fetch(_ONE, agreement=agreement_id)
    if not found:
        raise NotFound
    return found[0]


async def with_family(work: UnitOfWork, agreement_ids: Iterable[UUID]) -> dict[UUID, list[Any]]:
    """Of each agreement: how its present content was given, and what was answered."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    for step in await work.fetch(_WITH_FAMILY, agreements=list(agreement_ids)):
        found[step.agreement_id].append(step)
    return found


async def list_agreements(
    work: UnitOfWork,
    cursors: Cursors,
    cursor: str | None,
    limit: int,
    family_id: UUID,
    statuses: list[str],
) -> tuple[list[Any], str | None]:
    """Of a family, newest first."""
    given: dict[str, Any] = {"family": family_id, "rows": limit + 1}
    if statuses:
        given["statuses"] = statuses
    if cursor is not None:
        given["before"] = UUID(str(cursors.read(cursor)[0]))
    rows = list(await work.fetch(_page(bool(statuses), cursor is not None), **given))
    more = cursors.make(str(rows[limit - 1].id)) if len(rows) > limit else None
    return rows[:limit], more


async def lock_own(work: UnitOfWork, found: Any) -> list[Agreement]:
    """The agreement, the one that it is to replace and those made to replace it, as far as they
    are the caller's own: locked until the commit, in the order of their ids, so that of two acts
    on a pair neither waits for the other."""
    linked = or_(
        Agreement.id.in_({found.id, found.replaces_id} - {None}),
        Agreement.replaces_id == found.id,
    )
    rows = await work.session.scalars(
        select(Agreement)
        .where(linked, Agreement.agency_id == work.agency_id, readable_by(work.agency_id))
        .order_by(Agreement.id)
        .with_for_update()
    )
    return list(rows)


async def list_versions(work: UnitOfWork, agreement_id: UUID) -> Iterable[AgreementVersion]:
    """All that it has said, oldest first."""
    return await work.session.scalars(
        select(AgreementVersion)
        .join(Agreement, Agreement.id == AgreementVersion.agreement_id)
        .where(AgreementVersion.agreement_id == agreement_id, readable_by(work.agency_id))
        .order_by(AgreementVersion.number)
    )


async def list_steps(work: UnitOfWork, agreement_id: UUID) -> Iterable[AgreementStep]:
    """What became of it, oldest first."""
    return await work.session.scalars(
        select(AgreementStep)
        .join(Agreement, Agreement.id == AgreementStep.agreement_id)
        .where(AgreementStep.agreement_id == agreement_id, readable_by(work.agency_id))
        .order_by(AgreementStep.version)
    )


async def open_agreements(work: UnitOfWork, family_id: UUID) -> list[Any]:
    """The readable ones of a family that are not over, oldest first."""
    found = await work.session.execute(
        select(Agreement.id, Agreement.family_id, Agreement.agency_id, Agreement.version)
        .where(
            Agreement.family_id == family_id,
            Agreement.status.in_(rules.OPEN),
            readable_by(work.agency_id),
        )
        .order_by(Agreement.id)
    )
    return list(found)


async def owned_open(work: UnitOfWork, family_id: UUID) -> list[UUID]:
    """What the caller's agency answers for on this family."""
    found = await open_agreements(work, family_id)
    return [each.id for each in found if each.agency_id == work.agency_id]


async def adopt_agreements(work: UnitOfWork, family_id: UUID) -> list[Any]:
    """Gives the family's open agreements whose owner is no longer involved to the lead: through
    the door of that name, which notes it as a step. Returns each with those who read it."""
    given = {"family": family_id, "now": work.now}
    return list(await work.session.execute(_ADOPT, given))
