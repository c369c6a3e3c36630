"""Where plans show: on the banner before a visit, and in the picture of how the family engages."""

from datetime import timedelta
from typing import Any

import pytest

from tests.assigning import agency, day, done, draw_up, held_meeting, on_plan, planned, review
from tests.breaking import opened
from tests.merging import decided, proposed, two_records
from tests.world import Caller, World, publish, register, shared_family

pytestmark = pytest.mark.anyio


async def on_banner(who: Caller, family: dict[str, Any]) -> Any:
    return done(await who.get(f"/v1/families/{family['id']}/banner"))["plans"]


def spelled(world: World, days: int = 0) -> str:
    on = world.clock.now().date() + timedelta(days=days)
    return f"{on.day} {on:%B %Y}"


async def test_measures_are_shown_in_plain_words_and_codes(world: World) -> None:
    family = await shared_family(world)
    plan = await planned(world, family, readers=[world.jonas])
    shown = await on_banner(world.jonas, family)
    assert shown == [
        {
            "id": plan["id"],
            "family_id": family["id"],
            "kind": "risk_reduction",
            "agency_id": agency(world.owen),
            "agency": "school agency",
            "review_due": plan["review_due"],
            "review_overdue": False,
            "lines": [
                f"Health visiting, from {spelled(world)}: Visit together with the police.",
                f"All agencies, from {spelled(world)}: Ring the school before and after.",
            ],
            "measures": plan["risk_reduction"]["measures"],
            "child_seen_how": None,
            "sharing": None,
            "not_yet": None,
        }
    ]
    assert await on_banner(world.amina, family) == []
    done(await review(world.owen, plan, outcome="end", review_due=None))
    assert await on_banner(world.jonas, family) == []


async def test_a_visitor_is_told_what_the_family_knows(world: World) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    await draw_up(world, meeting, "family_sharing")
    [shown] = await on_banner(world.amina, family)
    told = f"be told on {spelled(world, 5)}, by The health visitor: That we met, and why."
    assert shown["lines"] == [f"The family is to {told}"]
    assert (shown["sharing"]["what"], shown["not_yet"]) == ("That we met, and why.", None)
    world.clock.advance(timedelta(days=6))
    [shown] = await on_banner(world.amina, family)
    assert shown["lines"] == [
        f"The family was to {told.replace(spelled(world, 5), spelled(world, -1))}",
        "Its review is overdue; it holds all the same.",
    ]
    assert shown["review_overdue"] is True
    later = {"why": "He would find her.", "look_again_on": day(world, 20)}
    away = {"precaution": "no_home_visits", "words": "Not even the hall.", "who": "All"}
    away["from_on"] = day(world)
    now = await draw_up(world, meeting, "family_sharing", sharing=None, not_yet=later)
    risk = await draw_up(world, meeting, measures=[away], child_seen_how="At school.")
    shown = await on_banner(world.amina, family)
    assert [each["id"] for each in shown] == [risk["id"], now["id"]]
    assert shown[0]["lines"] == [
        f"All, from {spelled(world)}: Do not visit at home; Not even the hall.",
        "How the child is still seen: At school.",
    ]
    [line] = shown[1]["lines"]
    until = f"until this is looked at on {spelled(world, 20)}"
    assert line == f"The family is not told yet, {until}: He would find her."


async def test_a_banner_is_audited_with_the_plans_on_it(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    plan = await planned(world, family)
    await on_banner(world.amina, family)
    details = await superuser.fetchval(
        "SELECT details FROM audit_entries WHERE action = 'banner.read' ORDER BY id DESC LIMIT 1"
    )
    assert plan["id"] in details


async def test_break_glass_opens_none_and_a_lookup_shows_none(world: World) -> None:
    family, own = await shared_family(world), await register(world)
    plan = await planned(world, family)
    await opened(world.lena, family)
    assert await on_banner(world.lena, family) is None
    assert (await world.lena.get(f"/v1/plans/{plan['id']}")).status_code == 404
    await opened(world.tessa, own)
    assert [each["id"] for each in await on_banner(world.tessa, family)] == [plan["id"]]
    asked = {"entries": [{"family_id": family["id"]}]}
    [found] = done(await world.tessa.post("/v1/banners/lookup", asked))["items"]
    assert "plans" not in found


async def test_records_that_are_one_family_show_the_plans_of_both(world: World) -> None:
    one, other = await two_records(world)
    here, there = await planned(world, one), await planned(world, other)
    await decided(await proposed(one, other, world.ruth), "agree", world.nadia)
    shown = await on_banner(world.tessa, one)
    assert [(each["id"], each["family_id"]) for each in shown] == [
        (here["id"], one["id"]),
        (there["id"], other["id"]),
    ]


async def test_a_risk_reduction_plan_is_a_current_plan(world: World) -> None:
    family = await shared_family(world)
    await publish(world, family)

    async def codes(who: Caller) -> set[str]:
        shown = done(await who.get(f"/v1/families/{family['id']}/engagement"))
        return {each["code"] for each in shown["indicators"]}

    meeting = await held_meeting(world, family)
    await draw_up(world, meeting, "family_sharing", readers=[world.amina])
    assert "no_current_plan" in await codes(world.amina)
    plan = await draw_up(world, meeting, readers=[world.amina])
    assert "no_current_plan" not in await codes(world.amina)
    assert "no_current_plan" in await codes(world.jonas)
    given = {"agency_id": agency(world.jonas), "reason": "Attends."}
    now = done(await on_plan(world.owen, plan, "share", **given))
    assert "no_current_plan" not in await codes(world.jonas)
    done(await review(world.owen, now, outcome="end", review_due=None))
    assert "no_current_plan" in await codes(world.jonas)
