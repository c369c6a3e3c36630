"""With every predicate taken out of the service, the database alone still hides all."""

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import true

from api.journal import event_types
from tests import assigning, engaging
from tests.agreeing import breach, in_force
from tests.arranging import exclude, meet, report
from tests.breaking import end, listed, opened
from tests.checking import answered, discharge, reflected
from tests.concluding import at, held_meeting, recorded_meeting, respond, save
from tests.engaging import recorded
from tests.governing import challenge
from tests.hostility import decide as decide_sharing
from tests.hostility import decisions_of, record, shared_with
from tests.involving import (
    PRACTITIONER,
    a_child,
    bookmark,
    hand_over_lead,
    leave,
    news,
    registered,
    types,
    withdraw,
)
from tests.merging import REASON
from tests.world import Caller, World, an_alert, etag, join, key, publish, shared_family

pytestmark = pytest.mark.anyio

READABLE = ["api.alerts.access.readable_by", "api.families.access.readable_by"]
READABLE += ["api.alerts.recalls.access.readable_by", "api.alerts.challenges.access.readable_by"]
READABLE += ["api.families.merging.access.readable_by"]
READABLE += ["api.families.break_glass.access.readable_by"]
READABLE += ["api.audit.access.readable_by", "api.incidents.access.readable_by"]
READABLE += ["api.audit.access.readable_by"]
READABLE += ["api.engagement.sharing_checks.access.readable_by"]
READABLE += ["api.engagement.sharing_checks.obligations.access.readable_by"]
READABLE += ["api.engagement.reflections.access.readable_by"]
READABLE += ["api.agreements.access.readable_by", "api.agreements.breaches.access.readable_by"]
READABLE += ["api.agreements.breaches.access.link_readable_by"]
READABLE += ["api.meetings.access.readable_by", "api.meetings.exclusions.access.readable_by"]
READABLE += ["api.meetings.reports.access.readable_by"]
OUTCOME = "api.meetings.outcome.access."
READABLE += [f"{OUTCOME}readable_by", f"{OUTCOME}draft_readable_by"]
READABLE += [f"{OUTCOME}information_readable_by", f"{OUTCOME}alert_decision_readable_by"]
READABLE += [f"{OUTCOME}response_readable_by"]
READABLE += ["api.meetings.actions.access.readable_by", "api.plans.access.readable_by"]
INVOLVED = ["api.alerts.access.involved", "api.families.access.involved"]
INVOLVED += ["api.families.access.invited", "api.families.merging.access.involved"]
INVOLVED += ["api.families.merging.access.leads", "api.incidents.access.involved"]
INVOLVED += ["api.engagement.access.involved", "api.engagement.profile.access.involved"]
INVOLVED += ["api.agreements.access.involved", "api.agreements.breaches.access.involved"]
INVOLVED += ["api.plans.access.involved"]
SECURED = ["families", "members", "addresses", "identifiers", "involvements", "contests", "alerts"]
SECURED += ["alert_recipients", "alert_transitions", "alert_acknowledgements", "alert_reviews"]
SECURED += ["challenges", "recalls", "recall_receipts"]
SECURED += ["family_merges", "break_glasses", "audit_entries"]
SECURED += ["incidents", "incident_versions", "sharing_decisions"]
SECURED += ["engagement_observations", "expert_advice", "engagement_inabilities"]
SECURED += ["assessment_constraints", "engagement_profiles", "engagement_versions"]
SECURED += ["sharing_checks", "sharing_obligations", "reflections", "reflection_versions"]
SECURED += ["agreements", "agreement_versions", "agreement_steps", "agreement_breaches"]
SECURED += ["breach_incidents"]
SECURED += ["meetings", "meeting_invitations", "meeting_steps", "meeting_reports"]
SECURED += ["meeting_exclusions"]
SECURED += ["outcome_drafts", "outcome_versions", "outcome_information", "outcome_alerts"]
SECURED += ["outcome_responses"]
SECURED += ["meeting_actions", "action_steps"]
SECURED += ["plans", "plan_versions", "plan_recipients", "plan_reviews", "plan_steps"]
STATEMENTS = ["api.engagement.constraints.queries", "api.engagement.chronology"]
STATEMENTS += ["api.engagement.observations.chronology", "api.engagement.advice.chronology"]
STATEMENTS += ["api.engagement.constraints.chronology", "api.engagement.inabilities.chronology"]
STATEMENTS += ["api.families.queries", "api.alerts.queries", "api.incidents.queries"]
STATEMENTS += ["api.incidents.sharing.queries"]
STATEMENTS += ["api.events.queries", "api.families.involvements.queries"]
STATEMENTS += ["api.families.merging.queries"]
STATEMENTS += ["api.alerts.recalls.queries", "api.alerts.challenges.queries"]
STATEMENTS += ["api.families.break_glass.queries"]
STATEMENTS += ["api.families.chronology", "api.families.merging.chronology"]
STATEMENTS += ["api.alerts.chronology"]
STATEMENTS += ["api.alerts.challenges.chronology", "api.incidents.chronology"]
STATEMENTS += ["api.engagement.sharing_checks.obligations.chronology"]
STATEMENTS += ["api.agreements.queries", "api.agreements.breaches.queries"]
STATEMENTS += ["api.agreements.chronology", "api.agreements.breaches.chronology"]
STATEMENTS += ["api.meetings.queries", "api.meetings.chronology"]
STATEMENTS += ["api.meetings.invitations.queries", "api.meetings.exclusions.queries"]
STATEMENTS += ["api.meetings.exclusions.chronology", "api.meetings.reports.queries"]
STATEMENTS += ["api.meetings.reports.chronology"]
STATEMENTS += ["api.meetings.actions.queries", "api.meetings.actions.chronology"]
STATEMENTS += ["api.plans.queries", "api.plans.chronology"]
# What is built of the others comes after them.
STATEMENTS += ["api.overview.queries"]
STATEMENTS += ["api.overview.chronology.queries", "api.overview.accesses.queries"]
STATEMENTS += ["api.engagement.sharing_checks.obligations.queries"]
STATEMENTS += ["api.engagement.sharing_checks.queries", "api.engagement.reflections.queries"]
STATEMENTS += ["api.audit.queries", "api.meetings.outcome.queries"]


