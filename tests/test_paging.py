"""Cursors lead on where they were given, for whom, and for nothing else."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.foundation.crypto import Keyring
from api.foundation.errors import InvalidCursor
from api.foundation.paging import Cursors, cut, link, next_link
from tests.world import World, a_family, publish, register, shared_family

RING = Keyring(b"k" * 32)
AGENCY = UUID(int=1)


@given(st.lists(st.text(max_size=30) | st.integers(-(2**62), 2**62), max_size=4))
def test_a_cursor_gives_back_its_position(position: list[str | int]) -> None:
    cursors = Cursors(RING, AGENCY, "families")
    assert cursors.read(cursors.make(*position)) == position


@pytest.mark.parametrize(
    "other",
    [
        Cursors(RING, UUID(int=2), "families"),
        Cursors(RING, AGENCY, "families|other"),
        Cursors(Keyring(b"o" * 32), AGENCY, "families"),
    ],
)
def test_a_cursor_of_another_caller_query_or_service_is_refused(other: Cursors) -> None:
    with pytest.raises(InvalidCursor):
        Cursors(RING, AGENCY, "families").read(other.make("x"))


@pytest.mark.parametrize("cursor", ["", "x", "é", "AAAA" * 20])
def test_a_cursor_that_was_made_up_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        Cursors(RING, AGENCY, "families").read(cursor)


def test_a_token_signed_for_another_purpose_is_no_cursor() -> None:
    cursors = Cursors(RING, AGENCY, "families")
    token = RING.sign(b'["x"]', "join")
    with pytest.raises(InvalidCursor):
        cursors.read(token)


def test_the_link_names_what_was_asked_and_leaves_out_what_was_not() -> None:
    given_: dict[str, Any] = {
        "cursor": "a b",
        "status": ["active", "lapsed"],
        "limit": 2,
        "x": None,
    }
    expected = '</v1/alerts?cursor=a+b&status=active&status=lapsed&limit=2>; rel="next"'
    assert next_link("/v1/alerts", given_) == expected


def test_a_page_is_cut_where_one_more_row_was_found_and_leads_on_from_its_last() -> None:
    cursors = Cursors(RING, AGENCY, "families")
    for rows, page, last in (([], [], None), ([1, 2], [1, 2], None), ([1, 2, 3], [1, 2], 2)):
        shown, following = cut(rows, 2, cursors, lambda row: (row,))
        assert shown == page
        assert (cursors.read(following) if following else None) == ([last] if last else None)
        assert bool(link("/v1/families", following, 2)) is (following is not None)


async def pages(world: World, path: str, limit: int) -> list[str]:
    """The ids of every page, by the links alone."""
    found: list[str] = []
    following: str | None = f"{path}?limit={limit}"
    while following is not None:
        page = await world.health_visiting_system.get(following)
        assert page.status_code == 200, page.text
        assert len(page.json()["items"]) <= limit
        found += [each["id"] for each in page.json()["items"]]
        assert (page.json()["next"] is None) == ("next" not in page.links)
        following = page.links["next"]["url"] if "next" in page.links else None
    return found


@pytest.mark.anyio
async def test_pages_hold_everything_once_and_in_order(world: World) -> None:
    family = await register(world)
    made = [(await publish(world, family))["id"] for _ in range(7)]
    path = f"/v1/families/{family['id']}/alerts"
    for limit in (1, 2, 3, 7, 200):
        assert await pages(world, path, limit) == made[::-1]
    families = [(await register(world, a_family()))["id"] for _ in range(3)]
    assert (await pages(world, "/v1/families", 2))[-3:] == families


@pytest.mark.anyio
async def test_a_cursor_given_to_one_agency_or_one_list_serves_no_other(world: World) -> None:
    family, other = await shared_family(world), await shared_family(world)
    for each in (family, other):
        for _ in range(2):
            await publish(world, each)
    path = f"/v1/families/{family['id']}/alerts"
    page = await world.health_visiting_system.get(path, params={"limit": 1})
    cursor = {"cursor": page.json()["next"], "limit": 1}
    assert (await world.health_visiting_system.get(path, params=cursor)).status_code == 200
    strangers = [
        await world.police_system.get(path, params=cursor),
        await world.health_visiting_system.get(f"/v1/families/{other['id']}/alerts", params=cursor),
        await world.health_visiting_system.get("/v1/alerts", params=cursor),
        await world.health_visiting_system.get(path, params={**cursor, "status": "active"}),
        await world.health_visiting_system.get(path, params={"cursor": str(uuid4())}),
    ]
    for refused in strangers:
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_cursor")
