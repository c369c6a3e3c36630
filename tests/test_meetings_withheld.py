"""What a meeting tells nobody who was not there, has left, or took no part in writing it."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.arranging import (
    EXCLUDED,
    REPORT,
    cancel,
    decide,
    exclude,
    hand_over,
    invite,
    invited,
    meet,
    move,
    read,
    report,
    times,
    uninvite,
)
from tests.assigning import agency, day, on_action, on_plan
from tests.concluding import (
    a_draft,
    a_record,
    amend,
    an_action,
    at,
    concluding,
    finalise,
    held_meeting,
    respond,
    save,
    try_to_finalise,
)
from tests.conformance.scene import employ
from tests.involving import bookmarks, heard, leave
from tests.merging import decided, proposed, two_records
from tests.test_action_owners import end_involvement
from tests.test_outcome_alerts import about as decided_about
from tests.test_outcome_alerts import changed, of_the_school
from tests.world import World, an_alert, join, key, publish, shared_family

pytestmark = pytest.mark.anyio
CANARY = "Canary7731Zz"


def done(answer: Any) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def why(*who: Any) -> list[dict[str, str]]:
    return [{"agency_id": agency(each), "reason": f"{CANARY} {each.agency.kind}"} for each in who]


async def joined_by_probation(world: World, family: dict[str, Any]) -> dict[str, Any]:
    """Probation joins, and is invited to nothing."""
    assert (await join(world, family, world.probation_system)).status_code == 201
    return family


async def test_a_plan_given_to_who_was_not_invited_says_nothing_of_the_meeting(
    world: World,
) -> None:
    family = await joined_by_probation(world, await shared_family(world))
    meeting = await held_meeting(world, family, invited=why(world.amina))
    outcome = await finalise(world, meeting)
    plan = done(await world.owen.get(f"/v1/plans/{outcome['plans'][0]['id']}"))
    done(await on_plan(world.owen, plan, "share", agency_id=agency(world.lena), reason="Visits."))
    shown = done(await world.lena.get(f"/v1/plans/{plan['id']}"))
    assert shown["meeting_id"] is None
    reasons = [each["reason"] for each in shown["recipients"]]
    assert not [each for each in reasons if CANARY in each or "meeting" in each], reasons


async def test_why_an_alert_is_replaced_is_not_told_outside_the_meeting(world: World) -> None:
    """The description of `reasons` warns of `withdrawn` alone."""
    family = await shared_family(world)
    alert = await of_the_school(world, family)
    meeting = await held_meeting(world, family, invited=why(world.amina))
    decided = changed(alert, replacement=an_alert(family, author=None))
    await finalise(world, meeting, alerts=[{**decided, "reasons": f"{CANARY} said in the room"}])
    shown = await world.jonas.get(f"/v1/families/{family['id']}/chronology")
    assert shown.status_code == 200, shown.text
    assert CANARY not in shown.text


async def test_a_lead_takes_over_no_meeting_of_an_agency_that_left_of_itself(
    world: World,
) -> None:
    """School left in order; the end of another agency hands its record to the uninvited lead,
    with what was for the chair's agency alone."""
    family = await joined_by_probation(world, await shared_family(world))
    meeting = await held_meeting(world, family, invited=why(world.jonas))
    for_chair = await report(world.jonas, meeting, audience="chair", known=f"{CANARY} known")
    assert for_chair.status_code == 201, for_chair.text
    told = {"agency_id": agency(world.jonas), "said": f"{CANARY} said"}
    named = {**told, "agency_ids": [agency(world.owen)]}
    outcome = await finalise(world, meeting, information=[named])
    plan = done(await world.owen.get(f"/v1/plans/{outcome['plans'][0]['id']}"))
    done(await on_plan(world.owen, plan, "hand-over", agency_id=agency(world.jonas)))
    done(await leave(family, world.school_system))
    assert (await world.ruth.get(at(meeting))).status_code == 404
    await end_involvement(family, world.probation_system, world.jonas, world.ruth)
    reports = await world.ruth.get(f"/v1/meetings/{meeting['id']}/reports")
    assert CANARY not in reports.text
    shown = await world.ruth.get(at(meeting))
    assert shown.status_code == 404, shown.text[:300]