@pytest.fixture(scope="module")
async def records(world: World, anyio_backend: Any) -> dict[str, Any]:
    """A family that probation never saw and the police has left, with an alert for the school."""
    family = await shared_family(world)
    school = {"agency_id": str(world.agencies["school"].id), "reason": "Sees the child daily"}
    alert = await publish(world, family, audience={"kind": "agencies", "agencies": [school]})
    shared = await publish(world, family)
    ended = await publish(world, family, audience={"kind": "agencies", "agencies": [school]})
    assert (await withdraw(ended, world.ruth)).status_code == 200
    objection = (await challenge(world.tessa, alert)).json()
    engagement = {
        what: (await recorded(world.amina, family, what))["id"] for what in engaging.BODIES
    }
    changed = await engaging.change_profile(
        world.amina, family, 0, lead_practitioner={"appointed": False}
    )
    assert changed.status_code == 200, changed.text
    body = {"agency_id": str(world.agencies["probation"].id), "reason": "Works with the father"}
    invited = await world.amina.post(f"/v1/families/{family['id']}/invitations", body)
    assert invited.status_code == 201
    incident = await record(world, family)
    hidden = await record(world, family, occurred_at="2026-11-23T09:30:00Z")
    given = shared_with(world.school_system)
    assert (await decide_sharing(incident, world.amina, given)).status_code == 200
    other = await registered(world.health_visiting_system, a_child())
    body = {"family_id": other["id"], "survives": "this", **REASON}
    merge = await world.ruth.post(f"/v1/families/{family['id']}/merges", body)
    assert merge.status_code == 201, merge.text
    agreement = await in_force(world, family)
    earlier = {"occurred_at": "2026-11-20T08:10:00Z", "recorder": PRACTITIONER}
    met = await record(world, family, world.school_system, **earlier)
    unshared = met["id"]
    assert (await breach(world.tessa, agreement, incident_ids=[unshared])).status_code == 201
    meeting = await meet(world.owen, family)
    assert (await exclude(world.jonas, meeting, family["members"][1])).status_code == 201
    for audience in ("invited", "chair"):
        assert (await report(world.jonas, meeting, audience=audience)).status_code == 201
    alone = [{"agency_id": str(world.owen.agency.id), "reason": "A debrief of its own."}]
    kept = await meet(world.owen, family, invited=alone)
    concluded = await outcome_for_some(world, family)
    gathered = await assigning.held_meeting(world, family)
    own = assigning.an_action(world, agency_id=str(world.agencies["health_visiting"].id))
    [action] = await assigning.assign(world, gathered, own)
    plan = await assigning.draw_up(world, gathered, readers=[world.amina])
    assert (await leave(family, world.police_system)).status_code == 200
    check = await answered(world.amina, family, "would_want_to_know")
    reflection = await reflected(world.amina, family)
    return {
        "check": check,
        "reflection": reflection,
        "meeting": meeting,
        "kept": kept,
        "outcome": concluded,
        "family": family,
        "named": alert,
        "shared": shared,
        "ended": ended,
        "challenge": objection,
        "incident": incident,
        "hidden": hidden,
        "agreement": agreement,
        "unshared": unshared,
        "action": action,
        "plan": plan,
        "invitation": invited.json(),
        "merge": merge.json(),
        "engagement": engagement,
    }


