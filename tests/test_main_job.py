"""The thinnest whole path: token, register, match, join, publish, tell, read, refuse."""

import pytest

from tests.world import World, etag, publish, shared_family

pytestmark = pytest.mark.anyio


async def test_an_alert_is_published_told_read_acknowledged_ratified_and_withdrawn(
    world: World,
) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    assert alert["status"] == "provisional"

    told = [
        each for each in await world.school_system.events() if each["type"].startswith("alert.")
    ]
    assert [each["type"] for each in told] == ["alert.published"]
    path = f"/v1/alerts/{alert['id']}"
    assert told[0]["data"]["resource"]["url"].endswith(path)

    read = await world.school_system.get(path)
    assert read.json() == alert
    refused = await world.probation_system.get(path)
    assert refused.status_code == 404

    noted = await world.school_system.post(
        f"{path}/acknowledgements", {"practitioner": {"name": "T. Birch", "job_title": "nurse"}}
    )
    assert noted.status_code == 201
    ratified = await world.ruth.post(f"{path}/ratify", {}, headers=etag(alert))
    assert (ratified.status_code, ratified.json()["status"]) == (200, "active")
    withdrawn = await world.ruth.post(
        f"{path}/withdraw", {"reason": "Rehomed."}, headers=etag(ratified.json())
    )
    assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "withdrawn")

    types = [each["type"] for each in await world.school_system.events()]
    assert types[-3:] == ["alert.published", "alert.ratified", "alert.withdrawn"]
    own = [each["type"] for each in await world.health_visiting_system.events()]
    assert "alert.acknowledged" in own
