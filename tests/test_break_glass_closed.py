"""Break-glass: all that it leaves closed, and to whom."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from api.alerts.deadlines import pass_deadlines
from tests.breaking import HEADER, banner, opened
from tests.conformance.scene import employ
from tests.involving import PRACTITIONER, bookmark, bookmarks, heard, news, problem, withdraw
from tests.world import World, an_alert, etag, join, key, publish, register, shared_family

pytestmark = pytest.mark.anyio


def named(world: World, *kinds: str) -> dict[str, Any]:
    listed = [{"agency_id": str(world.agencies[each].id), "reason": "visits"} for each in kinds]
    return {"kind": "agencies", "agencies": listed}


async def test_it_opens_to_her_alone(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    await opened(world.lena, family)
    for who in (world.victor, world.probation_system):
        assert (await banner(who, family)).status_code == 404
        assert (await who.get(f"/v1/alerts/{alert['id']}")).status_code == 404
        assert (await who.get(f"/v1/families/{family['id']}/alerts")).status_code == 404


async def test_a_token_without_the_role_does_not_read_under_it(world: World) -> None:
    both = await employ(world, "probation", "both", ["practitioner", "information_governance"])
    family = await shared_family(world)
    await opened(both, family)
    assert (await banner(both, family)).status_code == 200
    both._token = await world.token(both.agency, both.staff_id, roles=["information_governance"])
    assert (await banner(both, family)).status_code == 404


async def test_what_is_shared_with_named_agencies_never_shows(world: World) -> None:
    """Whoever is named, the reader's own agency included, and whatever became of the alert."""
    chance = Random(20261124)
    family = await shared_family(world)
    everyone: list[str] = []
    for _ in range(8):
        if chance.random() < 0.4:
            everyone.append((await publish(world, family))["id"])
            continue
        kinds = chance.sample(["police", "school"], chance.randint(1, 2))
        audience = named(world, *kinds)
        alert = await publish(world, family, audience=audience)
        if chance.random() < 0.3:
            assert (await withdraw(alert, world.ruth)).status_code == 200
    assert everyone
    await opened(world.lena, family)
    page = await world.lena.get(f"/v1/families/{family['id']}/alerts", params={"limit": 200})
    assert sorted(each["id"] for each in page.json()["items"]) == sorted(everyone)
    shown = await banner(world.lena, family)
    assert sorted(each["id"] for each in shown.json()["alerts"]) == sorted(everyone)
    page = await world.amina.get(f"/v1/families/{family['id']}/alerts", params={"limit": 200})
    for each in page.json()["items"]:
        status = 200 if each["id"] in everyone else 404
        assert (await world.lena.get(f"/v1/alerts/{each['id']}")).status_code == status


async def test_what_was_shared_with_her_agency_by_name_before_it_left_stays_closed(
    world: World,
) -> None:
    family = await register(world)
    answer = await join(world, family, world.probation_system)
    alert = await publish(world, family, audience=named(world, "probation"))
    own = answer.json()["involvement"]
    path = f"/v1/families/{family['id']}/involvements/{own['id']}/leave"
    left = await world.lena.post(path, {"reason": "Closed"}, headers=etag(own))
    assert left.status_code == 200
    await opened(world.lena, family)
    assert (await world.lena.get(f"/v1/alerts/{alert['id']}")).status_code == 404


async def test_the_lists_of_all_families_and_the_feed_know_nothing_of_it(world: World) -> None:
    family = await shared_family(world)
    await publish(world, family)
    await opened(world.lena, family)
    mark = await bookmark(world.probation_system)
    await publish(world, family)
    assert await news(world.probation_system, mark) == []
    for path in ("/v1/alerts", "/v1/families"):
        page = await world.lena.get(path)
        assert (page.json()["items"], HEADER in page.headers) == ([], False)


async def test_nothing_is_changed_under_it(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    await opened(world.victor, family)
    base, path = f"/v1/families/{family['id']}", f"/v1/alerts/{alert['id']}"
    body = {"practitioner": PRACTITIONER}
    for address, given, headers in (
        (f"{base}/members", {"kind": "unborn", "family_name": "Okafor"}, {}),
        (f"{base}/addresses", {"lines": ["1 Road"], "postcode": "DN31 3NB"}, {}),
        (f"{base}/alerts", an_alert(family), key()),
        (f"{base}/invitations", {"agency_id": str(world.victor.agency.id), "reason": "x"}, {}),
        (f"{base}/lead", {"agency_id": str(world.victor.agency.id)}, etag(family)),
        (f"{path}/acknowledgements", body, {}),
        (f"{path}/ratify", {}, etag(alert)),
        (f"{path}/withdraw", {"reason": "Over."}, etag(alert)),
    ):
        answer = await world.victor.post(address, given, headers=headers)
        problem(answer, 404, "not_found")
    for closed in ("", "/involvements", "/contests"):
        assert (await world.victor.get(f"{base}{closed}")).status_code == 404
    for closed in ("/transitions", "/acknowledgements"):
        assert (await world.victor.get(f"{path}{closed}")).status_code == 404


async def test_who_read_an_alert_under_it_is_not_told_of_its_lapse(world: World) -> None:
    """Only of a recall: a lapse asks nothing of anybody."""
    family = await shared_family(world)
    alert = await publish(world, family)
    await opened(world.lena, family)
    assert (await world.lena.get(f"/v1/alerts/{alert['id']}")).status_code == 200
    marks = await bookmarks(world)
    world.clock.advance(timedelta(days=5))
    while await pass_deadlines(world.worker):
        pass
    told = await heard(world, marks, alert["id"])
    assert {kind for kind, types in told.items() if "alert.lapsed" in types} == {
        *("health_visiting", "police", "school")
    }
    assert "probation" not in told
