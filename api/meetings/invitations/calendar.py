"""A meeting as an entry of a calendar (RFC 5545): when it is, and where Doorstep says the rest.

Calendars are shared, mailed and kept on telephones: so it names no family, person, place, link or
purpose. Who organises it must be said by RFC 5546: it is this service."""

from datetime import UTC, datetime
from typing import Any

from icalendar import Calendar, Event, vUri

from api.meetings.rules import MeetingStatus

SUMMARY = "Multi-agency meeting"


def entry(meeting: Any, base_url: str, now: datetime) -> bytes:
    """One event, which takes the place of an earlier one of the same meeting."""
    cancelled = meeting.status == MeetingStatus.CANCELLED
    event = Event()
    event.add("uid", str(meeting.id))
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", meeting.starts_at.astimezone(UTC))
    event.add("dtend", meeting.ends_at.astimezone(UTC))
    event.add("sequence", meeting.sequence)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("class", "CONFIDENTIAL")
    event.add("summary", SUMMARY)
    event.add("organizer", vUri(base_url))
    event.add("url", vUri(f"{base_url}/v1/meetings/{meeting.id}"))
    calendar = Calendar()
    calendar.add("prodid", "-//Doorstep//Meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
