"""Who is invited to a meeting, whoever joins the family later, and the entry of a calendar."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from icalendar import Calendar

from tests.arranging import (
    REPORT,
    cancel,
    done,
    held,
    invite,
    invited,
    meet,
    move,
    read,
    report,
    steps,
    times,
    uninvite,
)
from tests.involving import bookmark, bookmarks, heard, joining, news, pointers, problem, types
from tests.meeting import try_to_schedule
from tests.world import Caller, World, join, shared_family

pytestmark = pytest.mark.anyio


async def asked(world: World, family: dict[str, Any], who: Caller) -> list[dict[str, Any]]:
    """The open invitations of an agency to the family."""
    found = done(await who.get("/v1/invitations"))["items"]
    return [each for each in found if each["family_id"] == family["id"]]


async def accept(family: dict[str, Any], who: Caller, invitation: dict[str, Any]) -> None:
    body = joining({"invitation_id": invitation["id"]}, f"L-{uuid4()}")
    done(await who.post(f"/v1/families/{family['id']}/involvements", body))


async def about_meetings(who: Caller, mark: str) -> list[str]:
    return [each for each in types(await news(who, mark)) if each.startswith("meeting.")]


async def test_one_that_is_not_involved_is_asked_to_join_and_learns_of_it_then(
    world: World,
) -> None:
    family = await shared_family(world)
    mark = await bookmark(world.probation_system)
    made = await meet(world.owen, family, invited=invited(world.jonas, world.lena))
    asks = [each["agency_id"] for each in made["invited"]]
    assert str(world.lena.agency.id) in asks
    problem(await world.lena.get(f"/v1/meetings/{made['id']}"), 404, "not_found")
    assert types(await news(world.probation_system, mark)) == ["family.agency_invited"]
    assert made["id"] not in str(await news(world.probation_system, mark))
    [invitation] = await asked(world, family, world.lena)
    assert invitation["reason"] == "Works with the father."
    await accept(family, world.lena, invitation)
    assert await about_meetings(world.probation_system, mark) == ["meeting.invited"]
    assert await read(world.lena, made) == made


async def test_why_it_is_to_join_the_family_is_said_apart_from_the_meeting(world: World) -> None:
    """Whoever is involved reads the invitation to the family, invited to the meeting or not."""
    family = await shared_family(world)
    named = [{"agency_id": str(world.lena.agency.id), "reason": "Spoke of him at the meeting."}]
    refused = await try_to_schedule(world.owen, family, invited=named)
    at = problem(refused, 422, "invalid")["errors"][0]["pointer"]
    assert at == "/invited/0/joining_reason"
    await meet(world.owen, family, invited=invited(world.lena))
    [invitation] = await asked(world, family, world.lena)
    shown = await world.jonas.get(f"/v1/invitations/{invitation['id']}")
    assert "Works with the father." in shown.text
    assert "Knows the family." not in shown.text


async def test_who_joins_is_told_of_what_it_is_invited_to_and_of_nothing_else(
    world: World,
) -> None:
    family = await shared_family(world)
    other, off, back = [
        await meet(world.owen, family, invited=invited(who))
        for who in (world.jonas, world.lena, world.lena)
    ]
    known = await meet(world.owen, family, invited=invited(world.lena))
    done(await cancel(world.owen, off))
    done(await uninvite(world.owen, back, world.lena))
    mark = await bookmark(world.probation_system)
    done(await join(world, family, world.probation_system))
    told = [each for each in await news(world.probation_system, mark) if "meeting" in each["type"]]
    assert [each["data"]["resource"]["id"] for each in told] == [known["id"]]
    shown = done(await world.lena.get(f"/v1/families/{family['id']}/meetings"))["items"]
    assert {each["id"] for each in shown} == {known["id"], off["id"]}
    for hidden in (other, back):
        problem(await world.lena.get(f"/v1/meetings/{hidden['id']}"), 404, "not_found")


async def test_only_a_person_who_may_invite_to_the_family_brings_another_in(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family)
    organiser = {"organiser": {"staff_id": "staff-tessa"}, **times(world)}
    chair = {"chair": {"staff_id": "staff-owen"}}
    refused = await try_to_schedule(
        world.school_system, family, invited=invited(world.lena), **organiser, **chair
    )
    assert "invite it to the family" in problem(refused, 403, "forbidden")["detail"]
    assert await asked(world, family, world.lena) == []
    body = invited(world.lena)[0] | {"practitioner": {"staff_id": "staff-tessa"}}
    path, tag = f"/v1/meetings/{made['id']}/invitations", {"If-Match": '"1"'}
    problem(await world.school_system.post(path, body, headers=tag), 403, "forbidden")
    assert await read(world.owen, made) == made
    done(await invite(world.tessa, made, world.lena))
    assert len(await asked(world, family, world.lena)) == 1


async def test_an_open_invitation_to_the_family_is_not_given_twice(world: World) -> None:
    family = await shared_family(world)
    for _ in range(2):
        await meet(world.owen, family, invited=invited(world.lena))
        assert len(await asked(world, family, world.lena)) == 1


async def test_an_agency_is_invited_later_and_alone_is_told(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family, invited=invited(world.amina))
    marks = await bookmarks(world)
    now = done(await invite(world.owen, made, world.jonas))
    assert await heard(world, marks, made["id"]) == {"police": ["meeting.invited"]}
    assert await read(world.jonas, made) == now
    assert len(now["invited"]) == 3
    last = (await steps(world.jonas, made))[-1]
    assert (last["act"], last["details"]) == ("invite", {"agency_id": str(world.jonas.agency.id)})
    problem(await invite(world.owen, now, world.jonas), 409, "conflict")
    unknown = {"agency_id": str(uuid4()), "reason": "?"}
    path, tag = f"/v1/meetings/{made['id']}/invitations", {"If-Match": '"2"'}
    assert pointers(await world.owen.post(path, unknown, headers=tag)) == ["/agency_id"]
    operator = {"agency_id": str(world.ada.agency.id), "reason": "?"}
    assert pointers(await world.owen.post(path, operator, headers=tag)) == ["/agency_id"]
    problem(await invite(world.jonas, now, world.lena), 403, "forbidden")
    problem(await invite(world.owen, made, world.lena), 412, "precondition_failed")


async def test_an_invitation_to_the_family_that_lapsed_is_given_anew(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family, 30, invited=invited(world.lena))
    problem(await invite(world.owen, made, world.lena), 409, "conflict")
    world.clock.advance(timedelta(days=8))
    assert await asked(world, family, world.lena) == []
    now = done(await invite(world.owen, made, world.lena))
    assert len(await asked(world, family, world.lena)) == 1
    assert [each["agency_id"] for each in now["invited"]].count(str(world.lena.agency.id)) == 1


async def test_after_the_outcome_an_agency_is_still_invited_but_none_uninvited(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    now = await held(world, family, invited=invited(world.amina))
    refusal = problem(await uninvite(world.owen, now, world.amina), 409, "conflict")
    assert refusal["meeting_status"] == "held"
    await superuser.execute("UPDATE meetings SET status = 'recorded' WHERE id = $1", now["id"])
    mark = await bookmark(world.police_system)
    now = done(await invite(world.owen, now, world.jonas))
    assert await about_meetings(world.police_system, mark) == ["meeting.invited"]
    assert (await read(world.jonas, now))["status"] == "recorded"
    off = done(await cancel(world.owen, await meet(world.owen, family)))
    assert problem(await invite(world.owen, off, world.lena), 409, "conflict")["legal_acts"] == []


async def test_an_invitation_is_taken_back_and_nothing_more_is_read(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family)
    done(await report(world.jonas, made))
    marks = await bookmarks(world)
    now = done(await uninvite(world.owen, made, world.jonas))
    assert await heard(world, marks, made["id"]) == {"police": ["meeting.uninvited"]}
    for what in ("", "/steps", "/invitation", "/reports", "/exclusions"):
        problem(await world.jonas.get(f"/v1/meetings/{made['id']}{what}"), 404, "not_found")
    assert done(await world.jonas.get(f"/v1/families/{family['id']}/meetings"))["items"] == []
    withheld = [each["type"] for each in await news(world.police_system)][-3:]
    assert withheld == ["event.withheld", "event.withheld", "meeting.uninvited"]
    done(await move(world.owen, now))
    assert await heard(world, {"police": marks["police"]}, made["id"]) == {
        "police": ["meeting.uninvited"]
    }
    last = (await steps(world.amina, made))[-2]
    assert (last["act"], last["note"]) == ("uninvite", "Not known to them.")
    assert last["details"] == {"agency_id": str(world.jonas.agency.id)}


async def test_who_was_sent_away_is_invited_again(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family)
    now = done(await uninvite(world.owen, made, world.jonas))
    problem(await uninvite(world.owen, now, world.jonas), 404, "not_found")
    problem(await uninvite(world.owen, now, world.lena), 404, "not_found")
    mark = await bookmark(world.police_system)
    again = done(await invite(world.owen, now, world.jonas))
    assert await about_meetings(world.police_system, mark) == ["meeting.invited"]
    assert await read(world.jonas, made) == again
    named = {each["agency_id"]: each["reason"] for each in again["invited"]}
    assert named[str(world.jonas.agency.id)] == "Knows the family."


async def test_one_that_has_not_joined_never_learns_that_it_was_invited(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family, invited=invited(world.lena))
    mark = await bookmark(world.probation_system)
    done(await uninvite(world.owen, made, world.lena))
    done(await join(world, family, world.probation_system))
    assert made["id"] not in str(await news(world.probation_system, mark))


async def test_the_convener_and_the_chair_s_agency_always_take_part(world: World) -> None:
    made = await meet(world.jonas, await shared_family(world))
    for who in (world.owen, world.jonas):
        problem(await uninvite(world.jonas, made, who), 409, "conflict")
    problem(await uninvite(world.amina, made, world.jonas), 403, "forbidden")
    problem(await uninvite(world.lena, made, world.jonas), 404, "not_found")
    problem(await uninvite(world.jonas, made | {"version": 7}, world.amina), 412,
            "precondition_failed")  # fmt: skip
    assert await read(world.jonas, made) == made


async def entry_of(who: Caller, meeting: dict[str, Any]) -> tuple[Any, Any, str]:
    answer = await who.get(f"/v1/meetings/{meeting['id']}/invitation")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    calendar = Calendar.from_ical(answer.content)
    [event] = calendar.walk("VEVENT")
    return calendar, event, answer.text


async def test_a_calendar_learns_when_it_is_and_nothing_of_whom_where_or_why(
    world: World,
) -> None:
    family = await shared_family(world)
    taker = {"minute_taker": {"name": "Iris Cole", "job_title": "support"}}
    made = await meet(world.owen, family, link="https://meet.example/77", **taker)
    calendar, event, text = await entry_of(world.jonas, made)
    assert (calendar["METHOD"], calendar["VERSION"]) == ("PUBLISH", "2.0")
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (made["id"], 0, "CONFIRMED")
    assert event["SUMMARY"] == "Multi-agency meeting"
    assert event["URL"] == f"http://doorstep.test/v1/meetings/{made['id']}"
    starts, ends = (event.decoded(each).isoformat() for each in ("DTSTART", "DTEND"))
    assert starts.replace("+00:00", "Z") == made["starts_at"]
    assert ends.replace("+00:00", "Z") == made["ends_at"]
    assert event.decoded("DTSTAMP") == world.clock.now()
    assert re.search(r"DTSTART:\d{8}T\d{6}Z", text)
    hidden = [made[each] for each in ("place", "link", "purpose", "family_id", "agency_id")]
    for each in (*hidden, "Okafor", "Owen", "Iris", "Maya", "Civic", "practitioners"):
        assert each not in text
    assert {*event.keys()} == {
        "UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "CLASS", "SUMMARY",
        "ORGANIZER", "URL",
    }  # fmt: skip


async def test_a_calendar_learns_of_a_move_and_of_the_end(world: World) -> None:
    made = await meet(world.owen, await shared_family(world))
    moved = done(await move(world.owen, made, **times(world, 5)))
    calendar, event, _ = await entry_of(world.amina, moved)
    assert (event["UID"], event["SEQUENCE"], calendar["METHOD"]) == (made["id"], 1, "PUBLISH")
    off = done(await cancel(world.owen, moved))
    calendar, event, _ = await entry_of(world.amina, off)
    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 2)


async def test_only_who_is_invited_gets_an_entry_which_is_audited(world: World) -> None:
    made = await meet(world.owen, await shared_family(world), invited=invited(world.jonas))
    path = f"/v1/meetings/{made['id']}/invitation"
    problem(await world.amina.get(path), 404, "not_found")
    assert (await world.http.get(path)).status_code == 401
    await entry_of(world.owen, made)
    noted = done(await world.owen.get("/v1/audit", params={"resource_id": made["id"]}))["items"]
    assert noted[0]["action"] == "meeting.invitation_read"


async def test_a_refused_report_of_one_sent_away_is_not_kept(world: World, superuser: Any) -> None:
    made = await meet(world.owen, await shared_family(world))
    done(await uninvite(world.owen, made, world.jonas))
    problem(await report(world.jonas, made, **REPORT), 404, "not_found")
    count = "SELECT count(*) FROM meeting_reports WHERE meeting_id = $1"
    assert await superuser.fetchval(count, made["id"]) == 0
