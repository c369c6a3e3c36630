"""Observations: how a contact went, and which of them are found again."""

from typing import Any

import pytest

from tests.engaging import an_observation, ask_to_record, calm, correct, listed, recorded
from tests.involving import news, pointers, problem, types
from tests.world import Caller, World, shared_family

pytestmark = pytest.mark.anyio

WHAT = "engagement/observations"


async def observe(who: Caller, family: dict[str, Any], body: dict[str, Any]) -> Any:
    return await ask_to_record(who, family, WHAT, body)


async def test_it_says_all_that_was_said(world: World) -> None:
    said = an_observation(disguised_compliance="Agrees to everything, does nothing.")
    answer = await observe(world.police_system, await shared_family(world), said)
    assert answer.status_code == 201, answer.text
    row = answer.json()
    given = {name: said[name] for name in said if name not in {"child", "practitioner"}}
    assert {name: row[name] for name in given} == given
    assert row["child"] == {"seen": False, "alone": None, "why_not": "Nobody opened."}
    assert row["recorded_by"]["name"] == "A Colleague"


async def test_a_calm_visit_needs_few_words(world: World) -> None:
    answer = await observe(world.amina, await shared_family(world), calm())
    assert answer.status_code == 201, answer.text
    row = answer.json()
    assert (row["narrative"], row["challenged"], row["indicators"]) == (None, None, [])
    assert row["child"] == {"seen": True, "alone": True, "why_not": None}


async def test_violence_is_refused_as_an_incident(world: World) -> None:
    answer = await observe(world.amina, await shared_family(world), an_observation(type="violence"))
    [error] = problem(answer, 422, "invalid")["errors"]
    assert (error["pointer"], error["code"]) == ("/type", "record_incident")
    assert "incident" in error["detail"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"type": "hostility"}, "/type"),
        ({"contact": "drone"}, "/contact"),
        ({"contact": "none_made", "took_place": True}, "/took_place"),
        ({"indicators": ["late"]}, "/indicators/0"),
        ({"indicators": ["challenges", "challenges"]}, "/indicators"),
        ({"indicators": ["swearing"]}, "/indicators/0"),
        ({"reasons": [{"code": "bored", "asserted_by": "family"}]}, "/reasons/0/code"),
        (
            {"reasons": [{"code": "something_to_hide", "asserted_by": "police"}]},
            "/reasons/0/asserted_by",
        ),
        ({"child": {"seen": True, "alone": True}}, "/child/seen"),
        ({"child": {"seen": False}}, "/child/why_not"),
        ({"challenged": None}, "/challenged"),
        ({"challenged": {"challenged": False}}, "/challenged/statement"),
        ({"narrative": None}, "/narrative"),
        ({"score": 7}, "/score"),
    ],
)
async def test_what_contradicts_itself_is_pointed_at_and_not_kept(
    world: World, changes: dict[str, Any], pointer: str
) -> None:
    family = await shared_family(world)
    assert pointers(await observe(world.amina, family, an_observation(**changes))) == [pointer]
    assert await listed(world.amina, family, WHAT) == []


async def test_a_correction_contradicts_itself_no_less(world: World) -> None:
    row = await recorded(world.amina, await shared_family(world), WHAT)
    answer = await correct(world.amina, WHAT, row, challenged=None)
    assert pointers(answer) == ["/observation/challenged"]


async def test_they_are_found_by_agency_type_and_day(world: World) -> None:
    family = await shared_family(world)
    made = {
        (who.agency.kind, day): (await observe(who, family, body | {"observed_on": day})).json()
        for who, day, body in (
            (world.amina, "2026-11-10", calm()),
            (world.amina, "2026-11-12", an_observation()),
            (world.jonas, "2026-11-11", calm()),
        )
    }

    async def days(**asked: Any) -> list[str]:
        return [each["observed_on"] for each in await listed(world.tessa, family, WHAT, **asked)]

    assert len(made) == 3
    assert await days() == ["2026-11-12", "2026-11-11", "2026-11-10"]
    assert await days(agency_id=str(world.agencies["police"].id)) == ["2026-11-11"]
    assert await days(type="confrontation") == ["2026-11-12"]
    assert await days(type=["confrontation", "none"], until="2026-11-11") == [
        "2026-11-11",
        "2026-11-10",
    ]
    assert await days(since="2026-11-11", until="2026-11-11") == ["2026-11-11"]
    path = f"/v1/families/{family['id']}/{WHAT}"
    for asked in ({"type": "violence"}, {"since": "yesterday"}, {"agency_id": "police"}):
        problem(await world.tessa.get(path, params=asked), 400, "bad_request")
    first = await world.tessa.get(path, params={"limit": 1})
    cursor = {"cursor": first.json()["next"], "type": "none"}
    problem(await world.tessa.get(path, params=cursor), 400, "invalid_cursor")


async def test_the_facts_of_contacts_are_columns(world: World, superuser: Any) -> None:
    """For whoever asks whether everybody backs off, or nobody sees the child."""
    family = await shared_family(world)
    await observe(world.amina, family, calm())
    await observe(world.jonas, family, an_observation())
    rows = await superuser.fetch(
        "SELECT agency_id, observed_on, contact, took_place, child_seen, type "
        "FROM engagement_observations WHERE family_id = $1 ORDER BY observed_on",
        family["id"],
    )
    assert [tuple(row)[2:] for row in rows] == [
        ("home_visit", False, False, "confrontation"),
        ("home_visit", True, True, "none"),
    ]


async def test_no_word_of_it_is_in_an_event_and_no_alert_is_made(world: World) -> None:
    family = await shared_family(world)
    await observe(world.jonas, family, an_observation(narrative="Canary at the door"))
    told = await news(world.school_system)
    assert "engagement.observed" in types(told)
    assert "Canary" not in str(told)
    shown = (await world.tessa.get(f"/v1/families/{family['id']}/alerts")).json()
    assert shown["items"] == []
