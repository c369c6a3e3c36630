"""The drawing of an alert's life in the documentation is made of the table that decides it."""

from api.alerts.challenges import rules as challenges
from api.alerts.rules import LIVE, TRANSITIONS, Status
from tests.service import ROOT

PAGE = (ROOT / "docs/alerts.md").read_text()


def drawn(start: str, transitions: dict, ends: list[str]) -> str:
    """As Mermaid: one arrow for each act and status."""
    arrows = [
        f"    {before} --> {after}: {act}"
        for act, table in transitions.items()
        for before, after in sorted(
            table.items(), key=lambda pair: list(type(pair[0])).index(pair[0])
        )
    ]
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {start}", *arrows]
    return "\n".join([*lines, *(f"    {end} --> [*]" for end in ends), "```"])


def test_the_life_of_an_alert_is_drawn_from_its_table() -> None:
    ended = [each.value for each in Status if each not in LIVE]
    assert drawn("provisional: publish", TRANSITIONS, ended) in PAGE


def test_the_life_of_a_challenge_is_drawn_from_its_table() -> None:
    assert drawn("received: challenge", challenges.TRANSITIONS, ["answered", "closed"]) in PAGE
