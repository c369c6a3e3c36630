"""Pure decisions about outcomes: what one must hold, by the sections of the procedure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from api.foundation.errors import FieldError
from api.meetings.exclusions.rules import EXCLUDING, ExclusionStatus
from api.meetings.rules import MeetingKind

FURTHEST_MEETING = timedelta(days=366)
FURTHEST_ANSWER = timedelta(days=366)
RECONSIDER_WITHIN_WORKING_DAYS = 10


class Attendance(StrEnum):
    ATTENDED = "attended"
    ATTENDED_IN_PART = "attended_in_part"
    REPORT_ONLY = "report_only"
    APOLOGIES = "apologies"
    ABSENT = "absent"


class FamilyAttendance(StrEnum):
    ATTENDED = "attended"
    ATTENDED_IN_PART = "attended_in_part"
    DID_NOT_ATTEND = "did_not_attend"
    EXCLUDED = "excluded"
    NOT_INVITED = "not_invited"


class AlertDecision(StrEnum):
    """What a meeting decides about an alert; of another agency's, that it is to think again."""

    PUBLISHED = "published"
    KEPT = "kept"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    RECONSIDER = "reconsider"


class Answer(StrEnum):
    """What an agency says to the record."""

    CONFIRMED = "confirmed"
    CORRECTION_ASKED = "correction_asked"


class ResponseStatus(StrEnum):
    OPEN = "open"
    SETTLED = "settled"
    DECLINED = "declined"


PRESENT = frozenset({Attendance.ATTENDED, Attendance.ATTENDED_IN_PART})
FAMILY_PRESENT = frozenset({FamilyAttendance.ATTENDED, FamilyAttendance.ATTENDED_IN_PART})


@dataclass(frozen=True)
class KnownAlert:
    """A live alert of the family that the chair's agency reads."""

    agency_id: UUID
    version: int


@dataclass(frozen=True)
class Room:
    """What is on record of a meeting, before its outcome. `expected` are the agencies that were
    invited by the time it was held, `invited` also those invited since; `members` are the family,
    each with the kind; `exclusions` what the chair decided last, by member; `undecided` the members
    about whom a request to exclude them is open."""

    kind: MeetingKind
    met_on: date
    today: date
    chairing: UUID
    expected: frozenset[UUID]
    invited: frozenset[UUID]
    involved: frozenset[UUID]
    members: Mapping[UUID, str]
    invited_members: frozenset[UUID]
    exclusions: Mapping[UUID, ExclusionStatus] = field(default_factory=dict)
    undecided: frozenset[UUID] = frozenset()
    unable: frozenset[UUID] = frozenset()
    alerts: Mapping[UUID, KnownAlert] = field(default_factory=dict)


@dataclass(frozen=True)
class Attending:
    agency_id: UUID
    attendance: Attendance
    people: int


@dataclass(frozen=True)
class Relative:
    member_id: UUID
    attendance: FamilyAttendance


@dataclass(frozen=True)
class Informing:
    agency_id: UUID
    agency_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Considered:
    alert_id: UUID
    decision: AlertDecision
    version: int | None = None
    answer_by: date | None = None


@dataclass(frozen=True)
class Told:
    """What an outcome tells, as far as these rules ask. `dissent`, `roles` and `answered` are the
    agencies that each entry of them names."""

    attendance: Sequence[Attending] = ()
    family: Sequence[Relative] = ()
    information: Sequence[Informing] = ()
    decisions: int = 0
    dissent: Sequence[UUID] = ()
    roles: Sequence[UUID] = ()
    answered: Sequence[UUID] = ()
    lived_experience: bool = False
    alerts: Sequence[Considered] = ()
    next_given: bool = False
    next_on: date | None = None
    sharing_plan: bool = False
    risk_plan: bool = False


def outcome_refusals(told: Told, room: Room) -> list[FieldError]:
    """Everything for which a draft cannot be recorded yet."""
    return [
        *record_refusals(told, room),
        *_undecided(room),
        *_unanswered(told.answered, room.unable & room.invited),
        *_considered(told.alerts, room),
        *_following(told, room),
    ]


