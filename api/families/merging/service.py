"""Writes on merges: proposing, agreeing, declining, undoing."""

from uuid import UUID

from api.access.actor import Person
from api.agencies.queries import acting_person
from api.families import events
from api.families.merging import queries, rules
from api.families.merging.rules import Act, Record, Status
from api.families.merging.schemas import ProposeMerge
from api.families.models import FamilyMerge
from api.families.queries import check_family, lock_families
from api.families.service import check_join_token, read_join_token
from api.foundation.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from api.foundation.ids import new_id
from api.journal.event_types import EventType
from api.journal.unit_of_work import Subject, UnitOfWork


def about(merge: FamilyMerge, side: UUID) -> Subject:
    """As one of its two leads is told of it: on the record which that one reads."""
    return Subject("merge", merge.id, side, merge.version)


async def propose_merge(work: UnitOfWork, family_id: UUID, body: ProposeMerge) -> FamilyMerge:
    """By the lead of one record. The lead of the other is told, and nothing changes yet."""
    await queries.check_leads(work, family_id)
    author = await acting_person(work, None, "")
    other_id = await _other_record(work, body)
    if other_id == family_id:
        raise Invalid.field("", "same_family", "The other record is this one.")
    await lock_families(work, family_id, other_id)
    await queries.check_leads(work, family_id)  # the lead may have been handed over meanwhile
    own, other = await queries.both_records(work, family_id, other_id)
    away, survivor = (other, own) if body.survives == "this" else (own, other)
    refusal = rules.proposal_refusal([own, other]) or rules.merge_refusal(away, survivor)
    if refusal is not None:
        raise Conflict(refusal)
    merge = FamilyMerge(
        id=new_id(),
        family_id=family_id,
        other_family_id=other_id,
        survivor_id=survivor.id,
        proposed_by=work.agency_id,
        author_id=author.id,
        author_name=author.name,
        author_job_title=author.job_title,
        reason=body.reason,
        status=Status.PROPOSED,
        version=1,
        created_at=work.now,
    )
    work.add(merge)
    _tell_leads(work, events.MERGE_PROPOSED, merge, own, other)
    return merge


async def _other_record(work: UnitOfWork, body: ProposeMerge) -> UUID:
    """Raises Invalid, alike for what is absent and for what the caller may not know of."""
    if body.family_id is not None:
        try:
            await check_family(work, body.family_id)
        except NotFound:
            raise _unknown("/family_id") from None
        return body.family_id
    named = read_join_token(work, str(body.join_token))
    if named is None:
        raise _unknown("/join_token")
    await check_join_token(work, *named)
    return named[0]


def _unknown(pointer: str) -> Invalid:
    return Invalid.field(pointer, "unknown_family", "No record that the agency knows of.")


async def agree_to_merge(
    work: UnitOfWork, merge_id: UUID, reason: str, version: int
) -> FamilyMerge:
    """By a manager of the other record's lead, another person than the one who proposed it. That
    the records may be merged still holds: no other proposal was open on them meanwhile."""
    merge, own, other = await _held(work, merge_id)
    if other.lead != work.agency_id:
        raise Forbidden("The agency that leads the other record agrees.")
    after = _checked(merge, Act.AGREE, version)
    author = Person(merge.author_id, merge.author_name, merge.author_job_title)
    if author.is_same_as(await acting_person(work, None, "")):
        raise Conflict("Who proposed a merge is not the one who agrees to it.")
    if own.lead != merge.proposed_by:
        raise Conflict("Another agency leads the proposed record now: decline, and propose anew.")
    _decide(work, merge, after, reason)
    await _apply(work, events.MERGED, merge)
    return merge


async def decline_merge(work: UnitOfWork, merge_id: UUID, reason: str, version: int) -> FamilyMerge:
    """By a manager of either lead: the one that proposed it takes it back so."""
    merge, own, other = await _held(work, merge_id)
    _decide(work, merge, _checked(merge, Act.DECLINE, version), reason)
    _tell_leads(work, events.MERGE_DECLINED, merge, own, other)
    return merge


async def undo_merge(work: UnitOfWork, merge_id: UUID, reason: str, version: int) -> FamilyMerge:
    """By a manager of either lead, at any time. What was written on the survivor stays there."""
    merge, _, _ = await _held(work, merge_id)
    merge.status = _checked(merge, Act.UNDO, version)
    merge.undone_by = work.actor.practitioner_id
    merge.undo_reason = reason
    merge.undone_at = work.now
    merge.version += 1
    await _apply(work, events.MERGE_UNDONE, merge)
    return merge


async def _held(work: UnitOfWork, merge_id: UUID) -> tuple[FamilyMerge, Record, Record]:
    """The merge and both records, which nobody changes until the commit. Raises NotFound, also
    where the lead was handed over while this waited."""
    merge = await queries.get_merge(work, merge_id)
    await lock_families(work, merge.family_id, merge.other_family_id)
    merge = await queries.get_merge(work, merge_id)
    own, other = await queries.both_records(work, merge.family_id, merge.other_family_id)
    return merge, own, other


def _checked(merge: FamilyMerge, act: Act, version: int) -> Status:
    """The status that the act leads to. Raises PreconditionFailed, and Conflict naming the acts
    that are legal."""
    if merge.version != version:
        raise PreconditionFailed
    status = Status(merge.status)
    after = rules.after(act, status)
    if after is None:
        raise Conflict(
            f"A merge that is {status} cannot be changed so.",
            extra={"merge_status": status, "legal_acts": rules.legal_acts(status)},
        )
    return after


def _decide(work: UnitOfWork, merge: FamilyMerge, status: Status, reason: str) -> None:
    merge.status = status
    merge.decided_by = work.actor.practitioner_id
    merge.decision_reason = reason
    merge.decided_at = work.now
    merge.version += 1


def _tell_leads(
    work: UnitOfWork, event: EventType, merge: FamilyMerge, own: Record, other: Record
) -> None:
    """Each lead on the record it leads; once, where one agency leads both."""
    sides = {record.lead: record.id for record in (other, own) if record.lead is not None}
    for lead, side in sides.items():
        work.record(event, about(merge, side), to=[lead])


async def _apply(work: UnitOfWork, event: EventType, merge: FamilyMerge) -> None:
    """Everybody who is involved with either record is told, of the one that it reads."""
    await work.session.flush()  # the door looks at the merge as it is now
    for family_id, version, recipients in await queries.apply_merge(work, merge.id):
        subject = Subject("family", family_id, family_id, version)
        work.record(event, subject, to=recipients, details={"merge": str(merge.id)})
