"""Where engagement shows: constraints on the banner, all of it in the chronology."""

from datetime import timedelta
from typing import Any

import pytest

from tests.breaking import opened
from tests.engaging import change_profile, correct, recorded, resolve
from tests.involving import leave
from tests.merging import decided, proposed, two_records
from tests.world import Caller, World, publish, register, shared_family

pytestmark = pytest.mark.anyio

CONSTRAINTS = "assessment-constraints"


async def banner(who: Caller, family: dict[str, Any]) -> dict[str, Any]:
    answer = await who.get(f"/v1/families/{family['id']}/banner")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def on_banner(who: Caller, family: dict[str, Any]) -> Any:
    return (await banner(who, family))["assessment_constraints"]


async def entries(who: Caller, family: dict[str, Any], **asked: Any) -> list[dict[str, Any]]:
    answer = await who.get(
        f"/v1/families/{family['id']}/chronology", params={"limit": 200, **asked}
    )
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_constraint_is_on_the_banner_until_it_is_resolved(world: World) -> None:
    family = await shared_family(world)
    child = family["members"][0]["id"]
    row = await recorded(world.amina, family, CONSTRAINTS, member_id=child)
    shown = await banner(world.tessa, family)
    assert shown["assessment_constraints"] == [
        {
            "id": row["id"],
            "family_id": family["id"],
            "area": {"code": "seeing_child_alone", "label": "Seeing the child alone"},
            "why": "The father stays in the room.",
            "since": "2026-11-02",
            "member_id": child,
            "agency_id": str(world.agencies["health_visiting"].id),
            "agency": "health_visiting agency",
            "included_in_child_risk_assessment": {"answer": "not_yet", "reference": None},
        }
    ]
    assert (shown["level"], shown["alerts"]) == ("none", [])  # it is no alert
    assert (await resolve(world.amina, CONSTRAINTS, row)).status_code == 200
    assert await on_banner(world.tessa, family) == []


async def test_they_stand_once_beside_any_number_of_alerts_since_when_first(world: World) -> None:
    family = await shared_family(world)
    for _ in range(3):
        await publish(world, family)
    days = ("2026-11-10", "2026-11-01", "2026-11-05")
    for who, day in zip((world.amina, world.jonas, world.tessa), days, strict=True):
        await recorded(who, family, CONSTRAINTS, since=day)
    other = await register(world)
    await recorded(world.amina, other, CONSTRAINTS)
    shown = await banner(world.jonas, family)
    assert len(shown["alerts"]) == 3
    assert [each["since"] for each in shown["assessment_constraints"]] == sorted(days)


