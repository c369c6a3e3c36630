"""The operator runs the service and is never involved with a family."""

from typing import Any
from uuid import uuid4

import pytest

from tests.world import (
    World,
    a_family,
    an_alert,
    etag,
    join,
    key,
    nhs_number,
    register,
    shared_family,
)

pytestmark = pytest.mark.anyio


async def test_the_operator_s_system_registers_matches_and_joins_nothing(world: World) -> None:
    family = await register(world)
    match = {"members": [{"identifiers": [{"system": "nhs_number", "value": nhs_number()}]}]}
    path = f"/v1/families/{family['id']}"
    involvement = a_family()["involvement"]
    for who in (world.operator_system, world.ada):
        for method, where, body in (
            ("POST", "/v1/families", a_family()),
            ("POST", "/v1/families/match", match),
            ("POST", f"{path}/involvements", {"join_token": "x", **involvement}),
            ("POST", f"{path}/alerts", an_alert(family)),
            ("GET", "/v1/families", None),
            ("GET", path, None),
            ("GET", f"{path}/banner", None),
            ("GET", f"{path}/alerts", None),
            ("GET", "/v1/events", None),
        ):
            answer = await who.request(method, where, json=body, headers=key())
            assert (where, answer.status_code) == (where, 403)


async def test_a_join_token_of_another_agency_does_not_serve_the_operator(world: World) -> None:
    family = await register(world)
    identifiers = [
        {"system": each["system"], "value": each["value"]}
        for each in family["members"][0]["identifiers"]
    ]
    found = await world.police_system.post(
        "/v1/families/match", {"members": [{"identifiers": identifiers}]}
    )
    token = found.json()["items"][0]["join_token"]
    body = {**a_family()["involvement"], "join_token": token}
    path = f"/v1/families/{family['id']}/involvements"
    assert (await world.operator_system.post(path, body)).status_code == 403


async def test_the_operator_cannot_be_invited_or_named_in_an_audience(world: World) -> None:
    family = await shared_family(world)
    operator = str(world.agencies["operator"].id)
    invited = await world.amina.post(
        f"/v1/families/{family['id']}/invitations", {"agency_id": operator, "reason": "To help"}
    )
    assert invited.status_code == 422
    audience = {
        "kind": "agencies",
        "agencies": [{"agency_id": operator, "reason": "To help"}],
    }
    published = await world.health_visiting_system.post(
        f"/v1/families/{family['id']}/alerts", an_alert(family, audience=audience), headers=key()
    )
    assert published.status_code == 422
    pointers = [answer.json()["errors"][0]["pointer"] for answer in (invited, published)]
    assert pointers == ["/agency_id", "/audience/agencies"]


async def test_the_lead_cannot_be_handed_to_the_operator(world: World) -> None:
    path = f"/v1/families/{(await shared_family(world))['id']}"
    family = (await world.ruth.get(path)).json()
    answer = await world.ruth.post(
        f"{path}/lead",
        {"agency_id": str(world.agencies["operator"].id)},
        headers=etag(family),
    )
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/agency_id"]
    assert (await world.ruth.get(path)).json() == family


async def test_no_person_of_the_operator_can_hold_a_role_of_casework(world: World) -> None:
    operator = f"/v1/agencies/{world.agencies['operator'].id}"
    for role in ("practitioner", "manager", "chair", "information_governance", "system"):
        body = {"staff_id": f"s-{uuid4()}", "name": "A", "job_title": "b", "roles": [role]}
        refused = await world.ada.post(f"{operator}/practitioners", body)
        assert refused.status_code == 422


async def test_an_assertion_introduces_nobody_at_the_operator(world: World) -> None:
    asserted = world.assertion(world.agencies["operator"], f"s-{uuid4()}", name="A", job_title="b")
    answer = await world.http.post(
        "/oauth2/token",
        data={
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": asserted,
        },
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    people = await world.ada.get(f"/v1/agencies/{world.agencies['operator'].id}/practitioners")
    assert [each["staff_id"] for each in people.json()["items"]] == ["staff-ada"]


async def test_the_operator_cannot_suspend_itself(world: World) -> None:
    path = f"/v1/agencies/{world.agencies['operator'].id}"
    present = (await world.ada.get(path)).json()
    refused = await world.ada.post(f"{path}/suspend", headers=etag(present))
    assert refused.status_code == 409


async def test_the_database_itself_shows_the_operator_no_family(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    assert (await join(world, await register(world), world.police_system)).status_code == 201
    count = "SELECT count(*) FROM involvements WHERE family_id = $1 AND agency_id = $2"
    operator = world.agencies["operator"].id
    assert await superuser.fetchval(count, family["id"], operator) == 0
    async with superuser.transaction():
        await superuser.execute("SET LOCAL ROLE doorstep_api")
        await superuser.execute("SELECT set_config('doorstep.agency', $1, true)", str(operator))
        assert await superuser.fetchval("SELECT count(*) FROM families") == 0
        assert await superuser.fetchval("SELECT count(*) FROM involvements") == 0
