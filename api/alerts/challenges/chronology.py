"""What of challenges stands in a family's chronology, for their two parties."""

from typing import Any

from sqlalchemy import Select

from api.alerts.challenges.access import readable_by
from api.alerts.challenges.models import Challenge
from api.journal.chronology import Source, entries
from api.journal.event_types import Column
from api.journal.unit_of_work import CALLER

_CHALLENGE = "/v1/challenges/{resource_id}"


def _entry(name: str, at: Column, person: Column, note: Column) -> Select[Any]:
    return entries(
        at=at,
        id=Challenge.id,
        family_id=Challenge.family_id,
        type=name,
        resource_type="challenge",
        resource_id=Challenge.id,
        name=person,
        note=note,
    ).where(at.is_not(None), readable_by(CALLER))


SOURCES = tuple(
    Source({name: meaning}, _CHALLENGE, _entry(name, at, person, note))
    for name, meaning, at, person, note in (
        (
            "challenge.received",
            "An alert was challenged; the note is what was objected.",
            Challenge.created_at,
            Challenge.author_name,
            Challenge.statement,
        ),
        (
            "challenge.answered",
            "The challenge was answered; the note is why so.",
            Challenge.answered_at,
            Challenge.answerer_name,
            Challenge.answer,
        ),
        (
            "challenge.appealed",
            "The answer was appealed against; the note is why.",
            Challenge.appealed_at,
            Challenge.appellant_name,
            Challenge.appeal,
        ),
        (
            "challenge.closed",
            "The appeal was decided; the note is why so.",
            Challenge.closed_at,
            Challenge.appeal_answerer_name,
            Challenge.appeal_answer,
        ),
    )
)
