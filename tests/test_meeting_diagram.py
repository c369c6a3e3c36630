"""The drawing of a meeting's life in the documentation is made of the table that decides it."""

from api.meetings.rules import TRANSITIONS, MeetingStatus
from tests.service import ROOT
from tests.test_alert_diagram import drawn


def test_the_life_of_a_meeting_is_drawn_from_its_table() -> None:
    page = (ROOT / "docs/meetings.md").read_text()
    assert drawn("scheduled: schedule", TRANSITIONS, [MeetingStatus.CANCELLED.value]) in page