def record_refusals(told: Told, room: Room, at: str = "") -> list[FieldError]:
    """What is wrong with the record itself, which an amendment tells anew."""
    return [
        *_attending(told.attendance, room, f"{at}/attendance"),
        *_family(told.family, room, f"{at}/family"),
        *_informing(told.information, room, f"{at}/information"),
        *_spoken_for(told.dissent, room, f"{at}/dissent"),
        *_spoken_for(told.roles, room, f"{at}/roles"),
        *_spoken_for(told.answered, room, f"{at}/inability_answers"),
        *_repeated(told.answered, f"{at}/inability_answers", "agency_id"),
        *_whole(told, at),
    ]


def _wrong(pointer: str, code: str, detail: str) -> FieldError:
    return FieldError(pointer, code, detail)


def _repeated(ids: Sequence[UUID], at: str, name: str) -> Iterator[FieldError]:
    for place, each in enumerate(ids):
        if each in ids[:place]:
            yield _wrong(f"{at}/{place}/{name}", "repeated", "Each is named once (§4).")


def _spoken_for(agencies: Sequence[UUID], room: Room, at: str) -> Iterator[FieldError]:
    for place, each in enumerate(agencies):
        if each not in room.invited:
            yield _not_invited(f"{at}/{place}/agency_id")


def _not_invited(pointer: str) -> FieldError:
    return _wrong(pointer, "not_invited", "Only an agency that was invited to the meeting (§4).")


def _attending(rows: Sequence[Attending], room: Room, at: str) -> Iterator[FieldError]:
    """All agencies own the concerns: of each that was invited it is said whether it came."""
    named = [each.agency_id for each in rows]
    yield from _spoken_for(named, room, at)
    yield from _repeated(named, at, "agency_id")
    for place, each in enumerate(rows):
        if each.attendance in PRESENT and not each.people:
            yield _wrong(f"{at}/{place}/people", "missing", "Say who of it attended (§4).")
    if room.expected - set(named):
        yield _wrong(
            at, "missing", "Say of every agency that was invited whether it attended (§4)."
        )


def _family(rows: Sequence[Relative], room: Room, at: str) -> Iterator[FieldError]:
    """Excluded is only who the chair has excluded, with reasons; and of these it is said."""
    named = [each.member_id for each in rows]
    yield from _repeated(named, at, "member_id")
    for place, each in enumerate(rows):
        if each.member_id not in room.members:
            yield _wrong(f"{at}/{place}/member_id", "unknown_member", "Nobody of this family.")
            continue
        refusal = _attendance_refusal(each, room)
        if refusal is not None:
            yield _wrong(f"{at}/{place}/attendance", *refusal)
    decided = {member for member, status in room.exclusions.items() if status in EXCLUDING}
    if (room.invited_members | decided) - set(named):
        yield _wrong(
            at,
            "missing",
            "Say of everybody of the family who was invited, or excluded, how they took part (§4).",
        )


def _attendance_refusal(relative: Relative, room: Room) -> tuple[str, str] | None:
    decided = room.exclusions.get(relative.member_id)
    attendance = relative.attendance
    excluded = attendance is FamilyAttendance.EXCLUDED
    if excluded != (decided is ExclusionStatus.EXCLUDED):
        return "exclusion", "Excluded is who the chair's decision excludes, and nobody else (§4)."
    whole = attendance is FamilyAttendance.ATTENDED
    if whole and decided is ExclusionStatus.EXCLUDED_IN_PART:
        return "exclusion", "The chair's decision excludes them from a part (§4)."
    invited = relative.member_id in room.invited_members
    if attendance is FamilyAttendance.NOT_INVITED and invited:
        return "invited", "The meeting invited them."
    return None


def _undecided(room: Room) -> Iterator[FieldError]:
    if room.undecided:
        said = "Decide first on every request to exclude somebody (§4)."
        yield _wrong("/family", "undecided", said)


