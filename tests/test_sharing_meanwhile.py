"""Recording, deciding, joining and leaving at the very same moment, and being cut off in between:
no agency is forgotten, and nothing is half done."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from api.incidents.deadlines import remind_of_missing
from api.incidents.sharing.deadlines import urge_decisions
from tests.hostility import (
    an_incident,
    close,
    correct,
    decide,
    decide_how_to_go_on,
    decisions_of,
    not_shared_with,
    record,
    shared_with,
    throw_out,
    try_to_record,
)
from tests.involving import about, bookmark, joining, leave, news, token_for
from tests.locks import COUNTER, held, waiters
from tests.world import Caller, World, an_alert, join, key, register, shared_family

pytestmark = pytest.mark.anyio

ROUNDS = 4


async def joins(family: dict[str, Any], who: Caller, token: str, local_id: str) -> Any:
    body = joining({"join_token": token}, local_id)
    return await who.post(f"/v1/families/{family['id']}/involvements", body)


async def considered(incident: dict[str, Any], who: Caller) -> dict[str, str]:
    items = (await decisions_of(incident, who))["items"]
    return {each["agency_id"]: each["outcome"] for each in items}


async def test_two_who_decide_at_once_do_not_overwrite_each_other(world: World) -> None:
    for _ in range(ROUNDS):
        family = await shared_family(world)
        incident = await record(world, family)
        made = await asyncio.gather(
            decide(incident, world.amina, shared_with(world.police_system)),
            decide(incident, world.ruth, not_shared_with(world.police_system)),
        )
        assert sorted(each.status_code for each in made) == [200, 412], [e.text for e in made]


async def test_who_corrects_and_who_shares_at_once_see_each_other(world: World) -> None:
    family = await shared_family(world)
    incident = await record(world, family)
    made = await asyncio.gather(
        decide(incident, world.amina, shared_with(world.police_system)),
        correct(incident, world.ruth, what_happened="Shouted."),
    )
    assert sorted(each.status_code for each in made) == [200, 412], [e.text for e in made]


@pytest.mark.parametrize("first", ["records", "joins"])
async def test_who_joins_while_an_incident_is_recorded_is_considered(
    world: World, superuser: Any, first: str
) -> None:
    """Whichever of the two is about to commit, and waits to tell its own agency."""
    family = await register(world)
    police = world.police_system
    token = await token_for(family, police)

    async def recording() -> Any:
        return await try_to_record(world, family)

    async def entering() -> Any:
        return await joins(family, police, token, f"RECORDING-{first}")

    one, other = (recording, entering) if first == "records" else (entering, recording)
    async with held(world.urls["postgres"], COUNTER, world.agencies["health_visiting"].id):
        before = asyncio.create_task(one())
        await waiters(superuser, 1)
        after = asyncio.create_task(other())
        await waiters(superuser, 2)
    answers = [await before, await after]
    assert [each.status_code for each in answers] == [201, 201], [e.text for e in answers]
    incident = answers[0 if first == "records" else 1].json()
    assert await considered(incident, world.amina) == {str(police.agency.id): "undecided"}


async def test_who_leaves_while_it_is_decided_on_leaves_nothing_undecided(
    world: World, superuser: Any
) -> None:
    for _ in range(ROUNDS):
        family = await shared_family(world)
        incident = await record(world, family)
        decided, left = await asyncio.gather(
            decide(incident, world.amina, shared_with(world.police_system)),
            leave(family, world.police_system),
        )
        assert left.status_code == 200, left.text
        assert decided.status_code in {200, 422}, decided.text
    orphans = await superuser.fetchval(
        "SELECT count(*) FROM sharing_decisions d WHERE outcome = 'undecided' AND NOT EXISTS ("
        "SELECT FROM involvements i WHERE i.family_id = d.family_id "
        "AND i.agency_id = d.agency_id AND i.until_at IS NULL)"
    )
    assert orphans == 0


async def test_who_joins_as_it_is_closed_is_considered_or_comes_too_late(world: World) -> None:
    for number in range(ROUNDS):
        family = await register(world)
        incident = await record(world, family)
        incident = (await decide_how_to_go_on(incident, world.ruth)).json()
        token = await token_for(family, world.police_system)
        closed, joined = await asyncio.gather(
            close(incident, world.ruth),
            joins(family, world.police_system, token, f"CLOSING-{number}"),
        )
        assert joined.status_code == 201, joined.text
        owed = await considered(incident, world.amina)
        assert (closed.status_code, len(owed)) in {(200, 0), (409, 1)}, closed.text


async def _everything(superuser: Any, family: str) -> list[int]:
    """How many rows of a family each table holds that the one call writes to."""
    tables = ("incidents", "incident_versions", "sharing_decisions", "alerts", "events", "inbox")
    query = "SELECT count(*) FROM {} WHERE family_id = $1"
    return [await superuser.fetchval(query.format(each), UUID(family)) for each in tables]


def _whole(world: World, family: dict[str, Any]) -> dict[str, Any]:
    decisions = [
        shared_with(world.police_system),
        shared_with(world.school_system, how="alert"),
    ]
    return an_incident(family, sharing={"alert": an_alert(family), "decisions": decisions})


async def test_one_call_cut_off_before_its_end_leaves_nothing_and_is_repeated(
    world: World, superuser: Any
) -> None:
    """Its connection is killed when it has written everything and takes positions last of all."""
    family = await shared_family(world)
    path, once, body = f"/v1/families/{family['id']}/incidents", key(), _whole(world, family)
    before = await _everything(superuser, family["id"])
    async with held(world.urls["postgres"], COUNTER, world.agencies["police"].id):
        asking = asyncio.create_task(world.health_visiting_system.post(path, body, headers=once))
        await waiters(superuser, 1)
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        cut_off = await asking
    assert cut_off.status_code >= 500
    assert await _everything(superuser, family["id"]) == before
    again = await world.health_visiting_system.post(path, body, headers=once)
    assert again.status_code == 201, again.text
    repeated = await world.health_visiting_system.post(path, body, headers=once)
    assert repeated.json() == again.json()
    after = await _everything(superuser, family["id"])
    assert [now - then for now, then in zip(after, before, strict=True)][:4] == [1, 1, 2, 1]


async def test_a_defect_behind_the_alert_takes_incident_and_alert_with_it(
    world: World, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = await shared_family(world)
    before = await _everything(superuser, family["id"])

    async def fails(*_given: Any, **_named: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("api.incidents.service.decide", fails)
    path, body = f"/v1/families/{family['id']}/incidents", _whole(world, family)
    answer = await world.health_visiting_system.post(path, body, headers=key())
    assert answer.status_code == 500
    assert await _everything(superuser, family["id"]) == before


async def work_at_once(world: World) -> None:
    """Two workers, until nothing is due."""
    for step in (urge_decisions, remind_of_missing):
        while any(await asyncio.gather(step(world.worker), step(world.worker))):
            continue


async def test_two_workers_tell_everything_once(world: World) -> None:
    families = [await shared_family(world) for _ in range(3)]
    mark = await bookmark(world.health_visiting_system)
    incidents = [await record(world, each) for each in families]
    for family in families:
        assert (await join(world, family, world.probation_system)).status_code == 201
    await work_at_once(world)
    world.clock.advance(timedelta(hours=25))
    await work_at_once(world)
    world.clock.advance(timedelta(days=9))
    await work_at_once(world)
    told = await news(world.health_visiting_system, mark)
    for incident in incidents:
        heard = about(told, incident["id"])
        assert sorted(heard) == sorted(
            ["incident.recorded", "incident.to_decide"]
            + ["incident.undecided"] * 3
            + ["incident.incomplete"] * 2
        )


async def test_an_owner_that_was_thrown_out_is_reminded_when_it_is_back(world: World) -> None:
    family = await shared_family(world)
    author = {"name": "Jonas", "job_title": "police constable"}
    incident = await record(world, family, world.police_system, recorder=author)
    await decide(incident, world.police_system, shared_with(world.tessa), practitioner=author)
    await throw_out(world, family)
    assert (await join(world, family, world.probation_system)).status_code == 201
    mark = await bookmark(world.police_system)
    world.clock.advance(timedelta(days=9))
    await work_at_once(world)
    assert await news(world.police_system, mark) == []
    shown = await world.tessa.get(f"/v1/incidents/{incident['id']}")
    assert shown.status_code == 200
    assert (await world.jonas.get(f"/v1/incidents/{incident['id']}")).status_code == 404
    refused = await correct(shown.json(), world.jonas, what_happened="Nothing.")
    assert refused.status_code == 404
    assert (await join(world, family, world.police_system)).status_code == 201
    mark = await bookmark(world.police_system)
    await work_at_once(world)
    heard = about(await news(world.police_system, mark), incident["id"])
    # Of health visiting, that was there, and of probation, that joined meanwhile.
    assert sorted(heard) == ["incident.incomplete", "incident.to_decide", "incident.undecided"]
    owed = await considered(incident, world.jonas)
    assert sorted(owed.values()) == ["shared", "undecided", "undecided"]
