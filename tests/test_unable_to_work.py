"""That an agency cannot work with a family: said once, covered by another, resolved by itself."""

import asyncio
from typing import Any

import pytest

from tests.engaging import an_inability, ask_to_record, correct, recorded, resolve
from tests.involving import pointers, problem
from tests.world import Caller, World, shared_family

pytestmark = pytest.mark.anyio


async def says_it_cannot(who: Caller, family: dict[str, Any], **changes: Any) -> Any:
    return await ask_to_record(who, family, "engagement/inabilities", an_inability(**changes))


async def test_an_agency_says_once_that_it_cannot_work_with_a_family(world: World) -> None:
    family, what = await shared_family(world), "engagement/inabilities"
    row = await recorded(world.jonas, family, what)
    problem(await says_it_cannot(world.police_system, family), 409, "conflict")
    assert (await says_it_cannot(world.tessa, family)).status_code == 201
    assert (await resolve(world.jonas, what, row)).status_code == 200
    assert (await says_it_cannot(world.jonas, family)).status_code == 201


async def test_of_two_who_say_so_at_once_one_does(world: World) -> None:
    family = await shared_family(world)
    await world.nadia.token()
    await world.jonas.token()
    both = await asyncio.gather(*(says_it_cannot(w, family) for w in (world.jonas, world.nadia)))
    assert sorted(each.status_code for each in both) == [201, 409]


async def test_who_covers_is_another_agency_that_is_involved(world: World) -> None:
    family = await shared_family(world)

    def by(kind: str) -> dict[str, Any]:
        return {"agency_id": str(world.agencies[kind].id), "statement": "Every day."}

    for kind in ("police", "probation"):
        answer = await says_it_cannot(world.jonas, family, cover=by(kind))
        assert pointers(answer) == ["/cover/agency_id"]
    answer = await says_it_cannot(world.jonas, family, cover=by("school"))
    assert answer.json()["cover"] == by("school")
    answer = await correct(
        world.jonas, "engagement/inabilities", answer.json(), cover=by("probation")
    )
    assert pointers(answer) == ["/inability/cover/agency_id"]


async def test_what_the_agencies_agree_on_later_is_a_further_version(world: World) -> None:
    what = "engagement/inabilities"
    row = await recorded(world.jonas, await shared_family(world), what)
    agreed = {"answer": "yes", "statement": "The school leads."}
    now = (await correct(world.jonas, what, row, multi_agency_plan=agreed)).json()
    assert (now["multi_agency_plan"], now["version"]) == (agreed, 2)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"gathering": {"answer": "perhaps", "statement": "So."}}, "/gathering/answer"),
        ({"monitoring": {"answer": "yes"}}, "/monitoring/statement"),
        ({"cover": {}}, "/cover/statement"),
        ({"why": " "}, "/why"),
    ],
)
async def test_the_three_questions_have_their_answers(
    world: World, changes: dict[str, Any], pointer: str
) -> None:
    answer = await says_it_cannot(world.jonas, await shared_family(world), **changes)
    assert pointers(answer) == [pointer]
