"""Whether a page or JSON is wanted, as clients say it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.foundation.accepting import wants_html

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/html", True),
        ("TEXT/HTML; charset=utf-8", True),
        ("text/*", True),
        (BROWSER, True),
        ("text/html;q=0.8, application/json", False),
        ("text/html, application/json", False),
        ("application/json;q=0.5, text/html;q=0.7", True),
        ("text/html;q=0, */*", False),
        ("*/*, application/json;q=0.1", True),
        ("image/png", False),
        ("text/html;q=much", False),
        ("text/html;q=2", False),
        ("text/html;q=nan", False),
        ("text/html;level=1", True),
    ],
)
def test_the_kind_that_weighs_more(accept: str, html: bool) -> None:
    assert wants_html(accept) is html


@given(st.text())
def test_no_header_breaks_it(accept: str) -> None:
    assert wants_html(accept) in (True, False)
