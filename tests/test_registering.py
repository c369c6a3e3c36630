"""Registering a family: one record per child, whoever comes first; adults may be on two."""

import asyncio
from typing import Any

import pytest

from api.families import queries
from tests.governing import audited_about
from tests.involving import (
    PRACTITIONER,
    a_child,
    about,
    an_adult,
    bookmark,
    family_of,
    joining,
    news,
    pointers,
    problem,
    registered,
    types,
)
from tests.world import Caller, World, a_family, nhs_number, register

pytestmark = pytest.mark.anyio


async def joins_with(who: Caller, offer: dict[str, Any], local_id: str) -> int:
    path = f"/v1/families/{offer['family_id']}/involvements"
    ground = {"join_token": offer["join_token"]}
    return (await who.post(path, joining(ground, local_id))).status_code


async def test_the_registering_agency_is_involved_leads_and_is_told(world: World) -> None:
    before = await bookmark(world.health_visiting_system)
    body = a_family()
    answer = await world.health_visiting_system.post("/v1/families", body)
    family = answer.json()
    own = str(world.agencies["health_visiting"].id)
    assert (answer.status_code, family["lead_agency_id"]) == (201, own)
    assert answer.headers["Location"] == f"/v1/families/{family['id']}"
    assert answer.headers["ETag"] == '"1"'
    [involvement] = family["involvements"]
    assert involvement["agency_id"] == own
    assert involvement["local_id"] == body["involvement"]["local_id"]
    assert involvement["practitioner"] == {"name": "Amina Patel", "job_title": "health visitor"}
    assert types(await news(world.health_visiting_system, before)) == ["family.registered"]
    assert (await world.health_visiting_system.get(answer.headers["Location"])).json() == family


async def test_a_person_s_token_says_who_works_with_the_family(world: World) -> None:
    family = await registered(world.amina, a_child())
    assert family["involvements"][0]["practitioner"]["name"] == "Amina"


async def test_a_child_that_is_registered_gives_the_way_to_its_family(world: World) -> None:
    family = await register(world)
    child = a_child(identifiers=given_identifiers(family["members"][0]))
    body = family_of(child, involvement=an_involvement("POL-1"))
    refused = await world.police_system.post("/v1/families", body)
    found = problem(refused, 409, "family_exists")
    assert found["family_id"] == family["id"]
    assert [each["family_id"] for each in found["items"]] == [family["id"]]
    assert await joins_with(world.police_system, found, "POL-1") == 201


async def test_the_way_offered_is_for_that_agency_alone(world: World) -> None:
    family = await register(world)
    child = a_child(identifiers=given_identifiers(family["members"][0]))
    body = family_of(child, involvement=an_involvement("POL-2"))
    found = (await world.police_system.post("/v1/families", body)).json()
    assert await joins_with(world.school_system, found, "SCH-2") == 404


