"""The review of a written agreement: announced to its owner, and its neglect, once each."""

from datetime import date, timedelta
from typing import Any

import pytest

from api.agreements.deadlines import BATCH, tell_agreement_reviews
from tests.agreeing import (
    done,
    draft,
    drafted,
    give,
    in_force,
    parents,
    read,
    refuse,
    replace,
    review,
    sign,
)
from tests.involving import about, bookmark, bookmarks, heard, leave, news
from tests.world import World, shared_family

pytestmark = pytest.mark.anyio


async def pass_days(world: World, days: int) -> None:
    world.clock.advance(timedelta(days=days))
    while await tell_agreement_reviews(world.worker):
        pass


def day(world: World, days: int = 0) -> str:
    today: date = world.clock.now().date()
    return (today + timedelta(days=days)).isoformat()


async def standing(world: World, family: dict[str, Any], act: Any = sign, due: int = 60) -> Any:
    now = await drafted(world, family, review_due=day(world, due))
    now = done(await give(world.amina, now, parents(family), given_on=day(world)))
    return done(await act(world.amina, now, parents(family), on=day(world)))


async def test_the_owner_alone_is_told_ahead_and_when_it_is_overdue_once_each(
    world: World,
) -> None:
    now = await standing(world, await shared_family(world))
    marks = await bookmarks(world)
    due, overdue = "agreement.review_due", "agreement.review_overdue"
    for days, told in ((45, []), (1, [due]), (14, [due]), (1, [due, overdue]), (9, [due, overdue])):
        await pass_days(world, days)
        assert await heard(world, marks, now["id"]) == ({"health_visiting": told} if told else {})
        shown = await read(world.jonas, now)
        assert shown["review_overdue"] is (overdue in told)
        assert (shown["status"], shown["version"]) == ("in_force", now["version"])


async def test_a_review_announces_the_next_one_anew(world: World) -> None:
    now = await standing(world, await shared_family(world))
    await pass_days(world, 61)
    assert (await read(world.amina, now))["review_overdue"] is True
    mark = await bookmark(world.health_visiting_system)
    dates = {"held_on": day(world), "review_due": day(world, 40)}
    now = done(await review(world.amina, now, **dates))
    assert now["review_overdue"] is False
    await pass_days(world, 26)
    told = about(await news(world.health_visiting_system, mark), now["id"])
    assert told == ["agreement.reviewed", "agreement.review_due"]


async def test_a_refused_one_is_announced_and_what_binds_nobody_is_not(world: World) -> None:
    family = await shared_family(world)
    refused = await standing(world, family, refuse)
    draft_only = await drafted(world, family, review_due=day(world, 60))
    replaced = await drafted(world, family, review_due=day(world, 60))
    done(await replace(world.amina, replaced, review_due=day(world, 60)))
    mark = await bookmark(world.health_visiting_system)
    await pass_days(world, 100)
    told = await news(world.health_visiting_system, mark)
    assert about(told, refused["id"]) == ["agreement.review_overdue"]
    assert about(told, draft_only["id"]) == about(told, replaced["id"]) == []


async def test_what_is_close_already_is_not_announced_on_the_day_it_is_set(world: World) -> None:
    now = await standing(world, await shared_family(world), due=3)
    mark = await bookmark(world.health_visiting_system)
    await pass_days(world, 0)
    assert about(await news(world.health_visiting_system, mark), now["id"]) == []
    await pass_days(world, 4)
    told = about(await news(world.health_visiting_system, mark), now["id"])
    assert told == ["agreement.review_overdue"]


async def test_the_worker_goes_on_batch_by_batch(world: World) -> None:
    family = await shared_family(world)
    for _ in range(BATCH + 1):
        await standing(world, family)
    world.clock.advance(timedelta(days=50))
    counts = [await tell_agreement_reviews(world.worker) for _ in range(3)]
    assert (counts[0], counts[2]) == (BATCH, 0)
    assert counts[1] >= 1


async def test_every_step_and_breach_stands_in_the_chronology(world: World) -> None:
    family = await shared_family(world)
    now = await in_force(world, family, review_due=day(world, 60))
    body = {"occurred_on": day(world), "behaviours": [{"words": "He shouted."}]}
    body |= {"said": "Was reminded.", "consequence": {"why_not": "First time."}}
    done(await world.jonas.post(f"/v1/agreements/{now['id']}/breaches", body))
    dates = {"held_on": day(world), "review_due": day(world, 40)}
    now = done(await review(world.amina, now, **dates))
    kind = {"outcome": "change", "content": now["content"], **dates}
    now = done(await review(world.amina, now, **kind))
    path = f"/v1/families/{family['id']}/chronology"
    shown = done(await world.tessa.get(path, params={"order": "asc", "limit": 200}))["items"]
    told = [each for each in shown if each["resource"]["id"] == now["id"]]
    assert sorted(each["type"] for each in told) == [
        "agreement.breached",
        "agreement.drafted",
        "agreement.given",
        "agreement.reviewed",
        "agreement.revised",
        "agreement.signed",
    ]
    notes = {each["type"]: each["note"] for each in told}
    assert notes["agreement.breached"] == "Was reminded."
    assert notes["agreement.reviewed"] == "Two calm visits."
    assert {each["resource"]["url"] for each in told} == {
        f"/v1/agreements/{now['id']}",
        f"/v1/agreements/{now['id']}/breaches",
    }
    done(await leave(family, world.police_system))
    assert (await world.jonas.get(path)).status_code == 404


async def test_other_agencies_draw_up_their_own(world: World) -> None:
    family = await shared_family(world)
    made = done(await draft(world.tessa, family, review_due=day(world, 60)))
    assert made["agency_id"] == str(world.tessa.agency.id)
    assert made["author"]["name"] == "Tessa"
