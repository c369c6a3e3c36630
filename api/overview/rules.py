"""Plain words for a banner, made of codes. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from api.alerts.rules import Severity, Status
from api.code_lists import lists

GRAVITY = [Severity.CAUTION, Severity.SERIOUS, Severity.IMMEDIATE_DANGER]
NONE = "none"
_SUBJECTS = {
    "member": "a member of the family",
    "other_person": "another person",
    "animal": "an animal",
    "premises": "the premises",
}


def level(severities: Iterable[str]) -> str:
    """The gravest of them, or `none`."""
    present = set(severities)
    return next((each.value for each in reversed(GRAVITY) if each in present), NONE)


def behaviour_line(behaviour: Mapping[str, Any]) -> str:
    label = lists.THREATENING_BEHAVIOURS.label(behaviour["code"])
    veiled = ", veiled" if behaviour.get("covert") else ""
    return f"{label} ({behaviour['manner']}{veiled})"


def lines(alert: Any, today: date) -> list[str]:
    """What to know and what to do, gravest first."""
    severity = lists.SEVERITIES.label(alert.severity)
    subject = alert.subject_description or _SUBJECTS[alert.subject_kind]
    written = [f"{severity}: {subject}."]
    if alert.behaviours:
        done = "; ".join(behaviour_line(each) for each in alert.behaviours)
        written.append(f"What was met: {done}.")
    when = [
        lists.CIRCUMSTANCES.label(each) for each in alert.circumstances if each != "none_specific"
    ]
    if when:
        written.append(f"When: {'; '.join(when)}.")
    todo = [lists.PRECAUTIONS.label(each) for each in alert.precautions if each != "other"]
    if alert.precaution_note:
        todo.append(alert.precaution_note)
    written.append(f"Before you go: {'; '.join(todo)}.")
    if alert.status == Status.PROVISIONAL:
        written.append("Not yet ratified by a manager; in force all the same.")
    if alert.disputed:
        written.append("This alert is disputed.")
    if alert.review_due < today:
        written.append("Its review is overdue; it protects all the same.")
    return written
