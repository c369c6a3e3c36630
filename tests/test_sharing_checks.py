"""The six questions: who answers them, what they oblige to, and who reads the answers."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.engagement.sharing_checks.rules import (
    GENERAL,
    CheckAnswer,
    Question,
    circumstances_refusal,
    obliges,
)
from tests.breaking import end, opened
from tests.checking import QUESTIONS, a_check, answered, answers, try_to_answer
from tests.conformance.scene import employ
from tests.involving import leave, pointers, problem
from tests.merging import merged
from tests.world import World, join, key, register, shared_family

pytestmark = pytest.mark.anyio


async def read(who: Any, check: dict[str, Any]) -> Any:
    return await who.get(f"/v1/sharing-checks/{check['id']}")


async def test_what_was_answered_is_read_by_who_answered_and_their_managers(world: World) -> None:
    family = await shared_family(world)
    note = "Stood in the doorway."
    made = await answered(world.amina, family, "experienced_hostility", note=note)
    for who in (world.amina, world.ruth):
        shown = (await read(who, made)).json()
        assert shown == made
    assert made["answers"] == answers("experienced_hostility")
    assert (made["circumstances"], made["note"]) == (["alcohol"], note)
    assert made["answered_by"] == {"name": "Amina", "job_title": "practitioner"}
    assert made["adult"] == {"member_id": None, "description": "The father's brother"}


async def test_to_everybody_else_it_is_absent(world: World) -> None:
    family = await shared_family(world)
    colleague = await employ(world, "health_visiting", "colleague", ["practitioner"])
    made = await answered(world.amina, family, "would_want_to_know")
    for who in (colleague, world.jonas, world.nadia, world.owen, world.lena):
        problem(await read(who, made), 404, "not_found")
    problem(await read(world.health_visiting_system, made), 403, "forbidden")


async def test_who_may_neither_answer_nor_manage_may_not_ask(world: World) -> None:
    family = await shared_family(world)
    made = await answered(world.amina, family)
    for name, role in (("isla", "information_governance"), ("carl", "chair")):
        who = await employ(world, "health_visiting", name, [role])
        problem(await read(who, made), 403, "forbidden")
        listed = await who.get(f"/v1/families/{family['id']}/sharing-checks")
        problem(listed, 403, "forbidden")


async def test_a_list_holds_one_s_own_and_for_a_manager_those_of_the_agency(world: World) -> None:
    family = await shared_family(world)
    dora = await employ(world, "health_visiting", "dora", ["practitioner"])
    first = await answered(world.amina, family)
    second = await answered(dora, family, "less_than_honest")
    third = await answered(world.amina, family, "would_want_to_know")
    police = await answered(world.jonas, family)
    path = f"/v1/families/{family['id']}/sharing-checks"
    for who, expected in (
        (world.amina, [third, first]),
        (dora, [second]),
        (world.ruth, [third, second, first]),
        (world.nadia, [police]),
        (world.tessa, []),
    ):
        page = (await who.get(path)).json()
        assert (page["items"], page["next"]) == (expected, None)
    problem(await world.lena.get(path), 404, "not_found")


async def test_a_list_is_read_page_by_page(world: World) -> None:
    family = await shared_family(world)
    made = [await answered(world.amina, family) for _ in range(3)]
    path, seen = f"/v1/families/{family['id']}/sharing-checks?limit=2", []
    page = await world.amina.get(path)
    assert 'rel="next"' in page.headers["Link"]
    seen += page.json()["items"]
    page = await world.amina.get(path, params={"limit": 2, "cursor": page.json()["next"]})
    seen += page.json()["items"]
    assert seen == made[::-1]
    assert "Link" not in page.headers


async def test_a_system_does_not_answer(world: World) -> None:
    family = await shared_family(world)
    problem(await try_to_answer(world.health_visiting_system, family), 403, "forbidden")
    problem(await try_to_answer(world.lena, family), 404, "not_found")


async def test_it_is_about_an_adult_of_the_family_or_somebody_described(world: World) -> None:
    family, other = await shared_family(world), await register(world)
    child, adult = (each["id"] for each in family["members"])
    made = await answered(world.amina, family, adult={"member_id": adult})
    assert made["adult"] == {"member_id": adult, "description": None}
    assert (await read(world.amina, made)).json() == made
    for wrong in (child, other["members"][1]["id"]):
        refused = await try_to_answer(world.amina, family, adult={"member_id": wrong})
        assert pointers(refused) == ["/adult/member_id"]
    for adult_body in ({}, {"member_id": adult, "description": "He"}):
        refused = await try_to_answer(world.amina, family, adult=adult_body)
        assert pointers(refused) == ["/adult"]


@pytest.mark.parametrize(
    ("circumstances", "refused"),
    [
        ([], True),
        (["none_specific"], False),
        (["alcohol", "court_proceedings"], False),
        (["alcohol", "none_specific"], True),
        (["alcohol", "alcohol"], True),
    ],
)
async def test_hostility_has_its_circumstances(
    world: World, circumstances: list[str], refused: bool
) -> None:
    family = await shared_family(world)
    answer = await try_to_answer(
        world.amina, family, "experienced_hostility", circumstances=circumstances
    )
    if refused:
        assert pointers(answer) == ["/circumstances"]
    else:
        assert answer.status_code == 201


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"circumstances": ["weather"]}, "/circumstances/0"),
        (
            {"answers": {**answers(), "would_want_to_know": "perhaps"}},
            "/answers/would_want_to_know",
        ),
        ({"answers": {}}, "/answers/experienced_hostility"),
        ({"note": " "}, "/note"),
        ({"distress": "high"}, "/distress"),
    ],
)
async def test_what_is_not_understood_is_pointed_at(
    world: World, superuser: Any, changes: dict[str, Any], pointer: str
) -> None:
    family = await shared_family(world)
    refused = await try_to_answer(world.amina, family, **changes)
    assert pointer in pointers(refused)
    count = "SELECT count(*) FROM sharing_checks WHERE family_id = $1::text::uuid"
    assert await superuser.fetchval(count, family["id"]) == 0


@pytest.mark.parametrize("question", QUESTIONS)
async def test_any_yes_obliges(world: World, question: str) -> None:
    family = await shared_family(world)
    made = await answered(world.amina, family, question)
    assert made["obligation_id"] is not None


async def test_circumstances_alone_oblige_to_nothing(world: World) -> None:
    family = await shared_family(world)
    made = await answered(world.amina, family, circumstances=["drugs"])
    assert made["obligation_id"] is None
    assert (await world.ruth.get("/v1/sharing-obligations?limit=1")).status_code == 200


async def test_asked_twice_by_mistake_it_is_one_check(world: World) -> None:
    family = await shared_family(world)
    path, headers = f"/v1/families/{family['id']}/sharing-checks", key()
    first, again = [
        await world.amina.post(path, a_check("would_want_to_know"), headers=headers)
        for _ in range(2)
    ]
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len((await world.amina.get(path)).json()["items"]) == 1
    other = await world.ruth.post(path, a_check("would_want_to_know"), headers=headers)
    problem(other, 422, "idempotency_key_reused")


async def test_on_a_record_that_is_merged_away_nothing_new_is_answered(world: World) -> None:
    one, other, _ = await merged(world)
    refused = problem(await try_to_answer(world.jonas, other), 409, "family_merged")
    assert refused["family_id"] == one["id"]


async def test_who_has_left_reads_none_of_it(world: World) -> None:
    family = await shared_family(world)
    made = await answered(world.jonas, family)
    assert (await leave(family, world.police_system)).status_code == 200
    for who in (world.jonas, world.nadia):
        problem(await read(who, made), 404, "not_found")
    assert (await join(world, family, world.police_system)).status_code == 201
    assert (await read(world.jonas, made)).status_code == 200


async def test_break_glass_opens_none_of_it(world: World) -> None:
    family = await shared_family(world)
    made = await answered(world.amina, family, "would_want_to_know")
    grant = await opened(world.victor, family)
    for path in (
        f"/v1/families/{family['id']}/sharing-checks",
        f"/v1/sharing-checks/{made['id']}",
        f"/v1/sharing-obligations/{made['obligation_id']}",
    ):
        problem(await world.victor.get(path), 404, "not_found")
    assert (await end(grant, world.victor)).status_code == 200


async def test_the_answers_stand_sealed_each_in_its_own_row(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    one, two = [
        await answered(world.amina, family, "less_than_honest", note=f"Canary {number}")
        for number in (1, 2)
    ]
    ids = [one["id"], two["id"]]
    rows = await superuser.fetch(
        "SELECT each::text, each.sealed_content FROM sharing_checks AS each "
        "WHERE id::text = ANY($1) ORDER BY id",
        ids,
    )
    for row in rows:
        assert "Canary" not in row[0]
        assert b"Canary" not in row[1]
        assert b"less_than_honest" not in row[1]
    swap = "UPDATE sharing_checks SET sealed_content = $2 WHERE id = $1::text::uuid"
    await superuser.execute(swap, one["id"], rows[1]["sealed_content"])
    assert (await read(world.amina, one)).status_code == 500
    await superuser.execute(swap, one["id"], rows[0]["sealed_content"])
    assert (await read(world.amina, one)).json() == one


@given(st.fixed_dictionaries({each: st.sampled_from(CheckAnswer) for each in Question}))
def test_the_rule_is_any_yes(given_answers: dict[Question, CheckAnswer]) -> None:
    assert obliges(given_answers) is (CheckAnswer.YES in given_answers.values())


def test_circumstances_fit_or_say_why_not() -> None:
    codes = [GENERAL, "alcohol", "drugs"]
    for size in range(4):
        for chosen in itertools.product(codes, repeat=size):
            for hostility in CheckAnswer:
                refusal = circumstances_refusal(hostility, chosen)
                expected = None
                if len(set(chosen)) < len(chosen):
                    expected = "repeated"
                elif hostility is CheckAnswer.YES and not chosen:
                    expected = "missing"
                elif GENERAL in chosen and size > 1:
                    expected = "contradictory"
                assert (refusal and refusal[0]) == expected