async def outcome_for_some(world: World, family: dict[str, Any]) -> dict[str, Any]:
    """With what was told to the police alone, and an alert that only they and the school read; the
    police ask for a correction. A draft of another meeting is kept by its chair."""
    police = str(world.agencies["police"].id)
    named = {"kind": "agencies", "agencies": [{"agency_id": police, "reason": "Attends"}]}
    by = {"author": {"staff_id": "staff-tessa"}}
    alert = await publish(world, family, world.school_system, audience=named, **by)
    told = {"agency_id": str(world.owen.agency.id), "said": "For them.", "agency_ids": [police]}
    kept = {"alert_id": alert["id"], "decision": "kept", "reasons": "As before."}
    unable: dict[str, Any] = {
        each: {"answer": "yes", "statement": "The school."}
        for each in ("gathering", "monitoring", "multi_agency_plan")
    }
    unable |= {"agency_id": str(world.amina.agency.id)}
    _, outcome = await recorded_meeting(
        world, family, information=[told], alerts=[kept], inability_answers=[unable]
    )
    asked = {"answer": "correction_asked", "correction": "We were there."}
    response = await respond(world.jonas, outcome, **asked)
    assert response.status_code == 201, response.text
    drafted = await held_meeting(world, family)
    await save(world, drafted)
    return {
        "at": f"/v1/meetings/{outcome['meeting_id']}/outcome",
        "alert": alert["id"],
        "response": response.headers["Location"],
        "drafted": at(drafted, "/draft"),
    }


@pytest.fixture
def without_predicates() -> Iterator[None]:
    """Statements may be built when their module is loaded: it is loaded again."""
    invitation = event_types.RESOURCES["invitation"]
    everywhere = event_types.Resource(invitation.name, invitation.path, lambda _a, _b: true())
    with pytest.MonkeyPatch.context() as patched:
        for name in READABLE:
            patched.setattr(name, lambda _agency: true())
        for name in INVOLVED:
            patched.setattr(name, lambda _one, _other: true())
        patched.setitem(event_types.RESOURCES, "invitation", everywhere)
        load_again()
        yield
    load_again()


def load_again() -> None:
    for name in STATEMENTS:
        importlib.reload(sys.modules[name])


