"""Joining: on a token of one's own or an invitation, at once, and with everybody told."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.involving import (
    about,
    bookmark,
    involvement_of,
    joining,
    leave,
    news,
    pointers,
    problem,
    token_for,
    types,
)
from tests.world import Caller, World, join, publish, register, shared_family

pytestmark = pytest.mark.anyio


async def joins(who: Caller, family: dict[str, Any], ground: dict[str, Any]) -> Any:
    path = f"/v1/families/{family['id']}/involvements"
    return await who.post(path, joining(ground, f"L-{uuid4()}"))


async def invited(family: dict[str, Any], by: Caller, whom: Caller) -> dict[str, Any]:
    body = {"agency_id": str(whom.agency.id), "reason": "Starts there in January"}
    answer = await by.post(f"/v1/families/{family['id']}/invitations", body)
    assert answer.status_code == 201, answer.text
    invitation: dict[str, Any] = answer.json()
    return invitation


async def test_a_joiner_reads_the_family_and_is_listed(world: World) -> None:
    family = await register(world)
    assert (await world.police_system.get(f"/v1/families/{family['id']}")).status_code == 404
    answer = await join(world, family, world.police_system)
    involvement = answer.json()["involvement"]
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == f"/v1/families/{family['id']}/involvements"
    assert answer.json()["alerts"] == []
    listed = await involvement_of(family, world.police_system, world.health_visiting_system)
    assert listed == involvement
    assert involvement["until_at"] is None
    read = await world.police_system.get(f"/v1/families/{family['id']}")
    assert len(read.json()["involvements"]) == 2


async def test_everybody_involved_is_told_of_a_joiner(world: World) -> None:
    family = await register(world)
    await join(world, family, world.police_system)
    everybody = (world.health_visiting_system, world.police_system, world.school_system)
    marks = [await bookmark(who) for who in (*everybody, world.probation_system)]
    await join(world, family, world.school_system)
    for who, mark in zip(everybody, marks, strict=False):
        assert about(await news(who, mark), family["id"]) == ["family.agency_joined"]
    assert await news(world.probation_system, marks[-1]) == []


async def test_a_joiner_gets_the_live_alerts_in_the_answer_and_in_its_inbox(world: World) -> None:
    family = await register(world)
    live = await publish(world, family)
    ended = await publish(world, family)
    gone = await world.ruth.post(
        f"/v1/alerts/{ended['id']}/withdraw", {"reason": "Over."}, headers={"If-Match": '"1"'}
    )
    assert gone.status_code == 200, gone.text
    mark = await bookmark(world.police_system)
    answer = await join(world, family, world.police_system)
    assert answer.json()["alerts"] == [live]
    told = await news(world.police_system, mark)
    assert about(told, live["id"]) == ["alert.shared"]
    assert about(told, ended["id"]) == []
    assert (await world.police_system.get(f"/v1/alerts/{live['id']}")).json() == live


async def test_an_alert_for_named_agencies_is_not_shown_to_a_joiner(world: World) -> None:
    family = await shared_family(world)
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Attends with us"}
    named = await publish(world, family, audience={"kind": "agencies", "agencies": [police]})
    answer = await join(world, family, world.probation_system)
    assert answer.json()["alerts"] == []
    assert (await world.probation_system.get(f"/v1/alerts/{named['id']}")).status_code == 404
    assert about(await news(world.probation_system), named["id"]) == []


async def test_a_join_token_is_for_one_agency_and_one_family(world: World) -> None:
    family, other = await register(world), await register(world)
    token = {"join_token": await token_for(family, world.police_system)}
    problem(await joins(world.school_system, family, token), 404, "not_found")
    problem(await joins(world.police_system, other, token), 404, "not_found")
    assert (await joins(world.police_system, family, token)).status_code == 201


@pytest.mark.parametrize("forged", ["x", "AAAA" * 20, "ÄÖ", "eyJhbGciOiJub25lIn0..", "="])
async def test_a_token_that_we_did_not_make_opens_nothing(world: World, forged: str) -> None:
    family = await register(world)
    problem(await joins(world.police_system, family, {"join_token": forged}), 404, "not_found")


async def test_an_altered_token_opens_nothing(world: World) -> None:
    family = await register(world)
    token = await token_for(family, world.police_system)
    altered = ("A" if token[0] != "A" else "B") + token[1:]
    problem(await joins(world.police_system, family, {"join_token": altered}), 404, "not_found")


async def test_a_join_token_lasts_fifteen_minutes(world: World) -> None:
    family = await register(world)
    token = {"join_token": await token_for(family, world.police_system)}
    world.clock.advance(timedelta(minutes=15))
    refused = await joins(world.police_system, family, token)
    assert pointers(refused) == ["/join_token"]
    assert refused.json()["errors"][0]["code"] == "expired"
    token = {"join_token": await token_for(family, world.police_system)}
    world.clock.advance(timedelta(minutes=14, seconds=59))
    assert (await joins(world.police_system, family, token)).status_code == 201


async def test_who_is_involved_does_not_join_again(world: World) -> None:
    family = await shared_family(world)
    token = {"join_token": await token_for(family, world.police_system)}
    problem(await joins(world.police_system, family, token), 409, "conflict")


@pytest.mark.parametrize(
    ("ground", "pointer"),
    [
        ({}, ""),
        ({"join_token": "x", "invitation_id": str(uuid4())}, ""),
        ({"join_token": "x", "local_id": "with space"}, "/local_id"),
        ({"join_token": "x", "reason": ""}, "/reason"),
        ({"invitation_id": "none"}, "/invitation_id"),
        ({"join_token": "x", "lead": True}, "/lead"),
    ],
)
async def test_a_joining_without_one_ground_and_its_reason_is_refused(
    world: World, ground: dict[str, Any], pointer: str
) -> None:
    family = await register(world)
    body = {**joining({}, "POL-1"), **ground}
    path = f"/v1/families/{family['id']}/involvements"
    assert pointers(await world.police_system.post(path, body)) == [pointer]


async def test_a_joiner_names_its_practitioner_and_a_local_id_of_its_own(world: World) -> None:
    family, other = await register(world), await register(world)
    path = "/v1/families/{}/involvements"
    first = joining({"join_token": await token_for(family, world.police_system)}, "POL-SAME")
    nobody = {**first, "practitioner": None}
    refused = await world.police_system.post(path.format(family["id"]), nobody)
    assert pointers(refused) == ["/practitioner"]
    taken = await world.police_system.post(path.format(family["id"]), first)
    assert taken.status_code == 201
    second = joining({"join_token": await token_for(other, world.police_system)}, "POL-SAME")
    refused = await world.police_system.post(path.format(other["id"]), second)
    assert pointers(refused) == ["/local_id"]


async def test_an_invited_agency_is_told_reads_its_invitation_and_joins(world: World) -> None:
    family = await register(world)
    mark = await bookmark(world.probation_system)
    invitation = await invited(family, world.amina, world.lena)
    told = await news(world.probation_system, mark)
    assert types(told) == ["family.agency_invited"]
    address = told[0]["data"]["resource"]["url"].removeprefix("http://doorstep.test")
    assert (await world.lena.get(address)).json() == invitation
    assert invitation in (await world.lena.get("/v1/invitations")).json()["items"]
    ground = {"invitation_id": invitation["id"]}
    assert (await joins(world.lena, family, ground)).status_code == 201
    assert (await world.lena.get(f"/v1/families/{family['id']}")).status_code == 200


async def test_an_invitation_is_read_by_those_it_concerns_and_nobody_else(world: World) -> None:
    family = await register(world)
    invitation = await invited(family, world.amina, world.lena)
    path = f"/v1/invitations/{invitation['id']}"
    assert (await world.health_visiting_system.get(path)).status_code == 200
    problem(await world.police_system.get(path), 404, "not_found")
    assert (await world.police_system.get("/v1/invitations")).json()["items"] == []


async def test_an_invitation_is_for_the_invited_agency_and_that_family(world: World) -> None:
    family, other = await register(world), await register(world)
    ground = {"invitation_id": (await invited(family, world.amina, world.lena))["id"]}
    problem(await joins(world.police_system, family, ground), 404, "not_found")
    problem(await joins(world.lena, other, ground), 404, "not_found")
    problem(await joins(world.lena, family, {"invitation_id": str(uuid4())}), 404, "not_found")


async def test_an_invitation_lasts_seven_days(world: World) -> None:
    family = await register(world)
    invitation = await invited(family, world.amina, world.lena)
    world.clock.advance(timedelta(days=7))
    ground = {"invitation_id": invitation["id"]}
    problem(await joins(world.lena, family, ground), 404, "not_found")
    assert invitation not in (await world.lena.get("/v1/invitations")).json()["items"]
    ground = {"invitation_id": (await invited(family, world.amina, world.lena))["id"]}
    world.clock.advance(timedelta(days=7, seconds=-1))
    assert (await joins(world.lena, family, ground)).status_code == 201


async def test_an_invitation_is_used_once(world: World) -> None:
    family = await register(world)
    ground = {"invitation_id": (await invited(family, world.amina, world.lena))["id"]}
    assert (await joins(world.lena, family, ground)).status_code == 201
    assert (await leave(family, world.lena)).status_code == 200
    problem(await joins(world.lena, family, ground), 404, "not_found")


async def test_who_left_joins_again_only_as_anybody_would(world: World) -> None:
    family = await shared_family(world)
    before = await involvement_of(family, world.police_system, world.police_system)
    assert (await leave(family, world.police_system)).status_code == 200
    problem(await joins(world.police_system, family, {"join_token": "none"}), 404, "not_found")
    again = await join(world, family, world.police_system)
    assert again.status_code == 201
    assert again.json()["involvement"]["id"] != before["id"]


async def test_only_a_known_agency_that_is_not_involved_is_invited(world: World) -> None:
    family = await shared_family(world)
    path = f"/v1/families/{family['id']}/invitations"
    for agency_id in (uuid4(), world.agencies["operator"].id):
        body = {"agency_id": str(agency_id), "reason": "Why not"}
        assert pointers(await world.amina.post(path, body)) == ["/agency_id"]
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Why not"}
    problem(await world.amina.post(path, police), 409, "conflict")
    problem(await world.lena.post(path, police), 404, "not_found")
    problem(await world.health_visiting_system.post(path, police), 403, "forbidden")


async def test_who_joins_a_family_that_everybody_has_left_leads_it(world: World) -> None:
    family = await register(world)
    assert (await leave(family, world.health_visiting_system)).status_code == 200
    assert (await join(world, family, world.police_system)).status_code == 201
    now = (await world.jonas.get(f"/v1/families/{family['id']}")).json()
    assert now["lead_agency_id"] == str(world.agencies["police"].id)
    assert now["version"] == family["version"] + 1
    assert (await join(world, family, world.school_system)).status_code == 201
    now = (await world.jonas.get(f"/v1/families/{family['id']}")).json()
    assert now["lead_agency_id"] == str(world.agencies["police"].id)
