"""Positions are contiguous in every inbox, whatever commits beside what, or does not."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from tests.locks import COUNTER, held, waiters
from tests.world import Caller, World, an_alert, join, key, publish, register, shared_family

pytestmark = pytest.mark.anyio

SYSTEMS = ("health_visiting_system", "police_system", "school_system", "probation_system")


async def check_inboxes(superuser: Any) -> None:
    """Every inbox runs from 1 to its counter without a hole, and names each event once."""
    rows = await superuser.fetch(
        """
        SELECT c.agency_id, c.last_position, count(i.position) AS n, min(i.position) AS first,
               max(i.position) AS last, count(DISTINCT i.event_id) AS events
          FROM inbox_counters c LEFT JOIN inbox i USING (agency_id) GROUP BY 1, 2
        """
    )
    assert rows
    for row in rows:
        expected = (row["last_position"],) * 3
        assert (row["n"], row["last"] or 0, row["events"]) == expected
        assert row["first"] in {1, None}


async def feed(who: Caller) -> list[dict[str, Any]]:
    """All of it, by pages that are too short to hold it."""
    items: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 50}
    while True:
        page = (await who.get("/v1/events", params=query)).json()
        items += page["items"]
        query["after"] = page["next"]
        if not page["items"]:
            return items


async def overlapping_families(world: World) -> list[dict[str, Any]]:
    """Families whose involved agencies differ, but are never apart."""
    families = []
    for others in (SYSTEMS[1:2], SYSTEMS[1:3], SYSTEMS[1:4], SYSTEMS[2:4]):
        family = await register(world)
        for name in others:
            joined = await join(world, family, world.people[name])
            assert joined.status_code == 201, joined.text
        families.append({**family, "involved": (SYSTEMS[0], *others)})
    return families


async def test_sixteen_publishers_to_overlapping_audiences_never_block_each_other_for_good(
    world: World, superuser: Any
) -> None:
    families = await overlapping_families(world)
    jobs = [
        (family, world.people[family["involved"][number % len(family["involved"])]])
        for number in range(16)
        for family in families
    ]
    for _, who in jobs:
        await who.token()
    published = await asyncio.gather(*(publish_until_taken(who, family) for family, who in jobs))
    assert len(set(published)) == len(jobs)
    await check_inboxes(superuser)
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert await superuser.fetchval(deadlocks) == 0

    due = {name: set[str]() for name in SYSTEMS}
    for (family, _), alert in zip(jobs, published, strict=True):
        for name in family["involved"]:
            due[name].add(alert)
    for name in SYSTEMS:
        items = await feed(world.people[name])
        told = [x["data"]["resource"]["id"] for x in items if x["type"] == "alert.published"]
        assert [x["data"]["position"] for x in items] == list(range(1, len(items) + 1))
        assert sorted(told) == sorted(due[name])


async def publish_until_taken(who: Caller, family: dict[str, Any]) -> str:
    """As a client does: a 503 is tried again with the same key."""
    path, body, headers = f"/v1/families/{family['id']}/alerts", author(who, family), key()
    while True:
        answer = await who.post(path, body, headers=headers)
        if answer.status_code == 201:
            return str(answer.json()["id"])
        assert answer.status_code == 503, answer.text
        assert answer.json()["code"] == "unavailable"


def author(who: Caller, family: dict[str, Any]) -> dict[str, Any]:
    return an_alert(family, author={"name": "A Colleague", "job_title": "practitioner"})


async def test_a_transaction_held_open_makes_no_reader_skip_what_it_will_commit(
    world: World, superuser: Any
) -> None:
    """The held one has done everything but take its positions; others commit meanwhile."""
    shared, own = await shared_family(world), await register(world)
    await world.amina.token()
    before = len(await feed(world.health_visiting_system))
    school = world.agencies["school"].id
    async with held(world.urls["postgres"], COUNTER, school):
        slow = asyncio.create_task(
            world.amina.post(f"/v1/families/{shared['id']}/alerts", an_alert(shared), headers=key())
        )
        await waiters(superuser, 1)
        assert len(await feed(world.health_visiting_system)) == before
        assert len(await feed(world.police_system)) > 0
    assert (await slow).status_code == 201
    quick = await publish(world, own)
    told = (await feed(world.health_visiting_system))[before:]
    ids = [each["data"]["resource"]["id"] for each in told]
    assert ids == [(await slow).json()["id"], quick["id"]]
    await check_inboxes(superuser)


async def test_a_change_that_is_rolled_back_leaves_no_hole(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    await superuser.execute(
        """
        CREATE FUNCTION refuse_some() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.severity = 'caution' THEN RAISE EXCEPTION 'refused'; END IF;
        RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER refuse_some AFTER INSERT ON alerts
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_some()
        """
    )
    path = f"/v1/families/{family['id']}/alerts"
    severities = ["serious", "caution", "serious", "caution", "caution", "serious"]
    await world.amina.token()
    answers = await asyncio.gather(
        *(world.amina.post(path, an_alert(family, severity=x), headers=key()) for x in severities)
    )
    await superuser.execute("DROP FUNCTION refuse_some() CASCADE")
    assert [x.status_code for x in answers] == [500 if x == "caution" else 201 for x in severities]
    await check_inboxes(superuser)


async def test_who_cannot_get_a_lock_in_time_is_told_to_try_again(
    world: World, superuser: Any
) -> None:
    family, same_key = await shared_family(world), key()
    path, body = f"/v1/families/{family['id']}/alerts", an_alert(family)
    async with held(world.urls["postgres"], COUNTER, world.agencies["police"].id):
        refused = await world.amina.post(path, body, headers=same_key)
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    query = "SELECT count(*) FROM alerts WHERE family_id = $1"
    assert await superuser.fetchval(query, UUID(family["id"])) == 0
    again = await world.amina.post(path, body, headers=same_key)
    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (201, False)
    await check_inboxes(superuser)


async def test_several_events_of_one_change_take_consecutive_positions(
    world: World, superuser: Any
) -> None:
    """A joiner is told of every live alert at once."""
    family = await register(world)
    alerts = [(await publish(world, family))["id"] for _ in range(3)]
    before = len(await feed(world.probation_system))
    assert (await join(world, family, world.probation_system)).status_code == 201
    told = (await feed(world.probation_system))[before:]
    assert [x["data"]["resource"]["id"] for x in told if x["type"] == "alert.shared"] == alerts
    assert [x["type"] for x in told].count("family.agency_joined") == 1
    await check_inboxes(superuser)


async def test_an_event_whose_recipient_has_no_inbox_is_an_error_and_no_loss(
    world: World, superuser: Any
) -> None:
    family, same_key = await shared_family(world), key()
    path, police = f"/v1/families/{family['id']}/alerts", world.agencies["police"].id
    take = "DELETE FROM inbox_counters WHERE agency_id = $1 RETURNING last_position"
    last = await superuser.fetchval(take, police)
    refused = await world.amina.post(path, an_alert(family), headers=same_key)
    await superuser.execute("INSERT INTO inbox_counters VALUES ($1, $2)", police, last)
    assert refused.status_code == 500
    await check_inboxes(superuser)
    again = await world.amina.post(path, an_alert(family), headers=same_key)
    assert again.status_code == 201
