"""Pure decisions about the six questions (procedure §4, Supervision)."""

from collections.abc import Collection, Mapping
from enum import StrEnum


class Question(StrEnum):
    """The questions that are answered with yes or no, as they are numbered: 1, 3, 4, 5 (which is
    two), 6. The second asks for circumstances, and obliges nobody."""

    EXPERIENCED_HOSTILITY = "experienced_hostility"
    INTIMIDATED_OR_FEARFUL = "intimidated_or_fearful"
    LESS_THAN_HONEST = "less_than_honest"
    FIRST_TIME_ACKNOWLEDGED = "first_time_acknowledged"
    FEARFUL_OF_RESPONSE = "fearful_of_response"
    WOULD_WANT_TO_KNOW = "would_want_to_know"


class CheckAnswer(StrEnum):
    YES = "yes"
    NO = "no"


# Said alone: the hostility is general.
GENERAL = "none_specific"


def obliges(answers: Mapping[Question, CheckAnswer]) -> bool:
    """If the answer is yes to any of them, the information is shared with every other practitioner
    involved."""
    return any(answers[question] is CheckAnswer.YES for question in Question)


def circumstances_refusal(
    hostility: CheckAnswer, circumstances: Collection[str]
) -> tuple[str, str] | None:
    """Why the answer to the second question does not fit, as a code and a sentence, or None."""
    if len(set(circumstances)) != len(circumstances):
        return "repeated", "A circumstance is named twice."
    if hostility is CheckAnswer.YES and not circumstances:
        return "missing", f"Say in which circumstances, or `{GENERAL}` where it is general (§4)."
    if GENERAL in circumstances and len(circumstances) > 1:
        return "contradictory", "It is general, or it is in certain circumstances."
    return None
