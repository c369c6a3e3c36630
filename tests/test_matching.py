"""Matching: exact, audited, counted, and answering ids and join tokens alone."""

import json
from typing import Any

import pytest

from api.foundation.quotas import Quota
from tests.involving import a_child, an_adult, family_of, pointers, problem, registered
from tests.world import World, nhs_number

pytestmark = pytest.mark.anyio

POSTCODE = "LS1 4AP"
HOME = {"lines": ["1 Park Row"], "postcode": POSTCODE}
NAMED = {"given_name": "Zoë", "family_name": "O'Neill", "birth_date": "2018-01-01"}


async def found(who: Any, *members: dict[str, Any], postcode: str | None = None) -> list[str]:
    """The ids of the families that match."""
    addresses = [{"postcode": postcode}] if postcode else []
    body = {"members": list(members), "addresses": addresses}
    answer = await who.post("/v1/families/match", body)
    assert answer.status_code == 200, answer.text
    return [each["family_id"] for each in answer.json()["items"]]


def known_as(system: str, value: str) -> dict[str, Any]:
    return {"identifiers": [{"system": system, "value": value}]}


async def test_a_match_answers_ids_and_join_tokens_and_nothing_else(world: World) -> None:
    child = a_child()
    family = await registered(world.health_visiting_system, child)
    body = {"members": [{"identifiers": child["identifiers"]}]}
    answer = await world.probation_system.post("/v1/families/match", body)
    [item] = answer.json()["items"]
    assert answer.json().keys() == {"items"}
    assert item.keys() == {"family_id", "join_token"}
    assert item["family_id"] == family["id"]


@pytest.mark.parametrize(
    ("system", "value"), [("nhs_number", "4010232137"), ("upn", "H801200001001")]
)
async def test_an_identifier_finds_the_family(world: World, system: str, value: str) -> None:
    identifiers = [{"system": system, "value": value}]
    family = await registered(world.health_visiting_system, a_child(identifiers=identifiers))
    assert await found(world.police_system, known_as(system, value)) == [family["id"]]


async def test_an_adult_s_identifier_finds_every_family_they_are_on(world: World) -> None:
    father = an_adult()
    one = await registered(world.health_visiting_system, a_child(), father)
    two = await registered(world.health_visiting_system, a_child(), father)
    people = {"identifiers": father["identifiers"]}
    assert await found(world.police_system, people) == sorted([one["id"], two["id"]])


async def test_a_local_id_finds_the_agency_s_own_family_and_never_another_s(world: World) -> None:
    child = a_child(identifiers=[{"system": "local_id", "value": "CHILD-77"}])
    involvement = {
        "local_id": "CASE-77",
        "reason": "Works with it",
        "practitioner": {"name": "A", "job_title": "b"},
    }
    family = await registered(world.health_visiting_system, child, involvement=involvement)
    for value in ("CHILD-77", "CASE-77"):
        known = known_as("local_id", value)
        assert await found(world.health_visiting_system, known) == [family["id"]]
        assert await found(world.police_system, known) == []


@pytest.mark.parametrize(
    ("changes", "postcode", "matches"),
    [
        ({}, POSTCODE, True),
        ({"given_name": "ZOE", "family_name": "oneill"}, "ls14ap", True),
        ({"birth_date": "2018-01-02"}, POSTCODE, False),
        ({"given_name": "Chloe"}, POSTCODE, False),
        ({}, "LS1 4AQ", False),
    ],
)
async def test_name_birth_date_and_postcode_match_together_only(
    world: World, changes: dict[str, Any], postcode: str | None, matches: bool
) -> None:
    given = {"given_name": "Zoë", "family_name": "O'Neill", "birth_date": "2018-01-01"}
    child = {"kind": "child", **given}
    number = {"identifiers": [{"system": "nhs_number", "value": nhs_number()}]}
    body = family_of({**child, **number}, addresses=[HOME])
    family = (await world.health_visiting_system.post("/v1/families", body)).json()["id"]
    assert (
        family in await found(world.police_system, {**given, **changes}, postcode=postcode)
    ) is (matches)


