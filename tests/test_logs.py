"""A log line holds what the list allows, whoever writes it."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from api.foundation import logs

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(capfd: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """What was written since, by a process that configures its logs as each test does."""
    root = logging.getLogger()
    before = (root.handlers, root.level, structlog.get_config())

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in capfd.readouterr().err.splitlines()]

    yield read
    root.handlers, root.level = before[0], before[1]
    structlog.configure(**before[2])


def test_a_field_that_is_not_listed_is_never_written(lines: Lines) -> None:
    logs.configure("info")
    structlog.get_logger("x").info(
        "request", status=200, family_id="f-1", name="poll", given_name="Maya", error="Okafor"
    )
    (line,) = lines()
    assert line.keys() == {"event", "level", "timestamp", "status", "name"}


def test_the_context_of_a_request_is_filtered_like_its_fields(lines: Lines) -> None:
    logs.configure("info")
    with structlog.contextvars.bound_contextvars(request_id="r-1", token="secret"):
        structlog.get_logger("x").info("request")
    (line,) = lines()
    assert line["request_id"] == "r-1"
    assert "secret" not in str(line)


def test_a_library_says_where_and_what_kind_but_not_what(lines: Lines) -> None:
    logs.configure("info")
    try:
        raise ValueError("Maya Okafor")
    except ValueError:
        logging.getLogger("some.library").exception("failed for %s", "Maya Okafor")
    logging.getLogger("some.library").warning("slow query: SELECT 'Okafor'")
    failed, slow = lines()
    assert (failed["error_type"], failed["name"], slow["error_type"]) == (
        "ValueError",
        "some.library",
        None,
    )
    assert failed["place"].startswith("test_logs.py:")
    assert "Okafor" not in f"{failed}{slow}"


def test_lines_below_the_level_are_not_written(lines: Lines) -> None:
    logs.configure("error")
    structlog.get_logger("x").warning("request")
    structlog.get_logger("x").error("request")
    assert [each["level"] for each in lines()] == ["error"]


def test_the_server_writes_no_line_of_its_own_for_a_request(lines: Lines) -> None:
    logs.configure("info")
    logging.getLogger("uvicorn.access").warning("GET /v1/families/f-1")
    assert lines() == []


@pytest.mark.parametrize("name", ["uvicorn", "uvicorn.error"])
def test_what_goes_wrong_in_the_server_is_a_line_without_its_text(lines: Lines, name: str) -> None:
    logs.configure("info")
    try:
        raise ValueError("Maya Okafor")
    except ValueError:
        logging.getLogger(name).exception("Exception in ASGI application: Maya")
    (line,) = lines()
    assert (line["name"], line["error_type"]) == (name, "ValueError")
    assert "Maya" not in str(line)


def test_no_listed_field_could_hold_a_person() -> None:
    personal = {"family_id", "practitioner_id", "member_id", "staff_id", "path", "url", "detail"}
    assert not personal & logs.ALLOWED