async def test_who_leaves_answers_first_what_was_asked_of_its_chair(world: World) -> None:
    """Else the request stays open for ever: nobody answers for the meeting, and nobody can name
    another chair."""
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    outcome = await finalise(world, meeting)
    asked = done(
        await respond(world.jonas, outcome, answer="correction_asked", correction="Wrong.")
    )
    plan = done(await world.owen.get(f"/v1/plans/{outcome['plans'][0]['id']}"))
    done(await on_plan(world.owen, plan, "hand-over", agency_id=agency(world.jonas)))
    left = await leave(family, world.school_system)
    path = f"/v1/meetings/{meeting['id']}/outcome/responses/{asked['id']}"
    if left.status_code == 200:
        assert done(await world.jonas.get(path))["status"] == "open"
        now = done(await world.jonas.get(f"/v1/meetings/{meeting['id']}"))
        handed = await hand_over(world.ruth, now, world.owen)
        assert handed.status_code == 403  # and so for everybody
    assert left.status_code == 409, "the chair's agency has left an open request behind"


async def test_what_was_asked_of_a_chair_that_has_left_is_told_to_somebody(world: World) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    outcome = await finalise(world, meeting)
    plan = done(await world.owen.get(f"/v1/plans/{outcome['plans'][0]['id']}"))
    done(await on_plan(world.owen, plan, "hand-over", agency_id=agency(world.jonas)))
    done(await leave(family, world.school_system))
    marks = await bookmarks(world)
    asked = await respond(world.jonas, outcome, answer="correction_asked", correction="Wrong.")
    if asked.status_code == 201:
        told = await heard(world, marks, meeting["id"])
        assert [kind for kind in told if kind != "school"], "accepted, and told to nobody"


async def test_a_chair_without_the_role_or_who_is_inactive_decides_nothing(world: World) -> None:
    await employ(world, "school", "cara", ["chair", "manager"])
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    now = done(await hand_over(world.owen, meeting, world.cara))
    draft = done(
        await world.cara.request("PUT", at(now), json=a_draft(now), headers={"If-Match": '"0"'})
    )
    path = f"/v1/agencies/{world.agencies['school'].id}/practitioners"
    listed = done(await world.ada.get(path))["items"]
    [cara] = [each for each in listed if each["staff_id"] == "staff-cara"]
    changed_ = await world.ada.patch(
        f"{path}/{cara['id']}", {"roles": ["manager"]}, headers={"If-Match": f'"{cara["version"]}"'}
    )
    assert changed_.status_code == 200, changed_.text
    assert (await try_to_finalise(world.cara, now, draft)).status_code == 403
    assert (await world.cara.get(at(now, "/draft"))).status_code in (403, 404)
    for who in (world.owen, world.school_system):
        assert (await try_to_finalise(who, now, draft)).status_code == 403
        assert (await who.get(at(now, "/draft"))).status_code in (403, 404)


async def test_a_draft_names_no_alert_to_a_new_chair_who_does_not_read_it(world: World) -> None:
    """The draft passes with the chair, whole; what names an alert is as hidden as that."""
    await employ(world, "health_visiting", "hanna", ["chair"])
    family = await shared_family(world)
    police = {"agency_id": agency(world.jonas), "reason": "Attends"}
    audience = {"kind": "agencies", "agencies": [police]}
    alert = await of_the_school(world, family, audience=audience)
    meeting = await held_meeting(world, family)
    kept = {**decided_about(alert, "kept"), "reasons": f"{CANARY} about the alert"}
    await save(world, meeting, a_draft(meeting, alerts=[kept]))
    done(await hand_over(world.owen, meeting, world.hanna))
    assert (await world.hanna.get(f"/v1/alerts/{alert['id']}")).status_code == 404
    draft = await world.hanna.get(at(meeting, "/draft"))
    assert draft.status_code == 200, draft.text
    assert CANARY not in draft.text
    assert alert["id"] not in draft.text


