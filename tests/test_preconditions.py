"""Every change of something that has a version names the version it is based on."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import update

from api.journal.dependencies import if_match
from api.webhooks.models import Subscription
from tests import agreeing, arranging, assigning, concluding
from tests.breaking import NOTE, opened
from tests.checking import a_reflection, obliged, reflected
from tests.engaging import BODIES, PLACES, recorded
from tests.governing import another_manager, ending
from tests.hostility import (
    decide,
    decide_how_to_go_on,
    not_shared_with,
    record,
    shared_with,
)
from tests.locks import held, waiters
from tests.merging import REASON, decided, proposed, two_records
from tests.world import (
    Caller,
    World,
    an_alert,
    etag,
    key,
    publish,
    random_name,
    register,
    shared_family,
)

pytestmark = pytest.mark.anyio

NOTIFY = "subject-notification/"
TOLD = {"told_on": "2026-11-23", "method": "letter"}
WITHHELD = {"reason": "He reads all post", "look_again_on": "2027-01-15"}
PASSED_ALREADY = {403, 404, 409, 412}


@dataclass
class Change:
    """A change that would succeed with the right If-Match."""

    who: Caller
    method: str
    path: str
    body: Any
    tag: str

    async def send(self, if_match: str | None) -> httpx.Response:
        headers = {} if if_match is None else {"If-Match": if_match}
        given = {} if self.body is None else {"json": self.body}
        return await self.who.request(self.method, self.path, headers=headers, **given)


def tag(answer: httpx.Response) -> str:
    assert answer.is_success, answer.text
    return answer.headers["ETag"]


async def on_alert(world: World, verb: str, body: Any) -> Change:
    alert = await publish(world, await shared_family(world))
    path = f"/v1/alerts/{alert['id']}"
    return Change(world.ruth, "POST", f"{path}/{verb}", body, tag(await world.ruth.get(path)))


async def ratify(world: World) -> Change:
    return await on_alert(world, "ratify", {})


async def withdraw(world: World) -> Change:
    return await on_alert(world, "withdraw", {"reason": "Rehomed"})


async def hand_over_alert(world: World) -> Change:
    return await on_alert(world, "hand-over", {"agency_id": str(world.agencies["police"].id)})


async def hand_over_lead(world: World) -> Change:
    path = f"/v1/families/{(await shared_family(world))['id']}"
    body = {"agency_id": str(world.agencies["police"].id)}
    return Change(world.ruth, "POST", f"{path}/lead", body, tag(await world.ruth.get(path)))


async def end_address(world: World) -> Change:
    family = await shared_family(world)
    path = f"/v1/families/{family['id']}"
    found = tag(await world.amina.get(path))
    end = f"{path}/addresses/{family['addresses'][0]['id']}/end"
    return Change(world.amina, "POST", end, {"until_date": "2026-11-20"}, found)


async def on_merge(world: World, verb: str) -> Change:
    merge = await proposed(*await two_records(world), world.ruth)
    if verb == "undo":
        merge = await decided(merge, "agree", world.nadia)
    path = f"/v1/merges/{merge['id']}"
    return Change(world.nadia, "POST", f"{path}/{verb}", REASON, tag(await world.nadia.get(path)))


async def agree(world: World) -> Change:
    return await on_merge(world, "agree")


async def decline(world: World) -> Change:
    return await on_merge(world, "decline")


async def undo(world: World) -> Change:
    return await on_merge(world, "undo")


async def leave(world: World) -> Change:
    path = f"/v1/families/{(await shared_family(world))['id']}/involvements"
    listed = (await world.police_system.get(path)).json()["items"]
    own = next(x for x in listed if x["agency_id"] == str(world.agencies["police"].id))
    body = {"reason": "Closed"}
    return Change(world.nadia, "POST", f"{path}/{own['id']}/leave", body, f'"{own["version"]}"')


async def on_school(world: World) -> tuple[str, str]:
    path = f"/v1/agencies/{world.agencies['school'].id}"
    return path, tag(await world.owen.get(path))


async def update_agency(world: World) -> Change:
    path, found = await on_school(world)
    body = {"conduct_statement_url": f"https://school.example/{random_name()}"}
    return Change(world.owen, "PATCH", path, body, found)


async def new_agency(world: World) -> tuple[str, str]:
    """Of its own, since a suspended one can do nothing more."""
    made = await world.add_agency("gp", {}, name=f"Surgery {random_name()}")
    path = f"/v1/agencies/{made.id}"
    return path, tag(await world.ada.get(path))


async def suspend(world: World) -> Change:
    path, found = await new_agency(world)
    return Change(world.ada, "POST", f"{path}/suspend", None, found)


async def reactivate(world: World) -> Change:
    path, found = await new_agency(world)
    suspended = await Change(world.ada, "POST", f"{path}/suspend", None, found).send(found)
    return Change(world.ada, "POST", f"{path}/reactivate", None, tag(suspended))


async def new_client(world: World) -> tuple[str, str]:
    path = f"/v1/agencies/{world.agencies['school'].id}/clients"
    made = await world.owen.post(path, {"name": random_name()})
    found = tag(made)
    return f"{path}/{made.json()['client']['id']}", found


async def rotate_secret(world: World) -> Change:
    path, found = await new_client(world)
    return Change(world.owen, "POST", f"{path}/rotate", None, found)


async def revoke_client(world: World) -> Change:
    path, found = await new_client(world)
    return Change(world.owen, "POST", f"{path}/revoke", None, found)


async def update_practitioner(world: World) -> Change:
    path = f"/v1/agencies/{world.agencies['school'].id}/practitioners"
    body = {"staff_id": random_name(), "name": "B. Reed", "job_title": "teacher", "roles": []}
    made = await world.owen.post(path, body | {"roles": ["practitioner"]})
    found = tag(made)
    changed = {"job_title": "head"}
    return Change(world.owen, "PATCH", f"{path}/{made.json()['id']}", changed, found)


async def revoke_webhook(world: World) -> Change:
    made = await world.owen.post("/v1/webhooks", {"url": "http://127.0.0.1:9/hook"})
    found = tag(made)
    return Change(world.owen, "DELETE", f"/v1/webhooks/{made.json()['id']}", None, found)


async def on_webhook(world: World, verb: str, body: Any, status: str = "active") -> Change:
    made = await world.owen.post("/v1/webhooks", {"url": "http://127.0.0.1:9/hook"})
    given = {"status": status, "held_at": world.clock.now()}
    async with world.worker.database.session() as session:
        ours = Subscription.id == UUID(made.json()["id"])
        await session.execute(update(Subscription).where(ours).values(**given))
        await session.commit()
    path = f"/v1/webhooks/{made.json()['id']}/{verb}"
    return Change(world.owen, "POST", path, body, tag(made))


async def cancel_replay(world: World) -> Change:
    webhook = await on_webhook(world, "replays", None)
    body = {"which": "all", "from_position": 1}
    made = await world.owen.post(webhook.path, body)
    return Change(world.owen, "DELETE", f"{webhook.path}/{made.json()['id']}", None, tag(made))


async def decide_url(world: World) -> Change:
    webhook = await on_webhook(world, "url-changes", None)
    proposer = await another_manager(world, "school", "iris", roles=["agency_administrator"])
    body = {"url": "http://127.0.0.1:9/moved", "reason": "It moves."}
    made = await proposer.post(webhook.path, body)
    path = f"{webhook.path}/{made.json()['id']}/decide"
    return Change(world.owen, "POST", path, {"outcome": "refused"}, tag(made))


async def supersede(world: World) -> Change:
    family = await shared_family(world)
    alert = await publish(world, family)
    path = f"/v1/alerts/{alert['id']}"
    body = {"reason": "A second dog", "replacement": an_alert(family)}
    return Keyed(world.ruth, "POST", f"{path}/supersede", body, tag(await world.ruth.get(path)))


async def correct_subject(world: World) -> Change:
    subject = {"kind": "animal", "description": "The neighbour's dog"}
    made = await on_alert(world, "correct-subject", {"reason": "Not his", "subject": subject})
    return Keyed(made.who, made.method, made.path, made.body, made.tag)


async def on_active(world: World, verb: str, body: Any) -> Change:
    alert = await publish(world, await shared_family(world), severity="caution")
    path = f"/v1/alerts/{alert['id']}"
    found = tag(await world.ruth.post(f"{path}/ratify", {}, headers=etag(alert)))
    return Change(world.ruth, "POST", f"{path}/{verb}", body, found)


async def confirm(world: World) -> Change:
    family = await shared_family(world)
    subject = {"kind": "premises", "address_id": family["addresses"][0]["id"]}
    alert = await publish(world, family, subject=subject)
    new = {"lines": ["3 Cross Street"], "postcode": "DN32 7AB"}
    await world.amina.post(f"/v1/families/{family['id']}/addresses", new)
    path = f"/v1/alerts/{alert['id']}"
    found = tag(await world.ruth.get(path))
    return Change(world.ruth, "POST", f"{path}/confirm", {"reason": "Still there"}, found)


async def on_challenge(world: World, verb: str, body: Any) -> Change:
    alert = await publish(world, await shared_family(world))
    objection = {"raised_by": "agency", "statement": "It was another family."}
    made = await world.jonas.post(f"/v1/alerts/{alert['id']}/challenges", objection)
    path = f"/v1/challenges/{made.json()['id']}"
    answer = {"outcome": "dismissed", "reason": "Seen by two."}
    found = tag(made)
    if verb in {"appeal", "appeal/decision"}:
        found = tag(await world.ruth.post(f"{path}/answer", answer, headers={"If-Match": found}))
    if verb == "appeal/decision":
        appeal = {"reason": "Not so."}
        found = tag(await world.jonas.post(f"{path}/appeal", appeal, headers={"If-Match": found}))
    rosa = await another_manager(world, "health_visiting", "rosa")
    who = {"appeal": world.jonas, "appeal/decision": rosa}.get(verb, world.ruth)
    return Change(who, "POST", f"{path}/{verb}", answer if body is None else body, found)


class Keyed(Change):
    """A change that makes another alert: it needs an Idempotency-Key as well."""

    async def send(self, if_match: str | None) -> httpx.Response:
        headers = key() | ({} if if_match is None else {"If-Match": if_match})
        return await self.who.request(self.method, self.path, headers=headers, json=self.body)


async def on_break_glass(world: World, who: Caller, verb: str, body: Any) -> Change:
    """Of a practitioner of the school, which is not involved."""
    grant = await opened(world.tessa, await register(world))
    path = f"/v1/break-glass/{grant['id']}"
    return Change(who, "POST", f"{path}/{verb}", body, tag(await who.get(path)))


async def end_break_glass(world: World) -> Change:
    return await on_break_glass(world, world.tessa, "end", None)


async def review_break_glass(world: World) -> Change:
    return await on_break_glass(world, world.owen, "review", NOTE)


async def on_engagement(world: World, what: str, verb: str) -> Change:
    row = await recorded(world.jonas, await shared_family(world), what)
    place, name = PLACES[what]
    body: dict[str, Any] = {"resolved_on": "2026-11-23", "how": "Agreed"}
    if verb == "correct":
        content = {key: given for key, given in BODIES[what]().items() if key != "practitioner"}
        body = {"reason": "In haste", name: content}
    return Change(world.jonas, "POST", f"/v1/{place}/{row['id']}/{verb}", body, '"1"')


async def change_profile(world: World) -> Change:
    path = f"/v1/families/{(await shared_family(world))['id']}/engagement/profile"
    body = {"lead_practitioner": {"appointed": False}}
    return Change(world.jonas, "PATCH", path, body, tag(await world.jonas.get(path)))


async def discharge_obligation(world: World) -> Change:
    owed = await obliged(world.amina, await shared_family(world))
    path = f"/v1/sharing-obligations/{owed['id']}"
    body = {"by": "reason", "reason": "Told in person."}
    return Change(world.ruth, "POST", f"{path}/discharge", body, tag(await world.ruth.get(path)))


async def revise_reflection(world: World) -> Change:
    made = await reflected(world.amina, await shared_family(world))
    path = f"/v1/reflections/{made['id']}"
    found = tag(await world.amina.get(path))
    return Change(world.amina, "POST", f"{path}/revise", a_reflection(), found)


async def on_incident(world: World, verb: str, body: Any) -> Change:
    incident = await record(world, await shared_family(world))
    path = f"/v1/incidents/{incident['id']}"
    if verb == "close":
        no = [not_shared_with(each) for each in (world.police_system, world.school_system)]
        assert (await decide(incident, world.amina, *no)).is_success
        now = (await world.ruth.get(path)).json()
        assert (await decide_how_to_go_on(now, world.ruth)).is_success
    found = tag(await world.ruth.get(path))
    return Change(world.ruth, "POST", f"{path}/{verb}", body, found)


async def correct_incident(world: World) -> Change:
    incident = await record(world, await shared_family(world))
    path = f"/v1/incidents/{incident['id']}"
    body = {"place": "office", "what_happened": "Shouted."}
    return Change(world.amina, "PATCH", path, body, tag(await world.amina.get(path)))


async def decide_sharing(world: World) -> Change:
    body = {"decisions": [shared_with(world.police_system)]}
    return await on_incident(world, "sharing-decisions", body)


async def on_agreement(world: World, verb: str, state: str = "in_force") -> Change:
    family = await shared_family(world)
    make = {"drafted": agreeing.drafted, "given": agreeing.given, "in_force": agreeing.in_force}
    agreement = await make[state](world, family)
    adults = agreeing.parents(family)
    told = {"given_on": "2026-11-20", "member_ids": adults, "language": "en"}
    held = {"held_on": "2026-11-23", "outcome": "continue", "note": "Calm visits."}
    bodies: dict[str, Any] = {
        "change": {"content": agreeing.content(language="cy"), "reason": "Plainer words."},
        "give": told | {"formats": ["written"]},
        "sign": {"outcome": "signed", "member_ids": adults, "on": "2026-11-21"},
        "review": held | {"review_due": "2027-02-15"},
        "replace": {
            "content": agreeing.CONTENT, "review_due": "2027-01-20", "reason": "Moved in.",
        },
        "end": {"reason": "No longer needed."},
        "hand-over": {"agency_id": str(world.agencies["police"].id)},
    }  # fmt: skip
    path = f"/v1/agreements/{agreement['id']}"
    found = tag(await world.amina.get(path))
    kind = Keyed if verb == "replace" else Change
    return kind(world.amina, "POST", f"{path}/{verb}", bodies[verb], found)


async def on_meeting(world: World, verb: str, body: Any, days: int = 1) -> Change:
    invited = None if "withdraw" in verb else arranging.invited(world.owen)
    meeting = await arranging.meet(world.owen, await shared_family(world), days, invited=invited)
    path = f"/v1/meetings/{meeting['id']}"
    return Change(world.owen, "POST", f"{path}/{verb}", body, tag(await world.owen.get(path)))


async def hand_over_meeting(world: World) -> Change:
    meeting = await arranging.meet(world.owen, await shared_family(world))
    body = {"staff_id": "staff-other-chair", "reason": "Illness."}
    person = {"staff_id": body["staff_id"], "name": "O. Chair", "job_title": "head"}
    path = f"/v1/agencies/{world.agencies['school'].id}/practitioners"
    await world.owen.post(path, person | {"roles": ["chair"]})  # or is there from before
    path = f"/v1/meetings/{meeting['id']}"
    found = tag(await world.owen.get(path))
    return Change(world.owen, "POST", f"{path}/hand-over", body, found)


async def withdraw_meeting_invitation(world: World) -> Change:
    verb = f"invitations/{world.agencies['police'].id}/withdraw"
    return await on_meeting(world, verb, WHY)


async def invite_to_meeting(world: World) -> Change:
    return await on_meeting(world, "invitations", arranging.invited(world.jonas)[0])


async def decide_exclusion(world: World) -> Change:
    family = await shared_family(world)
    meeting = await arranging.meet(world.owen, family)
    asked = await arranging.exclude(world.jonas, meeting, family["members"][1])
    path = f"/v1/meetings/{meeting['id']}/exclusions/{asked.json()['id']}/decide"
    return Change(world.owen, "POST", path, arranging.EXCLUDED, tag(asked))


async def withdraw_exclusion(world: World) -> Change:
    family = await shared_family(world)
    meeting = await arranging.meet(world.owen, family)
    asked = await arranging.exclude(world.jonas, meeting, family["members"][1])
    path = f"/v1/meetings/{meeting['id']}/exclusions/{asked.json()['id']}/withdraw"
    return Change(world.jonas, "POST", path, {}, tag(asked))


WHY = {"reason": "Another day is better."}


async def on_action(world: World, verb: str) -> Change:
    action = await assigning.assigned(world)
    person = world.owen if verb in {"reassign", "cancel"} else world.jonas
    anew = {"agency_id": str(world.agencies["health_visiting"].id), "reason": "Closer."}
    bodies: dict[str, Any] = {
        "accept": {}, "complete": {"evidence": "Done."}, "decline": {"reason": "Nobody."},
        "reassign": anew, "cancel": {"reason": "Moved."},
    }  # fmt: skip
    path = f"/v1/actions/{action['id']}"
    return Change(person, "POST", f"{path}/{verb}", bodies[verb], tag(await person.get(path)))


async def on_plan(world: World, verb: str) -> Change:
    plan = await assigning.planned(world, readers=[world.jonas])
    today, later = assigning.day(world), assigning.day(world, 30)
    bodies: dict[str, Any] = {
        "review": {
            "held_on": today, "outcome": "continue", "note": "Calm.", "review_due": later,
        },
        "share": {"agency_id": str(world.agencies["health_visiting"].id), "reason": "Visits."},
        "hand-over": {"agency_id": str(world.agencies["police"].id)},
    }  # fmt: skip
    path = f"/v1/plans/{plan['id']}"
    return Change(
        world.owen, "POST", f"{path}/{verb}", bodies[verb], tag(await world.owen.get(path))
    )


GOES_ON = {"decision": "Visits go on in pairs.", "reasons": "The child must be seen at home."}


async def save_outcome(world: World) -> Change:
    meeting = await concluding.held_meeting(world, await shared_family(world))
    draft, path = concluding.a_draft(meeting), concluding.at(meeting)
    await concluding.save(world, meeting, draft)
    return Change(world.owen, "PUT", path, draft, tag(await world.owen.get(f"{path}/draft")))


async def finalise_outcome(world: World) -> Change:
    saved = await save_outcome(world)
    return Keyed(world.owen, "POST", f"{saved.path}/finalise", None, saved.tag)


async def amend_outcome(world: World) -> Change:
    meeting, _ = await concluding.recorded_meeting(world, await shared_family(world))
    body = {"reason": "They were there.", "outcome": concluding.a_record(meeting)}
    path = concluding.at(meeting)
    return Keyed(world.owen, "POST", f"{path}/amend", body, tag(await world.owen.get(path)))


async def decline_correction(world: World) -> Change:
    _, outcome = await concluding.recorded_meeting(world, await shared_family(world))
    asked = {"answer": "correction_asked", "correction": "We were there."}
    answer = await concluding.respond(world.jonas, outcome, **asked)
    path = f"{answer.headers['Location']}/decline"
    return Change(world.owen, "POST", path, {"reply": "The minutes differ."}, tag(answer))


CHANGES: dict[str, Callable[[World], Awaitable[Change]]] = {
    "ratify_alert": ratify,
    "withdraw_alert": withdraw,
    "hand_over_alert": hand_over_alert,
    "begin_review": lambda world: on_active(world, "review", {}),
    "record_review": lambda world: on_active(world, "reviews", ending()),
    "supersede_alert": supersede,
    "enter_in_error": lambda world: on_alert(world, "enter-in-error", {"reason": "Not ours"}),
    "correct_subject": correct_subject,
    "confirm_alert": confirm,
    "record_notification": lambda world: on_alert(world, NOTIFY + "sent", TOLD),
    "withhold_notification": lambda world: on_alert(world, NOTIFY + "withhold", WITHHELD),
    "acknowledge_challenge": lambda world: on_challenge(world, "acknowledge", None),
    "answer_challenge": lambda world: on_challenge(world, "answer", None),
    "appeal_challenge": lambda world: on_challenge(world, "appeal", {"reason": "Not so."}),
    "decide_appeal": lambda world: on_challenge(world, "appeal/decision", None),
    "hand_over_lead": hand_over_lead,
    "leave_family": leave,
    "end_address": end_address,
    "agree_to_merge": agree,
    "decline_merge": decline,
    "undo_merge": undo,
    "correct_observation": lambda world: on_engagement(world, "engagement/observations", "correct"),
    "correct_advice": lambda world: on_engagement(world, "engagement/expert-advice", "correct"),
    "correct_inability": lambda world: on_engagement(world, "engagement/inabilities", "correct"),
    "resolve_inability": lambda world: on_engagement(world, "engagement/inabilities", "resolve"),
    "correct_constraint": lambda world: on_engagement(world, "assessment-constraints", "correct"),
    "resolve_constraint": lambda world: on_engagement(world, "assessment-constraints", "resolve"),
    "change_profile": change_profile,
    "correct_incident": correct_incident,
    "decide_sharing": decide_sharing,
    "decide_incident": lambda world: on_incident(world, "decision", GOES_ON),
    "close_incident": lambda world: on_incident(world, "close", None),
    "enter_incident_in_error": lambda world: on_incident(
        world, "enter-in-error", {"reason": "Not ours"}
    ),
    "change_agreement": lambda world: on_agreement(world, "change", "drafted"),
    "give_agreement": lambda world: on_agreement(world, "give", "drafted"),
    "sign_agreement": lambda world: on_agreement(world, "sign", "given"),
    "review_agreement": lambda world: on_agreement(world, "review"),
    "replace_agreement": lambda world: on_agreement(world, "replace"),
    "end_agreement": lambda world: on_agreement(world, "end"),
    "hand_over_agreement": lambda world: on_agreement(world, "hand-over"),
    "move_meeting": lambda world: on_meeting(world, "move", WHY | {"place": "School, room 4"}),
    "cancel_meeting": lambda world: on_meeting(world, "cancel", WHY),
    "hold_meeting": lambda world: on_meeting(world, "hold", {}, -1),
    "hand_over_meeting": hand_over_meeting,
    "invite_to_meeting": invite_to_meeting,
    "withdraw_meeting_invitation": withdraw_meeting_invitation,
    "decide_exclusion": decide_exclusion,
    "withdraw_exclusion": withdraw_exclusion,
    "save_outcome_draft": save_outcome,
    "finalise_outcome": finalise_outcome,
    "amend_outcome": amend_outcome,
    "decline_correction": decline_correction,
    "accept_action": lambda world: on_action(world, "accept"),
    "complete_action": lambda world: on_action(world, "complete"),
    "decline_action": lambda world: on_action(world, "decline"),
    "reassign_action": lambda world: on_action(world, "reassign"),
    "cancel_action": lambda world: on_action(world, "cancel"),
    "review_plan": lambda world: on_plan(world, "review"),
    "share_plan": lambda world: on_plan(world, "share"),
    "hand_over_plan": lambda world: on_plan(world, "hand-over"),
    "update_agency": update_agency,
    "suspend_agency": suspend,
    "reactivate_agency": reactivate,
    "rotate_client_secret": rotate_secret,
    "revoke_client": revoke_client,
    "update_practitioner": update_practitioner,
    "revoke_webhook": revoke_webhook,
    "rotate_webhook_keys": lambda world: on_webhook(world, "keys", {"overlap_days": 1}),
    "hold_webhook": lambda world: on_webhook(world, "hold", None),
    "resume_webhook": lambda world: on_webhook(world, "resume", None, "held"),
    "cancel_replay": cancel_replay,
    "decide_url": decide_url,
    "end_break_glass": end_break_glass,
    "review_break_glass": review_break_glass,
    "discharge_obligation": discharge_obligation,
    "revise_reflection": revise_reflection,
}


async def test_each_route_that_asks_for_a_version_is_tried_here(world: World) -> None:
    asking = {
        route.name
        for route in iter_route_contexts(world.app.routes)
        if isinstance(route.original_route, APIRoute)
        and any(each.call is if_match for each in route.dependant.dependencies)
    }
    assert asking == set(CHANGES)


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_needs_the_version_last_read(world: World, name: str) -> None:
    change = await CHANGES[name](world)
    missing = await change.send(None)
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition_required")
    number = change.tag.strip('"')
    for wrong in (f'"{int(number) + 7}"', '"-1"', '"9999999999"', '""'):
        refused = await change.send(wrong)
        assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed"), wrong
    for wrong in (f'W/"{number}"', "*", number, '"', f'"{number}", "7"'):
        refused = await change.send(wrong)
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_request"), wrong
        assert "with its quotes" in refused.json()["detail"]

    done = await change.send(change.tag)
    assert done.is_success, done.text
    if not isinstance(change, Keyed):  # which answers with what it has made
        assert done.headers["ETag"] != change.tag
    assert (await change.send(change.tag)).status_code in PASSED_ALREADY


@pytest.mark.parametrize("name", CHANGES)
async def test_of_two_changes_at_once_based_on_one_version_one_passes(
    world: World, superuser: Any, name: str
) -> None:
    change = await CHANGES[name](world)
    await change.who.token()
    async with held(world.urls["postgres"], "LOCK TABLE audit_entries IN SHARE MODE"):
        both = [asyncio.create_task(change.send(change.tag)) for _ in range(2)]
        await waiters(superuser, 2)
    statuses = sorted([(await each).status_code for each in both])
    assert statuses[0] in (200, 201)
    assert statuses[1] in PASSED_ALREADY
