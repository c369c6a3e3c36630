"""Who answers for a written agreement: handing over, leaving, being ended, merging, joining."""

import asyncio

import pytest

from tests.agreeing import (
    breach,
    change,
    done,
    draft,
    drafted,
    end,
    give,
    hand_over,
    in_force,
    parents,
    read,
    replace,
    review,
    sign,
    steps,
)
from tests.involving import (
    about,
    bookmark,
    bookmarks,
    hand_over_lead,
    heard,
    involvement_of,
    leave,
    news,
    pointers,
    problem,
)
from tests.merging import decided, proposed, two_records
from tests.world import World, join, shared_family

pytestmark = pytest.mark.anyio


async def test_the_new_owner_changes_it_and_the_one_before_no_more(world: World) -> None:
    family = await shared_family(world)
    now = await in_force(world, family)
    marks = await bookmarks(world)
    handed = done(await hand_over(world.amina, now, world.jonas))
    assert handed == {**now, "agency_id": str(world.jonas.agency.id), "version": 4}
    told = {kind: ["agreement.handed_over"] for kind in ("health_visiting", "police", "school")}
    assert await heard(world, marks, now["id"]) == told
    problem(await end(world.amina, handed), 403, "forbidden")
    last = (await steps(world.tessa, now))[-1]
    assert (last["act"], last["by"]["name"]) == ("hand_over", "Amina")
    assert done(await end(world.jonas, handed))["status"] == "ended"


async def test_only_an_open_one_is_handed_over_to_another_that_is_involved(world: World) -> None:
    family = await shared_family(world)
    now = await in_force(world, family)
    assert pointers(await hand_over(world.amina, now, world.lena)) == ["/agency_id"]
    problem(await hand_over(world.amina, now, world.ruth), 409, "conflict")
    problem(await hand_over(world.jonas, now, world.tessa), 403, "forbidden")
    problem(await hand_over(world.lena, now, world.tessa), 404, "not_found")
    over = done(await end(world.amina, now))
    refusal = problem(await hand_over(world.amina, over, world.jonas), 409, "conflict")
    assert refusal["legal_acts"] == []


async def test_an_agreement_and_its_replacement_stay_in_one_hand(world: World) -> None:
    family = await shared_family(world)
    former = await in_force(world, family)
    made = done(await replace(world.amina, former))
    former = await read(world.amina, former)
    problem(await hand_over(world.health_visiting_system, former, world.jonas), 403, "forbidden")
    done(await hand_over(world.amina, former, world.jonas))
    made = await read(world.jonas, made)
    assert made["agency_id"] == str(world.jonas.agency.id)
    now = done(await give(world.jonas, made, parents(family)))
    done(await sign(world.jonas, now, parents(family)))
    assert (await read(world.tessa, former))["status"] == "replaced"


async def test_who_leaves_hands_over_or_ends_first_a_draft_too(world: World) -> None:
    family = await shared_family(world)
    draft_of_police = done(await draft(world.jonas, family))
    now = await in_force(world, family)
    duties = problem(await leave(family, world.police_system), 409, "duties_remain")["duties"]
    assert duties == [{"type": "agreement", "id": draft_of_police["id"]}]
    done(await hand_over_lead(family, world.ruth, world.nadia))
    duties = problem(await leave(family, world.health_visiting_system), 409, "duties_remain")
    assert duties["duties"] == [{"type": "agreement", "id": now["id"]}]
    done(await end(world.amina, now))
    done(await leave(family, world.health_visiting_system))


async def test_an_agreement_is_never_left_without_an_owner_that_leaves_at_that_moment(
    world: World,
) -> None:
    for _ in range(4):
        family = await shared_family(world)
        made = await drafted(world, family)
        handed, left = await asyncio.gather(
            hand_over(world.amina, made, world.jonas), leave(family, world.police_system)
        )
        outcome = (handed.status_code, left.status_code)
        assert outcome in {(200, 409), (422, 200)}, (handed.text, left.text)


async def test_what_an_ended_agency_leaves_behind_goes_to_the_lead(world: World) -> None:
    family = await shared_family(world)
    made = done(await draft(world.tessa, family))
    over = done(await end(world.tessa, done(await draft(world.tessa, family))))
    other = await involvement_of(family, world.school_system, world.jonas)
    base = f"/v1/families/{family['id']}"
    contest = await world.jonas.post(
        f"{base}/involvements/{other['id']}/contests", {"reason": "Knows nobody of them"}
    )
    marks = await bookmarks(world)
    body = {"outcome": "upheld", "reason": "The child has left the school"}
    path = f"{base}/contests/{contest.json()['id']}/decision"
    done(await world.ruth.post(path, body))
    now = await read(world.jonas, made)
    assert (now["agency_id"], now["version"]) == (str(world.ruth.agency.id), 2)
    told = {kind: ["agreement.handed_over"] for kind in ("health_visiting", "police")}
    assert await heard(world, marks, made["id"]) == told
    last = (await steps(world.jonas, made))[-1]
    assert (last["act"], last["by"], last["by_agency_id"]) == ("hand_over", None, None)
    assert (await read(world.jonas, over))["agency_id"] == str(world.tessa.agency.id)
    assert done(await end(world.ruth, now))["status"] == "ended"
    problem(await world.tessa.get(f"/v1/agreements/{made['id']}"), 404, "not_found")


async def test_who_joins_is_told_of_every_open_one(world: World) -> None:
    family = await shared_family(world)
    now = await in_force(world, family)
    over = done(await end(world.amina, await drafted(world, family)))
    mark = await bookmark(world.probation_system)
    answer = done(await join(world, family, world.probation_system))
    assert answer["alerts"] == []
    told = await news(world.probation_system, mark)
    assert about(told, now["id"]) == ["agreement.shared"]
    assert about(told, over["id"]) == []
    assert await read(world.lena, now) == now


async def test_on_a_record_that_is_merged_away_agreements_are_only_wound_up(world: World) -> None:
    one, other = await two_records(world)
    people = parents(other)
    made = done(await draft(world.jonas, other))
    now = done(await give(world.jonas, done(await draft(world.jonas, other)), people))
    now = done(await sign(world.jonas, now, people))
    await decided(await proposed(one, other, world.ruth), "agree", world.nadia)
    for refusal in (
        await draft(world.jonas, other),
        await change(world.jonas, made),
        await give(world.jonas, made, people),
        await review(world.jonas, now),
        await replace(world.jonas, now),
        await breach(world.tessa, now),
    ):
        assert problem(refusal, 409, "family_merged")["family_id"] == one["id"]
    assert (await read(world.tessa, now))["status"] == "in_force"
    handed = done(await hand_over(world.jonas, now, world.tessa))
    assert done(await end(world.tessa, handed))["status"] == "ended"
    assert done(await end(world.jonas, made))["status"] == "ended"