@pytest.mark.parametrize("text", ["\\ud800", "\\udc00 x", "</style><script>alert(1)</script>"])
async def test_no_text_breaks_the_page(world: World, text: str) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family, purpose="<img src=x onerror=alert(1)>")
    body = json.dumps(
        a_draft(meeting, information=[{"agency_id": agency(world.jonas), "said": "REPLACED"}])
    ).replace("REPLACED", text)
    headers = {"If-Match": '"0"', "Content-Type": "application/json"}
    saved = await world.owen.request("PUT", at(meeting), content=body, headers=headers)
    assert saved.status_code in (200, 400, 422), saved.text
    if saved.status_code == 200:
        recorded = await try_to_finalise(world.owen, meeting, saved.json())
        assert recorded.status_code == 201, recorded.text
        for accept in ("text/html", "text/html;q=x, */*;q=0.1", "text/html;q=1e999", ";;,,q="):
            page = await world.jonas.get(at(meeting), headers={"Accept": accept})
            assert page.status_code == 200
            if page.headers["content-type"].startswith("text/html"):
                assert "<script" not in page.text
                assert "<img" not in page.text


async def test_what_was_asked_before_a_merge_is_still_answered(world: World) -> None:
    """A record that is merged away: its outcome can be recorded there, and never corrected."""
    one, other = await two_records(world)
    meeting = await held_meeting(world, other)
    outcome = await finalise(world, meeting)
    asked = done(
        await respond(world.jonas, outcome, answer="correction_asked", correction="Wrong.")
    )
    await decided(await proposed(one, other, world.ruth), "agree", world.nadia)
    path = f"/v1/meetings/{meeting['id']}/outcome/responses/{asked['id']}/decline"
    declined = await world.owen.post(path, {"reply": "It is right."}, headers={"If-Match": '"1"'})
    amended = await amend(world.owen, outcome, a_record(meeting), settles=[asked["id"]])
    answers = {"declined": declined.status_code, "amended": amended.status_code}
    assert answers["declined"] == 200 or answers["amended"] == 201, answers


async def test_a_lead_given_a_plan_reads_no_invitation(world: World) -> None:
    """As by sharing: the lead takes over a plan of an agency that others ended, and reads why
    each was invited to a meeting that it is not shown."""

    family = await joined_by_probation(world, await shared_family(world))
    meeting = await held_meeting(world, family, invited=why(world.jonas))
    outcome = await finalise(world, meeting)
    plan = done(await world.owen.get(f"/v1/plans/{outcome['plans'][0]['id']}"))
    done(await on_plan(world.owen, plan, "hand-over", agency_id=agency(world.jonas)))
    await end_involvement(family, world.police_system, world.lena, world.ruth)
    shown = done(await world.ruth.get(f"/v1/plans/{plan['id']}"))
    assert shown["meeting_id"] is None
    reasons = [each["reason"] for each in shown["recipients"]]
    assert not [each for each in reasons if CANARY in each or "meeting" in each], reasons


async def test_break_glass_and_the_lead_s_manager_find_nothing(world: World) -> None:
    family = await joined_by_probation(world, await shared_family(world))
    meeting = await held_meeting(world, family, invited=why(world.jonas), purpose=CANARY)
    outcome = await finalise(world, meeting, actions=[an_action(agency(world.jonas))])
    for who in (world.ruth, world.lena, world.victor):
        for path in (
            f"/v1/meetings/{meeting['id']}",
            at(meeting),
            at(meeting, "/versions"),
            at(meeting, "/responses"),
            at(meeting, "/draft"),
            f"/v1/meetings/{meeting['id']}/invitation",
            f"/v1/meetings/{meeting['id']}/steps",
            f"/v1/actions/{outcome['actions'][0]['id']}",
            f"/v1/plans/{outcome['plans'][0]['id']}",
        ):
            assert (await who.get(path)).status_code in (403, 404), path
        for path in ("meetings", "actions", "plans", "chronology", "accesses", "banner", "picture"):
            shown = await who.get(f"/v1/families/{family['id']}/{path}")
            for each in (CANARY, meeting["id"], outcome["actions"][0]["id"]):
                assert each not in shown.text, path


async def test_replays_are_not_given_to_who_is_not_invited_any_more(world: World) -> None:
    family = await shared_family(world)
    meeting = await meet(world.owen, family, 3)
    same = key()
    path = f"/v1/meetings/{meeting['id']}/reports"
    assert (await world.jonas.post(path, REPORT, headers=same)).status_code == 201
    done(await uninvite(world.owen, await read(world.owen, meeting), world.jonas))
    assert (await world.jonas.post(path, REPORT, headers=same)).status_code == 404


