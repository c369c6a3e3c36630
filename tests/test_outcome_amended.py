"""Outcomes amended: a new version with its reason; and what agencies say to the record."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.concluding import (
    a_record,
    amend,
    an_action,
    at,
    finalise,
    held_meeting,
    recorded_meeting,
    respond,
    sections,
)
from tests.conformance.scene import employ
from tests.involving import leave
from tests.meeting import on_meeting
from tests.world import Caller, World, etag, key, shared_family

pytestmark = pytest.mark.anyio

ASKED = {"answer": "correction_asked", "correction": "We were there from the beginning."}


async def types(who: Caller) -> list[str]:
    return [each["type"] for each in await who.events()]


async def test_a_new_version_stands_and_the_one_before_stays_readable(world: World) -> None:
    meeting, first = await recorded_meeting(world, await shared_family(world))
    decisions = [{"decision": "Visits are joint for good.", "reasons": "A third threat."}]
    action = an_action(world.agencies["police"].id)
    record = a_record(meeting, decisions=decisions)
    amended = await amend(world.owen, first, record, actions=[action])
    assert amended.status_code == 201, amended.text
    second = amended.json()
    assert (second["number"], second["reason"]) == (2, "The police were there from the beginning.")
    assert second["decisions"] == decisions
    assert second["next_meeting"] == first["next_meeting"]
    assert second["plans"] == first["plans"]
    assert len(second["actions"]) == 1
    assert (await world.jonas.get(at(meeting))).json() == second
    assert (await world.jonas.get(amended.headers["Location"])).json() == second
    old = (await world.jonas.get(at(meeting, "?number=1"))).json()
    assert old["decisions"] == first["decisions"]
    assert (await world.jonas.get(at(meeting, "?number=3"))).status_code == 404
    versions = (await world.jonas.get(at(meeting, "/versions"))).json()["items"]
    assert [each["number"] for each in versions] == [1, 2]
    for who in (world.amina, world.jonas):
        assert "meeting.outcome_amended" in await types(who)
    steps = (await world.owen.get(f"/v1/meetings/{meeting['id']}")).json()
    assert steps["outcome_number"] == 2


async def test_only_the_chair_amends_what_is_recorded_as_last_read(world: World) -> None:
    meeting, outcome = await recorded_meeting(world, await shared_family(world))
    record = a_record(meeting)
    assert (await amend(world.jonas, outcome, record)).status_code == 403
    assert (await amend(world.owen, {**outcome, "version": 1}, record)).status_code == 412
    held = await held_meeting(world, await shared_family(world))
    not_yet = {"meeting_id": held["id"], "version": held["version"]}
    refused = await amend(world.owen, not_yet, a_record(held))
    assert (refused.status_code, refused.json()["meeting_status"]) == (409, "held")


async def test_an_amendment_holds_what_a_record_holds(world: World) -> None:
    meeting, outcome = await recorded_meeting(world, await shared_family(world))
    found = sections(
        await amend(
            world.owen,
            outcome,
            {},
            actions=[an_action(world.agencies["probation"].id)],
            settles=[str(uuid4())],
        )
    )
    assert set(found) == {
        "/outcome/attendance",
        "/outcome/decisions",
        "/outcome/child_lived_experience",
        "/actions/0/agency_id",
        "/settles/0",
    }
    assert (await world.owen.get(at(meeting, "/versions"))).json()["items"][1:] == []


async def test_an_agency_confirms_a_version_once(world: World) -> None:
    _, outcome = await recorded_meeting(world, await shared_family(world))
    confirmed = await respond(world.jonas, outcome)
    assert confirmed.status_code == 201, confirmed.text
    body = confirmed.json()
    assert (body["status"], body["by"]["name"]) == ("settled", "Jonas")
    assert (await world.jonas.get(confirmed.headers["Location"])).json() == body
    assert (await respond(world.nadia, outcome)).status_code == 409
    assert "meeting.outcome_confirmed" in await types(world.tessa)
    assert "meeting.outcome_confirmed" not in await types(world.amina)
    by_system = await respond(
        world.health_visiting_system, outcome, practitioner={"staff_id": "staff-amina"}
    )
    assert by_system.json()["by"]["name"] == "Amina"
    nobody = await respond(world.school_system, outcome)
    assert set(sections(nobody)) == {"/practitioner"}


async def test_the_chair_does_not_confirm_their_own_record(world: World) -> None:
    _, outcome = await recorded_meeting(world, await shared_family(world))
    assert (await respond(world.owen, outcome)).status_code == 409
    assert (await respond(world.tessa, outcome)).status_code == 201


async def test_only_the_version_that_stands_is_answered(world: World) -> None:
    meeting, outcome = await recorded_meeting(world, await shared_family(world))
    held = await held_meeting(world, await shared_family(world))
    none = {"meeting_id": held["id"], "number": 1}
    assert (await respond(world.jonas, none)).status_code == 404
    amended = (await amend(world.owen, outcome, a_record(meeting))).json()
    stale = await respond(world.jonas, outcome)
    assert (stale.status_code, stale.json()["outcome_number"]) == (409, 2)
    assert (await respond(world.jonas, amended)).status_code == 201


async def test_an_outsider_and_who_was_not_invited_answer_nothing(world: World) -> None:
    _, outcome = await recorded_meeting(world, await shared_family(world))
    assert (await respond(world.lena, outcome)).status_code == 404


async def test_a_correction_is_declined_by_the_chair_with_a_reason(world: World) -> None:
    meeting, outcome = await recorded_meeting(world, await shared_family(world))
    asked = (await respond(world.jonas, outcome, **ASKED)).json()
    assert asked["status"] == "open"
    assert "meeting.correction_asked" in await types(world.school_system)
    path = at(meeting, f"/responses/{asked['id']}/decline")
    body = {"reply": "The minutes say 10.20."}
    assert (await world.jonas.post(path, body, headers=etag(asked))).status_code == 403
    stale = await world.owen.post(path, body, headers=etag({"version": 2}))
    assert stale.status_code == 412
    declined = await world.owen.post(path, body, headers=etag(asked))
    assert declined.status_code == 200, declined.text
    assert (declined.json()["status"], declined.json()["reply"]) == ("declined", body["reply"])
    assert "meeting.correction_answered" in await types(world.jonas)
    assert "meeting.correction_answered" not in await types(world.amina)
    again = await world.owen.post(path, body, headers=etag(declined.json()))
    assert (again.status_code, again.json()["response_status"]) == (409, "declined")


async def test_who_asked_does_not_decline_it_having_become_chair(
    world: World, superuser: Any
) -> None:
    meeting, outcome = await recorded_meeting(world, await shared_family(world))
    cora = await employ(world, "school", "cora", ["chair"])
    asked = (await respond(cora, outcome, **ASKED)).json()
    await superuser.execute(
        "UPDATE meetings SET chair_id = p.id FROM practitioners p "
        "WHERE p.staff_id = 'staff-cora' AND meetings.id = $1",
        UUID(meeting["id"]),
    )
    path = at(meeting, f"/responses/{asked['id']}/decline")
    refused = await cora.post(path, {"reply": "No."}, headers=etag(asked))
    assert refused.status_code == 409


async def test_an_amendment_settles_the_corrections_that_it_names(world: World) -> None:
    meeting, outcome = await recorded_meeting(world, await shared_family(world))
    first = (await respond(world.jonas, outcome, **ASKED)).json()
    second = (await respond(world.amina, outcome, **ASKED)).json()
    twice = [first["id"], first["id"]]
    record = a_record(meeting)
    assert set(sections(await amend(world.owen, outcome, record, settles=twice))) == {"/settles/1"}
    amended = await amend(world.owen, outcome, record, settles=[first["id"]])
    assert amended.status_code == 201
    listed = (await world.owen.get(at(meeting, "/responses"))).json()["items"]
    assert [each["status"] for each in listed] == ["settled", "open"]
    assert "meeting.correction_answered" in await types(world.jonas)
    assert "meeting.correction_answered" not in await types(world.amina)
    again = await amend(world.owen, amended.json(), record, settles=[first["id"]])
    assert set(sections(again)) == {"/settles/0"}
    assert second["id"] != first["id"]


async def test_others_do_not_see_who_has_confirmed(world: World) -> None:
    meeting, outcome = await recorded_meeting(world, await shared_family(world))
    mine = (await respond(world.jonas, outcome, **ASKED)).json()
    theirs = (await respond(world.amina, outcome)).json()
    listed = (await world.jonas.get(at(meeting, "/responses"))).json()["items"]
    assert listed == [mine]
    assert (await world.jonas.get(at(meeting, f"/responses/{theirs['id']}"))).status_code == 404
    first = await world.tessa.get(at(meeting, "/responses?limit=1"))
    assert first.json()["items"] == [mine]
    following = first.headers["Link"].split(">")[0].lstrip("<")
    assert (await world.tessa.get(following)).json()["items"] == [theirs]
    assert (await world.lena.get(at(meeting, "/responses"))).status_code == 404


async def test_an_answer_given_again_is_for_who_may_still_read_it(world: World) -> None:
    family = await shared_family(world)
    _, outcome = await recorded_meeting(world, family)
    path = f"/v1/meetings/{outcome['meeting_id']}/outcome/responses"
    body, headers = {"number": 1, **ASKED}, key()
    assert (await world.nadia.post(path, body, headers=headers)).status_code == 201
    assert (await leave(family, world.police_system)).status_code == 200
    assert (await world.nadia.post(path, body, headers=headers)).status_code == 404


async def test_a_meeting_that_is_recorded_is_not_held_again(world: World) -> None:
    meeting, outcome = await recorded_meeting(world, await shared_family(world))
    again = await on_meeting(world.owen, {**meeting, "version": outcome["version"]}, "hold", {})
    assert again.status_code == 409


@pytest.mark.parametrize(
    "body", [{"answer": "confirmed", "correction": "x"}, {"answer": "correction_asked"}]
)
async def test_a_correction_is_asked_for_in_words(world: World, body: dict[str, str]) -> None:
    _, outcome = await recorded_meeting(world, await shared_family(world))
    assert set(sections(await respond(world.jonas, outcome, **body))) == {"/correction"}


async def test_what_was_told_to_some_is_opened_to_all_only_by_saying_so(world: World) -> None:
    """Sent back as it was read, without the names, it is refused: nothing is opened by mistake."""
    meeting = await held_meeting(world, await shared_family(world))
    police = str(world.jonas.agency.id)
    said = {"agency_id": police, "said": "A neighbour reports shouting."}
    outcome = await finalise(world, meeting, information=[{**said, "agency_ids": [police]}])
    for wrong in (
        {**said, "confidential": True},
        {**said, "confidential": True, "agency_ids": None},
        {**said, "confidential": False, "agency_ids": [police]},
    ):
        refused = await amend(world.owen, outcome, a_record(meeting, information=[wrong]))
        assert set(sections(refused)) == {"/outcome/information/0/confidential"}, wrong
    again = a_record(meeting, information=outcome["information"])
    kept = await amend(world.owen, outcome, again)
    assert kept.status_code == 201, kept.text
    assert kept.json()["information"] == outcome["information"]
