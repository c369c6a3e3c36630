"""Plain words for a banner, made of codes. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from api.alerts.rules import Notification, Severity, Status, is_review_overdue
from api.code_lists import incidents, lists

GRAVITY = [Severity.CAUTION, Severity.SERIOUS, Severity.IMMEDIATE_DANGER]
NONE = "none"
_WEIGHT = {each.value: weight for weight, each in enumerate(GRAVITY)}
_SUBJECTS = {
    "member": "a member of the family",
    "other_person": "another person",
    "animal": "an animal",
    "premises": "the premises",
}


def level(severities: Iterable[str]) -> str:
    """The gravest of them, or `none`."""
    return max(severities, key=_WEIGHT.__getitem__, default=NONE)


def gravest_first(alert: Any) -> tuple[int, bool, str]:
    """What sorts the alerts of a banner: of equal gravity, those of the record itself first."""
    return -_WEIGHT[alert.severity], alert.on_address, alert.alert_id


def record_in_words(record: Any) -> list[str]:
    """What to know of the record itself, whatever its alerts say."""
    if not record.unjoined:
        return []
    return ["This record is merged into another that you have not joined: join it."]


def address_in_words(alert: Any) -> str | None:
    """Of the premises that the alert is about; None for any other subject."""
    if alert.address_lines is None:
        return None
    return ", ".join([*alert.address_lines, alert.postcode])


# A lookup says a thousand times what a few codes mean: each combination is put into words once.
# Only codes are kept so, never what somebody wrote.


@lru_cache(10_000)
def behaviours_in_words(behaviours: tuple[tuple[str, str, bool], ...]) -> str:
    """Each: its code, its manner, and whether it is covert."""
    label = lists.THREATENING_BEHAVIOURS.label
    said = [
        f"{label(code)} ({manner}{', veiled' if covert else ''})"
        for code, manner, covert in behaviours
    ]
    return f"What was met: {'; '.join(said)}."


@lru_cache(10_000)
def circumstances_in_words(codes: tuple[str, ...]) -> str | None:
    when = [lists.CIRCUMSTANCES.label(each) for each in codes if each != "none_specific"]
    return f"When: {'; '.join(when)}." if when else None


@lru_cache(10_000)
def precautions_in_words(codes: tuple[str, ...]) -> str:
    return "; ".join([lists.PRECAUTIONS.label(each) for each in codes if each != "other"])


def _subject(alert: Any, _today: date) -> str:
    severity = lists.SEVERITIES.label(alert.severity)
    subject = alert.subject_description or _SUBJECTS[alert.subject_kind]
    where = address_in_words(alert)
    return f"{severity}: {subject}, {where}." if where else f"{severity}: {subject}."


def _on_another_record(alert: Any, _today: date) -> str | None:
    if not alert.on_address:
        return None
    return "This alert is about the address. It was published on another family's record."


def _behaviours(alert: Any, _today: date) -> str | None:
    met = [(each["code"], each["manner"], each["covert"]) for each in alert.behaviours]
    return behaviours_in_words(tuple(met)) if met else None


def _circumstances(alert: Any, _today: date) -> str | None:
    return circumstances_in_words(tuple(alert.circumstances))


def _precautions(alert: Any, _today: date) -> str:
    todo, note = precautions_in_words(tuple(alert.precautions)), alert.precaution_note
    return f"Before you go: {'; '.join([each for each in (todo, note) if each])}."


def _child(alert: Any, _today: date) -> str | None:
    return f"How the child is still seen: {alert.child_seen_how}" if alert.child_seen_how else None


def _not_told(alert: Any, _today: date) -> str | None:
    if alert.notification == Notification.WITHHELD:
        return "Its subject is not to be told of it for now: do not mention it."
    if alert.notification == Notification.DUE:
        return "Its subject has not been told of it yet."
    return None


def _unconfirmed(alert: Any, _today: date) -> str | None:
    if not alert.unconfirmed:
        return None
    return "The family has moved since; nobody has confirmed yet that it still holds."


def _provisional(alert: Any, _today: date) -> str | None:
    if alert.status != Status.PROVISIONAL:
        return None
    return "Not yet ratified by a manager; in force all the same."


def _disputed(alert: Any, _today: date) -> str | None:
    return "This alert is disputed." if alert.disputed else None


def _overdue(alert: Any, today: date) -> str | None:
    if not is_review_overdue(alert.review_due, today):
        return None
    return "Its review is overdue; it protects all the same."


Line = Callable[[Any, date], str | None]

# In the order to be read. Each says one thing, or nothing.
LINES: list[Line] = [
    _subject, _on_another_record, _behaviours, _circumstances, _precautions, _child, _not_told,
    _unconfirmed, _provisional, _disputed, _overdue,
]  # fmt: skip


def lines(alert: Any, today: date) -> list[str]:
    """What to know and what to do."""
    return [said for line in LINES if (said := line(alert, today)) is not None]


def plan_in_words(content: Mapping[str, Any], overdue: bool, today: date) -> list[str]:
    """What a plan asks of a visitor, or what the family knows."""
    said = [_measure(each) for each in content.get("measures", ())]
    if content.get("child_seen_how"):
        said.append(f"How the child is still seen: {content['child_seen_how']}")
    if content.get("sharing"):
        said.append(_told(content["sharing"], today))
    if content.get("not_yet"):
        said.append(_not_yet_told(content["not_yet"]))
    if overdue:
        said.append("Its review is overdue; it holds all the same.")
    return said


def _measure(measure: Mapping[str, Any]) -> str:
    code, words = measure["precaution"], measure["words"]
    todo = [lists.PRECAUTIONS.label(code)] if code not in {None, "other"} else []
    todo += [words.rstrip(".")] if words else []
    return f"{measure['who']}, from {_spelled(measure['from_on'])}: {'; '.join(todo)}."


def _told(sharing: Mapping[str, Any], today: date) -> str:
    verb = "is" if date.fromisoformat(sharing["on"]) >= today else "was"
    when = f"on {_spelled(sharing['on'])}, by {sharing['by'].rstrip('.')}"
    return f"The family {verb} to be told {when}: {sharing['what']}"


def _not_yet_told(not_yet: Mapping[str, Any]) -> str:
    again = _spelled(not_yet["look_again_on"])
    return f"The family is not told yet, until this is looked at on {again}: {not_yet['why']}"


def _spelled(day: str) -> str:
    given = date.fromisoformat(day)
    return f"{given.day} {given:%B %Y}"


@lru_cache(10_000)
def incident_in_words(
    day: date, place: str | None, behaviours: tuple[tuple[str, str, bool], ...]
) -> str:
    """When the last incident was, where, and what was met."""
    where = f" ({incidents.PLACES.label(place).lower()})" if place else ""
    met = f" {behaviours_in_words(behaviours)}" if behaviours else ""
    return f"Last incident: {day.day} {day:%B %Y}{where}.{met}"
