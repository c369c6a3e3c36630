"""Reflections: written, revised, and read by nobody but their author and the author's managers."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.code_lists.reflections import COLLUSION_SIGNS, SELF_QUESTIONS
from api.engagement.reflections.rules import first_repeated
from tests.breaking import end, opened
from tests.checking import CLOSING, a_reflection, reflected, revise
from tests.conformance.scene import employ
from tests.involving import bookmarks, leave, news, pointers, problem
from tests.merging import decided, proposed, two_records
from tests.world import World, join, key, shared_family

pytestmark = pytest.mark.anyio


def every_answer() -> dict[str, Any]:
    """The whole self-check."""
    given_ = ["yes", "no", "unsure"]
    return {
        name: [
            {"code": each.code, "answer": given_[index % 3], "note": f"Note {index}"}
            for index, each in enumerate(code_list.codes)
        ]
        for name, code_list in (("signs", COLLUSION_SIGNS), ("questions", SELF_QUESTIONS))
    }


async def test_it_is_read_by_who_wrote_it_and_their_managers(world: World) -> None:
    family = await shared_family(world)
    made = await reflected(world.amina, family, **every_answer())
    assert (len(made["signs"]), len(made["questions"])) == (13, 6)
    assert (made["version"], made["as_the_door_closed"]) == (1, CLOSING)
    assert made["written_by"] == {"name": "Amina", "job_title": "practitioner"}
    for who in (world.amina, world.ruth):
        shown = await who.get(f"/v1/reflections/{made['id']}")
        assert shown.json() == made
        assert shown.headers["ETag"] == '"1"'


async def test_to_everybody_else_it_is_absent(world: World) -> None:
    family = await shared_family(world)
    colleague = await employ(world, "health_visiting", "colleague", ["practitioner"])
    made = await reflected(world.amina, family)
    path, mine = f"/v1/reflections/{made['id']}", f"/v1/families/{family['id']}/reflections"
    for who in (colleague, world.jonas, world.nadia, world.owen, world.lena):
        problem(await who.get(path), 404, "not_found")
        problem(await who.get(f"{path}/versions"), 404, "not_found")
        problem(await revise(who, made), 404, "not_found")
    assert (await colleague.get(mine)).json() == {"items": [], "next": None}
    problem(await world.lena.get(mine), 404, "not_found")
    isla = await employ(world, "health_visiting", "isla", ["information_governance"])
    for who in (isla, world.health_visiting_system):
        problem(await who.get(path), 403, "forbidden")
        problem(await who.get(mine), 403, "forbidden")


async def test_a_list_holds_one_s_own_and_for_a_manager_those_of_the_agency(world: World) -> None:
    family = await shared_family(world)
    dora = await employ(world, "health_visiting", "dora", ["practitioner"])
    first, second = await reflected(world.amina, family), await reflected(dora, family)
    third = (await revise(world.amina, first, as_the_door_closed="Other.")).json()
    path = f"/v1/families/{family['id']}/reflections"
    for who, expected in (
        (world.amina, [third]),
        (dora, [second]),
        (world.ruth, [second, third]),
        (world.nadia, []),
    ):
        assert (await who.get(path)).json()["items"] == expected
    page = await world.ruth.get(path, params={"limit": 1})
    assert 'rel="next"' in page.headers["Link"]
    rest = await world.ruth.get(path, params={"limit": 1, "cursor": page.json()["next"]})
    assert [*page.json()["items"], *rest.json()["items"]] == [second, third]


async def test_its_author_revises_it_and_what_was_written_is_kept(world: World) -> None:
    family = await shared_family(world)
    made = await reflected(world.amina, family)
    revised = await revise(world.amina, made, as_the_door_closed="That we had not seen them.")
    assert (revised.status_code, revised.headers["ETag"]) == (200, '"2"')
    again = await revise(world.amina, revised.json(), signs=[], questions=[])
    assert again.json()["signs"] == []
    path = f"/v1/reflections/{made['id']}/versions"
    for who in (world.amina, world.ruth):
        kept = (await who.get(path)).json()["items"]
        assert [each["version"] for each in kept] == [3, 2, 1]
        assert kept[1]["as_the_door_closed"] == "That we had not seen them."
        assert kept[2] == {name: made[name] for name in kept[2]}
    page = (await world.ruth.get(path, params={"limit": 2})).json()
    rest = await world.ruth.get(path, params={"limit": 2, "cursor": page["next"]})
    assert [each["version"] for each in rest.json()["items"]] == [1]


async def test_nobody_revises_it_for_them_or_unread(world: World) -> None:
    family = await shared_family(world)
    made = await reflected(world.amina, family)
    problem(await revise(world.ruth, made), 403, "forbidden")
    path = f"/v1/reflections/{made['id']}/revise"
    unread = await world.amina.post(path, a_reflection())
    problem(unread, 428, "precondition_required")
    assert (await revise(world.amina, made)).status_code == 200
    problem(await revise(world.amina, made), 412, "precondition_failed")


async def test_revised_twice_at_once_one_is_told_to_read_again(world: World) -> None:
    family = await shared_family(world)
    for _ in range(4):
        made = await reflected(world.amina, family)
        both = await asyncio.gather(*(revise(world.amina, made) for _ in range(2)))
        assert sorted(each.status_code for each in both) == [200, 412]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"signs": [], "questions": [], "as_the_door_closed": None}, ""),
        ({"signs": [{"code": "less_contentious_issues", "answer": "no"}] * 2}, "/signs/1/code"),
        (
            {"questions": [{"code": "relieved_out_of_the_door", "answer": "no"}] * 2},
            "/questions/1/code",
        ),
        ({"signs": [{"code": "relieved_out_of_the_door", "answer": "no"}]}, "/signs/0/code"),
        (
            {"questions": [{"code": "only_one_high_need_adult", "answer": "x"}]},
            "/questions/0/answer",
        ),
        ({"score": 3}, "/score"),
        ({"as_the_door_closed": " "}, "/as_the_door_closed"),
    ],
)
async def test_what_is_not_understood_is_pointed_at(
    world: World, superuser: Any, changes: dict[str, Any], pointer: str
) -> None:
    family = await shared_family(world)
    path = f"/v1/families/{family['id']}/reflections"
    refused = await world.amina.post(path, a_reflection(**changes), headers=key())
    assert pointers(refused) == [pointer]
    count = "SELECT count(*) FROM reflections WHERE family_id = $1::text::uuid"
    assert await superuser.fetchval(count, family["id"]) == 0
    made = await reflected(world.amina, family)
    assert pointers(await revise(world.amina, made, **changes)) == [pointer]
    assert (await world.amina.get(f"/v1/reflections/{made['id']}")).json() == made


async def test_a_system_and_an_outsider_write_none(world: World) -> None:
    family = await shared_family(world)
    path = f"/v1/families/{family['id']}/reflections"
    problem(await world.health_visiting_system.post(path, a_reflection()), 403, "forbidden")
    problem(await world.lena.post(path, a_reflection()), 404, "not_found")


async def test_nobody_is_told_and_it_stands_in_no_chronology(world: World) -> None:
    family = await shared_family(world)
    marks = await bookmarks(world)
    path = f"/v1/families/{family['id']}"
    before = (await world.ruth.get(f"{path}/chronology")).json()
    made = await reflected(world.amina, family)
    await revise(world.amina, made)
    await world.ruth.get(f"/v1/reflections/{made['id']}")
    await world.ruth.get(f"{path}/reflections")
    await world.ruth.get(f"/v1/reflections/{made['id']}/versions")
    for kind, mark in marks.items():
        assert await news(world.people[f"{kind}_system"], mark) == []
    assert (await world.ruth.get(f"{path}/chronology")).json() == before
    for who in (world.amina, world.jonas, world.owen):
        shown = await who.get(f"{path}/accesses", params={"limit": 200})
        assert "reflection" not in shown.text


async def test_whoever_reads_or_writes_one_leaves_an_entry(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    made = await reflected(world.amina, family)
    path = f"/v1/reflections/{made['id']}"
    await world.ruth.get(path)
    await world.ruth.get(f"{path}/versions")
    await revise(world.amina, made)
    await world.ruth.get(f"/v1/families/{family['id']}/reflections")
    rows = await superuser.fetch(
        "SELECT action, resource_type, details FROM audit_entries WHERE family_id = $1::text::uuid "
        "AND action LIKE 'reflection%' ORDER BY recorded_at, id",
        family["id"],
    )
    assert [row["action"] for row in rows] == [
        "reflection.written",
        "reflection.read",
        "reflection.versions_read",
        "reflection.revised",
        "reflections.listed",
    ]
    assert {row["resource_type"] for row in rows} == {"reflection"}
    assert made["id"] in rows[-1]["details"]
    assert CLOSING not in str([dict(row) for row in rows])


async def test_what_is_written_stands_sealed_each_version_in_its_own_row(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    made = await reflected(world.amina, family, as_the_door_closed="Canary one")
    now = (await revise(world.amina, made, as_the_door_closed="Canary two")).json()
    query = (
        "SELECT sealed_content FROM reflection_versions WHERE reflection_id = $1::text::uuid "
        "ORDER BY number"
    )
    kept = [row["sealed_content"] for row in await superuser.fetch(query, made["id"])]
    assert len(kept) == 2
    assert all(b"Canary" not in each and b"boiler" not in each for each in kept)
    swap = (
        "UPDATE reflection_versions SET sealed_content = $2 "
        "WHERE reflection_id = $1::text::uuid AND number = 2"
    )
    path = f"/v1/reflections/{made['id']}"
    await superuser.execute(swap, made["id"], kept[0])
    assert (await world.amina.get(path)).status_code == 500
    await superuser.execute(swap, made["id"], kept[1])
    assert (await world.amina.get(path)).json() == now


async def test_repeated_with_its_key_it_is_written_once(world: World) -> None:
    family = await shared_family(world)
    path, headers = f"/v1/families/{family['id']}/reflections", key()
    made = [await world.amina.post(path, a_reflection(), headers=headers) for _ in range(2)]
    assert made[0].json() == made[1].json()
    assert len((await world.amina.get(path)).json()["items"]) == 1


async def test_who_has_left_reads_none_and_break_glass_opens_none(world: World) -> None:
    family = await shared_family(world)
    made = await reflected(world.jonas, family)
    path = f"/v1/reflections/{made['id']}"
    assert (await leave(family, world.police_system)).status_code == 200
    for who in (world.jonas, world.nadia):
        problem(await who.get(path), 404, "not_found")
    grant = await opened(world.nadia, family)
    problem(await world.nadia.get(path), 404, "not_found")
    assert (await end(grant, world.nadia)).status_code == 200
    assert (await join(world, family, world.police_system)).status_code == 201
    assert (await world.jonas.get(path)).json() == made


async def test_on_a_record_that_is_merged_away_it_is_read_and_no_longer_revised(
    world: World,
) -> None:
    one, other = await two_records(world)
    made = await reflected(world.jonas, other)
    await decided(await proposed(one, other, world.ruth), "agree", world.nadia)
    assert (await world.nadia.get(f"/v1/reflections/{made['id']}")).json() == made
    problem(await revise(world.jonas, made), 409, "family_merged")


@given(st.lists(st.sampled_from(["a", "b", "c", "d"])))
def test_the_first_code_that_is_repeated(codes: list[str]) -> None:
    found = first_repeated(codes)
    if found is None:
        assert len(set(codes)) == len(codes)
    else:
        assert codes[found] in codes[:found]
        assert len(set(codes[:found])) == found