def _informing(rows: Sequence[Informing], room: Room, at: str) -> Iterator[FieldError]:
    yield from _spoken_for([each.agency_id for each in rows], room, at)
    for place, row in enumerate(rows):
        for number, each in enumerate(row.agency_ids):
            pointer = f"{at}/{place}/agency_ids/{number}"
            if each not in room.invited:
                yield _not_invited(pointer)
            elif each in row.agency_ids[:number]:
                yield _wrong(pointer, "repeated", "Each is named once (§4).")


def _whole(told: Told, at: str) -> Iterator[FieldError]:
    if not told.decisions:
        yield _wrong(f"{at}/decisions", "missing", "Say what was decided, and why (§4).")
    if not told.lived_experience:
        yield _wrong(
            f"{at}/child_lived_experience",
            "missing",
            "Say what life is like for the child, or why that is not known (§4).",
        )


def _unanswered(answered: Sequence[UUID], unable: frozenset[UUID]) -> Iterator[FieldError]:
    if unable - set(answered):
        yield _wrong(
            "/inability_answers",
            "missing",
            "Say what follows from an agency's being unable to work with the family (§4).",
        )


def _considered(rows: Sequence[Considered], room: Room) -> Iterator[FieldError]:
    yield from _repeated([each.alert_id for each in rows], "/alerts", "alert_id")
    for place, each in enumerate(rows):
        refusal = _alert_refusal(each, room)
        if refusal is not None:
            name, code, detail = refusal
            yield _wrong(f"/alerts/{place}/{name}", code, detail)


def _alert_refusal(considered: Considered, room: Room) -> tuple[str, str, str] | None:
    """One that the chair's agency does not read is as absent as one that does not exist."""
    alert = room.alerts.get(considered.alert_id)
    if alert is None:
        return "alert_id", "unknown_alert", "No live alert of this family with this id."
    own = alert.agency_id == room.chairing
    if own == (considered.decision is AlertDecision.RECONSIDER):
        said = "Decide about an own alert; ask another agency to reconsider its alert (§4)."
        return "decision", "owner", said
    if not own and alert.agency_id not in room.invited & room.involved:
        said = "Its owner was not invited, and cannot be asked by this meeting."
        return "alert_id", "not_invited", said
    if considered.version not in (None, alert.version):
        return "version", "stale", "The alert has changed since this version: read it again."
    by = considered.answer_by
    if by is not None and not room.today <= by <= room.today + FURTHEST_ANSWER:
        return "answer_by", "out_of_range", "From today, at most a year ahead."
    return None


def to_reconsider(rows: Sequence[Considered], room: Room) -> set[UUID]:
    """The alerts whose owners this meeting may ask to think again, of those it decided so."""
    return {
        each.alert_id
        for each in rows
        if each.decision is AlertDecision.RECONSIDER and _alert_refusal(each, room) is None
    }


def _following(told: Told, room: Room) -> Iterator[FieldError]:
    if not told.next_given:
        said = "Say when the agencies meet next, or why they do not (§4)."
        yield _wrong("/next_meeting", "missing", said)
    on = told.next_on
    if on is not None and not room.met_on < on <= room.met_on + FURTHEST_MEETING:
        said = "The next meeting is after this one, within a year."
        yield _wrong("/next_meeting/on", "out_of_range", said)
    if not told.sharing_plan and needs_sharing_plan(told.family, room):
        yield _wrong(
            "/family_sharing_plan",
            "missing",
            "Plan what, how and when the family is told, or why not yet (§4).",
        )
    if not told.risk_plan and room.kind is MeetingKind.RISK_REDUCTION_MEETING:
        yield _wrong(
            "/risk_reduction_plan", "missing", "A risk reduction meeting draws up its plan (§4)."
        )


def needs_sharing_plan(family: Collection[Relative], room: Room) -> bool:
    """Of a meeting of practitioners; and wherever an adult of the family who was invited did not
    come, or was kept out."""
    if room.kind is MeetingKind.PRACTITIONERS_MEETING:
        return True
    present = {each.member_id for each in family if each.attendance in FAMILY_PRESENT}
    adults = {each for each, kind in room.members.items() if kind == "adult"}
    decided = {each for each, status in room.exclusions.items() if status in EXCLUDING}
    absent = (room.invited_members & adults) - present
    return bool(absent or decided & adults)
