"""The draft of an outcome: put together over days, and seen by the chair alone."""

import asyncio
from datetime import timedelta

import pytest

from tests.concluding import a_draft, at, finalise, held_meeting, save, try_to_save
from tests.meeting import schedule
from tests.world import Caller, World, shared_family

pytestmark = pytest.mark.anyio


async def test_a_draft_is_saved_whole_with_parts_missing(world: World) -> None:
    meeting = await held_meeting(world, await shared_family(world))
    before = (await world.owen.get(at(meeting, "/draft"))).json()
    assert (before["version"], before["saved_at"]) == (0, None)
    assert before["outcome"]["decisions"] == []
    decisions = [{"decision": "Meet again.", "reasons": "Nobody knows yet."}]
    first = await save(world, meeting, {"decisions": decisions})
    assert (first["version"], first["outcome"]["decisions"]) == (1, decisions)
    second = await save(world, meeting, {"attendance": []}, 1)
    assert (second["version"], second["outcome"]["decisions"]) == (2, [])
    read = await world.owen.get(at(meeting, "/draft"))
    assert read.json() == second
    assert read.headers["ETag"] == '"2"'
    again = await try_to_save(world.owen, meeting, second["outcome"], 2)
    assert again.json()["outcome"] == second["outcome"]


async def test_nobody_else_learns_of_it(world: World) -> None:
    family = await shared_family(world)
    await world.add_agency("gp", {"gabi": ["chair"]})
    meeting = await held_meeting(world, family)
    feeds = [await who.events() for who in (world.amina, world.jonas)]
    await save(world, meeting)
    assert [await who.events() for who in (world.amina, world.jonas)] == feeds
    for who in (world.amina, world.tessa, world.ruth):
        assert (await who.get(at(meeting, "/draft"))).status_code == 403  # no chair of anything
    assert (await world.gabi.get(at(meeting, "/draft"))).status_code == 404
    assert (await try_to_save(world.gabi, meeting, {}, 1)).status_code == 404
    accesses = (await world.ruth.get(f"/v1/families/{family['id']}/accesses")).json()
    assert "draft" not in str(accesses)


async def test_another_chair_who_is_invited_finds_no_draft(world: World) -> None:
    body = {"staff_id": "staff-cora", "name": "Cora", "job_title": "head", "roles": ["chair"]}
    school = world.agencies["school"]
    await world.owen.post(f"/v1/agencies/{school.id}/practitioners", body)
    cora = Caller(world, school, "staff-cora", "Cora")
    meeting = await held_meeting(world, await shared_family(world))
    await save(world, meeting)
    assert (await cora.get(f"/v1/meetings/{meeting['id']}")).status_code == 200
    assert (await cora.get(at(meeting, "/draft"))).status_code == 404
    assert (await try_to_save(cora, meeting, {}, 1)).status_code == 403


async def test_only_a_meeting_that_was_held_has_one(world: World) -> None:
    meeting = await schedule(world, await shared_family(world), **_later(world))
    refused = await try_to_save(world.owen, meeting, {})
    assert (refused.status_code, refused.json()["meeting_status"]) == (409, "scheduled")
    held = await held_meeting(world, await shared_family(world))
    await finalise(world, held)
    refused = await try_to_save(world.owen, held, {}, 1)
    assert (refused.status_code, refused.json()["legal_acts"]) == (
        409,
        ["invite", "hand_over", "amend"],
    )
    assert (await world.owen.get(at(held, "/draft"))).json()["version"] == 0


def _later(world: World) -> dict[str, str]:
    spell = "%Y-%m-%dT%H:%M:%SZ"
    now = world.clock.now()
    return {
        "starts_at": (now + timedelta(hours=1)).strftime(spell),
        "ends_at": (now + timedelta(hours=2)).strftime(spell),
    }


async def test_of_two_saves_at_once_one_is_refused(world: World) -> None:
    meeting = await held_meeting(world, await shared_family(world))
    await world.owen.token()
    both = [try_to_save(world.owen, meeting, a_draft(meeting)) for _ in range(2)]
    answers = await asyncio.gather(*both)
    assert sorted(each.status_code for each in answers) == [200, 412]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (
            {"information": [{"agency_id": "$", "said": "x", "agency_ids": []}]},
            "/information/0/agency_ids",
        ),
        (
            {"next_meeting": {"kind": "core_group"}},
            "/next_meeting/why_none",
        ),
        (
            {"next_meeting": {"kind": "core_group", "on": "2027-01-01", "why_none": "x"}},
            "/next_meeting/why_none",
        ),
        (
            {"alerts": [{"alert_id": "$", "decision": "withdrawn", "reasons": "x"}]},
            "/alerts/0/version",
        ),
        (
            {"alerts": [{"alert_id": "$", "decision": "kept", "reasons": "x", "version": 1}]},
            "/alerts/0/version",
        ),
        (
            {"alerts": [{"alert_id": "$", "decision": "changed", "reasons": "x", "version": 1}]},
            "/alerts/0/review",
        ),
        (
            {
                "alerts": [
                    {
                        "alert_id": "$",
                        "decision": "kept",
                        "reasons": "x",
                        "answer_by": "2026-12-01",
                    }
                ]
            },
            "/alerts/0/answer_by",
        ),
        (
            {"alerts": [{"alert_id": "$", "decision": "published", "reasons": "x"}]},
            "/alerts/0/decision",
        ),
        (
            {
                "roles": [
                    {
                        "agency_id": "$",
                        "practitioner": {"name": "A", "job_title": "b"},
                        "role": "x",
                        "tasks": "x",
                        "told_to_family": {"told": False},
                    }
                ]
            },
            "/roles/0/told_to_family/why_not",
        ),
    ],
)
async def test_what_contradicts_itself_is_not_saved(
    world: World, body: dict[str, object], pointer: str
) -> None:
    meeting = await held_meeting(world, await shared_family(world))
    filled = _filled(body, meeting["agency_id"])
    refused = await try_to_save(world.owen, meeting, filled)
    assert refused.status_code == 422
    assert pointer in [each["pointer"] for each in refused.json()["errors"]]


def _filled(value: object, agency: str) -> object:
    if isinstance(value, dict):
        return {name: _filled(each, agency) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, agency) for each in value]
    return agency if value == "$" else value


async def test_an_alert_that_is_ended_is_not_reviewed_in_a_draft(world: World) -> None:
    meeting = await held_meeting(world, await shared_family(world))
    said = "x"
    stress = {"likely": False, "statement": said}
    weighed = {"severity": said, "time_since": said, "behaviour_since": said}
    review = {
        "outcome": "withdrawn",
        "weighed": weighed | {"one_off_stress": stress},
        "grounds": said,
    }
    alert = {
        "alert_id": meeting["id"],
        "decision": "changed",
        "reasons": said,
        "version": 1,
        "review": review,
    }
    refused = await try_to_save(world.owen, meeting, {"alerts": [alert]})
    assert refused.json()["errors"][0]["pointer"] == "/alerts/0/review"