def addresses(records: dict[str, Any]) -> list[str]:
    family, alert = (
        f"/v1/families/{records['family']['id']}",
        f"/v1/alerts/{records['named']['id']}",
    )
    agreement = f"/v1/agreements/{records['agreement']['id']}"
    action, plan = f"/v1/actions/{records['action']['id']}", f"/v1/plans/{records['plan']['id']}"
    return [
        family,
        f"{family}/involvements",
        f"{family}/contacts",
        f"{family}/contests",
        f"{family}/alerts",
        f"{family}/banner",
        f"{family}/chronology",
        f"{family}/incidents",
        f"/v1/incidents/{records['incident']['id']}",
        f"{family}/engagement/profile",
        f"{family}/engagement/profile/versions",
        *(f"{family}/{what}" for what in engaging.BODIES),
        *(f"/v1/{engaging.PLACES[what][0]}/{id_}" for what, id_ in records["engagement"].items()),
        *(
            f"/v1/{engaging.PLACES[what][0]}/{id_}/versions"
            for what, id_ in records["engagement"].items()
        ),
        f"{family}/agreements",
        agreement,
        f"{agreement}/versions",
        f"{agreement}/steps",
        f"{agreement}/breaches",
        f"{family}/meetings",
        *meeting_addresses(records["meeting"]),
        *(f"{family}/actions", action, f"{action}/steps"),
        *(f"{family}/plans", plan, f"{plan}/versions", f"{plan}/reviews"),
        alert,
        f"{alert}/transitions",
        f"{alert}/acknowledgements",
        f"{alert}/reviews",
        f"{alert}/challenges",
        f"/v1/challenges/{records['challenge']['id']}",
        f"/v1/recalls/{records['ended']['id']}",
    ]


def meeting_addresses(meeting: dict[str, Any]) -> list[str]:
    path = f"/v1/meetings/{meeting['id']}"
    parts = ("", "/steps", "/invitation", "/exclusions", "/reports")
    return [f"{path}{part}" for part in parts]


async def statuses(who: Caller, paths: list[str]) -> set[int]:
    return {(await who.get(path)).status_code for path in paths}


@pytest.mark.usefixtures("without_predicates")
async def test_those_who_may_still_read(world: World, records: dict[str, Any]) -> None:
    for who in (world.amina, world.tessa):
        assert await statuses(who, addresses(records)) == {200}


@pytest.mark.usefixtures("without_predicates")
@pytest.mark.parametrize("kind", ["probation", "police"])
async def test_an_outsider_and_who_has_left_find_nothing(
    world: World, records: dict[str, Any], kind: str
) -> None:
    who = world.people[f"{kind}_system"]
    assert await statuses(who, addresses(records)) == {404}
    for path in ("/v1/families", "/v1/alerts", "/v1/actions"):
        listed = await who.get(path)
        assert (listed.status_code, listed.json()["items"]) == (200, [])


@pytest.mark.usefixtures("without_predicates")
async def test_who_was_not_named_does_not_read_the_alert(
    world: World, records: dict[str, Any]
) -> None:
    answer = await join(world, records["family"], world.probation_system)
    assert [each["id"] for each in answer.json()["alerts"]] == [records["shared"]["id"]]
    alert = addresses(records)[-7:]
    assert await statuses(world.probation_system, alert) == {404}
    listed = await world.lena.get("/v1/alerts")
    assert [each["id"] for each in listed.json()["items"]] == [records["shared"]["id"]]
    assert (await leave(records["family"], world.probation_system)).status_code == 200


@pytest.mark.usefixtures("without_predicates")
async def test_an_incident_that_is_not_shared_leaves_no_trace(
    world: World, records: dict[str, Any]
) -> None:
    """With the school one is shared, and the other, the latest, is not."""
    base, hidden = f"/v1/families/{records['family']['id']}", records["hidden"]["id"]
    for path in ("incidents", "banner", "chronology", "accesses"):
        shown = await world.tessa.get(f"{base}/{path}")
        assert shown.status_code == 200, shown.text
        assert hidden not in shown.text
        assert (records["incident"]["id"] in shown.text) or path == "accesses"
    for path in ("", "/versions", "/sharing-decisions"):
        assert (await world.tessa.get(f"/v1/incidents/{hidden}{path}")).status_code == 404
    assert len((await decisions_of(records["hidden"], world.amina))["items"]) >= 1


