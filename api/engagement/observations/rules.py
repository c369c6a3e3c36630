"""Pure decisions about observations: what of one contradicts the rest (procedure §2, §3)."""

from collections.abc import Callable, Iterator
from datetime import date
from enum import StrEnum
from typing import Any

from api.engagement.rules import Problem, day_problem, repeated


class Type(StrEnum):
    AMBIVALENCE = "ambivalence"
    AVOIDANCE = "avoidance"
    CONFRONTATION = "confrontation"
    NONE = "none"


NO_CONTACT = "none_made"
NOT_AT_THE_DOOR = "door_not_answered_while_in"
# The child is not seen by these: §3 names them among the ways to avoid the family.
REMOTE = frozenset({"telephone", "message"})

INDICATORS: dict[Type, frozenset[str]] = {
    Type.AMBIVALENCE: frozenset(
        {"late", "repeated_excuses", "changes_the_subject", "dismissive_body_language"}
    ),
    Type.AVOIDANCE: frozenset({"avoids_appointments", "misses_meetings", "cuts_visits_short"}),
    Type.CONFRONTATION: frozenset({"challenges", "provokes_arguments", NOT_AT_THE_DOOR}),
    Type.NONE: frozenset(),
}


def _contact(said: Any) -> Problem | None:
    if said.contact == NO_CONTACT and said.took_place:
        return Problem("took_place", "contradiction", "No contact was made, so none took place.")
    return None


def _child(said: Any) -> Problem | None:
    """Whoever is glimpsed at a window was not seen."""
    child = said.child
    if child.seen and (not said.took_place or said.contact in REMOTE):
        return Problem("child/seen", "contradiction", "Nobody is seen by a contact like this.")
    if child.seen and child.alone is None:
        return Problem("child/alone", "missing", "Say whether the child was seen alone.")
    if child.seen and child.why_not is not None:
        return Problem("child/why_not", "contradiction", "The child was seen.")
    if not child.seen and child.alone is not None:
        return Problem("child/alone", "contradiction", "The child was not seen.")
    if not child.seen and child.why_not is None:
        return Problem("child/why_not", "missing", "Say why the child was not seen.")
    return None


def _indicators(said: Any) -> Problem | None:
    if repeated(list(said.indicators)):
        return Problem("indicators", "repeated", "A code is repeated.")
    for index, each in enumerate(said.indicators):
        if each not in INDICATORS[Type(said.type)]:
            return Problem(f"indicators/{index}", "does_not_fit", "Belongs to another type.")
    if NOT_AT_THE_DOOR in said.indicators and said.contact != "home_visit":
        return Problem("contact", "contradiction", "A door is not answered on a home visit.")
    if "cuts_visits_short" in said.indicators and not said.took_place:
        return Problem("took_place", "contradiction", "What did not take place is not cut short.")
    return None


def _reasons(said: Any) -> Problem | None:
    if repeated([(each.code, each.asserted_by) for each in said.reasons]):
        return Problem("reasons", "repeated", "A reason is repeated.")
    if said.reasons and said.type == Type.NONE:
        return Problem("reasons", "contradiction", "There was nothing to give reasons for.")
    return None


def _narrative(said: Any) -> Problem | None:
    if said.narrative is None and said.type != Type.NONE:
        return Problem("narrative", "missing", "Say what was observed.")
    return None


def _challenged(said: Any) -> Problem | None:
    """§2: confrontation must be challenged, so that the family becomes aware that the agency does
    not give up."""
    if said.type == Type.CONFRONTATION and said.challenged is None:
        return Problem("challenged", "missing", "Say how it was challenged, or why it was not.")
    if said.type == Type.NONE and said.challenged is not None:
        return Problem("challenged", "contradiction", "There was nothing to challenge.")
    return None


Check = Callable[[Any], Problem | None]
CHECKS: list[Check] = [_contact, _child, _indicators, _reasons, _narrative, _challenged]


def problems(said: Any, today: date) -> Iterator[Problem | None]:
    """What is wrong with the content of an observation, check by check."""
    yield day_problem("observed_on", said.observed_on, today)
    for each in CHECKS:
        yield each(said)
