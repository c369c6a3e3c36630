"""What an outcome must hold before it is recorded: all that it lacks is said at once, each with
the section that asks for it."""

from typing import Any
from uuid import uuid4

import pytest

from tests.concluding import (
    a_draft,
    a_record,
    an_action,
    at,
    concluding,
    finalise,
    held_meeting,
    save,
    sections,
    try_to_finalise,
)
from tests.engaging import an_inability
from tests.involving import leave
from tests.world import World, an_alert, etag, key, publish, shared_family

pytestmark = pytest.mark.anyio


async def test_everything_that_is_missing_is_said_at_once(world: World) -> None:
    meeting = await held_meeting(world, await shared_family(world))
    draft = {"version": 0}
    found = sections(await try_to_finalise(world.owen, meeting, draft))
    assert set(found) == {
        "/attendance",
        "/decisions",
        "/child_lived_experience",
        "/next_meeting",
        "/family_sharing_plan",
    }
    assert all("(§4)" in each for each in found.values())
    assert (await world.owen.get(at(meeting))).status_code == 404


async def test_wrong_actions_plans_and_alerts_are_said_with_the_rest(world: World) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    body = {
        "decisions": [],
        "actions": [an_action(world.agencies["probation"].id)],
        "family_sharing_plan": {
            "not_yet": {"why": "He reads all post.", "look_again_on": "2026-01-01"}
        },
        "publish": [_alert(family, review_due="2026-01-01")],
    }
    found = sections(await concluding(world, meeting, **body))
    assert set(found) == {
        "/decisions",
        "/actions/0/agency_id",
        "/family_sharing_plan/not_yet/look_again_on",
        "/publish/0/review_due",
    }


def _alert(family: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return an_alert(family, author=None, **changes)


async def test_an_agency_that_was_not_invited_has_no_part_in_it(world: World) -> None:
    meeting = await held_meeting(world, await shared_family(world))
    other = str(world.agencies["probation"].id)
    who = {"name": "Lena", "job_title": "officer"}
    record = a_record(meeting)
    no = {"answer": "no", "statement": "Nobody."}
    body = {
        "attendance": [
            *record["attendance"],
            {"agency_id": other, "attendance": "absent"},
            {"agency_id": meeting["agency_id"], "attendance": "apologies"},
        ],
        "information": [
            {"agency_id": other, "said": "x"},
            {"agency_id": meeting["agency_id"], "said": "x", "agency_ids": [other]},
        ],
        "dissent": [{"agency_id": other, "who": who, "about": "x", "why": "x"}],
        "roles": [
            {
                "agency_id": other,
                "practitioner": who,
                "role": "x",
                "tasks": "x",
                "told_to_family": {"told": True},
            }
        ],
        "inability_answers": [
            {"agency_id": other, "gathering": no, "monitoring": no, "multi_agency_plan": no}
        ],
    }
    found = sections(await concluding(world, meeting, **body))
    assert set(found) == {
        "/attendance/3/agency_id",
        "/attendance/4/agency_id",
        "/information/0/agency_id",
        "/information/1/agency_ids/0",
        "/dissent/0/agency_id",
        "/roles/0/agency_id",
        "/inability_answers/0/agency_id",
    }


async def test_of_the_family_its_own_members_alone(world: World) -> None:
    family, other = await shared_family(world), await shared_family(world)
    invited, elsewhere = family["members"][1]["id"], other["members"][0]["id"]
    meeting = await held_meeting(world, family, member_ids=[invited], kind="core_group")
    came = {"member_id": invited, "attendance": "attended"}
    body: dict[str, Any] = {"family": [came, came, came | {"member_id": elsewhere}]}
    found = sections(await concluding(world, meeting, **body))
    assert set(found) == {"/family/1/member_id", "/family/2/member_id"}
    found = sections(await concluding(world, meeting, family=[]))
    assert set(found) == {"/family"}
    excluded = [{"member_id": invited, "attendance": "excluded"}]
    found = sections(await concluding(world, meeting, family=excluded))
    assert set(found) == {"/family/0/attendance"}
    not_invited = [{"member_id": invited, "attendance": "not_invited"}]
    found = sections(await concluding(world, meeting, family=not_invited))
    assert set(found) == {"/family/0/attendance"}


async def test_where_a_parent_was_not_there_the_family_is_told_by_a_plan(world: World) -> None:
    family = await shared_family(world)
    invited = family["members"][1]["id"]
    meeting = await held_meeting(world, family, member_ids=[invited], kind="core_group")
    absent = [{"member_id": invited, "attendance": "did_not_attend"}]
    without = {"family_sharing_plan": None}
    found = sections(await concluding(world, meeting, family=absent, **without))
    assert set(found) == {"/family_sharing_plan"}
    came = [{"member_id": invited, "attendance": "attended_in_part"}]
    assert (await finalise(world, meeting, family=came, **without))["plans"] == []


async def test_a_risk_reduction_meeting_draws_up_its_plan(world: World) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family, kind="risk_reduction_meeting")
    found = sections(await concluding(world, meeting))
    assert set(found) == {"/risk_reduction_plan"}
    measure = {"words": "Ring before and after.", "who": "All", "from_on": "2026-12-01"}
    plan = {"measures": [measure], "review_due": "2027-01-11"}
    outcome = await finalise(world, meeting, risk_reduction_plan=plan)
    kinds = [each["kind"] for each in outcome["plans"]]
    assert sorted(kinds) == ["family_sharing", "risk_reduction"]


