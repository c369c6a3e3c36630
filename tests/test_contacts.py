"""Whom to ring: every involved agency and its practitioner, and nothing else of it."""

from typing import Any
from uuid import UUID

import pytest

from tests.involving import PRACTITIONER, joining, leave, problem, token_for
from tests.world import World, etag, register

pytestmark = pytest.mark.anyio

URGENT = {"name": "Duty desk", "telephone": "+44 1472 000000"}


async def test_every_involved_agency_is_shown_with_whom_to_ring(world: World) -> None:
    family = await register(world)
    agency = (await world.owen.get(f"/v1/agencies/{world.agencies['school'].id}")).json()
    given = await world.owen.patch(
        f"/v1/agencies/{agency['id']}", {"emergency_contact": URGENT}, headers=etag(agency)
    )
    assert given.status_code == 200, given.text
    ground = {"join_token": await token_for(family, world.school_system)}
    body = {**joining(ground, "PUPIL-77"), "family_role": "class teacher"}
    path = f"/v1/families/{family['id']}"
    joined = await world.school_system.post(f"{path}/involvements", body)
    assert joined.status_code == 201, joined.text
    shown = await world.amina.get(f"{path}/contacts")
    assert shown.status_code == 200, shown.text
    assert shown.json()["items"] == [
        {
            "agency_id": str(world.agencies["health_visiting"].id),
            "agency": "health_visiting agency",
            "kind": "health_visiting",
            "emergency_contact": None,
            "practitioner": {"name": "Amina Patel", "job_title": "health visitor"},
            "family_role": None,
            "leads": True,
        },
        {
            "agency_id": str(world.agencies["school"].id),
            "agency": "school agency",
            "kind": "school",
            "emergency_contact": given.json()["emergency_contact"],
            "practitioner": PRACTITIONER,
            "family_role": "class teacher",
            "leads": False,
        },
    ]
    assert "PUPIL-77" not in shown.text
    assert "Works with the family" not in shown.text
    assert shown.headers["Cache-Control"] == "no-store"


async def test_who_has_left_is_no_contact_and_sees_none(world: World) -> None:
    family = await register(world)
    ground = {"join_token": await token_for(family, world.police_system)}
    path = f"/v1/families/{family['id']}"
    await world.police_system.post(f"{path}/involvements", joining(ground, "POL-1"))
    assert len((await world.jonas.get(f"{path}/contacts")).json()["items"]) == 2
    assert (await leave(family, world.police_system)).status_code == 200
    [left] = (await world.amina.get(f"{path}/contacts")).json()["items"]
    assert left["kind"] == "health_visiting"
    for who in (world.jonas, world.lena):
        problem(await who.get(f"{path}/contacts"), 404, "not_found")


async def test_reading_contacts_is_audited(world: World, superuser: Any) -> None:
    family = await register(world)
    answer = await world.amina.get(f"/v1/families/{family['id']}/contacts")
    [entry] = await superuser.fetch(
        "SELECT * FROM audit_entries WHERE request_id = $1", UUID(answer.headers["X-Request-ID"])
    )
    assert (entry["action"], str(entry["family_id"])) == ("family.contacts_read", family["id"])
