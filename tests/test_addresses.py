"""Moving house: an address ends, everybody is told, and who asked to know of a move is called."""

import asyncio
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from api.families import ports
from api.families.models import Address
from api.families.queries import get_family
from api.families.rules import end_refusal
from api.journal.unit_of_work import UnitOfWork
from tests.involving import bookmarks, heard, pointers, problem
from tests.world import Caller, World, etag, key, register, shared_family

pytestmark = pytest.mark.anyio

NEW_HOME = {"lines": ["4 Quay Street"], "postcode": "DN31 1AA", "from_date": "2026-12-01"}
TODAY = date(2026, 11, 23)


async def end(
    family: dict[str, Any], who: Caller, until: str = "2026-11-20", **changes: Any
) -> Any:
    path = f"/v1/families/{family['id']}/addresses/{family['addresses'][-1]['id']}/end"
    given = {"headers": etag(family), **changes}
    return await who.post(path, {"until_date": until}, **given)


@pytest.fixture
def moves() -> Iterator[list[tuple[UUID, list[date | None]]]]:
    """What a higher domain was told: the family, and its addresses as it then saw them."""
    told: list[tuple[UUID, list[date | None]]] = []

    async def note(work: UnitOfWork, family_id: UUID) -> None:
        await get_family(work, family_id)
        rows = await work.session.execute(
            Address.__table__.select().where(Address.family_id == family_id)
        )
        told.append((family_id, [row.until_date for row in rows]))

    ports.moved.append(note)
    yield told
    ports.moved.remove(note)


async def test_an_address_ends_and_all_are_told(world: World) -> None:
    family = await shared_family(world)
    marks = await bookmarks(world)
    answer = await end(family, world.tessa)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["addresses"][0]["until_date"], body["version"]) == (
        "2026-11-20",
        family["version"] + 1,
    )
    assert answer.headers["ETag"] == f'"{body["version"]}"'
    assert (await world.amina.get(f"/v1/families/{family['id']}")).json() == body
    updated = ["family.updated"]
    told = {"health_visiting": updated, "police": updated, "school": updated}
    assert await heard(world, marks, family["id"]) == told


async def test_a_move_is_told_to_who_asked_to_know(
    world: World, moves: list[tuple[UUID, list[date | None]]]
) -> None:
    family = await register(world)
    ended = (await end(family, world.amina)).json()
    assert moves == [(UUID(family["id"]), [date(2026, 11, 20)])]
    path = f"/v1/families/{family['id']}"
    added = await world.amina.post(f"{path}/addresses", NEW_HOME, headers=key())
    assert added.status_code == 201, added.text
    assert len(moves) == 2
    assert sorted(map(str, moves[1][1])) == ["2026-11-20", "None"]
    problem(await end(ended, world.amina), 412, "precondition_failed")
    assert len(moves) == 2


async def test_an_address_ends_once(world: World) -> None:
    family = await register(world)
    ended = (await end(family, world.amina)).json()
    refused = problem(await end(ended, world.amina, "2026-11-21"), 409, "conflict")
    assert refused["detail"] == "The address has its end already."


async def test_of_two_who_end_it_at_once_one_does(world: World) -> None:
    family = await shared_family(world)
    answers = await asyncio.gather(end(family, world.amina), end(family, world.tessa))
    assert sorted(each.status_code for each in answers) == [200, 412]


async def test_the_family_s_version_is_named(world: World) -> None:
    family = await register(world)
    problem(await end(family, world.amina, headers={}), 428, "precondition_required")
    stale = {"If-Match": '"99"'}
    problem(await end(family, world.amina, headers=stale), 412, "precondition_failed")


@pytest.mark.parametrize("until", ["2027-11-24", "1999-12-31", "soon", None])
async def test_a_day_that_makes_no_sense_is_pointed_at(world: World, until: Any) -> None:
    family = await register(world)
    path = f"/v1/families/{family['id']}/addresses"
    added = await world.amina.post(path, {**NEW_HOME, "from_date": "2000-01-01"})
    assert pointers(await end(added.json(), world.amina, until)) == ["/until_date"]


@pytest.mark.parametrize(
    ("until", "since", "words"),
    [
        (date(2026, 11, 23), None, None),
        (date(2027, 11, 23), None, None),
        (date(2027, 11, 24), None, "a year ahead"),
        (date(2026, 1, 1), date(2026, 1, 1), None),
        (date(2025, 12, 31), date(2026, 1, 1), "before it has moved in"),
    ],
)
def test_when_an_address_can_end(until: date, since: date | None, words: str | None) -> None:
    refusal = end_refusal(until, since, TODAY)
    assert (refusal is None) if words is None else words in str(refusal)


async def test_only_an_address_of_that_family_ends(world: World) -> None:
    family, other = await register(world), await register(world)
    foreign = {**family, "addresses": other["addresses"]}
    problem(await end(foreign, world.amina), 404, "not_found")


async def test_who_is_not_involved_ends_nothing(world: World) -> None:
    family = await register(world)
    problem(await end(family, world.lena), 404, "not_found")
    problem(await end(family, world.jonas), 404, "not_found")
    assert (
        await world.http.post(f"/v1/families/{family['id']}/addresses/x/end")
    ).status_code == 401


async def test_who_may_not_write_on_a_family_ends_nothing(world: World) -> None:
    family = await shared_family(world)
    narrowed = await world.token(world.agencies["school"], "staff-owen", roles=["chair"])
    path = f"/v1/families/{family['id']}/addresses/{family['addresses'][0]['id']}/end"
    headers = {"Authorization": f"Bearer {narrowed}", **etag(family)}
    body = {"until_date": "2026-11-20"}
    problem(await world.http.post(path, json=body, headers=headers), 403, "forbidden")