async def test_what_follows_from_an_inability_is_answered(world: World) -> None:
    family = await shared_family(world)
    made = await world.jonas.post(
        f"/v1/families/{family['id']}/engagement/inabilities", an_inability(), headers=key()
    )
    assert made.status_code == 201, made.text
    meeting = await held_meeting(world, family)
    assert set(sections(await concluding(world, meeting))) == {"/inability_answers"}
    yes = {"answer": "yes", "statement": "The school, by Ms Cole."}
    answer = {
        "agency_id": str(world.agencies["police"].id),
        "gathering": yes,
        "monitoring": yes,
        "multi_agency_plan": yes,
    }
    twice = sections(await concluding(world, meeting, inability_answers=[answer, answer]))
    assert set(twice) == {"/inability_answers/1/agency_id"}
    outcome = await finalise(world, meeting, inability_answers=[answer])
    assert outcome["inability_answers"] == [answer]


async def test_the_next_meeting_is_after_this_one(world: World) -> None:
    meeting = await held_meeting(world, await shared_family(world))
    for day in (meeting["starts_at"][:10], "2029-01-01"):
        following = {"kind": "core_group", "on": day}
        found = sections(await concluding(world, meeting, next_meeting=following))
        assert set(found) == {"/next_meeting/on"}
    none = {"why_none": "The family moves away."}
    outcome = await finalise(world, meeting, next_meeting=none)
    assert outcome["next_meeting"]["why_none"] == "The family moves away."


async def test_who_attended_is_named(world: World) -> None:
    meeting = await held_meeting(world, await shared_family(world))
    record = a_record(meeting)["attendance"]
    nobody = [record[0] | {"people": []}, *record[1:]]
    assert set(sections(await concluding(world, meeting, attendance=nobody))) == {
        "/attendance/0/people"
    }


async def test_alerts_are_those_of_this_family_that_the_chair_reads(world: World) -> None:
    family = await shared_family(world)
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Attends"}
    hidden = await publish(world, family, audience={"kind": "agencies", "agencies": [police]})
    theirs = await publish(world, family)
    own = await publish(world, family, world.school_system, author={"staff_id": "staff-tessa"})
    elsewhere = await publish(world, await shared_family(world))
    meeting = await held_meeting(world, family)

    def said(alert: str, decision: str, **more: Any) -> dict[str, Any]:
        return {"alert_id": alert, "decision": decision, "reasons": "As before.", **more}

    alerts = [
        said(hidden["id"], "reconsider"),
        said(str(uuid4()), "kept"),
        said(elsewhere["id"], "reconsider"),
        said(theirs["id"], "kept"),
        said(own["id"], "reconsider"),
        said(own["id"], "withdrawn", version=9),
    ]
    found = sections(await concluding(world, meeting, alerts=alerts))
    assert set(found) == {
        "/alerts/0/alert_id",
        "/alerts/1/alert_id",
        "/alerts/2/alert_id",
        "/alerts/3/decision",
        "/alerts/4/decision",
        "/alerts/5/alert_id",
        "/alerts/5/version",
    }
    unknown = {found[f"/alerts/{place}/alert_id"] for place in range(3)}
    assert len(unknown) == 1  # hidden, absent and elsewhere alike


async def test_an_owner_that_was_not_invited_is_not_asked_to_think_again(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Attends"}
    meeting = await held_meeting(world, family, invited=[police])
    asked = {"alert_id": alert["id"], "decision": "reconsider", "reasons": "x"}
    found = sections(await concluding(world, meeting, alerts=[asked]))
    assert set(found) == {"/alerts/0/alert_id"}


async def test_an_agency_that_has_left_meanwhile_is_given_nothing_to_do(world: World) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    assert (await leave(family, world.police_system)).status_code == 200
    action = an_action(world.agencies["police"].id)
    found = sections(await concluding(world, meeting, actions=[action]))
    assert set(found) == {"/actions/0/agency_id"}


async def test_only_its_chair_records_it_and_only_as_last_saved(world: World) -> None:
    meeting = await held_meeting(world, await shared_family(world))
    draft = await save(world, meeting)
    for who in (world.tessa, world.jonas):
        assert (await try_to_finalise(who, meeting, draft)).status_code == 403
    stale = {**draft, "version": 7}
    assert (await try_to_finalise(world.owen, meeting, stale)).status_code == 412
    path = at(meeting, "/finalise")
    missing = await world.owen.post(path, headers=etag(draft))
    assert missing.json()["code"] == "idempotency_key_missing"
    assert (await try_to_finalise(world.owen, meeting, draft)).status_code == 201
    again = await try_to_finalise(world.owen, meeting, draft)
    assert (again.status_code, again.json()["meeting_status"]) == (409, "recorded")


async def test_repeated_with_the_same_key_it_is_recorded_once(world: World) -> None:
    meeting = await held_meeting(world, await shared_family(world))
    draft = await save(world, meeting, a_draft(meeting))
    headers = etag(draft) | key()
    first = await world.owen.post(at(meeting, "/finalise"), headers=headers)
    again = await world.owen.post(at(meeting, "/finalise"), headers=headers)
    assert (first.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.headers["Location"] == at(meeting, "?number=1")
