"""Meetings: scheduled, known to those invited only, held by their chair."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from api.foundation.calendar import add_working_days, london_date
from tests.arranging import cancel, done, invited, meet, read, steps, times
from tests.involving import leave, pointers, problem
from tests.meeting import a_meeting, hold, on_meeting, schedule, try_to_schedule
from tests.test_lookup import counted
from tests.world import World, key, shared_family

pytestmark = pytest.mark.anyio


async def test_every_agency_involved_is_invited_and_told(world: World) -> None:
    family = await shared_family(world)
    meeting = await schedule(world, family)
    assert len(meeting["invited"]) == 3
    for who in (world.amina, world.jonas, world.tessa):
        assert (await who.get(f"/v1/meetings/{meeting['id']}")).json() == meeting
        assert (await who.events())[-1]["type"] == "meeting.scheduled"
    assert (await world.lena.get(f"/v1/meetings/{meeting['id']}")).status_code == 404


async def test_who_is_not_invited_knows_of_nothing(world: World) -> None:
    family = await shared_family(world)
    police = str(world.police_system.agency.id)
    before = await world.amina.events()
    meeting = await schedule(
        world, family, invited=[{"agency_id": police, "reason": "Was called out in June."}]
    )
    assert (await world.amina.get(f"/v1/meetings/{meeting['id']}")).status_code == 404
    assert await world.amina.events() == before
    assert (await world.jonas.events())[-1]["type"] == "meeting.scheduled"


async def test_its_chair_alone_notes_that_it_was_held(world: World) -> None:
    meeting = await schedule(world, await shared_family(world))
    assert (await on_meeting(world.owen, meeting, "hold", {})).status_code == 409
    held = await hold(world, meeting)
    assert held["status"] == "held"
    assert (await world.jonas.events())[-1]["type"] == "meeting.held"
    assert (await on_meeting(world.tessa, held, "hold", {})).status_code == 403


async def test_what_contradicts_itself_is_refused_at_its_place(world: World) -> None:
    family = await shared_family(world)
    other = await shared_family(world)
    police = invited(world.jonas)[0]
    unborn = {"kind": "unborn", "family_name": "Okafor"}
    now = done(await world.amina.post(f"/v1/families/{family['id']}/members", unborn))
    unborn = next(each for each in now["members"] if each["kind"] == "unborn")
    child, initial = family["members"][0]["id"], "initial_child_protection_conference"
    today = london_date(world.clock.now())
    tomorrow = (today + timedelta(days=1)).isoformat()
    for changes, pointer in (
        (times(world, -7.1), "/starts_at"),
        (times(world, 365.1), "/starts_at"),
        (times(world, 1, -1), "/ends_at"),
        (times(world, 1, 24.1), "/ends_at"),
        ({"place": None}, "/place"),
        ({"link": "http://meet.example"}, "/link"),
        ({"link": "https://owen:secret@meet.example/1"}, "/link"),
        ({"link": "https://owen@meet.example/1"}, "/link"),
        ({"link": "https:///1"}, "/link"),
        ({"link": "https://[meet"}, "/link"),
        ({"link": "https://meet.example/a b"}, "/link"),
        ({"link": "javascript:alert(1)"}, "/link"),
        ({"member_ids": [child, child]}, "/member_ids/1"),
        ({"member_ids": [other["members"][0]["id"]]}, "/member_ids/0"),
        ({"member_ids": [unborn["id"]]}, "/member_ids/0"),
        ({"strategy_discussion_on": today.isoformat()}, "/strategy_discussion_on"),
        ({"kind": initial, "strategy_discussion_on": tomorrow}, "/strategy_discussion_on"),
        ({"kind": "party"}, "/kind"),
        ({"invited": []}, "/invited"),
        ({"invited": [police, police]}, "/invited/1/agency_id"),
        ({"invited": [police, {**police, "agency_id": str(uuid4())}]}, "/invited/1/agency_id"),
        ({"chair": {"staff_id": "staff-tessa"}}, "/chair/staff_id"),
        ({"chair": {"staff_id": "nobody"}}, "/chair/staff_id"),
    ):
        given = {**times(world), **changes}
        assert pointers(await try_to_schedule(world.owen, family, **given)) == [pointer], changes
    shown = done(await world.owen.get(f"/v1/families/{family['id']}/meetings"))
    assert shown == {"items": [], "next": None}


async def test_the_chair_s_agency_is_involved_and_a_system_names_who_organises(
    world: World,
) -> None:
    family = await shared_family(world)
    await world.add_agency("housing", {"hugo": ["chair"]})
    far = {"staff_id": "staff-hugo", "agency_id": str(world.hugo.agency.id)}
    refused = await try_to_schedule(world.owen, family, chair=far, **times(world))
    assert pointers(refused) == ["/chair/agency_id"]
    near = {"staff_id": "staff-owen", "agency_id": str(world.owen.agency.id)}
    refused = await try_to_schedule(world.police_system, family, chair=near, **times(world))
    assert pointers(refused) == ["/organiser"]
    made = await meet(world.police_system, family, organiser={"staff_id": "staff-jonas"})
    police, school = str(world.jonas.agency.id), str(world.owen.agency.id)
    assert made["organiser"]["name"] == "Jonas"
    assert (made["convened_by"], made["agency_id"]) == (police, school)
    assert made["chair"] == {"agency_id": school, "name": "Owen", "job_title": "practitioner"}


async def test_whoever_is_named_the_convener_and_the_chair_s_agency_are_invited(
    world: World,
) -> None:
    family = await shared_family(world)
    made = await meet(world.amina, family, invited=invited(world.jonas))
    asked = {each["agency_id"]: each["reason"] for each in made["invited"]}
    assert asked == {
        str(world.amina.agency.id): "convenes the meeting",
        str(world.owen.agency.id): "chairs the meeting",
        str(world.jonas.agency.id): "Knows the family.",
    }


async def test_it_is_scheduled_once_for_one_key(world: World) -> None:
    family = await shared_family(world)
    body, path = a_meeting(**times(world)), f"/v1/families/{family['id']}/meetings"
    sent = key()
    first = await world.owen.post(path, body, headers=sent)
    second = await world.owen.post(path, body, headers=sent)
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(done(await world.owen.get(path))["items"]) == 1


async def test_a_meeting_by_video_has_a_long_link(world: World) -> None:
    link = f"https://teams.example/l/meetup-join/19%3ameeting_{'a' * 250}/0?context=%7b%7d"
    made = await meet(world.owen, await shared_family(world), place=None, link=link)
    assert (made["place"], made["link"]) == (None, link)


async def test_it_is_known_to_who_is_involved_only_while_they_are(world: World) -> None:
    family = await shared_family(world)
    meeting = await meet(world.owen, family)
    assert (await leave(family, world.police_system)).status_code == 200
    problem(await world.jonas.get(f"/v1/meetings/{meeting['id']}"), 404, "not_found")
    problem(await world.lena.get(f"/v1/families/{family['id']}/meetings"), 404, "not_found")


async def test_the_list_is_the_reader_s_own_the_latest_first_page_by_page(world: World) -> None:
    family = await shared_family(world)
    path = f"/v1/families/{family['id']}/meetings"
    shared = [await meet(world.owen, family, days) for days in (3, 1, 2)]
    own = await meet(world.owen, family, 4, invited=invited(world.jonas), kind="debrief")
    expected = [own, shared[0], shared[2], shared[1]]
    assert done(await world.jonas.get(path))["items"] == expected
    assert done(await world.amina.get(path))["items"] == expected[1:]
    one = await world.jonas.get(path, params={"limit": 3})
    assert one.json()["items"] == expected[:3]
    assert f"cursor={one.json()['next']}" in one.headers["Link"]
    two = await world.jonas.get(path, params={"limit": 3, "cursor": one.json()["next"]})
    assert (two.json(), "Link" in two.headers) == ({"items": expected[3:], "next": None}, False)
    refused = await world.amina.get(path, params={"limit": 3, "cursor": one.json()["next"]})
    problem(refused, 400, "invalid_cursor")


async def test_the_list_is_narrowed(world: World) -> None:
    family = await shared_family(world)
    path = f"/v1/families/{family['id']}/meetings"
    soon, later = await meet(world.owen, family, 1), await meet(world.owen, family, 3)
    core = await meet(world.owen, family, 2, kind="core_group")
    off = done(await cancel(world.owen, later))
    for asked, expected in (
        ({"kind": ["core_group", "debrief"]}, [core]),
        ({"status": "scheduled"}, [core, soon]),
        ({"status": ["cancelled", "held"]}, [off]),
        ({"since": core["starts_at"]}, [off, core]),
        ({"until": core["starts_at"]}, [soon]),
        ({"since": core["starts_at"], "until": later["starts_at"], "kind": "core_group"}, [core]),
    ):
        assert done(await world.jonas.get(path, params=asked))["items"] == expected, asked
    page = await world.jonas.get(path, params={"since": soon["starts_at"], "limit": 1})
    following = page.headers["Link"].split(">")[0].lstrip("<")
    assert done(await world.jonas.get(following))["items"] == [core]


async def test_a_long_list_takes_no_more_statements_than_a_short_one(world: World) -> None:
    family = await shared_family(world)
    path, conference = (
        f"/v1/families/{family['id']}/meetings",
        "initial_child_protection_conference",
    )
    await world.jonas.token()
    counts = []
    for length in (1, 4):
        for days in range(length):
            await meet(world.owen, family, days + 1, kind=conference)
        with counted(world) as seen:
            assert len(done(await world.jonas.get(path))["items"]) >= length
        counts.append(len(seen))
    assert counts[0] == counts[1]


async def test_who_listed_and_who_read_is_in_the_audit(world: World) -> None:
    family = await shared_family(world)
    meeting = await meet(world.owen, family, invited=invited(world.jonas))
    await world.owen.get(f"/v1/families/{family['id']}/meetings")
    await read(world.owen, meeting)
    await steps(world.owen, meeting)
    noted = done(await world.owen.get("/v1/audit", params={"family_id": family["id"]}))["items"]
    by_action = {each["action"]: each for each in noted}
    assert by_action["meetings.listed"]["details"] == {"meetings": [meeting["id"]]}
    assert by_action["meeting.read"]["resource"]["id"] == meeting["id"]
    assert by_action["meeting.steps_read"]["resource"]["id"] == meeting["id"]
    path = f"/v1/families/{family['id']}/accesses"
    for who, known in ((world.jonas, True), (world.amina, False)):
        shown = done(await who.get(path, params={"limit": 200}))
        assert (meeting["id"] in json.dumps(shown)) is known


async def test_a_conference_says_by_when_it_was_due_as_the_reader_may_know(world: World) -> None:
    family = await shared_family(world)
    initial = {"kind": "initial_child_protection_conference"}
    kept = await meet(
        world.owen, family, -6, kind="strategy_discussion", invited=invited(world.jonas)
    )
    day = london_date(world.clock.now()) - timedelta(days=30)
    given = {"strategy_discussion_on": day.isoformat()}
    conference = await meet(world.owen, family, 3, **initial, **given)
    by_owen, by_amina = conference["timing"], (await read(world.amina, conference))["timing"]
    assert (by_owen["counted_from_meeting_id"], by_owen["late"]) == (kept["id"], False)
    assert by_amina["counted_from_meeting_id"] is None
    assert (by_amina["counted_from"], by_amina["late"]) == (day.isoformat(), True)
    assert by_amina["due_by"] == add_working_days(day, 15).isoformat()
    core = await meet(world.owen, family, 4, kind="core_group")
    assert core["timing"]["counted_from_meeting_id"] == conference["id"]
    review = await meet(world.owen, family, 200, kind="review_child_protection_conference")
    assert review["timing"]["late"]
    assert (await meet(world.owen, family, 5))["timing"] is None
    assert done(await cancel(world.owen, core))["timing"] is None
    done(await cancel(world.owen, kept))
    assert (await read(world.owen, conference))["timing"] == by_amina
