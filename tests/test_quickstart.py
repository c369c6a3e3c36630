"""The README's quickstart and the pages with calls, pasted into a shell beside a service."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service import ROOT, RunningService, running_service

pytestmark = pytest.mark.anyio

ANSWER = re.compile(r"^(\{.*\})\n→ (\d{3})$", re.MULTILINE)


def blocks_of(page: str) -> str:
    """Every bash block of a page, in order; a person would stop at the first failure."""
    blocks = re.findall(r"^```bash\n(.*?)^```", (ROOT / page).read_text(), re.M | re.S)
    return "\n".join(["set -euo pipefail", *blocks])


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    home: Path = tmp_path_factory.mktemp("quickstart") / "home"
    with running_service(home) as running:
        yield running


@pytest.fixture(scope="module")
def answers(service: RunningService) -> list[tuple[int, dict[str, Any]]]:
    """Status and body of everything that the quickstart shows."""
    return run(service, "README.md")


def run(service: RunningService, page: str) -> list[tuple[int, dict[str, Any]]]:
    done = subprocess.run(
        ["bash", "-c", blocks_of(page)],
        cwd=ROOT,
        env=service.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [(int(status), json.loads(body)) for body, status in ANSWER.findall(done.stdout)]


def test_every_step_is_answered_as_the_readme_says(
    answers: list[tuple[int, dict[str, Any]]],
) -> None:
    statuses = [status for status, _ in answers]
    assert statuses == [201, 201, 200, 404, 201, 200, 200, 200, 200, 200]


def test_the_webhook_is_created_with_its_secret_and_waits_for_its_receiver(
    answers: list[tuple[int, dict[str, Any]]],
) -> None:
    webhook = answers[1][1]
    assert webhook["status"] == "pending_verification"
    assert webhook["secret"].startswith("whsec_")
    assert webhook["public_key"].startswith("whpk_")


def test_the_alert_goes_from_provisional_to_active_to_withdrawn(
    answers: list[tuple[int, dict[str, Any]]],
) -> None:
    read, refused, ratified, withdrawn = (answers[each][1] for each in (2, 3, 5, 7))
    assert [each["status"] for each in (read, ratified, withdrawn)] == [
        "provisional",
        "active",
        "withdrawn",
    ]
    assert refused["code"] == "not_found"
    assert answers[4][1]["alert_id"] == read["id"]


def test_the_banner_warns_until_the_alert_is_withdrawn(
    answers: list[tuple[int, dict[str, Any]]],
) -> None:
    assert (answers[6][1]["level"], answers[8][1]["level"]) == ("serious", "none")


def test_the_feed_of_the_police_holds_the_whole_story_in_order(
    answers: list[tuple[int, dict[str, Any]]],
) -> None:
    items = answers[9][1]["items"]
    types = [each["type"] for each in items if each["type"].split(".")[0] in {"alert", "webhook"}]
    assert types == ["webhook.created", "alert.published", "alert.ratified", "alert.withdrawn"]
    positions = [each["data"]["position"] for each in items]
    assert positions == list(range(1, len(positions) + 1))


def test_the_life_of_an_alert_goes_as_its_page_says(service: RunningService) -> None:
    shown = run(service, "docs/alerts.md")
    statuses = [status for status, _ in shown]
    joined, told, challenged = [201, 200, 201, 200], [200, 409, 200, 200], [200] * 4
    reviewed, superseded, recalled = [200, 201], [200, 200], [200, 201, 200, 200]
    assert statuses == joined + told + challenged + reviewed + superseded + recalled
    ended = [body["status"] for _, body in shown if body.get("status") == "superseded"]
    assert ended == ["superseded"]
    assert shown[-1][1]["items"][0]["outstanding"] == 1


def test_an_incident_goes_as_its_page_says(service: RunningService) -> None:
    shown = run(service, "docs/incidents.md")
    recorded, corrected, decided = [200, 404], [200, 200, 200], [200, 200, 200, 404]
    together, ended = [201, 200], [409, 200, 200, 200, 200]
    assert [status for status, _ in shown] == recorded + corrected + decided + together + ended
    least, complete = shown[0][1], shown[3][1]
    assert len(least["outstanding"]) > len(complete["outstanding"]) > 0
    assert shown[7][1]["outstanding"] is None  # the police's
    banner, refused, error = shown[10][1], shown[11][1], shown[-1][1]
    assert (banner["level"], banner["last_incident"]) == ("serious", None)
    assert (refused["undecided"], refused["decision_missing"]) == ([], True)
    assert error["status"] == "entered_in_error"


def test_engagement_goes_as_its_page_says(service: RunningService) -> None:
    shown = run(service, "docs/engagement.md")
    observed, corrected = [200, 422, 201, 200], [200, 200]
    constrained, unable = [200, 403, 200], [200, 200]
    asked = [200, 200, 201, 200]
    statuses = [status for status, _ in shown]
    assert statuses == [201, *observed, *corrected, *constrained, *unable, *asked, 200]
    [banner] = [body for _, body in shown if "assessment_constraints" in body]
    assert [each["area"]["code"] for each in banner["assessment_constraints"]] == [
        "seeing_child_alone"
    ]
    assert shown[-1][1]["pattern"] == "none"
    told = [each["type"] for each in shown[-2][1]["items"]]
    assert {"engagement.observed", "assessment_constraint.resolved"} <= set(told)


def test_sharing_checks_and_reflections_go_as_their_page_says(service: RunningService) -> None:
    shown = run(service, "docs/sharing-checks.md")
    joined, asked, owed = [201], [200, 404, 403, 200], [200, 404]
    discharged, reflected = [403, 200, 200], [200, 200, 404]
    assert [status for status, _ in shown] == joined + asked + owed + discharged + reflected
    bodies = [body for _, body in shown]
    assert bodies[1]["note"] not in json.dumps(bodies[5:])
    assert bodies[8]["discharge"]["by"] == "alert"
    assert [each["type"] for each in bodies[9]["items"]] == [
        "sharing_check.discharged",
        "sharing_check.obliged",
    ]
    assert [each["version"] for each in bodies[11]["items"]] == [2, 1]


def test_a_written_agreement_goes_as_its_page_says(service: RunningService) -> None:
    shown = run(service, "docs/agreements.md")
    statuses = [status for status, _ in shown]
    joined, answered, broken = [201, 200, 200], [200, 200, 200], [201, 200]
    reviewed, handed_over = [200] * 5, [200] * 4
    assert statuses == joined + answered + broken + reviewed + handed_over
    went = [body["status"] for _, body in shown if "replaces_id" in body]
    assert went == [
        *("drafted", "drafted", "given", "refused", "in_force"),
        *("in_force", "in_force", "given", "in_force", "replaced", "in_force", "ended"),
    ]
    assert [each["act"] for each in shown[-1][1]["items"]][-2:] == ["review", "replace"]


def test_a_practitioners_meeting_goes_as_its_page_says(service: RunningService) -> None:
    shown = run(service, "docs/meetings.md")
    scheduled, before, drafted = [200, 404, 200], [201, 200], [200, 200, 200]
    recorded, answered = [422, 200, 200, 404], [201, 200, 201, 200]
    followed_up, planned = [200] * 3, [200] * 3
    assert [status for status, _ in shown] == [
        *scheduled, *before, *drafted, *recorded, *answered, *followed_up, *planned,
    ]  # fmt: skip
    refused, outcome, banner = shown[8][1], shown[10][1], shown[-2][1]
    assert {each["pointer"] for each in refused["errors"]} == {"/family_sharing_plan"}
    assert "§4" in refused["errors"][0]["detail"]
    assert [each["confidential"] for each in outcome["information"]] == [False, True]
    kinds = {each["kind"] for each in banner["plans"]}
    assert kinds == {"family_sharing", "risk_reduction"}
    assert shown[-1][1]["items"] == []