async def test_two_agencies_that_register_a_child_at_one_moment_make_one_family(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = a_child()
    pause_both_after_matching(monkeypatch)
    answers = await asyncio.gather(
        world.police_system.post("/v1/families", family_of(child, an_adult(), involvement=at("P"))),
        world.school_system.post("/v1/families", family_of(child, an_adult(), involvement=at("S"))),
    )
    winner, loser = sorted(answers, key=lambda each: each.status_code)
    assert winner.status_code == 201, winner.text
    found = problem(loser, 409, "family_exists")
    assert found["family_id"] == winner.json()["id"]
    late = world.school_system if loser is answers[1] else world.police_system
    assert await joins_with(late, found, "LATE-1") == 201


@pytest.mark.parametrize("part", ["members", "identifiers"])
async def test_adding_the_same_child_to_two_families_at_one_moment_lets_one_in(
    world: World, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    one = await registered(world.police_system, a_child(), involvement=at("P"))
    other = await registered(world.school_system, a_child(), involvement=at("S"))
    child, number = a_child(), {"system": "nhs_number", "value": nhs_number()}
    pause_both_after_matching(monkeypatch)
    answers = await asyncio.gather(
        *(
            who.post(
                f"/v1/families/{family['id']}/{part}",
                child if part == "members" else {**number, "member_id": first_member(family)},
            )
            for who, family in ((world.police_system, one), (world.school_system, other))
        )
    )
    winner, loser = sorted(answers, key=lambda each: each.status_code)
    assert winner.status_code == 201, winner.text
    assert problem(loser, 409, "family_exists")["family_id"] == winner.json()["id"]


async def test_adding_a_child_of_another_family_gives_the_way_to_it(world: World) -> None:
    other = await register(world)
    own = await registered(world.police_system, a_child(), involvement=at("P"))
    child = a_child(identifiers=given_identifiers(other["members"][0]))
    refused = await world.police_system.post(f"/v1/families/{own['id']}/members", child)
    assert problem(refused, 409, "family_exists")["family_id"] == other["id"]


async def test_adding_an_identifier_of_a_child_of_another_family_gives_the_way_to_it(
    world: World,
) -> None:
    other = await register(world)
    own = await registered(world.police_system, a_child(), involvement=at("P"))
    [number] = given_identifiers(other["members"][0])
    refused = await world.police_system.post(
        f"/v1/families/{own['id']}/identifiers", {**number, "member_id": first_member(own)}
    )
    assert problem(refused, 409, "family_exists")["family_id"] == other["id"]


async def test_one_number_for_two_children_of_a_family_is_refused(world: World) -> None:
    child = a_child()
    twin = {**child, "given_name": "Other"}
    refused = await world.police_system.post(
        "/v1/families", family_of(child, twin, an_adult(), involvement=at("P"))
    )
    assert problem(refused, 409, "conflict")["detail"] == "An identifier is in use already."


async def test_an_adult_on_two_families_is_told_to_both_leads_only(world: World) -> None:
    father = an_adult()
    one = await registered(world.health_visiting_system, a_child(), father)
    await world.police_system.post(
        f"/v1/families/{one['id']}/involvements",
        joining({"join_token": await matched(world.police_system, father)}, "POL-L1"),
    )
    marks = {who: await bookmark(system(world, who)) for who in INVOLVED}
    two = await registered(world.school_system, a_child(), father, involvement=at("S"))
    told = {who: await news(system(world, who), marks[who]) for who in INVOLVED}
    link = ["family.possible_link"]
    assert about(told["health_visiting"], one["id"]) == link
    assert about(told["school"], two["id"]) == ["family.registered", *link]
    assert told["police"] == []
    assert about(told["health_visiting"], two["id"]) == about(told["school"], one["id"]) == []
    assert one["id"] not in str(told["school"])
    assert two["id"] not in str(told["health_visiting"])
    assert await audited_about(world.owen, one["id"]) == []
    registered_and_told = ["family.possible_link", "family.registered"]
    assert sorted(await audited_about(world.owen, two["id"])) == registered_and_told


@pytest.mark.parametrize("part", ["members", "identifiers"])
async def test_an_adult_added_later_may_link_two_families_as_well(world: World, part: str) -> None:
    father = an_adult()
    one = await registered(world.health_visiting_system, a_child(), father)
    unknown = an_adult(identifiers=[])
    two = await registered(world.school_system, unknown, involvement=at("S"))
    mark = await bookmark(world.health_visiting_system)
    [number] = father["identifiers"]
    body = father if part == "members" else {**number, "member_id": first_member(two)}
    added = await world.school_system.post(f"/v1/families/{two['id']}/{part}", body)
    assert added.status_code == 201, added.text
    told = await news(world.health_visiting_system, mark)
    assert about(told, one["id"]) == ["family.possible_link"]


async def test_a_local_id_names_one_family_of_the_agency(world: World) -> None:
    body = family_of(a_child(), involvement=an_involvement("SAME-1"))
    assert (await world.police_system.post("/v1/families", body)).status_code == 201
    again = family_of(a_child(), involvement=an_involvement("SAME-1"))
    assert pointers(await world.police_system.post("/v1/families", again)) == [
        "/involvement/local_id"
    ]
    assert (await world.school_system.post("/v1/families", again)).status_code == 201


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"practitioner": None}, "/involvement/practitioner"),
        ({"practitioner": {"staff_id": "nobody"}}, "/involvement/practitioner/staff_id"),
        ({"local_id": "not allowed"}, "/involvement/local_id"),
        ({"reason": " "}, "/involvement/reason"),
    ],
)
async def test_an_involvement_that_says_too_little_is_refused(
    world: World, changes: dict[str, Any], pointer: str
) -> None:
    body = family_of(a_child(), involvement={**an_involvement("POL-X"), **changes})
    assert pointers(await world.police_system.post("/v1/families", body)) == [pointer]


INVOLVED = ("health_visiting", "police", "school")


def system(world: World, kind: str) -> Caller:
    return world.people[f"{kind}_system"]


def an_involvement(local_id: str) -> dict[str, Any]:
    return {"local_id": local_id, "reason": "Works with it", "practitioner": PRACTITIONER}


def at(prefix: str) -> dict[str, Any]:
    return an_involvement(f"{prefix}-{nhs_number()}")


def given_identifiers(member: dict[str, Any]) -> list[dict[str, str]]:
    return [{name: each[name] for name in ("system", "value")} for each in member["identifiers"]]


def first_member(family: dict[str, Any]) -> str:
    return str(family["members"][0]["id"])


async def matched(who: Caller, member: dict[str, Any]) -> str:
    body = {"members": [{"identifiers": member["identifiers"]}]}
    found = await who.post("/v1/families/match", body)
    return str(found.json()["items"][0]["join_token"])


def pause_both_after_matching(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both requests have looked, and found nothing, before either inserts."""
    both, looked, match = asyncio.Barrier(2), [], queries.match

    async def match_and_wait(*given: Any, **options: Any) -> Any:
        found = await match(*given, **options)
        if len(looked) < 2:
            looked.append(True)
            await both.wait()
        return found

    monkeypatch.setattr(queries, "match", match_and_wait)