@pytest.mark.usefixtures("without_predicates")
async def test_who_was_not_named_sees_no_trace_of_the_alert(
    world: World, records: dict[str, Any]
) -> None:
    family, named = records["family"]["id"], records["named"]["id"]
    answer = await join(world, records["family"], world.probation_system)
    assert answer.status_code == 201, answer.text
    assert (await world.tessa.get(f"/v1/alerts/{named}")).status_code == 200
    for who, seen in ((world.lena, False), (world.tessa, True)):
        found = await who.post("/v1/banners/lookup", {"entries": [{"family_id": family}]})
        told = await who.get(f"/v1/families/{family}/chronology")
        read = await who.get(f"/v1/families/{family}/accesses")
        for each in (found, told, read):
            assert each.status_code == 200, each.text
            assert (records["shared"]["id"] in each.text) or each is read
            assert (named in each.text) is seen
    assert (await leave(records["family"], world.probation_system)).status_code == 200


@pytest.mark.usefixtures("without_predicates")
@pytest.mark.parametrize("person", ["lena", "jonas"])
async def test_neither_lookup_nor_accesses_find_the_family_for_who_may_not_know(
    world: World, records: dict[str, Any], person: str
) -> None:
    who, family = world.people[person], records["family"]["id"]
    found = await who.post("/v1/banners/lookup", {"entries": [{"family_id": family}]})
    assert found.json()["items"] == [{"status": "no_shared_record"}]
    assert (await who.get(f"/v1/families/{family}/accesses")).status_code == 404


@pytest.mark.usefixtures("without_predicates")
async def test_who_reads_a_breach_sees_no_trace_of_an_incident_that_it_does_not_read(
    world: World, records: dict[str, Any]
) -> None:
    path = f"/v1/agreements/{records['agreement']['id']}/breaches"
    for who, seen in ((world.tessa, [records["unshared"]]), (world.amina, [])):
        [shown] = (await who.get(path)).json()["items"]
        assert shown["incident_ids"] == seen


@pytest.mark.usefixtures("without_predicates")
async def test_who_is_not_invited_finds_no_trace_of_a_meeting_nor_of_what_is_for_its_chair(
    world: World, records: dict[str, Any]
) -> None:
    base, kept = f"/v1/families/{records['family']['id']}", records["kept"]
    assert await statuses(world.tessa, meeting_addresses(kept)) == {200}
    assert await statuses(world.amina, meeting_addresses(kept)) == {404}
    for who, seen in ((world.tessa, True), (world.amina, False)):
        for path in ("meetings", "chronology"):
            shown = await who.get(f"{base}/{path}", params={"limit": 200})
            assert (kept["id"] in shown.text) is seen
            assert records["meeting"]["id"] in shown.text
        reports = await who.get(f"/v1/meetings/{records['meeting']['id']}/reports")
        expected = ["invited", "chair"] if seen else ["invited"]
        assert [each["audience"] for each in reports.json()["items"]] == expected
    accesses = await world.amina.get(f"{base}/accesses", params={"limit": 200})
    assert kept["id"] not in accesses.text


