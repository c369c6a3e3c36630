"""Assessment constraints: which child, and whether the hostility is in its risk assessment."""

import pytest

from tests.engaging import BODIES, ask_to_record, correct, recorded
from tests.involving import pointers
from tests.world import World, register, shared_family

pytestmark = pytest.mark.anyio

WHAT = "assessment-constraints"


async def test_a_constraint_concerns_a_child_of_the_family(world: World) -> None:
    family, other, what = (await shared_family(world), await register(world), WHAT)
    child, adult = (each["id"] for each in family["members"])
    for member in (adult, other["members"][0]["id"], family["id"]):
        body = BODIES[what](member_id=member)
        assert pointers(await ask_to_record(world.amina, family, what, body)) == ["/member_id"]
    row = await recorded(world.amina, family, what, member_id=child)
    assert row["member_id"] == child
    answer = await correct(world.amina, what, row, member_id=adult)
    assert pointers(answer) == ["/constraint/member_id"]


async def test_a_constraint_says_in_which_assessment_the_hostility_is_included(
    world: World,
) -> None:
    family, what = await shared_family(world), WHAT
    part = "included_in_child_risk_assessment"
    body = BODIES[what](**{part: {"answer": "yes"}})
    answer = await ask_to_record(world.amina, family, what, body)
    assert pointers(answer) == [f"/{part}/reference"]
    row = await recorded(world.amina, family, what)
    said = {"answer": "yes", "reference": "CIN-2291"}
    assert (await correct(world.amina, what, row, **{part: said})).json()[part] == said
