"""The shared record: what is added to it, what is refused, and the list of one's families."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.involving import (
    a_child,
    an_adult,
    bookmarks,
    family_of,
    heard,
    pointers,
    problem,
    registered,
)
from tests.world import World, nhs_number, register, shared_family

pytestmark = pytest.mark.anyio

UNBORN = {"kind": "unborn", "family_name": "Okafor", "expected_on": "2027-03-01"}
ADDRESS = {
    "lines": ["4 Quay Street", "Grimsby"],
    "postcode": "dn31 1aa",
    "from_date": "2026-01-01",
    "until_date": "2026-12-31",
    "identifiers": [{"system": "uprn", "value": "10008042"}],
}


async def test_an_involved_agency_adds_a_member_and_all_are_told(world: World) -> None:
    family = await shared_family(world)
    marks = await bookmarks(world)
    child = a_child(relationship="sister")
    path = f"/v1/families/{family['id']}"
    answer = await world.tessa.post(f"{path}/members", child)
    assert (answer.status_code, answer.headers["Location"]) == (201, path)
    assert answer.headers["ETag"] == f'"{family["version"] + 1}"'
    added = answer.json()["members"][-1]
    [number] = added.pop("identifiers")
    assert {name: added[name] for name in child if name != "identifiers"} == {
        name: child[name] for name in child if name != "identifiers"
    }
    assert {name: number[name] for name in ("system", "value")} == child["identifiers"][0]
    updated = ["family.updated"]
    told = {"health_visiting": updated, "police": updated, "school": updated}
    assert await heard(world, marks, family["id"]) == told


async def test_an_unborn_child_needs_no_name(world: World) -> None:
    family = await register(world)
    answer = await world.amina.post(f"/v1/families/{family['id']}/members", UNBORN)
    assert answer.status_code == 201
    added = answer.json()["members"][-1]
    assert (added["given_name"], added["expected_on"]) == (None, "2027-03-01")


async def test_an_address_is_kept_in_its_normal_form(world: World) -> None:
    family = await register(world)
    answer = await world.amina.post(f"/v1/families/{family['id']}/addresses", ADDRESS)
    assert answer.status_code == 201, answer.text
    added = answer.json()["addresses"][-1]
    assert (added["postcode"], added["lines"]) == ("DN31 1AA", ADDRESS["lines"])
    assert (added["from_date"], added["until_date"]) == ("2026-01-01", "2026-12-31")
    assert [each["value"] for each in added["identifiers"]] == ["10008042"]


async def test_one_home_may_be_on_two_families(world: World) -> None:
    for _ in range(2):
        family = await register(world)
        answer = await world.amina.post(f"/v1/families/{family['id']}/addresses", ADDRESS)
        assert answer.status_code == 201, answer.text


async def test_an_agency_adds_its_own_id_of_a_member(world: World) -> None:
    family = await shared_family(world)
    body = {"member_id": family["members"][0]["id"], "system": "local_id", "value": "PUPIL-9"}
    path = f"/v1/families/{family['id']}/identifiers"
    answer = await world.tessa.post(path, body)
    assert answer.status_code == 201, answer.text
    own = [each for each in answer.json()["members"][0]["identifiers"] if each["agency_id"]]
    assert [(each["agency_id"], each["value"]) for each in own] == [
        (str(world.agencies["school"].id), "PUPIL-9")
    ]
    assert (await world.jonas.post(path, body)).status_code == 201
    again = {**body, "member_id": family["members"][1]["id"]}
    problem(await world.tessa.post(path, again), 409, "conflict")


@pytest.mark.parametrize(
    ("member", "pointer"),
    [
        ({"kind": "pet", "given_name": "Rex", "family_name": "Okafor"}, "/members/0/kind"),
        (a_child(given_name=None), "/members/0"),
        (an_adult(family_name=None), "/members/0"),
        (a_child(expected_on="2027-01-01"), "/members/0"),
        ({**UNBORN, "birth_date": "2020-01-01"}, "/members/0"),
        (a_child(birth_date="2026-11-24"), "/members/0/birth_date"),
        (a_child(birth_date="01/02/2019"), "/members/0/birth_date"),
        (a_child(birth_date="1899-12-31"), "/members/0/birth_date"),
        (a_child(birth_date=20190402), "/members/0/birth_date"),
        (a_child(given_name="Ma\u202eya"), "/members/0/given_name"),
        (a_child(given_name="  "), "/members/0/given_name"),
        (a_child(given_name="Maya\nOkafor"), "/members/0/given_name"),
        (a_child(given_name="x" * 201), "/members/0/given_name"),
        (a_child(shoe_size=31), "/members/0/shoe_size"),
        (
            a_child(identifiers=[{"system": "nhs_number", "value": "9434765910"}]),
            "/members/0/identifiers/0",
        ),
        (
            a_child(identifiers=[{"system": "upn", "value": "B801200001001"}]),
            "/members/0/identifiers/0",
        ),
        (
            a_child(identifiers=[{"system": "uprn", "value": "1"}]),
            "/members/0/identifiers/0/system",
        ),
    ],
)
async def test_a_member_that_makes_no_sense_names_its_field(
    world: World, member: dict[str, Any], pointer: str
) -> None:
    answer = await world.health_visiting_system.post("/v1/families", family_of(member))
    assert pointers(answer) == [pointer]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"postcode": "DN31"}, "/postcode"),
        ({"lines": []}, "/lines"),
        ({"lines": ["x"] * 7}, "/lines"),
        ({"from_date": "2027-01-01"}, ""),
        ({"identifiers": [{"system": "uprn", "value": "12x"}]}, "/identifiers/0"),
        ({"identifiers": [{"system": "upn", "value": "1"}]}, "/identifiers/0/system"),
    ],
)
async def test_an_address_that_makes_no_sense_names_its_field(
    world: World, changes: dict[str, Any], pointer: str
) -> None:
    family = await register(world)
    path = f"/v1/families/{family['id']}/addresses"
    assert pointers(await world.amina.post(path, ADDRESS | changes)) == [pointer]


async def test_a_family_has_a_member(world: World) -> None:
    answer = await world.health_visiting_system.post("/v1/families", family_of())
    assert pointers(answer) == ["/members"]


async def test_an_identifier_is_added_to_a_member_of_that_family_only(world: World) -> None:
    family, other = await register(world), await register(world)
    body = {"system": "nhs_number", "value": nhs_number()}
    path = f"/v1/families/{family['id']}/identifiers"
    foreign = {**body, "member_id": other["members"][0]["id"]}
    problem(await world.amina.post(path, foreign), 404, "not_found")
    wrong = {"member_id": family["members"][0]["id"], "system": "nhs_number", "value": "1"}
    assert pointers(await world.amina.post(path, wrong)) == [""]


@pytest.mark.parametrize("part", ["members", "addresses", "identifiers"])
async def test_who_is_not_involved_adds_nothing(world: World, part: str) -> None:
    family = await shared_family(world)
    identifier = {"member_id": family["members"][0]["id"], "system": "local_id", "value": "X-1"}
    body = {"members": a_child(), "addresses": ADDRESS, "identifiers": identifier}[part]
    answer = await world.lena.post(f"/v1/families/{family['id']}/{part}", body)
    problem(answer, 404, "not_found")


async def test_every_read_of_a_family_is_audited(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    await world.tessa.get(f"/v1/families/{family['id']}")
    entry = await superuser.fetchrow("SELECT * FROM audit_entries ORDER BY id DESC LIMIT 1")
    assert (entry["action"], str(entry["family_id"])) == ("family.read", family["id"])
    assert entry["agency_id"] == world.agencies["school"].id


async def test_the_list_of_families_is_paged_in_the_order_of_joining(world: World) -> None:
    ids = [(await registered(world.lena, a_child()))["id"] for _ in range(5)]
    found, path = [], "/v1/families?limit=2"
    while path:
        page = await world.lena.get(path)
        found += page.json()["items"]
        link = page.headers.get("Link", "")
        assert bool(link) == (page.json()["next"] is not None)
        path = link.removeprefix("<").partition(">")[0]
        if path:
            assert parse_qs(urlsplit(path).query)["cursor"] == [page.json()["next"]]
    assert [each["id"] for each in found] == ids
    assert found[0].keys() == {"id", "local_id", "lead_agency_id", "since"}


async def test_a_cursor_works_for_its_caller_and_its_list_alone(world: World) -> None:
    for _ in range(3):
        await registered(world.lena, a_child())
    cursor = (await world.lena.get("/v1/families?limit=1")).json()["next"]
    assert (await world.lena.get("/v1/families", params={"cursor": cursor})).status_code == 200
    for who, path in (
        (world.police_system, "/v1/families"),
        (world.lena, "/v1/alerts"),
        (world.lena, "/v1/families"),
    ):
        given = cursor if path != "/v1/families" or who is not world.lena else f"A{cursor[1:]}A"
        problem(await who.get(path, params={"cursor": given}), 400, "invalid_cursor")


@pytest.mark.parametrize("limit", ["0", "201", "many"])
async def test_a_limit_out_of_range_is_refused(world: World, limit: str) -> None:
    problem(await world.lena.get("/v1/families", params={"limit": limit}), 400, "bad_request")
