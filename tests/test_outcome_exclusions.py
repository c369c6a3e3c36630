"""Who was excluded from a meeting, as its outcome tells it: as the chair decided, and no other."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.arranging import done, exclude, take_back
from tests.concluding import concluding, finalise, held_meeting, sections
from tests.world import World, shared_family

pytestmark = pytest.mark.anyio

ASK = """
INSERT INTO meeting_exclusions (id, meeting_id, family_id, agency_id, member_id, why, status,
    requested_at, by_name, by_job_title, decided_at, reasons, version)
VALUES ($1, $2, $3, $4, $5, 'He shouts.', $6, now(), 'A', 'b',
    CASE WHEN $6 IN ('requested', 'withdrawn') THEN NULL ELSE now() END,
    CASE WHEN $6 IN ('requested', 'withdrawn') THEN NULL ELSE 'Nobody could speak.' END, 1)
"""


async def decided(superuser: Any, meeting: dict[str, Any], member_id: str, *statuses: str) -> None:
    """What became of each request to exclude the member."""
    place = (meeting["id"], meeting["family_id"], meeting["agency_id"], member_id)
    for status in statuses:
        await superuser.execute(ASK, uuid4(), *map(UUID, place), status)


async def test_whom_the_chair_has_excluded_is_named_and_told_by_a_plan(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    father = family["members"][1]["id"]
    meeting = await held_meeting(world, family, kind="core_group")
    await decided(superuser, meeting, father, "excluded")
    without = {"family_sharing_plan": None}
    found = sections(await concluding(world, meeting, **without))
    assert set(found) == {"/family", "/family_sharing_plan"}
    came = [{"member_id": father, "attendance": "attended"}]
    found = sections(await concluding(world, meeting, family=came))
    assert set(found) == {"/family/0/attendance"}
    excluded = [{"member_id": father, "attendance": "excluded", "feedback": "By letter."}]
    outcome = await finalise(world, meeting, family=excluded)
    assert outcome["family"][0]["attendance"] == "excluded"


async def test_who_was_excluded_from_a_part_attended_the_rest(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    father = family["members"][1]["id"]
    meeting = await held_meeting(world, family, member_ids=[father])
    await decided(superuser, meeting, father, "excluded_in_part")
    for wrong in ("attended", "excluded"):
        said = [{"member_id": father, "attendance": wrong}]
        found = sections(await concluding(world, meeting, family=said))
        assert set(found) == {"/family/0/attendance"}
    part = [{"member_id": father, "attendance": "attended_in_part"}]
    assert (await finalise(world, meeting, family=part))["number"] == 1


async def test_a_request_that_was_refused_or_withdrawn_excludes_nobody(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    father = family["members"][1]["id"]
    meeting = await held_meeting(world, family, member_ids=[father])
    await decided(superuser, meeting, father, "refused", "withdrawn")
    excluded = [{"member_id": father, "attendance": "excluded"}]
    found = sections(await concluding(world, meeting, family=excluded))
    assert set(found) == {"/family/0/attendance"}
    came = [{"member_id": father, "attendance": "attended"}]
    assert (await finalise(world, meeting, family=came))["number"] == 1


async def test_the_latest_decision_about_somebody_counts(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    father = family["members"][1]["id"]
    meeting = await held_meeting(world, family, member_ids=[father])
    came = [{"member_id": father, "attendance": "attended"}]
    await decided(superuser, meeting, father, "refused", "excluded", "withdrawn")
    found = sections(await concluding(world, meeting, family=came))
    assert set(found) == {"/family/0/attendance"}
    await decided(superuser, meeting, father, "refused")
    assert (await finalise(world, meeting, family=came))["number"] == 1


async def test_nothing_is_recorded_while_the_chair_has_yet_to_decide(world: World) -> None:
    family = await shared_family(world)
    father = family["members"][1]
    meeting = await held_meeting(world, family, member_ids=[father["id"]])
    asked = done(await exclude(world.jonas, meeting, father))
    came = [{"member_id": father["id"], "attendance": "attended"}]
    found = sections(await concluding(world, meeting, family=came))
    assert list(found) == ["/family"]
    done(await take_back(world.jonas, asked))
    assert (await finalise(world, meeting, family=came))["number"] == 1
