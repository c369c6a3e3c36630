"""Pure decisions about the engagement profile: what of it contradicts the rest (procedure §5)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from api.engagement.rules import Problem, day_problem, repeated

TO_BE_TOLD = "told_of_recording_and_access"


def _early_help(said: Any, today: date) -> Iterator[Problem | None]:
    at = "early_help_assessment"
    if said.status == "done":
        for name in ("assessed_on", "agency_id"):
            if getattr(said, name) is None:
                yield Problem(f"{at}/{name}", "missing", "Of an assessment that is done.")
    elif said.assessed_on is not None or said.agency_id is not None:
        yield Problem(f"{at}/status", "contradiction", "No assessment was done.")
    if said.assessed_on is not None:
        yield day_problem(f"{at}/assessed_on", said.assessed_on, today)


def _lead(said: Any, _today: date) -> Iterator[Problem | None]:
    at = "lead_practitioner"
    for name in ("agency_id", "name", "job_title"):
        given = getattr(said, name) is not None
        if said.appointed and not given:
            yield Problem(f"{at}/{name}", "missing", "Of a lead practitioner.")
        if given and not said.appointed:
            yield Problem(f"{at}/{name}", "contradiction", "No lead practitioner is appointed.")


def _communication(said: Any, _today: date) -> Iterator[Problem | None]:
    if repeated(list(said.needs)):
        yield Problem("communication/needs", "repeated", "A code is repeated.")
    if "interpreter" in said.needs and said.language is None:
        yield Problem("communication/language", "missing", "Say into which language.")


def _trusted(said: Any, _today: date) -> Iterator[Problem | None]:
    if (said.member_id is None) == (said.description is None):
        yield Problem("trusted_person", "one_of", "Give either a member_id or a description.")


def _told(said: Any, today: date) -> Iterator[Problem | None]:
    yield day_problem("told_of_recording/told_on", said.told_on, today)


PARTS = {
    "early_help_assessment": _early_help,
    "lead_practitioner": _lead,
    "communication": _communication,
    "trusted_person": _trusted,
    "told_of_recording": _told,
}


def problems(said: Any, today: date) -> Iterator[Problem | None]:
    """What is wrong with the parts that a change names, part by part."""
    for name, check in PARTS.items():
        part = getattr(said, name)
        if part is not None:
            yield from check(part, today)


def untold(parts: Mapping[str, Any]) -> Problem | None:
    """Of the profile as the change leaves it: whoever was told need not be told any more."""
    communication = parts["communication"] or {"needs": []}
    if parts["told_of_recording"] is not None and TO_BE_TOLD in communication["needs"]:
        return Problem("communication/needs", "contradiction", "The family was told of recording.")
    return None