@pytest.mark.usefixtures("without_predicates")
async def test_what_of_an_outcome_is_for_others_is_hidden(
    world: World, records: dict[str, Any]
) -> None:
    outcome = records["outcome"]
    for who, seen in ((world.tessa, 1), (world.amina, 0)):
        shown = (await who.get(outcome["at"])).json()
        assert len(shown["information"]) == len(shown["alerts"]) == seen
        said = (await who.get(f"{outcome['at']}/responses")).json()["items"]
        assert len(said) == seen
        assert (await who.get(outcome["response"])).status_code == (200 if seen else 404)
        assert (await who.get(f"{outcome['at']}/versions")).status_code == 200
    assert (await world.owen.get(outcome["drafted"])).json()["version"] == 1
    accesses = await world.ruth.get(f"/v1/families/{records['family']['id']}/accesses")
    assert "draft" not in accesses.text
    whole = [outcome["at"], f"{outcome['at']}/versions", f"{outcome['at']}/responses"]
    for who in (world.victor, world.nadia):
        assert await statuses(who, [*whole, outcome["response"]]) == {404}


@pytest.mark.usefixtures("without_predicates")
async def test_who_was_not_given_a_plan_nor_invited_finds_neither_it_nor_an_action(
    world: World, records: dict[str, Any]
) -> None:
    answer = await join(world, records["family"], world.probation_system)
    assert answer.status_code == 201, answer.text
    base = f"/v1/families/{records['family']['id']}"
    for what in ("action", "plan"):
        made = records[what]["id"]
        for who, status in ((world.lena, 404), (world.tessa, 200)):
            assert (await who.get(f"/v1/{what}s/{made}")).status_code == status
            for path in (f"{base}/{what}s", f"{base}/chronology", f"{base}/banner"):
                shown = await who.get(path)
                assert shown.status_code == 200, shown.text
                on_banner = what == "plan" or not path.endswith("banner")
                assert (made in shown.text) is (status == 200 and on_banner), path
    assert (await leave(records["family"], world.probation_system)).status_code == 200


@pytest.mark.usefixtures("without_predicates")
async def test_an_invitation_is_hidden_from_those_it_does_not_concern(
    world: World, records: dict[str, Any]
) -> None:
    path = f"/v1/invitations/{records['invitation']['id']}"
    assert (await world.jonas.get(path)).status_code == 404
    assert (await world.lena.get(path)).status_code == 200


@pytest.mark.usefixtures("without_predicates")
async def test_a_merge_is_hidden_from_those_who_lead_neither_record(
    world: World, records: dict[str, Any]
) -> None:
    path = f"/v1/merges/{records['merge']['id']}"
    assert (await world.amina.get(path)).status_code == 200
    for who in (world.tessa, world.jonas, world.lena):
        assert (await who.get(path)).status_code == 404
        assert (await who.get("/v1/merges")).json()["items"] == []


@pytest.mark.usefixtures("without_predicates")
async def test_what_practitioners_ask_of_themselves_is_hidden_from_every_other_agency(
    world: World, records: dict[str, Any], superuser: Any
) -> None:
    family, check = records["family"]["id"], records["check"]
    reflection = f"/v1/reflections/{records['reflection']['id']}"
    obligation = f"/v1/sharing-obligations/{check['obligation_id']}"
    alone = [f"/v1/sharing-checks/{check['id']}", obligation, reflection, f"{reflection}/versions"]
    assert await statuses(world.ruth, alone) == {200}
    for who in (world.owen, world.nadia, world.victor):
        assert await statuses(who, alone) == {404}
        answer = await discharge(
            who, {"id": check["obligation_id"], "version": 1}, "reason", reason="x"
        )
        assert answer.status_code == 404
    listed = [f"/v1/families/{family}/sharing-checks", f"/v1/families/{family}/reflections"]
    for path in (*listed, "/v1/sharing-obligations"):
        assert (await world.owen.get(path)).json()["items"] == []
    told = await world.owen.get(f"/v1/families/{family}/chronology")
    assert "sharing_check" not in told.text
    read = await world.owen.get(f"/v1/families/{family}/accesses", params={"limit": 200})
    for each in ("sharing", "reflection"):
        assert each not in read.text


@pytest.mark.usefixtures("without_predicates")
async def test_a_break_glass_is_hidden_from_those_it_does_not_concern(
    world: World, records: dict[str, Any]
) -> None:
    grant = await opened(world.victor, records["family"])
    assert (await world.owen.get(f"/v1/break-glass/{grant['id']}")).status_code == 404
    assert await listed(world.owen) == []
    assert (await end(grant, world.victor)).status_code == 200


