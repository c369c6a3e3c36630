"""Who has not taken note of an alert in time, and what its owner sees of everybody."""

from datetime import timedelta
from typing import Any

import pytest

from api.worker import pass_all_deadlines
from tests.governing import another_manager, ratified, read
from tests.involving import (
    acknowledge,
    bookmark,
    bookmarks,
    hand_over_alert,
    heard,
    leave,
    news,
    problem,
    withdraw,
)
from tests.posting import courier_of, deliver, subscribed
from tests.receivers import receiver
from tests.world import Caller, World, etag, join, publish, shared_family

pytestmark = pytest.mark.anyio

SILENT = ["alert.unacknowledged"]


async def pass_time(world: World, **by: float) -> None:
    world.clock.advance(timedelta(**by))
    await pass_all_deadlines(world.worker)


async def audience(who: Caller, alert: dict[str, Any]) -> dict[str, dict[str, Any]]:
    answer = await who.get(f"/v1/alerts/{alert['id']}/audience")
    assert answer.status_code == 200, answer.text
    return {each["agency"].removesuffix(" agency"): each for each in answer.json()["items"]}


async def test_an_urgent_alert_is_escalated_after_15_minutes(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    assert (await acknowledge(alert, world.school_system)).status_code == 201
    marks = await bookmarks(world)
    await pass_time(world, minutes=14, seconds=59)
    assert await heard(world, marks, alert["id"]) == {}
    await pass_time(world, seconds=1)
    told = {"police": SILENT, "health_visiting": SILENT}
    assert await heard(world, marks, alert["id"]) == told
    await pass_time(world, hours=1)
    assert await heard(world, marks, alert["id"]) == told  # once


async def test_a_routine_alert_is_escalated_after_two_working_days(world: World) -> None:
    family = await shared_family(world)
    alert = await ratified(world, family, severity="caution")
    due = (await audience(world.ruth, alert))["police"]["acknowledge_by"]
    marks = await bookmarks(world)
    await pass_time(world, days=1)
    assert "alert.unacknowledged" not in (await heard(world, marks, alert["id"])).get("police", [])
    assert due >= (world.clock.now() + timedelta(days=1)).date().isoformat()
    await pass_time(world, days=4)
    told = await heard(world, marks, alert["id"])
    assert (told["police"], told["school"]) == (SILENT, SILENT)
    assert told["health_visiting"].count("alert.unacknowledged") == 2


async def test_what_is_no_longer_owed_is_not_escalated(world: World) -> None:
    family = await shared_family(world)
    withdrawn = await publish(world, family)
    handed = await publish(world, family)
    left = await publish(world, family)
    assert (await withdraw(withdrawn, world.ruth)).status_code == 200
    assert (await hand_over_alert(handed, world.ruth, world.nadia)).status_code == 200
    assert (await leave(family, world.school_system)).status_code == 200
    marks = await bookmarks(world)
    await pass_time(world, minutes=15)
    for alert in (withdrawn, handed):
        told = await heard(world, marks, alert["id"])
        assert not any("alert.unacknowledged" in each for each in told.values())
    told = {"police": SILENT, "health_visiting": SILENT}
    assert await heard(world, marks, left["id"]) == told


async def test_who_joins_later_owes_from_then_on_and_who_comes_back_anew(world: World) -> None:
    family = await shared_family(world)
    alert = await ratified(world, family)
    await pass_time(world, minutes=16)
    await join(world, family, world.probation_system)
    marks = await bookmarks(world)
    await pass_time(world, minutes=14)
    assert await heard(world, marks, alert["id"]) == {}
    await pass_time(world, minutes=1)
    told = {"probation": SILENT, "health_visiting": SILENT}
    assert await heard(world, marks, alert["id"]) == told
    assert (await leave(family, world.probation_system)).status_code == 200
    world.clock.advance(timedelta(minutes=20))
    await join(world, family, world.probation_system)
    assert (await acknowledge(alert, world.probation_system)).status_code == 201
    found = (await audience(world.ruth, alert))["probation"]
    assert (found["escalated_at"], found["acknowledged_at"] is not None) == (None, True)


async def test_an_alert_that_has_ended_is_acknowledged_no_more(world: World) -> None:
    alert = await publish(world, await shared_family(world))
    assert (await withdraw(alert, world.ruth)).status_code == 200
    refused = problem(await acknowledge(alert, world.police_system), 409, "conflict")
    assert refused["alert_status"] == "withdrawn"


async def test_an_acknowledgement_says_what_is_done_about_it(world: World) -> None:
    alert = await publish(world, await shared_family(world))
    body = {
        "practitioner": {"name": "PC J. Wood", "job_title": "police officer"},
        "acted_on": "Two officers go.",
    }
    path = f"/v1/alerts/{alert['id']}/acknowledgements"
    made = await world.police_system.post(path, body)
    assert (made.status_code, made.json()["acted_on"]) == (201, "Two officers go.")
    [seen] = (await world.amina.get(path)).json()["items"]
    assert seen["acted_on"] == "Two officers go."
    assert (await world.tessa.get(path)).json()["items"] == []


async def test_the_owner_sees_when_each_agency_was_told_read_and_took_note(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.police_system, there, courier=courier),
    ):
        alert = await publish(world, family)
        start = world.clock.now()
        found = await audience(world.amina, alert)
        assert set(found) == {"police", "school"}
        for each in found.values():
            assert each["addressed_at"] is not None
            assert (each["told_at"], each["read_at"], each["acknowledged_at"]) == (None,) * 3
        world.clock.advance(timedelta(minutes=1))
        await deliver(world, courier)
    world.clock.advance(timedelta(minutes=1))
    await world.school_system.events()
    world.clock.advance(timedelta(minutes=1))
    await world.tessa.get(f"/v1/families/{family['id']}/banner")
    await read(world.jonas, alert)
    world.clock.advance(timedelta(minutes=1))
    await acknowledge(alert, world.school_system)
    await read(world.tessa, alert)  # the first time counts

    def minute(after: int) -> str:
        return (start + timedelta(minutes=after)).isoformat().replace("+00:00", "Z")

    found = await audience(world.ruth, alert)
    police, school = found["police"], found["school"]
    assert (police["told_at"], police["read_at"]) == (minute(1), minute(3))
    assert (school["told_at"], school["read_at"]) == (minute(2), minute(3))
    assert (police["acknowledged_at"], school["acknowledged_at"]) == (None, minute(4))
    assert police["acknowledge_by"] == minute(15)
    assert (await withdraw(await read(world.ruth, alert), world.ruth)).status_code == 200
    assert (await audience(world.ruth, alert))["police"]["recall_acknowledged_at"] is None


