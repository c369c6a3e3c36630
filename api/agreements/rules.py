"""Pure decisions about written agreements: states, and what contradicts itself."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from enum import StrEnum
from uuid import UUID

from api.foundation.errors import FieldError

OFFICE_ONLY = "office_only_contact"
# How words reach somebody whose language they are not in.
ACROSS_LANGUAGES = frozenset({"translated", "interpreter"})


class AgreementStatus(StrEnum):
    DRAFTED = "drafted"
    GIVEN = "given"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    ENDED = "ended"
    REPLACED = "replaced"


class Act(StrEnum):
    CHANGE = "change"
    GIVE = "give"
    SIGN = "sign"
    REFUSE = "refuse"
    REVIEW = "review"
    REVISE = "revise"
    REPLACE = "replace"
    END = "end"


class AgreementAnswer(StrEnum):
    """What somebody of the family said to an agreement."""

    SIGNED = "signed"
    REFUSED = "refused"


class ReviewOutcome(StrEnum):
    CONTINUE = "continue"
    CHANGE = "change"
    END = "end"


OPEN = frozenset(
    {
        AgreementStatus.DRAFTED,
        AgreementStatus.GIVEN,
        AgreementStatus.IN_FORCE,
        AgreementStatus.REFUSED,
    }
)
# A refused agreement is reviewed as well: the behaviour may go on all the same.
REVIEWED = frozenset({AgreementStatus.IN_FORCE, AgreementStatus.REFUSED})

# The state machine, whole: what each act makes of each status it is legal in. One parent may
# answer after the other: a signature is not undone by who refuses later.
TRANSITIONS: dict[Act, dict[AgreementStatus, AgreementStatus]] = {
    Act.CHANGE: dict.fromkeys(
        (AgreementStatus.DRAFTED, AgreementStatus.GIVEN, AgreementStatus.REFUSED),
        AgreementStatus.DRAFTED,
    ),
    Act.GIVE: {
        AgreementStatus.DRAFTED: AgreementStatus.GIVEN,
        AgreementStatus.GIVEN: AgreementStatus.GIVEN,
        AgreementStatus.IN_FORCE: AgreementStatus.IN_FORCE,
        AgreementStatus.REFUSED: AgreementStatus.REFUSED,
    },
    Act.SIGN: dict.fromkeys(
        (AgreementStatus.GIVEN, AgreementStatus.IN_FORCE, AgreementStatus.REFUSED),
        AgreementStatus.IN_FORCE,
    ),
    Act.REFUSE: {
        AgreementStatus.GIVEN: AgreementStatus.REFUSED,
        AgreementStatus.IN_FORCE: AgreementStatus.IN_FORCE,
        AgreementStatus.REFUSED: AgreementStatus.REFUSED,
    },
    Act.REVIEW: {
        AgreementStatus.IN_FORCE: AgreementStatus.IN_FORCE,
        AgreementStatus.REFUSED: AgreementStatus.REFUSED,
    },
    Act.REVISE: dict.fromkeys(
        (AgreementStatus.IN_FORCE, AgreementStatus.REFUSED), AgreementStatus.DRAFTED
    ),
    Act.REPLACE: dict.fromkeys(OPEN, AgreementStatus.REPLACED),
    Act.END: dict.fromkeys(OPEN, AgreementStatus.ENDED),
}
ANSWERING = {AgreementAnswer.SIGNED: Act.SIGN, AgreementAnswer.REFUSED: Act.REFUSE}
REVIEWING = {
    ReviewOutcome.CONTINUE: Act.REVIEW,
    ReviewOutcome.CHANGE: Act.REVISE,
    ReviewOutcome.END: Act.END,
}


def after(act: Act, status: AgreementStatus) -> AgreementStatus | None:
    """The status an act leads to, or None where it is not legal."""
    return TRANSITIONS[act].get(status)


def legal_acts(status: AgreementStatus) -> list[Act]:
    return [act for act in Act if status in TRANSITIONS[act]]


def is_overdue(status: str, review_due: date, today: date) -> bool:
    """A date ends at the close of that day."""
    return status in REVIEWED and today > review_due


def first_repeated(values: Sequence[object]) -> int | None:
    """The place of the first value that was there before."""
    return next((n for n, each in enumerate(values) if each in values[:n]), None)


def behaviours_refusal(codes: Sequence[str | None], at: str) -> FieldError | None:
    """Each behaviour of a list is named once."""
    named = first_repeated([code or n for n, code in enumerate(codes)])
    if named is None:
        return None
    return FieldError(f"{at}/{named}/code", "repeated", "The behaviour is named twice.")


def consequences_refusal(
    consequences: Sequence[tuple[str, str | None, str | None]], at: str
) -> FieldError | None:
    """Of a code, its rationale and its note each (§3): seeing a family at the office only is
    weighed against the necessity of seeing the child at home."""
    repeated = first_repeated([code for code, _, _ in consequences])
    if repeated is not None:
        return FieldError(f"{at}/{repeated}/code", "repeated", "The consequence is named twice.")
    for place, (code, rationale, note) in enumerate(consequences):
        if code == OFFICE_ONLY and rationale is None:
            return FieldError(
                f"{at}/{place}/rationale",
                "missing",
                "Say why, weighed against seeing the child at home (§3).",
            )
        if (code == "other") != (note is not None):
            return FieldError(
                f"{at}/{place}/note", "note", "The consequence `other` has a note, and it alone."
            )
    return None


def giving_refusal(drawn_up_in: str, language: str, formats: Collection[str]) -> FieldError | None:
    """Whoever is given an agreement in another language than its own, is given it through
    somebody (§5)."""
    same = drawn_up_in.partition("-")[0] == language.partition("-")[0]
    if not same and not ACROSS_LANGUAGES & set(formats):
        return FieldError(
            "/formats", "missing", "In another language, it is translated or interpreted (§5)."
        )
    return None


def answer_refusal(
    members: Sequence[UUID], on: date, given: Mapping[UUID, date], signed: Collection[UUID]
) -> FieldError | None:
    """`given`: since when each member has had this content; `signed`: who has signed it."""
    for place, member in enumerate(members):
        pointer = f"/member_ids/{place}"
        if member not in given:
            return FieldError(pointer, "not_given", "The agreement was not given to this member.")
        if member in signed:
            return FieldError(pointer, "already_signed", "This member has signed it already.")
        if on < given[member]:
            return FieldError("/on", "out_of_range", "Nobody answers before it was given.")
    return None


def review_refusal(outcome: ReviewOutcome, *, dated: bool, changed: bool) -> FieldError | None:
    """Whether the next review (`dated`) and new content (`changed`) stand where they belong."""
    if dated == (outcome is ReviewOutcome.END):
        said = "The next review, unless the agreement ends."
        return FieldError("/review_due", "review_due", said)
    if changed != (outcome is ReviewOutcome.CHANGE):
        return FieldError("/content", "content", "With the outcome `change`, and only with it.")
    return None


def breach_refusal(
    codes: Sequence[str | None],
    applied: str | None,
    agreed: Collection[str | None],
    consequences: Collection[str],
) -> FieldError | None:
    """A breach is of what was agreed, and what follows is what the family was told of (§3)."""
    refusal = behaviours_refusal(codes, "/behaviours")
    if refusal is not None:
        return refusal
    for place, code in enumerate(codes):
        if code is not None and code not in agreed:
            return FieldError(
                f"/behaviours/{place}/code", "not_agreed", "The agreement does not name it."
            )
    if applied is not None and applied not in consequences:
        return FieldError(
            "/consequence/applied", "not_agreed", "The family was not told of this consequence."
        )
    return None