@pytest.mark.usefixtures("without_predicates")
async def test_break_glass_opens_no_more_than_it_may(
    world: World, records: dict[str, Any], superuser: Any
) -> None:
    grant = await opened(world.victor, records["family"])
    shared, hidden = (f"/v1/alerts/{records[name]['id']}" for name in ("shared", "named"))
    assert (await world.victor.get(shared)).status_code == 200
    assert (await world.victor.get(hidden)).status_code == 404
    followed = await world.victor.get(f"{shared}/transitions")
    assert followed.json().get("items", []) == []
    made = await world.victor.post(f"{shared}/acknowledgements", {"practitioner": PRACTITIONER})
    assert not made.is_success
    count = "SELECT count(*) FROM alert_acknowledgements WHERE agency_id = $1"
    assert await superuser.fetchval(count, world.victor.agency.id) == 0
    assert (await end(grant, world.victor)).status_code == 200


@pytest.mark.usefixtures("without_predicates")
async def test_the_audit_is_still_each_agency_s_own(
    world: World, records: dict[str, Any], superuser: Any
) -> None:
    """But for what others did on families that it is involved with."""
    path, family = "/v1/audit?limit=200", records["family"]["id"]
    own = {str(world.owen.agency.client_id)}
    shown = (await world.owen.get(path)).json()["items"]
    others = [each for each in shown if each["client"]["id"] not in own]
    assert {each["family_id"] for each in others} <= {family}
    for table in ("audit_entries", "audit_seals"):
        await superuser.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    try:
        shown = (await world.owen.get(path)).json()["items"]
        assert {each["client"] and each["client"]["id"] for each in shown} > own
    finally:
        for table in ("audit_entries", "audit_seals"):
            await superuser.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


@pytest.mark.usefixtures("without_predicates")
async def test_nothing_is_done_to_what_is_hidden(world: World, records: dict[str, Any]) -> None:
    family, alert, merge = records["family"], records["shared"], records["merge"]
    base, path = f"/v1/families/{family['id']}", f"/v1/alerts/{alert['id']}"
    member = {"kind": "unborn", "family_name": "Okafor"}
    for who in (world.victor, world.nadia):
        for address, body, headers in (
            (f"{base}/members", member, {}),
            (f"{base}/alerts", an_alert(family), key()),
            (f"{base}/lead", {"agency_id": str(who.agency.id)}, etag(family)),
            (f"{path}/acknowledgements", {"practitioner": PRACTITIONER}, {}),
            (f"{path}/ratify", {}, etag(alert)),
            (f"{path}/withdraw", {"reason": "Over."}, etag(alert)),
            (f"/v1/merges/{merge['id']}/decline", REASON, etag(merge)),
        ):
            answer = await who.post(address, body, headers=headers)
            assert answer.status_code == 404, (address, answer.text)


async def test_what_was_told_is_withheld_from_who_has_left(
    world: World, records: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    family = await shared_family(world)
    mark = await bookmark(world.police_system)
    await publish(world, family)
    assert (await hand_over_lead(family, world.ruth, world.owen)).status_code == 200
    assert (await leave(family, world.police_system)).status_code == 200
    monkeypatch.setattr("api.alerts.access.readable_by", lambda _agency: true())
    told = types(await news(world.police_system, mark))
    assert told == ["event.withheld", "event.withheld"]


@pytest.mark.usefixtures("without_predicates")
async def test_it_is_the_policies_that_hide(
    world: World, records: dict[str, Any], superuser: Any
) -> None:
    for table in SECURED:
        await superuser.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    try:
        assert await statuses(world.lena, addresses(records)) == {200}
        assert (await world.lena.get("/v1/alerts")).json()["items"] != []
    finally:
        for table in SECURED:
            await superuser.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    assert await statuses(world.lena, addresses(records)) == {404}