async def test_who_heard_named_information_is_not_who_was_in_the_next_version(
    world: World,
) -> None:
    """Of each version and form, to whom it was told."""
    meeting = await held_meeting(world, await shared_family(world))
    told = {
        "agency_id": agency(world.owen),
        "said": f"{CANARY} one",
        "agency_ids": [agency(world.jonas)],
    }
    outcome = await finalise(world, meeting, information=[told])
    again = {**told, "said": f"{CANARY} two"}
    now = done(await amend(world.owen, outcome, a_record(meeting, information=[again])))
    for number in (1, now["number"]):
        for accept in ("text/html", "application/json"):
            given = {"params": {"number": number}, "headers": {"Accept": accept}}
            assert CANARY in (await world.jonas.get(at(meeting), **given)).text
            assert CANARY not in (await world.amina.get(at(meeting), **given)).text
    assert CANARY not in str(await world.amina.events())


async def test_nothing_is_told_to_an_agency_that_has_left(world: World, superuser: Any) -> None:
    """Its inbox holds no event about a meeting that it read no more as it was written."""
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    outcome = await finalise(world, meeting)
    plan = done(await world.owen.get(f"/v1/plans/{outcome['plans'][0]['id']}"))
    done(await on_plan(world.owen, plan, "hand-over", agency_id=agency(world.jonas)))
    done(await leave(family, world.school_system))
    query = "SELECT count(*) FROM inbox WHERE agency_id = $1 AND resource_id = $2"
    given = world.agencies["school"].id, UUID(meeting["id"])
    before = await superuser.fetchval(query, *given)
    done(await respond(world.jonas, outcome))
    told = [each for each in await world.school_system.events() if "meeting" in str(each)]
    assert await superuser.fetchval(query, *given) == before, told[-1:]


