"""An outcome as a page to print: the same content as in JSON, for the same reader, who is named on
it. No script, nothing from elsewhere; `outcome.html` is its template."""

import base64
import hashlib
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy import select

from api.agencies.models import Agency
from api.code_lists import lists, meetings, outcomes
from api.foundation.accepting import HTML
from api.foundation.calendar import LONDON
from api.journal.unit_of_work import UnitOfWork
from api.meetings.outcome import queries

MEDIA_TYPE = f"{HTML}; charset=utf-8"
STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; color: #111; background: #fff; max-width: 60rem;
  margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { border: 1px solid #555; padding: .4rem; text-align: left; vertical-align: top; }
thead th { background: #eee; } tbody th { font-weight: 400; }
dt { font-weight: 600; } dd { margin: 0 0 .5rem; } td, dd, p, th { white-space: pre-line; }
.mark { border: 2px solid #111; padding: .5rem; }
@media print { body { max-width: none; padding: 0; font-size: 11pt; }
  tr, .mark { break-inside: avoid; } thead { display: table-header-group; }
  h2 { break-after: avoid; } }
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Vary": "Accept",
}
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            HTML: {
                "schema": {"type": "string"},
                "example": '<!DOCTYPE html>\n<html lang="en-GB">…</html>',
            }
        }
    }
}
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)


async def render(work: UnitOfWork, meeting: Any, outcome: dict[str, Any]) -> bytes:
    """The page of what `answering.outcome_body` made for this reader, who is named on it; alerts
    and plans with what they say now."""
    agencies = await _agencies(work)
    family = await queries.family_of(work, meeting.family_id)
    members = {each.id: _called(each) for each in family}
    person = work.actor.person
    who = f"{person.name}, {person.job_title}" if person else "a system"
    page = _TEMPLATES.get_template("outcome.html").render(
        outcome=outcome,
        meeting=meeting,
        alerts=await queries.alerts_of(work, meeting.id),
        plans=await queries.plans_of(work, meeting.id),
        reader=f"{who}, {agencies[work.agency_id]}",
        shown_at=work.now,
        style=Markup(STYLE),  # noqa: S704 (a constant, which must not be escaped)
        agency=_named(agencies, "an agency"),
        member=_named(members, "somebody of the family"),
        kind=meetings.MEETING_KINDS.label,
        action=meetings.ACTION_KINDS.label,
        attended=outcomes.ATTENDANCES.label,
        came=outcomes.FAMILY_ATTENDANCES.label,
        decided=outcomes.ALERT_DECISIONS.label,
        severity=lists.SEVERITIES.label,
        precaution=lists.PRECAUTIONS.label,
        words=_words,
        time=_time,
        day=_day,
    )
    return page.encode()


async def _agencies(work: UnitOfWork) -> dict[UUID, str]:
    """The names of all: they are known to each other."""
    found = await work.session.execute(select(Agency.id, Agency.name))
    return {row.id: row.name for row in found}


def _named(names: dict[UUID, str], otherwise: str) -> Callable[[UUID | str], str]:
    return lambda given: names.get(UUID(str(given)), otherwise)


def _called(member: Any) -> str:
    named = " ".join(filter(None, (member.given_name, member.family_name)))
    return named or f"the {member.kind}"


def _words(code: str) -> str:
    return str(code).replace("_", " ")


def _time(moment: datetime) -> str:
    there = moment.astimezone(LONDON)
    return f"{_day(there.date())}, {there:%H:%M}"


def _day(day: date | str) -> str:
    """A date, or one out of JSON."""
    found = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{found.day} {found:%B %Y}"
