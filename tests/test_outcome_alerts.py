"""What a meeting decides about alerts: done under the rules of each act, seen by who reads the
alert, and all or nothing."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.concluding import (
    a_draft,
    an_action,
    at,
    concluding,
    finalise,
    held_meeting,
    save,
    sections,
    try_to_finalise,
)
from tests.conformance.scene import employ
from tests.meeting import schedule
from tests.world import World, an_alert, etag, publish, shared_family

pytestmark = pytest.mark.anyio

SAID = "Three calm visits since."
WEIGHED = {
    "severity": "A dog was set on the practitioner.",
    "time_since": "Eleven weeks.",
    "behaviour_since": "Two calm visits.",
    "one_off_stress": {"likely": False, "statement": "The same in spring."},
}
RENEWED = {
    "outcome": "renewed",
    "weighed": WEIGHED,
    "grounds": "The risk is as it was.",
    "review_due": "2027-03-01",
    "expires_on": "2027-08-01",
}


def about(alert: dict[str, Any], decision: str, **more: Any) -> dict[str, Any]:
    return {"alert_id": alert["id"], "decision": decision, "reasons": SAID, **more}


def changed(alert: dict[str, Any], **how: Any) -> dict[str, Any]:
    return about(alert, "changed", version=alert["version"], **how)


def withdrawn(alert: dict[str, Any]) -> dict[str, Any]:
    return about(alert, "withdrawn", version=alert["version"])


async def of_the_school(world: World, family: dict[str, Any], **changes: Any) -> dict[str, Any]:
    by = {"author": {"staff_id": "staff-tessa"}}
    return await publish(world, family, world.school_system, **{**by, **changes})


async def ratified(world: World, alert: dict[str, Any]) -> dict[str, Any]:
    path = f"/v1/alerts/{alert['id']}/ratify"
    answer = await world.owen.post(path, {}, headers=etag(alert))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def read(world: World, alert: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await world.owen.get(f"/v1/alerts/{alert['id']}")).json()
    return found


async def test_alerts_are_kept_renewed_replaced_withdrawn_and_published(world: World) -> None:
    family = await shared_family(world)
    kept, renewed, replaced, ended = [await of_the_school(world, family) for _ in range(4)]
    renewed = await ratified(world, await of_the_school(world, family, severity="caution"))
    meeting = await held_meeting(world, family)
    outcome = await finalise(
        world,
        meeting,
        alerts=[
            about(kept, "kept"),
            changed(renewed, review=RENEWED),
            changed(replaced, replacement=an_alert(family, author=None)),
            withdrawn(ended),
        ],
        publish=[an_alert(family, author=None, severity="caution")],
    )
    decisions = {each["alert_id"]: each["decision"] for each in outcome["alerts"]}
    assert decisions[kept["id"]] == "kept"
    assert decisions[renewed["id"]] == decisions[replaced["id"]] == "changed"
    assert decisions[ended["id"]] == "withdrawn"
    [published] = [each for each in decisions if decisions[each] == "published"]
    made = (await world.owen.get(f"/v1/alerts/{published}")).json()
    assert (made["status"], made["author"]["name"]) == ("provisional", "Owen")
    assert (await read(world, kept))["version"] == kept["version"]
    assert (await read(world, renewed))["review_due"] == "2027-03-01"
    assert (await read(world, replaced))["status"] == "provisional"  # until another ratifies
    assert (await read(world, ended))["status"] == "withdrawn"
    told = [each["type"] for each in await world.amina.events()]
    assert {"alert.published", "alert.renewed", "alert.withdrawn"} <= set(told)


async def test_another_agency_is_asked_to_think_again(world: World) -> None:
    family = await shared_family(world)
    first, second = await publish(world, family), await publish(world, family)
    meeting = await held_meeting(world, family)
    listed = an_action(
        first["agency_id"], kind="reconsider_alert", alert_id=first["id"], what="Ask the GP too."
    )
    asked = [
        about(first, "reconsider"),
        about(second, "reconsider", answer_by="2026-12-20"),
    ]
    wrong = [about(second, "reconsider", answer_by="2025-12-20")]
    assert set(sections(await concluding(world, meeting, alerts=wrong))) == {"/alerts/0/answer_by"}
    outcome = await finalise(world, meeting, actions=[listed], alerts=asked)
    actions = {each["alert_id"]: each for each in outcome["actions"]}
    assert len(outcome["actions"]) == 2
    assert actions[first["id"]]["what"] == "Ask the GP too."
    assert actions[second["id"]]["what"] == SAID
    assert actions[second["id"]]["due_on"] == "2026-12-20"
    assert actions[second["id"]]["agency_id"] == second["agency_id"]
    assert "action.assigned" in [each["type"] for each in await world.amina.events()]
    assert (await read(world, first))["version"] == first["version"]


async def test_an_answer_is_asked_for_within_ten_working_days(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    meeting = await held_meeting(world, family)
    outcome = await finalise(world, meeting, alerts=[about(alert, "reconsider")])
    [action] = outcome["actions"]
    assert 10 <= (_day(action["due_on"]) - world.clock.now().date()).days <= 20


def _day(text: str) -> Any:
    return date.fromisoformat(text)


async def test_who_does_not_read_an_alert_finds_no_trace_of_it(world: World) -> None:
    family = await shared_family(world)
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Attends"}
    named = {"audience": {"kind": "agencies", "agencies": [police]}}
    alert = await of_the_school(world, family, **named)
    meeting = await held_meeting(world, family)
    publishing = [an_alert(family, author=None, **named)]
    outcome = await finalise(world, meeting, alerts=[about(alert, "kept")], publish=publishing)
    assert len(outcome["alerts"]) == 2
    assert (await world.jonas.get(at(meeting))).json()["alerts"] == outcome["alerts"]
    seen = await world.amina.get(at(meeting))
    assert seen.json()["alerts"] == []
    page = await world.amina.get(at(meeting), headers={"Accept": "text/html"})
    for each in outcome["alerts"]:
        assert each["alert_id"] not in seen.text + page.text
    assert SAID not in seen.text + page.text


async def test_a_chair_does_to_alerts_what_their_other_roles_let_them_do(world: World) -> None:
    family = await shared_family(world)
    cora = await employ(world, "school", "cora", ["chair"])
    alert = await of_the_school(world, family, severity="caution")
    body = {"staff_id": "staff-cora"}
    spell = "%Y-%m-%dT%H:%M:%SZ"
    now = world.clock.now()
    times = {
        "starts_at": (now - timedelta(hours=3)).strftime(spell),
        "ends_at": (now - timedelta(hours=2)).strftime(spell),
    }
    meeting = await schedule(world, family, chair=body, **times)
    held = await cora.post(f"/v1/meetings/{meeting['id']}/hold", {}, headers=etag(meeting))
    assert held.status_code == 200, held.text
    every = [
        (withdrawn(alert), "alert:withdraw"),
        (changed(alert, review=RENEWED), "alert:review"),
        (changed(alert, replacement=an_alert(family, author=None)), "alert:correct"),
    ]
    version = 0
    for decided, permission in every:
        draft = await cora.request(
            "PUT",
            at(meeting),
            json=a_draft(meeting, alerts=[decided]),
            headers={"If-Match": f'"{version}"'},
        )
        version = draft.json()["version"]
        refused = await try_to_finalise(cora, meeting, draft.json())
        assert refused.status_code == 403
        assert permission in refused.json()["detail"]
    draft = await cora.request(
        "PUT",
        at(meeting),
        json=a_draft(meeting, publish=[an_alert(family, author=None)]),
        headers={"If-Match": f'"{version}"'},
    )
    assert "alert:publish" in (await try_to_finalise(cora, meeting, draft.json())).text
    kept = await cora.request(
        "PUT",
        at(meeting),
        json=a_draft(meeting, alerts=[about(alert, "kept")]),
        headers={"If-Match": f'"{version + 1}"'},
    )
    assert (await try_to_finalise(cora, meeting, kept.json())).status_code == 201


async def test_its_author_does_not_withdraw_a_severe_alert_by_way_of_a_meeting(
    world: World,
) -> None:
    family = await shared_family(world)
    alert = await of_the_school(world, family, author={"staff_id": "staff-owen"})
    await employ(world, "school", f"max-{alert['id'][:8]}", ["manager"])
    manager = world.people[f"max-{alert['id'][:8]}"]
    path = f"/v1/alerts/{alert['id']}/ratify"
    alert = (await manager.post(path, {}, headers=etag(alert))).json()
    meeting = await held_meeting(world, family)
    refused = await concluding(world, meeting, alerts=[withdrawn(alert)])
    assert (refused.status_code, refused.json()["alert_id"]) == (409, alert["id"])


async def test_what_an_act_refuses_is_pointed_at_in_the_draft(world: World) -> None:
    family = await shared_family(world)
    renewed = await ratified(world, await of_the_school(world, family, severity="caution"))
    replaced = await of_the_school(world, family)
    meeting = await held_meeting(world, family)
    late = {**RENEWED, "review_due": "2029-01-01", "expires_on": "2029-02-01"}
    nobody = {"kind": "member", "member_id": family["id"]}
    found = sections(
        await concluding(
            world,
            meeting,
            alerts=[
                changed(renewed, review=late),
                changed(replaced, replacement=an_alert(family, author=None, subject=nobody)),
            ],
        )
    )
    assert set(found) == {
        "/alerts/0/review/review_due",
        "/alerts/0/review/expires_on",
        "/alerts/1/replacement/subject",
    }


async def test_an_act_that_is_refused_leaves_nothing_half_written(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    first = await of_the_school(world, family)
    provisional = await of_the_school(world, family)  # not ratified: there is nothing to review
    meeting = await held_meeting(world, family)
    draft = await save(
        world,
        meeting,
        a_draft(
            meeting,
            actions=[an_action(world.agencies["police"].id)],
            alerts=[withdrawn(first), changed(provisional, review=RENEWED)],
            publish=[an_alert(family, author=None)],
        ),
    )
    before, events = await _rows(superuser), await world.jonas.events()
    refused = await try_to_finalise(world.owen, meeting, draft)
    assert (refused.status_code, refused.json()["alert_status"]) == (409, "provisional")
    assert refused.json()["alert_id"] == provisional["id"]
    assert await _rows(superuser) == before
    assert await world.jonas.events() == events
    assert (await read(world, first))["status"] == "provisional"
    assert (await world.owen.get(at(meeting, "/draft"))).json() == draft


async def _rows(superuser: Any) -> list[int]:
    tables = (
        "meeting_actions", "action_steps", "plans", "plan_versions", "outcome_versions",
        "outcome_information", "outcome_alerts", "outcome_drafts", "alerts", "alert_transitions",
        "meeting_steps", "events",
    )  # fmt: skip
    return [await superuser.fetchval(f"SELECT count(*) FROM {each}") for each in tables]
