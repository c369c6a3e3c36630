"""What one malicious member could try: to end an involvement alone, to come back, to approve
its own alert, to learn by guessing."""

from datetime import timedelta
from typing import Any

import pytest

from api.foundation.quotas import Quota
from tests.conformance.scene import employ
from tests.involving import involvement_of, leave, pointers, problem, token_for
from tests.test_contests import contested, decided
from tests.world import Caller, World, a_family, etag, join, publish, register, shared_family

pytestmark = pytest.mark.anyio


async def governor(world: World, kind: str) -> Caller:
    """Information governance of an agency."""
    name = f"{kind}-governor".replace("_", "-")
    return world.people.get(name) or await employ(world, kind, name, ["information_governance"])


async def invited(world: World, family: dict[str, Any], who: Caller) -> dict[str, Any]:
    body = {"agency_id": str(who.agency.id), "reason": "Will work with the family"}
    answer = await world.amina.post(f"/v1/families/{family['id']}/invitations", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def joins(who: Caller, family: dict[str, Any], **ground: str) -> Any:
    body = {
        **ground,
        "local_id": f"again-{family['id'][-12:]}",
        "reason": "Works with the family",
        "practitioner": {"name": "A Colleague", "job_title": "practitioner"},
    }
    return await who.post(f"/v1/families/{family['id']}/involvements", body)


async def test_no_agency_decides_its_own_contest_against_the_lead(world: World) -> None:
    family = await shared_family(world)
    contest = (await contested(family, world.jonas, world.health_visiting_system)).json()
    own = await governor(world, "police")
    problem(await decided(family, contest, own), 403, "forbidden")
    assert (await decided(family, contest, world.owen)).status_code == 200


async def test_a_lead_that_contests_is_decided_upon_by_a_third_agency(world: World) -> None:
    family = await shared_family(world)
    contest = (await contested(family, world.amina, world.police_system)).json()
    own = await governor(world, "health_visiting")
    problem(await decided(family, contest, own), 403, "forbidden")
    assert (await decided(family, contest, world.owen)).status_code == 200


async def test_a_lead_decides_upon_the_one_other_agency_by_its_own_governance(
    world: World,
) -> None:
    family = await register(world)
    assert (await join(world, family, world.police_system)).status_code == 201
    contest = (await contested(family, world.amina, world.police_system)).json()
    problem(await decided(family, contest, world.ruth), 403, "forbidden")
    assert (await decided(family, contest, await governor(world, "health_visiting"))).is_success


async def test_leaving_and_joining_anew_evades_no_contest(world: World) -> None:
    family = await shared_family(world)
    contest = (await contested(family, world.tessa, world.police_system)).json()
    assert (await leave(family, world.police_system)).status_code == 200
    assert (await join(world, family, world.police_system)).status_code == 201
    assert (await decided(family, contest, world.ruth)).status_code == 200
    hidden = await world.police_system.get(f"/v1/families/{family['id']}")
    problem(hidden, 404, "not_found")


async def test_a_join_token_from_before_leads_nobody_back(world: World) -> None:
    family = await shared_family(world)
    kept = await token_for(family, world.police_system)
    world.clock.advance(timedelta(seconds=1))
    contest = (await contested(family, world.tessa, world.police_system)).json()
    assert (await decided(family, contest, world.ruth)).status_code == 200
    stale = await joins(world.police_system, family, join_token=kept)
    assert pointers(stale) == ["/join_token"]


async def test_an_agency_holds_one_invitation_and_none_once_it_has_joined(world: World) -> None:
    family = await register(world)
    invitation = await invited(world, family, world.lena)
    path = f"/v1/families/{family['id']}/invitations"
    again = {"agency_id": str(world.lena.agency.id), "reason": "Once more"}
    problem(await world.amina.post(path, again), 409, "conflict")
    assert (await join(world, family, world.lena)).status_code == 201
    contest = (await contested(family, world.amina, world.lena)).json()
    assert (await decided(family, contest, await governor(world, "health_visiting"))).is_success
    used = await joins(world.lena, family, invitation_id=invitation["id"])
    problem(used, 404, "not_found")
    problem(await world.lena.get(f"/v1/invitations/{invitation['id']}"), 404, "not_found")


async def test_a_local_id_leads_nobody_back_to_a_family_it_left(world: World) -> None:
    family = await shared_family(world)
    own = await involvement_of(family, world.police_system, world.police_system)
    assert (await leave(family, world.police_system)).status_code == 200
    asked = {"members": [{"identifiers": [{"system": "local_id", "value": own["local_id"]}]}]}
    found = await world.police_system.post("/v1/families/match", asked)
    assert found.json() == {"items": []}


async def test_guessing_by_adding_members_uses_up_the_quota_of_matching(world: World) -> None:
    family = await register(world)
    present = world.runtime.match_quota
    world.runtime.match_quota = Quota.per_hour("guesses", 1)
    try:
        child = a_family()["members"][0]
        path = f"/v1/families/{family['id']}/members"
        assert (await world.health_visiting_system.post(path, child)).status_code == 201
        refused = await world.amina.post(path, child)
        problem(refused, 429, "quota_exceeded")
    finally:
        world.runtime.match_quota = present


@pytest.mark.parametrize("spelling", ["Ruth", "RUTH.", "R u t h", "Ru\u200dth"])
async def test_no_spelling_of_a_name_lets_its_bearer_approve_their_own_alert(
    world: World, spelling: str
) -> None:
    family = await register(world)
    author = {"name": spelling, "job_title": "manager"}
    alert = await publish(world, family, author=author)
    answer = await world.ruth.post(f"/v1/alerts/{alert['id']}/ratify", {}, headers=etag(alert))
    problem(answer, 409, "conflict")


async def test_nobody_changes_their_own_record(world: World) -> None:
    path = f"/v1/agencies/{world.owen.agency.id}/practitioners"
    listed = (await world.owen.get(path)).json()["items"]
    own = next(each for each in listed if each["staff_id"] == world.owen.staff_id)
    renamed = await world.owen.patch(f"{path}/{own['id']}", {"name": "Other"}, headers=etag(own))
    problem(renamed, 409, "conflict")