async def test_an_answer_is_told_to_no_agency_that_has_left(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    outcome = await finalise(world, meeting := await held_meeting(world, family))
    asked = done(
        await respond(world.jonas, outcome, answer="correction_asked", correction="Wrong.")
    )
    done(await leave(family, world.police_system))
    query = "SELECT count(*) FROM inbox WHERE agency_id = $1 AND resource_id = $2"
    given = world.agencies["police"].id, UUID(meeting["id"])
    before = await superuser.fetchval(query, *given)
    path = f"/v1/meetings/{meeting['id']}/outcome/responses/{asked['id']}/decline"
    done(await world.owen.post(path, {"reply": "No."}, headers={"If-Match": '"1"'}))
    assert await superuser.fetchval(query, *given) == before


async def test_who_does_not_read_an_alert_sees_no_step_of_what_it_was_asked(world: World) -> None:
    """`reasons` about an alert stand in an action: nowhere but for who reads the alert."""
    family = await shared_family(world)
    school = {"agency_id": agency(world.owen), "reason": "Sees him."}
    named = {"kind": "agencies", "agencies": [school]}
    author = {"staff_id": "staff-jonas"}
    alert = await publish(world, family, world.police_system, author=author, audience=named)
    meeting = await held_meeting(world, family)
    reasons = {**decided_about(alert, "reconsider"), "reasons": f"{CANARY} reasons"}
    outcome = await finalise(world, meeting, alerts=[reasons])
    [action] = outcome["actions"]
    now = done(await world.jonas.get(f"/v1/actions/{action['id']}"))
    now = done(await on_action(world.jonas, now, "accept"))
    done(await on_action(world.jonas, now, "complete", evidence=f"{CANARY} evidence"))
    for who in (world.amina, world.ruth):
        for path in (
            at(meeting),
            at(meeting, "/versions"),
            f"/v1/families/{family['id']}/actions",
            f"/v1/families/{family['id']}/chronology",
            f"/v1/families/{family['id']}/accesses",
            f"/v1/families/{family['id']}/banner",
            f"/v1/actions/{action['id']}",
            f"/v1/actions/{action['id']}/steps",
        ):
            for accept in ("application/json", "text/html"):
                shown = await who.get(path, headers={"Accept": accept})
                for each in (CANARY, alert["id"]):
                    assert each not in shown.text, path
                if action["id"] not in path:
                    assert action["id"] not in shown.text, path
    assert action["id"] not in str(await world.amina.events())


async def test_the_writer_of_a_record_does_not_confirm_it_through_a_system(world: World) -> None:
    meeting = await held_meeting(world, await shared_family(world))
    outcome = await finalise(world, meeting)
    refused = await respond(world.owen, outcome)
    assert refused.status_code == 409
    named = {"practitioner": {"staff_id": "staff-owen"}}
    answer = await respond(world.school_system, outcome, **named)
    assert answer.status_code == 409, answer.text


async def test_the_writer_of_a_record_does_not_confirm_it_having_handed_over(
    world: World,
) -> None:
    await employ(world, "health_visiting", "hope", ["chair"])
    meeting = await held_meeting(world, await shared_family(world))
    outcome = await finalise(world, meeting)
    now = done(await world.owen.get(f"/v1/meetings/{meeting['id']}"))
    done(await hand_over(world.owen, now, world.hope))
    answer = await respond(world.owen, outcome)
    assert answer.status_code == 409, answer.text


async def test_nobody_stops_an_exclusion_by_asking_in_the_name_of_the_chair(
    world: World,
) -> None:
    """Another agency's system asks under the chair's name: then nobody can keep him out."""
    family = await shared_family(world)
    father = family["members"][1]
    meeting = await meet(world.owen, family, 3, member_ids=[father["id"]])
    by = {"practitioner": {"name": "Owen", "job_title": "constable"}}
    asked = done(await exclude(world.police_system, meeting, father, **by))
    decision = await decide(world.owen, asked, EXCLUDED)
    again = await exclude(world.amina, meeting, father)
    assert 409 not in (decision.status_code, again.status_code) or again.status_code == 201


async def test_a_conference_is_not_moved_before_its_strategy_discussion(world: World) -> None:
    kind = {
        "kind": "initial_child_protection_conference",
        "strategy_discussion_on": day(world, -1),
    }
    meeting = await meet(world.owen, await shared_family(world), 3, **kind)
    assert (await move(world.owen, meeting, **times(world, -5))).status_code == 422


async def test_a_family_that_was_told_at_a_meeting_recorded_late_is_told_of_truly(
    world: World,
) -> None:
    meeting = await held_meeting(world, await shared_family(world))
    told_on = world.clock.now().date().isoformat()
    world.clock.advance(timedelta(days=33))
    plan = a_draft(meeting)["family_sharing_plan"]["sharing"] | {"on": told_on}
    answer = await concluding(world, meeting, family_sharing_plan={"sharing": plan})
    assert answer.status_code == 201, answer.text


async def test_an_agency_sent_away_does_not_come_back_to_the_minutes(world: World) -> None:
    """Its involvement ended by others, it joins by a match again, and reads what it is invited to
    anew. What it did at the meeting is told of it all the same."""
    family = await shared_family(world)
    meeting = await held_meeting(world, family, invited=why(world.amina, world.jonas))
    await end_involvement(family, world.police_system, world.owen, world.ruth)
    absent = [
        {"agency_id": each["agency_id"], "attendance": "absent"} for each in meeting["invited"]
    ]
    said = [{"agency_id": agency(world.amina), "said": f"{CANARY} why they were sent away"}]
    await finalise(world, meeting, attendance=absent, information=said)
    assert (await join(world, family, world.police_system)).status_code == 201
    assert (await world.jonas.get(at(meeting))).status_code == 404
    recorded = await read(world.owen, meeting)
    done(await invite(world.owen, recorded, world.jonas))
    assert CANARY in (await world.jonas.get(at(meeting))).text


async def test_a_convener_sent_away_does_not_come_back_to_cancel_the_meeting(
    world: World,
) -> None:
    family = await shared_family(world)
    meeting = await meet(world.jonas, family, 3, invited=invited(world.amina))
    await end_involvement(family, world.police_system, world.owen, world.ruth)
    assert (await join(world, family, world.police_system)).status_code == 201
    now = await read(world.owen, meeting)
    answer = await cancel(world.jonas, now)
    assert answer.status_code == 404, answer.text[:200]
