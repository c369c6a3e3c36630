"""Break-glass: what it opens, to whom, and all that it leaves closed."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.breaking import HEADER, banner, end, listed, opened, read, try_to_open
from tests.involving import (
    bookmark,
    bookmarks,
    heard,
    news,
    problem,
    token_for,
    types,
    withdraw,
)
from tests.world import Caller, World, etag, key, publish, register, shared_family

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def shared(world: World, anyio_backend: Any) -> dict[str, Any]:
    """A family that probation is not involved with."""
    return await shared_family(world)


async def test_it_opens_the_banner_and_the_alerts_of_one_family(world: World) -> None:
    family, other = await shared_family(world), await shared_family(world)
    alert, elsewhere = await publish(world, family), await publish(world, other)
    assert (await banner(world.lena, family)).status_code == 404
    grant = await opened(world.lena, family)
    shown = await banner(world.lena, family)
    assert shown.status_code == 200
    assert [each["id"] for each in shown.json()["alerts"]] == [alert["id"]]
    contact = shown.json()["alerts"][0]["contact"]
    assert contact["agency_id"] == str(world.agencies["health_visiting"].id)
    page = await world.lena.get(f"/v1/families/{family['id']}/alerts")
    assert [each["id"] for each in page.json()["items"]] == [alert["id"]]
    one = await world.lena.get(f"/v1/alerts/{alert['id']}")
    assert one.json() == (await world.amina.get(f"/v1/alerts/{alert['id']}")).json()
    until = datetime.fromisoformat(grant["expires_at"]).isoformat()
    for answer in (shown, page, one):
        assert answer.headers[HEADER] == f"{grant['id']}; expires={until}"
    assert (await banner(world.lena, other)).status_code == 404
    assert (await world.lena.get(f"/v1/alerts/{elsewhere['id']}")).status_code == 404


async def test_what_it_answers(world: World) -> None:
    family = await register(world)
    answer = await try_to_open(world.victor, family, reason_code="out_of_hours_duty")
    body = answer.json()
    assert answer.headers["Location"] == f"/v1/break-glass/{body['id']}"
    assert answer.headers["ETag"] == '"1"'
    now = world.clock.now()
    assert datetime.fromisoformat(body["opened_at"]) == now
    assert datetime.fromisoformat(body["expires_at"]) == now + timedelta(hours=3)
    assert datetime.fromisoformat(body["review_due"]).isoformat() == "2026-11-27T00:00:00+00:00"
    assert (body["family_id"], body["state"], body["review"]) == (family["id"], "open", None)
    assert body["practitioner"]["name"] == "Victor"
    assert (body["reason_code"], body["version"]) == ("out_of_hours_duty", 1)


async def test_she_reads_through_any_client_of_her_agency(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    await opened(world.lena, family)
    second = await superuser.fetchval(
        "INSERT INTO clients SELECT gen_random_uuid(), agency_id, 'Second', auth_method, "
        "secret_hash, NULL, NULL, false, 'active', 1, created_at FROM clients WHERE id = $1 "
        "RETURNING id",
        world.lena.agency.client_id,
    )
    first = world.lena.agency.client_id
    world.lena.agency.client_id = second
    try:
        through = Caller(world, world.lena.agency, world.lena.staff_id)
        assert (await banner(through, family)).status_code == 200
    finally:
        world.lena.agency.client_id = first


async def test_a_system_never_opens_it(world: World, shared: dict[str, Any]) -> None:
    problem(await try_to_open(world.probation_system, shared), 403, "forbidden")


async def test_what_is_no_family_is_not_found(world: World, shared: dict[str, Any]) -> None:
    for absent in (str(uuid4()), "1"):
        problem(await try_to_open(world.lena, {"id": absent}), 404, "not_found")


async def test_who_is_involved_needs_none(world: World, shared: dict[str, Any]) -> None:
    problem(await try_to_open(world.jonas, shared), 409, "conflict")


async def test_a_second_one_names_the_first(world: World) -> None:
    family = await shared_family(world)
    grant = await opened(world.lena, family)
    body = problem(await try_to_open(world.lena, family), 409, "break_glass_open")
    assert body["break_glass_id"] == grant["id"]
    assert (await try_to_open(world.victor, family)).status_code == 201
    assert (await end(grant, world.lena)).status_code == 200
    assert (await try_to_open(world.lena, family)).status_code == 201


async def test_of_two_openings_at_once_one_is_made(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    await world.lena.token()
    answers = await asyncio.gather(*(try_to_open(world.lena, family) for _ in range(6)))
    assert sorted(each.status_code for each in answers) == [201, *[409] * 5]
    made = await superuser.fetchval(
        "SELECT count(*) FROM break_glasses WHERE family_id = $1", UUID(family["id"])
    )
    assert made == 1


async def test_it_needs_a_key_and_a_repeated_request_opens_nothing_more(world: World) -> None:
    family = await shared_family(world)
    body = {"reason_code": "other", "reason": "Duty."}
    path = f"/v1/families/{family['id']}/break-glass"
    problem(await world.lena.post(path, body), 400, "idempotency_key_missing")
    same = key()
    first = await world.lena.post(path, body, headers=same)
    second = await world.lena.post(path, body, headers=same)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"reason_code": "curiosity"}, "/reason_code"),
        ({"reason": " "}, "/reason"),
        ({"hours": 12}, "/hours"),
    ],
)
async def test_a_reason_is_a_code_and_a_text(
    world: World, shared: dict[str, Any], changes: dict[str, Any], pointer: str
) -> None:
    refused = problem(await try_to_open(world.lena, shared, **changes), 422, "invalid")
    assert [each["pointer"] for each in refused["errors"]] == [pointer]


async def test_opening_is_counted_as_a_match_is(world: World, shared: dict[str, Any]) -> None:
    answer = await try_to_open(world.lena, {"id": str(uuid4())})
    assert answer.headers["RateLimit-Policy"].startswith('"match"')


async def test_both_agencies_are_told_at_once_and_nobody_else(world: World) -> None:
    family = await shared_family(world)
    marks = await bookmarks(world)
    grant = await opened(world.lena, family)
    told = ["break_glass.opened"]
    assert await heard(world, marks, grant["id"]) == {"health_visiting": told, "probation": told}
    [event] = await news(world.probation_system, marks["probation"])
    assert event["data"]["priority"] == "urgent"
    assert event["data"]["resource"]["url"].endswith(f"/v1/break-glass/{grant['id']}")
    assert "Called out" not in str(event)


async def test_who_leads_is_told_even_where_it_has_left(world: World) -> None:
    """A family with whom nobody is involved any more."""
    family = await register(world)
    own = (await world.amina.get(f"/v1/families/{family['id']}/involvements")).json()["items"][0]
    path = f"/v1/families/{family['id']}/involvements/{own['id']}/leave"
    assert (
        await world.amina.post(path, {"reason": "Closed"}, headers=etag(own))
    ).status_code == 200
    mark = await bookmark(world.health_visiting_system)
    await opened(world.lena, family)
    assert types(await news(world.health_visiting_system, mark)) == ["break_glass.opened"]


async def test_every_read_under_it_carries_its_mark(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    await banner(world.amina, family)
    grant = await opened(world.lena, family)
    await banner(world.lena, family)
    await world.lena.get(f"/v1/families/{family['id']}/alerts")
    await world.lena.get(f"/v1/alerts/{alert['id']}")
    rows = await superuser.fetch(
        "SELECT action, details ->> 'break_glass' AS mark FROM audit_entries "
        "WHERE family_id = $1 AND agency_id = $2 ORDER BY id",
        UUID(family["id"]),
        world.lena.agency.id,
    )
    assert [(each["action"], each["mark"]) for each in rows] == [
        ("break_glass.opened", None),
        ("banner.read", grant["id"]),
        ("alerts.listed", grant["id"]),
        ("alert.read", grant["id"]),
    ]
    unmarked = await superuser.fetchval(
        "SELECT count(*) FROM audit_entries WHERE agency_id <> $1 AND details ? 'break_glass'",
        world.lena.agency.id,
    )
    assert unmarked == 0


async def test_an_alert_that_has_ended_is_still_shown_as_ended(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    assert (await withdraw(alert, world.ruth)).status_code == 200
    await opened(world.lena, family)
    assert (await banner(world.lena, family)).json()["level"] == "none"
    one = await world.lena.get(f"/v1/alerts/{alert['id']}")
    assert one.json()["status"] == "withdrawn"


async def test_she_may_join_meanwhile_and_then_reads_as_everybody_involved(world: World) -> None:
    family = await shared_family(world)
    await opened(world.lena, family)
    ground = {"join_token": await token_for(family, world.lena)}
    body = {**ground, "local_id": "PR-77", "reason": "Supervises the father"}
    path = f"/v1/families/{family['id']}/involvements"
    assert (await world.lena.post(path, body)).status_code == 201
    assert (await world.victor.get(f"/v1/families/{family['id']}")).status_code == 200


async def test_her_own_are_listed_to_her_and_no_one_else_s(world: World) -> None:
    family = await shared_family(world)
    hers, his = await opened(world.lena, family), await opened(world.victor, family)
    assert hers["id"] in await listed(world.lena)
    assert his["id"] not in await listed(world.lena)
    problem(await world.lena.get(f"/v1/break-glass/{his['id']}"), 404, "not_found")
    problem(await end(his, world.lena), 404, "not_found")
    assert (await read(hers, world.lena))["practitioner"]["name"] == "Lena"
    assert await listed(world.amina) == []  # who may, of the agency that leads, has none of her own
    problem(await world.amina.get(f"/v1/break-glass/{hers['id']}"), 404, "not_found")


async def test_what_a_person_has_opened_is_found_by_one_index(world: World) -> None:
    """Through the policies of the table, which must not keep the index from being used."""
    connection = await asyncpg.connect(world.urls["doorstep_api"])
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL enable_seqscan = off")
            plan = await connection.fetch(
                "EXPLAIN SELECT id FROM break_glasses WHERE practitioner_id = $1 "
                "AND agency_id = $2 AND expires_at > $3 AND ended_at IS NULL",
                uuid4(),
                world.lena.agency.id,
                world.clock.now(),
            )
    finally:
        await connection.close()
    lines = [row[0] for row in plan]
    assert "ix_break_glasses_practitioner_id_expires_at" in lines[0]
    assert "practitioner_id = " in lines[1]
    assert "expires_at > " in lines[1]
