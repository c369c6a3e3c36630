"""The drawing of an agreement's life in the documentation is made of the table that decides it."""

from api.agreements.rules import OPEN, TRANSITIONS, AgreementStatus
from tests.service import ROOT
from tests.test_alert_diagram import drawn


def test_the_life_of_an_agreement_is_drawn_from_its_table() -> None:
    page = (ROOT / "docs/agreements.md").read_text()
    over = [each.value for each in AgreementStatus if each not in OPEN]
    assert drawn("drafted: draft", TRANSITIONS, over) in page
