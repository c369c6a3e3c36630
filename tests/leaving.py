"""How an agency loses sight of what it was told, and how an alert is recalled."""

from typing import Any

from tests.world import Caller, World, etag, key


async def leave(who: Caller, family: dict[str, Any]) -> None:
    """The agency's involvement ends."""
    found = await who.get(f"/v1/families/{family['id']}/involvements")
    own = next(
        each
        for each in found.json()["items"]
        if each["agency_id"] == str(who.agency.id) and each["until_at"] is None
    )
    path = f"/v1/families/{family['id']}/involvements/{own['id']}/leave"
    answer = await who.post(path, {"reason": "Moved away"}, headers=etag(own))
    assert answer.status_code == 200, answer.text


async def withdraw(world: World, alert: dict[str, Any]) -> None:
    """By the manager of its owner."""
    path = f"/v1/alerts/{alert['id']}/withdraw"
    answer = await world.ruth.post(path, {"reason": "Rehomed."}, headers=etag(alert))
    assert answer.status_code == 200, answer.text


async def operate(world: World, act: str, kind: str) -> None:
    """`suspend` or `reactivate`, by the operator."""
    path = f"/v1/agencies/{world.agencies[kind].id}"
    version = (await world.ada.get(path)).headers["etag"]
    answer = await world.ada.post(f"{path}/{act}", {}, headers={"If-Match": version, **key()})
    assert answer.status_code == 200, answer.text
