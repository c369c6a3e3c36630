"""The engagement profile: empty at first, changed part by part, every version kept."""

import asyncio
from typing import Any

import pytest

from tests.engaging import change_profile
from tests.involving import bookmarks, heard, leave, news, pointers, problem
from tests.merging import merged
from tests.world import Caller, World, register, shared_family

pytestmark = pytest.mark.anyio

EMPTY = {
    "early_help_assessment": None,
    "lead_practitioner": None,
    "communication": None,
    "trusted_person": None,
    "told_of_recording": None,
    "changed_at": None,
    "changed_by": None,
    "version": 0,
}


def path_of(family: dict[str, Any]) -> str:
    return f"/v1/families/{family['id']}/engagement/profile"


async def read(who: Caller, family: dict[str, Any]) -> Any:
    answer = await who.get(path_of(family))
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == f'"{answer.json()["version"]}"'
    return answer.json()


async def test_it_is_there_from_the_first_and_empty(world: World) -> None:
    family = await shared_family(world)
    assert await read(world.tessa, family) == {"family_id": family["id"], **EMPTY}
    problem(await world.lena.get(path_of(family)), 404, "not_found")
    problem(await change_profile(world.lena, family, 0, communication=None), 404, "not_found")
    assert (await world.http.get(path_of(family))).status_code == 401


async def test_only_what_is_named_changes_and_every_version_is_kept(world: World) -> None:
    family = await shared_family(world)
    school = str(world.agencies["school"].id)
    marks = await bookmarks(world)
    lead = {"appointed": True, "agency_id": school, "name": "Tessa", "job_title": "teacher"}
    early = {"status": "done", "assessed_on": "2026-10-01", "agency_id": school}
    answer = await change_profile(
        world.jonas, family, 0, lead_practitioner=lead, early_help_assessment=early
    )
    assert answer.status_code == 200, answer.text
    first = await read(world.tessa, family)
    assert (first["lead_practitioner"], first["early_help_assessment"]) == (lead, early)
    assert first["changed_by"]["name"] == "Jonas"
    member = {"member_id": family["members"][1]["id"], "description": None}
    answer = await change_profile(
        world.tessa, family, 1, trusted_person=member, lead_practitioner=None
    )
    assert answer.status_code == 200, answer.text
    second = await read(world.jonas, family)
    assert (second["trusted_person"], second["lead_practitioner"]) == (member, None)
    assert (second["early_help_assessment"], second["version"]) == (early, 2)
    told = ["engagement.profile_changed"] * 2
    assert await heard(world, marks, family["id"]) == dict.fromkeys(
        ("health_visiting", "police", "school"), told
    )
    shown = (await world.amina.get(f"{path_of(family)}/versions")).json()["items"]
    assert [each["version"] for each in shown] == [0, 1]
    assert shown[0]["content"] == {name: None for name in EMPTY if name[0] in "elt"} | {
        "communication": None
    }
    assert shown[1]["content"]["lead_practitioner"] == lead
    assert [each["replaced_by"]["name"] for each in shown] == ["Jonas", "Tessa"]


async def test_news_of_it_leads_to_it(world: World) -> None:
    family = await shared_family(world)
    await change_profile(world.jonas, family, 0, lead_practitioner={"appointed": False})
    told = [each["data"]["resource"] for each in await news(world.school_system)][-1]
    assert (told["type"], told["version"]) == ("engagement_profile", 1)
    assert told["url"].endswith(path_of(family))
    assert (await world.tessa.get(told["url"])).json()["version"] == 1
    reads = (await world.tessa.get(f"/v1/families/{family['id']}/accesses")).json()["items"]
    assert path_of(family) in [each["resource"]["url"] for each in reads]


async def test_two_first_changes_at_once_are_one(world: World) -> None:
    family = await shared_family(world)
    for who in (world.jonas, world.tessa):
        await who.token()
    both = await asyncio.gather(
        *(
            change_profile(who, family, 0, lead_practitioner={"appointed": False})
            for who in (world.jonas, world.tessa)
        )
    )
    assert sorted(each.status_code for each in both) == [200, 412]
    assert (await read(world.amina, family))["version"] == 1