async def test_a_banner_is_audited_with_the_constraints_on_it(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    row = await recorded(world.amina, family, CONSTRAINTS)
    await banner(world.tessa, family)
    details = await superuser.fetchval(
        "SELECT details FROM audit_entries WHERE action = 'banner.read' ORDER BY id DESC LIMIT 1"
    )
    assert row["id"] in details


async def test_break_glass_opens_the_alerts_and_no_constraint(world: World) -> None:
    family, own = await shared_family(world), await register(world)
    await publish(world, family)
    row = await recorded(world.amina, family, CONSTRAINTS)
    await opened(world.lena, family)
    shown = await banner(world.lena, family)
    assert (len(shown["alerts"]), shown["assessment_constraints"]) == (1, None)
    answer = await world.lena.get(f"/v1/assessment-constraints/{row['id']}")
    assert answer.status_code == 404
    await opened(world.tessa, own)  # whoever has opened one reads their own as before
    assert [each["id"] for each in await on_banner(world.tessa, family)] == [row["id"]]
    assert await on_banner(world.tessa, own) is None


async def test_the_lookup_of_many_shows_none(world: World) -> None:
    family = await shared_family(world)
    await recorded(world.amina, family, CONSTRAINTS)
    found = await world.tessa.post("/v1/banners/lookup", {"entries": [{"family_id": family["id"]}]})
    assert found.json()["items"][0]["status"] == "found"
    assert "assessment_constraints" not in found.json()["items"][0]


async def test_records_that_are_one_family_show_the_constraints_of_both(world: World) -> None:
    one, other = await two_records(world)
    here = await recorded(world.ruth, one, CONSTRAINTS, since="2026-11-01")
    there = await recorded(world.nadia, other, CONSTRAINTS)
    await decided(await proposed(one, other, world.ruth), "agree", world.nadia)

    async def shown(who: Caller, family: dict[str, Any]) -> list[tuple[str, str]]:
        found = await on_banner(who, family)
        return [(each["id"], each["family_id"]) for each in found]

    both = [(here["id"], one["id"]), (there["id"], other["id"])]
    for family in (one, other):
        assert await shown(world.tessa, family) == both
    assert await shown(world.amina, one) == both[:1]  # it does not read the other record
    assert (await resolve(world.nadia, CONSTRAINTS, there)).status_code == 200
    assert await shown(world.tessa, one) == both[:1]


async def test_the_chronology_tells_each_with_its_words(world: World) -> None:
    family = await shared_family(world)
    made = {}
    for what in ("assessment-constraints", "engagement/inabilities"):
        world.clock.advance(timedelta(minutes=1))
        made[what] = await recorded(world.jonas, family, what)
    world.clock.advance(timedelta(minutes=1))
    now = (await correct(world.jonas, CONSTRAINTS, made[CONSTRAINTS])).json()
    world.clock.advance(timedelta(minutes=1))
    for what, row in (made | {CONSTRAINTS: now}).items():
        assert (await resolve(world.nadia, what, row)).status_code == 200
        world.clock.advance(timedelta(minutes=1))
    await change_profile(world.tessa, family, 0, lead_practitioner={"appointed": False})
    told = [
        each
        for each in await entries(world.amina, family, order="asc")
        if each["type"].startswith(("engagement.", "assessment_constraint."))
    ]
    assert [(each["type"], each["by"]["name"]) for each in told] == [
        ("assessment_constraint.recorded", "Jonas"),
        ("engagement.unable_to_work", "Jonas"),
        ("assessment_constraint.corrected", "Jonas"),
        ("assessment_constraint.resolved", "Nadia"),
        ("engagement.able_again", "Nadia"),
        ("engagement.profile_changed", "Tessa"),
    ]
    notes = [each["note"] for each in told]
    assert notes[0] == "The father stays in the room."
    assert notes[2:4] == ["It was written in haste.", "Agreed with the mother."]
    for each in told:
        answer = await world.amina.get(each["resource"]["url"])
        assert answer.status_code == 200, answer.text


async def test_contacts_and_advice_stand_on_their_day(world: World) -> None:
    family = await shared_family(world)
    await recorded(world.jonas, family, "engagement/observations", observed_on="2026-11-20")
    await recorded(world.jonas, family, "engagement/expert-advice", advised_on="2026-07-01")
    told = await entries(world.tessa, family, order="asc")
    assert [(each["type"], each["at"], each["note"]) for each in told[:2]] == [
        ("engagement.advice_taken", "2026-06-30T23:00:00Z", "Greet the grandmother first."),
        ("engagement.observed", "2026-11-20T00:00:00Z", "Somebody moved behind the curtain."),
    ]
    within = {"since": "2026-11-20T00:00:00Z", "until": "2026-11-21T00:00:00Z"}
    found = await entries(world.tessa, family, **within)
    assert [each["type"] for each in found] == ["engagement.observed"]


async def test_who_has_left_finds_none_of_it(world: World) -> None:
    family = await shared_family(world)
    await recorded(world.amina, family, CONSTRAINTS)
    assert (await leave(family, world.police_system)).status_code == 200
    for path in ("chronology", "banner"):
        answer = await world.jonas.get(f"/v1/families/{family['id']}/{path}")
        assert answer.status_code == 404