async def test_names_of_punctuation_alone_match_nobody(world: World) -> None:
    unknown = {"given_name": "?", "family_name": "?", "birth_date": "1999-09-09"}
    await registered(world.health_visiting_system, {"kind": "adult", **unknown}, addresses=[HOME])
    assert await found(world.police_system, unknown, postcode=POSTCODE) == []


async def test_nothing_found_is_an_empty_list(world: World) -> None:
    assert await found(world.police_system, known_as("nhs_number", nhs_number())) == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"members": []}, "/members"),
        ({"members": [{"nickname": "Mo"}]}, "/members/0/nickname"),
        ({"members": [known_as("nhs_number", "9434765910")]}, "/members/0/identifiers/0"),
        ({"members": [known_as("passport", "1")]}, "/members/0/identifiers/0/system"),
        ({"members": [{}], "addresses": [{"postcode": "nowhere"}]}, "/addresses/0/postcode"),
        ({"members": [{}]}, "/members"),
        ({"members": [NAMED | {"birth_date": None}], "addresses": [HOME]}, "/members"),
        ({"members": [NAMED | {"family_name": None}], "addresses": [HOME]}, "/members"),
        ({"members": [NAMED | {"given_name": None}], "addresses": [HOME]}, "/members"),
        ({"members": [NAMED]}, "/addresses"),
    ],
)
async def test_a_question_that_could_not_match_names_its_field(
    world: World, body: dict[str, Any], pointer: str
) -> None:
    assert pointers(await world.police_system.post("/v1/families/match", body)) == [pointer]


async def test_one_of_a_household_who_could_match_is_enough(world: World) -> None:
    child = a_child()
    family = await registered(world.health_visiting_system, child)
    known = {"identifiers": child["identifiers"]}
    assert await found(world.police_system, {"given_name": "Zoë"}, known) == [family["id"]]


async def test_every_match_is_audited_with_ids_and_no_names(world: World, superuser: Any) -> None:
    child = a_child(given_name="Canaryname")
    family = await registered(world.health_visiting_system, child)
    await found(world.lena, {"identifiers": child["identifiers"]})
    entry = await superuser.fetchrow(
        "SELECT * FROM audit_entries WHERE action = 'family.matched' ORDER BY id DESC LIMIT 1"
    )
    assert entry["agency_id"] == world.agencies["probation"].id
    assert entry["practitioner_id"] is not None
    assert json.loads(entry["details"]) == {"families": [family["id"]]}
    assert "Canaryname" not in str(dict(entry))
    assert child["identifiers"][0]["value"] not in str(dict(entry))


async def test_a_family_found_by_registering_it_again_is_audited_too(
    world: World, superuser: Any
) -> None:
    child = a_child()
    first = await registered(world.health_visiting_system, child)
    again = family_of(child)
    problem(await world.lena.post("/v1/families", again), 409, "family_exists")
    entry = await superuser.fetchrow(
        "SELECT agency_id, outcome, details FROM audit_entries ORDER BY id DESC LIMIT 1"
    )
    assert (entry["agency_id"], entry["outcome"]) == (world.agencies["probation"].id, "denied")
    offered = [first["id"]]
    assert json.loads(entry["details"]) == {"reason": "family_exists", "families": offered}


async def test_matching_and_registering_share_a_quota_of_their_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.runtime, "match_quota", Quota.per_hour("few matches", 2))
    body = {"members": [known_as("nhs_number", nhs_number())]}
    await registered(world.lena, a_child())
    assert await found(world.lena, *body["members"]) == []
    refused = await world.lena.post("/v1/families/match", body)
    problem(refused, 429, "quota_exceeded")
    assert int(refused.headers["Retry-After"]) > 0
    assert (await world.lena.get("/v1/families")).status_code == 200
    assert await found(world.police_system, *body["members"]) == []
