"""Pure decisions about assessment constraints."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from api.engagement.rules import Problem, day_problem

INCLUDED = "included_in_child_risk_assessment"


def problems(said: Any, today: date) -> Iterator[Problem | None]:
    """What is wrong with the content of a constraint, check by check."""
    yield day_problem("since", said.since, today)
    included = said.included_in_child_risk_assessment
    if included.answer == "yes" and included.reference is None:
        yield Problem(f"{INCLUDED}/reference", "missing", "Say in which assessment.")
