"""When time passes: warnings, the lapse of what nobody ratified, and hard expiry, once each."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.alerts.deadlines import BATCH, pass_deadlines
from api.main import build_runtime
from tests.involving import (
    about,
    bookmark,
    bookmarks,
    heard,
    leave,
    news,
    problem,
    ratify,
    types,
    withdraw,
)
from tests.locks import COUNTER, held, waiters
from tests.test_premises import NEW_HOME
from tests.world import World, publish, register, shared_family

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
WARNING = ["alert.ratification_due"]


async def pass_time(world: World, by: timedelta) -> None:
    """Moves the clock, and lets the worker do all that is due."""
    world.clock.advance(by)
    while await pass_deadlines(world.worker):
        pass


async def status_of(world: World, alert: dict[str, Any]) -> str:
    return str((await world.amina.get(f"/v1/alerts/{alert['id']}")).json()["status"])


async def on_a_monday(world: World) -> None:
    """The next Monday at 10 in the morning in London, with nothing due from before."""
    await pass_time(world, timedelta(days=400))
    now = world.clock.now()
    monday = now + timedelta(days=7 - now.weekday())
    morning = monday.replace(hour=10, minute=0, second=0, microsecond=0)
    await pass_time(world, morning - now)


async def new_alert(world: World, family: dict[str, Any], **changes: Any) -> dict[str, Any]:
    today = world.clock.now().date()
    days = {
        "review_due": (today + timedelta(days=60)).isoformat(),
        "expires_on": (today + timedelta(days=90)).isoformat(),
    }
    return await publish(world, family, **{**days, **changes})


async def test_the_owner_alone_is_warned_after_24_and_48_hours_once_each(world: World) -> None:
    await on_a_monday(world)
    family = await shared_family(world)
    alert = await new_alert(world, family)
    marks = await bookmarks(world)
    for after, warnings in ((23.9, 0), (0.1, 1), (1, 1), (22.9, 1), (0.1, 2), (1, 2), (20, 2)):
        await pass_time(world, after * HOUR)
        told = await heard(world, marks, alert["id"])
        assert told == ({"health_visiting": WARNING * warnings} if warnings else {})
    assert await status_of(world, alert) == "provisional"


async def test_a_warning_is_urgent_for_a_grave_alert_and_changes_no_version(world: World) -> None:
    await on_a_monday(world)
    alert = await new_alert(world, await register(world))
    mark = await bookmark(world.health_visiting_system)
    await pass_time(world, 24 * HOUR)
    [told] = await news(world.health_visiting_system, mark)
    assert told["data"]["priority"] == "urgent"
    assert told["data"]["resource"]["version"] == alert["version"]
    assert (await ratify(alert, world.ruth)).status_code == 200


async def test_a_late_worker_warns_once_for_both(world: World) -> None:
    await on_a_monday(world)
    alert = await new_alert(world, await register(world))
    mark = await bookmark(world.health_visiting_system)
    await pass_time(world, 50 * HOUR)
    assert types(await news(world.health_visiting_system, mark)) == WARNING
    assert await status_of(world, alert) == "provisional"


async def test_what_nobody_ratified_lapses_at_its_deadline_and_all_are_told(world: World) -> None:
    await on_a_monday(world)
    family = await shared_family(world)
    alert = await new_alert(world, family)
    assert (await leave(family, world.police_system)).status_code == 200
    deadline = datetime.fromisoformat(alert["ratify_by"])
    assert deadline == world.clock.now() + 72 * HOUR
    await pass_time(world, 72 * HOUR - timedelta(seconds=1))
    marks = await bookmarks(world)
    await pass_time(world, timedelta(seconds=1))
    told = {kind: ["alert.lapsed"] for kind in ("health_visiting", "police", "school")}
    assert await heard(world, marks, alert["id"]) == told
    listed = await world.amina.get(f"/v1/alerts/{alert['id']}/transitions")
    last = listed.json()["items"][-1]
    assert (last["from_status"], last["to_status"]) == ("provisional", "lapsed")
    assert (last["by_agency_id"], last["by_name"]) == (None, None)
    assert last["reason"] == "not ratified in time"
    banner = await world.tessa.get(f"/v1/families/{family['id']}/banner")
    assert banner.json()["level"] == "none"


async def on_premises_and_unratified(world: World) -> tuple[str, dict[str, Any]]:
    """Where to note a move, and an alert that it will ask about, which is due to lapse."""
    await on_a_monday(world)
    family = await shared_family(world)
    premises = {"kind": "premises", "address_id": family["addresses"][0]["id"]}
    alert = await new_alert(world, family, subject=premises)
    world.clock.advance(72 * HOUR)
    await world.amina.token()
    return f"/v1/families/{family['id']}/addresses", alert


async def test_a_move_and_a_lapse_do_not_wait_for_each_other(world: World, superuser: Any) -> None:
    path, alert = await on_premises_and_unratified(world)
    async with held(world.urls["postgres"], "LOCK TABLE alert_transitions IN SHARE MODE"):
        passing = asyncio.create_task(pass_deadlines(world.worker))
        await waiters(superuser, 1)
        moving = asyncio.create_task(world.amina.post(path, NEW_HOME))
        await waiters(superuser, 2)
    passed, moved = await passing, await moving
    assert (passed, moved.status_code) == (1, 201), moved.text
    assert await status_of(world, alert) == "lapsed"


async def test_what_is_due_of_a_family_that_somebody_is_changing_is_done_at_the_next_round(
    world: World, superuser: Any
) -> None:
    path, alert = await on_premises_and_unratified(world)
    counter = world.agencies["school"].id
    async with held(world.urls["postgres"], COUNTER, counter):
        moving = asyncio.create_task(world.amina.post(path, NEW_HOME))
        await waiters(superuser, 1)
        assert await pass_deadlines(world.worker) == 0
    assert (await moving).status_code == 201
    assert await pass_deadlines(world.worker) == 1
    assert await status_of(world, alert) == "lapsed"


async def test_a_lapsed_alert_is_over(world: World) -> None:
    await on_a_monday(world)
    alert = await new_alert(world, await register(world))
    await pass_time(world, 72 * HOUR)
    stale = await ratify(alert, world.ruth)
    problem(stale, 412, "precondition_failed")
    now = (await world.ruth.get(f"/v1/alerts/{alert['id']}")).json()
    assert (now["status"], now["version"]) == ("lapsed", 2)
    problem(await ratify(now, world.ruth), 409, "conflict")


async def test_what_was_published_on_a_friday_stands_until_monday_noon(world: World) -> None:
    await on_a_monday(world)
    world.clock.advance(timedelta(days=4, hours=-2))
    alert = await new_alert(world, await register(world))
    await pass_time(world, 72 * HOUR)
    assert await status_of(world, alert) == "provisional"
    await pass_time(world, 4 * HOUR)
    assert await status_of(world, alert) == "lapsed"


@pytest.mark.parametrize("ended", [ratify, withdraw])
async def test_what_is_ratified_or_withdrawn_is_neither_warned_of_nor_lapses(
    world: World, ended: Any
) -> None:
    await on_a_monday(world)
    alert = await new_alert(world, await register(world))
    after = (await ended(alert, world.ruth)).json()["status"]
    mark = await bookmark(world.health_visiting_system)
    await pass_time(world, 80 * HOUR)
    assert await news(world.health_visiting_system, mark) == []
    assert await status_of(world, alert) == after


@pytest.mark.parametrize(
    ("published", "last_day", "close"),
    [
        ("2031-06-16T10:00", "2031-06-20", "2031-06-20T23:00"),  # summer: midnight is 23 UTC
        ("2031-11-17T10:00", "2031-11-21", "2031-11-22T00:00"),
        ("2032-03-22T10:00", "2032-03-28", "2032-03-28T23:00"),  # the day the clocks go forward
    ],
)
async def test_every_alert_expires_at_the_close_of_its_last_day_in_london(
    world: World, published: str, last_day: str, close: str
) -> None:
    at = datetime.fromisoformat(published).replace(tzinfo=UTC)
    await pass_time(world, at - world.clock.now())
    family = await shared_family(world)
    alert = await publish(world, family, review_due=last_day, expires_on=last_day)
    assert (await ratify(alert, world.ruth)).status_code == 200
    midnight = datetime.fromisoformat(close).replace(tzinfo=UTC)
    await pass_time(world, midnight - timedelta(seconds=1) - world.clock.now())
    assert await status_of(world, alert) == "active"
    marks = await bookmarks(world)
    await pass_time(world, timedelta(seconds=1))
    told = {kind: ["alert.lapsed"] for kind in ("health_visiting", "police", "school")}
    assert await heard(world, marks, alert["id"]) == told
    listed = await world.amina.get(f"/v1/alerts/{alert['id']}/transitions")
    assert listed.json()["items"][-1]["reason"] == "expired"


async def test_two_workers_at_once_do_nothing_twice(world: World) -> None:
    await on_a_monday(world)
    family = await register(world)
    alerts = [await new_alert(world, family) for _ in range(12)]
    mark = await bookmark(world.health_visiting_system)
    settings = world.runtime.settings
    other, _ = build_runtime(settings, world.urls["doorstep_worker"], clock=world.clock)
    try:
        for after in (24, 24, 24):
            world.clock.advance(after * HOUR)
            workers = (world.worker, other, world.worker, other)
            done = await asyncio.gather(*(pass_deadlines(each) for each in workers))
            assert sum(done) == len(alerts)
    finally:
        await other.database.close()
    told = types(await news(world.health_visiting_system, mark))
    assert sorted(told) == ["alert.lapsed"] * 12 + WARNING * 24


async def test_more_than_one_batch_is_done_batch_by_batch(world: World) -> None:
    await on_a_monday(world)
    family = await register(world)
    for _ in range(BATCH + 1):
        await new_alert(world, family)
    world.clock.advance(24 * HOUR)
    assert await pass_deadlines(world.worker) == BATCH
    assert await pass_deadlines(world.worker) == 1
    assert await pass_deadlines(world.worker) == 0


async def test_what_time_did_is_in_the_audit_by_nobody(world: World, superuser: Any) -> None:
    await on_a_monday(world)
    alert = await new_alert(world, await register(world))
    await pass_time(world, 72 * HOUR)
    entries = await superuser.fetch(
        "SELECT action, agency_id FROM audit_entries WHERE resource_id = $1 ORDER BY id",
        alert["id"],
    )
    assert [(each["action"], each["agency_id"]) for each in entries][-1] == ("alert.lapsed", None)


async def test_a_review_is_announced_to_the_owner_and_its_neglect_to_everybody(
    world: World,
) -> None:
    await on_a_monday(world)
    family = await shared_family(world)
    today = world.clock.now().date()
    given = {"review_due": today + timedelta(days=30), "expires_on": today + timedelta(days=200)}
    days = {name: day.isoformat() for name, day in given.items()}
    alert = await new_alert(world, family, **days)
    assert (await ratify(alert, world.ruth)).status_code == 200
    marks = await bookmarks(world)

    async def after(days: int) -> dict[str, list[str]]:
        await pass_time(world, timedelta(days=days))
        told = await heard(world, marks, alert["id"])
        kept = {kind: [each for each in types if "review" in each] for kind, types in told.items()}
        return {kind: types for kind, types in kept.items() if types}

    assert await after(15) == {}
    assert await after(1) == {"health_visiting": ["alert.review_due"]}
    assert await after(14) == {"health_visiting": ["alert.review_due"]}  # the last day
    overdue = {kind: ["alert.review_overdue"] for kind in ("police", "school")}
    owner = {"health_visiting": ["alert.review_due", "alert.review_overdue"]}
    assert await after(1) == owner | overdue
    assert await after(30) == owner | overdue
    assert await status_of(world, alert) == "active"


async def test_the_hard_expiry_is_announced_30_and_7_days_ahead(world: World) -> None:
    await on_a_monday(world)
    family = await shared_family(world)
    alert = await new_alert(world, family)  # 90 days
    assert (await ratify(alert, world.ruth)).status_code == 200
    marks = await bookmarks(world)
    for days, notices in ((59, 0), (1, 1), (22, 1), (1, 2), (7, 2)):
        await pass_time(world, timedelta(days=days))
        told = await heard(world, marks, alert["id"])
        for kind in ("health_visiting", "police", "school"):
            assert told.get(kind, []).count("alert.expiring") == notices
    await pass_time(world, timedelta(days=1))
    assert await status_of(world, alert) == "lapsed"


async def test_what_is_close_already_when_it_is_published_is_not_announced(world: World) -> None:
    await on_a_monday(world)
    today = world.clock.now().date()
    days = {
        "review_due": (today + timedelta(days=3)).isoformat(),
        "expires_on": (today + timedelta(days=5)).isoformat(),
    }
    alert = await new_alert(world, await register(world), **days)
    mark = await bookmark(world.health_visiting_system)
    await pass_time(world, timedelta(seconds=1))
    assert about(await news(world.health_visiting_system, mark), alert["id"]) == []