async def test_the_owner_is_shown_whom_to_ring(world: World) -> None:
    alert = await publish(world, await shared_family(world))
    path = f"/v1/agencies/{world.agencies['school'].id}"
    desk = {"name": "Office", "telephone": "01472 555 0101"}
    lead = {"name": "Safeguarding lead", "telephone": "01472 555 0102"}
    for given, expected in (
        ({"emergency_contact": desk}, desk),
        ({"escalation_contact": lead}, lead),
    ):
        now = await world.owen.get(path)
        answer = await world.owen.patch(path, given, headers={"If-Match": now.headers["ETag"]})
        assert answer.status_code == 200, answer.text
        contact = (await audience(world.ruth, alert))["school"]["contact"]
        assert {name: contact[name] for name in expected} == expected


async def test_only_the_owner_sees_what_became_of_an_alert_elsewhere(world: World) -> None:
    alert = await publish(world, await shared_family(world))
    path = f"/v1/alerts/{alert['id']}/audience"
    problem(await world.jonas.get(path), 403, "forbidden")
    problem(await world.lena.get(path), 404, "not_found")
    assert (await world.http.get(path)).status_code == 401


async def test_an_agency_outside_a_named_audience_owes_nothing(world: World) -> None:
    school = {"agency_id": str(world.agencies["school"].id), "reason": "Sees the child daily"}
    audience_of_one = {"kind": "agencies", "agencies": [school]}
    alert = await publish(world, await shared_family(world), audience=audience_of_one)
    assert set(await audience(world.ruth, alert)) == {"school"}


async def test_the_deadlines_are_the_partnership_s_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed = world.runtime.settings.model_copy(
        update={"acknowledge_urgent_minutes": 5, "ratify_within_hours": 24}
    )
    monkeypatch.setattr(world.runtime, "settings", agreed)
    monkeypatch.setattr(world.worker, "settings", agreed)
    alert = await publish(world, await shared_family(world))
    marks = await bookmarks(world)
    await pass_time(world, minutes=5)
    assert (await heard(world, marks, alert["id"]))["police"] == SILENT
    await pass_time(world, hours=8)
    assert "alert.ratification_due" in (await heard(world, marks, alert["id"]))["health_visiting"]
    rosa = await another_manager(world, "health_visiting", "rosa")
    answer = await rosa.post(f"/v1/alerts/{alert['id']}/ratify", {}, headers=etag(alert))
    assert answer.status_code == 200


async def test_the_owner_is_told_whom_an_urgent_alert_has_not_reached_in_a_minute(
    world: World,
) -> None:
    """The police reads its feed, the school has a webhook; probation neither looks nor listens."""
    family = await shared_family(world)
    assert (await join(world, family, world.probation_system)).status_code == 201
    mark = await bookmark(world.health_visiting_system)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier),
    ):
        alert = await publish(world, family)
        await deliver(world, courier)
        await bookmark(world.police_system)
        await pass_time(world, seconds=59)
        assert await _undelivered(world, mark) == []
        await pass_time(world, seconds=1)
        assert await _undelivered(world, mark) == [alert["id"]]
        await pass_time(world, minutes=5)
        assert await _undelivered(world, mark) == [alert["id"]]  # once
        told = {name: each["told_at"] for name, each in (await audience(world.ruth, alert)).items()}
        assert [name for name, at in told.items() if at is None] == ["probation"]


async def test_of_a_routine_alert_nobody_is_told_so_soon(world: World) -> None:
    family = await shared_family(world)
    mark = await bookmark(world.health_visiting_system)
    await publish(world, family, severity="caution")
    taken_back = await publish(world, family)
    assert (await withdraw(taken_back, world.ruth)).status_code == 200
    await pass_time(world, minutes=2)
    assert await _undelivered(world, mark) == []


async def test_an_owner_stays_until_somebody_else_is_told_in_its_place(world: World) -> None:
    family = await shared_family(world)
    mark = await bookmark(world.police_system)
    await publish(world, family, world.police_system, author={"staff_id": "staff-jonas"})
    assert (await leave(family, world.police_system)).status_code == 409
    await pass_time(world, minutes=1)
    told = await news(world.police_system, mark)
    assert "alert.undelivered" in {each["type"] for each in told}


async def _undelivered(world: World, mark: Any) -> list[str]:
    told = await news(world.health_visiting_system, mark)
    return [each["data"]["resource"]["id"] for each in told if each["type"] == "alert.undelivered"]