async def test_a_refused_change_leaves_nothing(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    stale = await change_profile(world.jonas, family, 3, lead_practitioner={"appointed": False})
    problem(stale, 412, "precondition_failed")
    answer = await change_profile(world.jonas, family, 0)
    assert pointers(answer) == [""]
    count = "SELECT count(*) FROM engagement_profiles WHERE family_id = $1"
    assert await superuser.fetchval(count, family["id"]) == 0


async def test_a_record_that_is_merged_away_keeps_its_own_unchanged(world: World) -> None:
    _, away, _ = await merged(world)
    answer = await change_profile(world.jonas, away, 0, lead_practitioner={"appointed": False})
    problem(answer, 409, "family_merged")


async def test_who_has_left_reads_it_no_more(world: World) -> None:
    family = await shared_family(world)
    assert (await leave(family, world.police_system)).status_code == 200
    problem(await world.jonas.get(path_of(family)), 404, "not_found")
    problem(await world.jonas.get(f"{path_of(family)}/versions"), 404, "not_found")


async def test_it_names_members_and_agencies_of_this_family_alone(world: World) -> None:
    family, other = await shared_family(world), await register(world)
    probation, unknown = str(world.agencies["probation"].id), other["id"]
    lead = {"appointed": True, "name": "Lena", "job_title": "officer", "agency_id": probation}
    early = {"status": "done", "assessed_on": "2026-10-01"}
    told = {"told_on": "2026-10-01", "name": "Lena"}
    for parts, pointer in (
        ({"lead_practitioner": lead}, "/lead_practitioner/agency_id"),
        (
            {"early_help_assessment": early | {"agency_id": unknown}},
            "/early_help_assessment/agency_id",
        ),
        ({"told_of_recording": told | {"agency_id": unknown}}, "/told_of_recording/agency_id"),
        (
            {"trusted_person": {"member_id": other["members"][0]["id"]}},
            "/trusted_person/member_id",
        ),
    ):
        assert pointers(await change_profile(world.jonas, family, 0, **parts)) == [pointer]
    answer = await change_profile(  # it did so while it was involved
        world.jonas, family, 0, early_help_assessment=early | {"agency_id": probation}
    )
    assert answer.status_code == 200, answer.text


async def test_who_was_told_of_recording_need_not_be_told(world: World) -> None:
    family = await shared_family(world)
    to_tell = {"needs": ["told_of_recording_and_access"]}
    assert (await change_profile(world.jonas, family, 0, communication=to_tell)).is_success
    police = str(world.agencies["police"].id)
    told = {"told_on": "2026-11-20", "agency_id": police, "name": "Jonas"}
    answer = await change_profile(world.jonas, family, 1, told_of_recording=told)
    assert pointers(answer) == ["/communication/needs"]
    answer = await change_profile(
        world.jonas, family, 1, told_of_recording=told, communication={"needs": []}
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("parts", "pointer"),
    [
        ({"early_help_assessment": {"status": "started"}}, "/early_help_assessment/status"),
        ({"early_help_assessment": {"status": "done"}}, "/early_help_assessment/assessed_on"),
        ({"lead_practitioner": {"appointed": True}}, "/lead_practitioner/agency_id"),
        ({"communication": {"needs": ["mime"]}}, "/communication/needs/0"),
        ({"communication": {"needs": ["interpreter"]}}, "/communication/language"),
        ({"trusted_person": {}}, "/trusted_person"),
        ({"home_address": "12 Fish Dock Road"}, "/home_address"),
    ],
)
async def test_a_part_says_what_it_must(world: World, parts: Any, pointer: str) -> None:
    answer = await change_profile(world.jonas, await shared_family(world), 0, **parts)
    assert pointers(answer) == [pointer]
