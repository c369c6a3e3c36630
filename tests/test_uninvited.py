"""A meeting does not exist for who is not invited: not by a field, a count, an error, an event, a
cursor or a version. A family with one is held against a family without."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.worker import pass_all_deadlines
from tests.arranging import decide, invite, uninvite
from tests.concluding import (
    POLICE,
    a_record,
    amend,
    an_action,
    days_after,
    finalise,
    held_meeting,
    respond,
)
from tests.involving import bookmarks, leave
from tests.watching import Watch, told_of
from tests.world import Caller, World, etag, join, key, publish, shared_family

pytestmark = pytest.mark.anyio

CANARY = "Canary4417Mt"
UNTOLD = ("police", "probation")


async def _meets(world: World, family: dict[str, Any], alert: dict[str, Any]) -> dict[str, Any]:
    """Of health visiting and the school, with everything that can come of a meeting."""
    health = str(world.amina.agency.id)
    named = [{"agency_id": health, "reason": f"{CANARY} why"}]
    purpose = {"purpose": f"{CANARY} purpose", "place": f"{CANARY} room"}
    meeting = await held_meeting(world, family, invited=named, **purpose)
    path = f"/v1/meetings/{meeting['id']}"
    report = {
        "audience": "invited",
        "known": f"{CANARY} known",
        "concerns": f"{CANARY} concerns",
        "child_lived_experience": f"{CANARY} child",
        "shared_with_family": {"done": True},
    }
    assert (await world.amina.post(f"{path}/reports", report)).status_code == 201
    why = {"member_id": family["members"][1]["id"], "why": f"{CANARY} impaired"}
    asked = await world.amina.post(f"{path}/exclusions", why)
    assert asked.status_code == 201
    refused = {"outcome": "refused", "reasons": f"{CANARY} calm"}
    assert (await decide(world.owen, asked.json(), refused)).status_code == 200
    outcome = await finalise(
        world,
        meeting,
        decisions=[{"decision": f"{CANARY} decided", "reasons": f"{CANARY} reasons"}],
        information=[{"agency_id": health, "said": f"{CANARY} said"}],
        actions=[
            an_action(health, what=f"{CANARY} to do", due_on=days_after(meeting, 7)),
            an_action(health, kind="reconsider_alert", alert_id=alert["id"]),
        ],
        alerts=[{"alert_id": alert["id"], "decision": "reconsider", "reasons": f"{CANARY} alert"}],
        risk_reduction_plan={
            "measures": [
                {"words": f"{CANARY} measure", "who": "All", "from_on": days_after(meeting, 1)}
            ],
            "review_due": days_after(meeting, 20),
        },
    )
    await _goes_on(world, meeting, outcome)
    found: dict[str, Any] = outcome
    return found


async def _goes_on(world: World, meeting: dict[str, Any], outcome: dict[str, Any]) -> None:
    """Everything that is written on it later."""
    assert (await respond(world.amina, outcome)).status_code == 201
    record = a_record(meeting, decisions=[{"decision": f"{CANARY} more", "reasons": "Heard."}])
    assert (await amend(world.owen, outcome, record)).status_code == 201
    action = (await world.amina.get(f"/v1/actions/{outcome['actions'][0]['id']}")).json()
    path = f"/v1/actions/{action['id']}/accept"
    accepted = await world.amina.post(path, {"practitioner": POLICE}, headers=etag(action))
    assert accepted.status_code == 200, accepted.text


def _ids(outcome: dict[str, Any]) -> list[str]:
    of_actions = [each["id"] for each in outcome["actions"]]
    return [outcome["meeting_id"], *of_actions, *(each["id"] for each in outcome["plans"])]


async def _write_with(watch: Watch, who: Caller) -> None:
    """Every write that can name a meeting, with an id that is hidden or none at all."""
    path, version = f"/v1/meetings/{watch.incident}", {"If-Match": '"1"'}
    for verb, body in (
        ("move", {"reason": "?", "place": "?"}),
        ("hold", {}),
        ("reports", {"audience": "invited", "known": "?", "concerns": "?",
                     "child_lived_experience": "?", "shared_with_family": {"done": True}}),
        ("outcome/responses", {"number": 1, "answer": "confirmed"}),
    ):  # fmt: skip
        watch.note(verb, await who.post(f"{path}/{verb}", body, headers={**version, **key()}))


async def _begins(world: World, hidden: bool) -> tuple[dict[str, Any], dict[str, Watch], list[str]]:
    """A family with a meeting or without, and who watches it."""
    family = await shared_family(world)
    alert = await publish(world, family)
    outcome = await _meets(world, family, alert) if hidden else None
    ids = _ids(outcome) if outcome else [str(uuid4())]
    watches = {kind: Watch(world, family["id"], ids[0]) for kind in UNTOLD}
    for each in watches.values():
        each.alerts = [alert["id"]]
    return family, watches, ids


async def _goes_by(
    world: World, family: dict[str, Any], watches: dict[str, Watch], marks: dict[str, Any]
) -> None:
    """The same steps in both families; what each agency sees of them."""
    probation, police = watches["probation"], watches["police"]
    probation.note("joined", await join(world, family, world.probation_system))
    await probation.of_family(world.lena)
    await police.of_family(world.jonas)
    await police.of_family(world.nadia)
    police.note("left", await leave(family, world.police_system))
    police.note("again", await join(world, family, world.police_system))
    for kind, watch in watches.items():
        await _write_with(watch, world.people["jonas" if kind == "police" else "lena"])
        await watch.feed(world.people[f"{kind}_system"], marks[kind])


async def test_a_family_with_a_hidden_meeting_looks_like_one_without(
    world: World, superuser: Any
) -> None:
    """Also when an action, a review and the next meeting are overdue."""
    marks = await bookmarks(world)
    without = await _begins(world, hidden=False)
    with_one = await _begins(world, hidden=True)
    world.clock.advance(timedelta(days=40))
    await pass_all_deadlines(world.worker)
    for family, watches, _ in (without, with_one):
        await _goes_by(world, family, watches, marks)
    await with_one[1]["probation"].across(world.lena)
    await with_one[1]["police"].across(world.nadia)
    for kind, watch in with_one[1].items():
        assert watch.found(CANARY) == []
        assert watch.found(*with_one[2]) == []
        assert watch.seen == without[1][kind].seen
        for each in with_one[2]:
            assert await told_of(superuser, world.agencies[kind].id, each) == 0


async def test_who_was_invited_and_is_not_any_more_finds_nothing(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    named = [{"agency_id": str(world.amina.agency.id), "reason": f"{CANARY} why"}]
    body = {"invited": named, "purpose": f"{CANARY} purpose", "starts_at": "2027-03-01T10:00:00Z",
            "ends_at": "2027-03-01T11:00:00Z"}  # fmt: skip
    made = await world.owen.post(f"/v1/families/{family['id']}/meetings", _meeting(body))
    assert made.status_code == 201, made.text
    asked = await invite(world.owen, made.json(), world.jonas)
    assert asked.status_code == 200, asked.text
    assert (await world.jonas.get(f"/v1/meetings/{made.json()['id']}")).status_code == 200
    assert (await uninvite(world.owen, asked.json(), world.jonas)).status_code == 200
    watch = Watch(world, family["id"], made.json()["id"])
    await watch.everything(world.jonas)
    assert watch.found(CANARY) == []


def _meeting(changes: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": "core_group",
        "place": f"{CANARY} room",
        "chair": {"staff_id": "staff-owen"},
        **changes,
    }
