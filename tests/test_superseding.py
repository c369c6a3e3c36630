"""Superseding, entering in error, and correcting the subject: nothing is overwritten."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api.worker import pass_all_deadlines
from tests.governing import (
    another_manager,
    begin_review,
    correct_subject,
    enter_in_error,
    on_alert,
    ratified,
    read,
    supersede,
    to_all,
)
from tests.involving import (
    bookmarks,
    hand_over_alert,
    hand_over_lead,
    heard,
    leave,
    pointers,
    problem,
    withdraw,
)
from tests.world import (
    Caller,
    World,
    a_family,
    an_alert,
    join,
    key,
    publish,
    register,
    shared_family,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rosa(world: World) -> Caller:
    """A second manager of health visiting."""
    return await another_manager(world, "health_visiting", "rosa")


async def on_banner(who: Caller, family: dict[str, Any]) -> set[str]:
    shown = await who.get(f"/v1/families/{family['id']}/banner")
    return {each["id"] for each in shown.json()["alerts"]}


async def test_the_alert_before_protects_until_its_replacement_is_ratified(
    world: World, rosa: Caller
) -> None:
    family = await shared_family(world)
    before = await ratified(world, family)
    marks = await bookmarks(world)
    made = await supersede(world.ruth, before, an_alert(family, severity="immediate_danger"))
    assert made.status_code == 201, made.text
    after = made.json()
    assert after["status"] == "provisional"
    assert after["origin"] == {"kind": "replaces", "alert_id": before["id"]}
    assert after["author"]["name"] == "Ruth"
    assert await on_banner(world.tessa, family) == {before["id"], after["id"]}
    assert await heard(world, marks, before["id"]) == {}
    assert await heard(world, marks, after["id"]) == to_all("alert.published")

    problem(await on_alert(world.ruth, after, "ratify", {}), 409, "conflict")  # wrote it
    assert (await on_alert(rosa, after, "ratify", {})).status_code == 200
    assert (await read(world.tessa, before))["status"] == "superseded"
    assert await on_banner(world.tessa, family) == {after["id"]}
    assert await heard(world, marks, before["id"]) == to_all("alert.superseded")
    recall = (await world.police_system.get(f"/v1/recalls/{before['id']}")).json()
    assert (recall["kind"], recall["outstanding"]) == ("superseded", 1)


async def test_a_replacement_that_nobody_ratifies_costs_no_protection(world: World) -> None:
    family = await shared_family(world)
    before = await ratified(world, family)
    after = (await supersede(world.ruth, before, an_alert(family))).json()
    world.clock.advance(timedelta(hours=73))
    await pass_all_deadlines(world.worker)
    assert (await read(world.tessa, after))["status"] == "lapsed"
    assert (await read(world.tessa, before))["status"] == "active"
    now = await read(world.ruth, before)
    assert (await supersede(world.ruth, now, an_alert(family))).status_code == 201


async def test_a_replacement_of_what_has_ended_meanwhile_stands_by_itself(
    world: World, rosa: Caller
) -> None:
    family = await shared_family(world)
    before = await ratified(world, family)
    after = (await supersede(world.ruth, before, an_alert(family))).json()
    assert (await withdraw(await read(world.ruth, before), world.ruth)).status_code == 200
    assert (await on_alert(rosa, after, "ratify", {})).status_code == 200
    assert (await read(world.ruth, before))["status"] == "withdrawn"


async def test_an_alert_has_one_replacement_at_a_time(world: World) -> None:
    family = await shared_family(world)
    before = await ratified(world, family)
    bodies = [an_alert(family), an_alert(family)]
    made = await asyncio.gather(*(supersede(world.ruth, before, each) for each in bodies))
    assert sorted(each.status_code for each in made) == [201, 412]
    now = await read(world.ruth, before)
    problem(await supersede(world.ruth, now, an_alert(family)), 409, "conflict")


async def test_a_replacement_is_held_to_the_rules_of_publishing(world: World) -> None:
    family, other = await shared_family(world), await register(world)
    before = await ratified(world, family)
    complaint = {**an_alert(family)["grounds"], "kind": "complaint"}
    for changes, pointer in (
        ({"grounds": complaint}, "/replacement/grounds/kind"),
        ({"review_due": "2028-01-01"}, "/replacement/review_due"),
        ({"subject": an_alert(other)["subject"]}, "/replacement/subject"),
        ({"precautions": ["no_home_visits"]}, "/replacement/child_seen_how"),
        ({"severity": "mild"}, "/replacement/severity"),
    ):
        refused = await supersede(world.ruth, before, an_alert(family, **changes))
        assert pointers(refused) == [pointer]
    assert (await read(world.ruth, before))["version"] == before["version"]


async def test_an_alert_under_review_and_a_provisional_one_can_be_superseded(
    world: World, rosa: Caller
) -> None:
    family = await shared_family(world)
    provisional = await publish(world, family)
    begun = (await begin_review(world.ruth, await ratified(world, family))).json()
    for before in (provisional, begun):
        after = (await supersede(world.ruth, before, an_alert(family))).json()
        assert (await on_alert(rosa, after, "ratify", {})).status_code == 200
        assert (await read(world.ruth, before))["status"] == "superseded"
        assert (await withdraw(await read(world.ruth, after), rosa)).status_code == 200


def named(world: World, *kinds: str) -> dict[str, Any]:
    listed = [{"agency_id": str(world.agencies[kind].id), "reason": "Visits"} for kind in kinds]
    return {"kind": "agencies", "agencies": listed}


async def test_a_replacement_takes_no_alert_from_those_who_read_it(world: World) -> None:
    family = await shared_family(world)
    for_all = await ratified(world, family)
    for audience in (named(world, "school"), named(world, "police", "school")):
        replacement = an_alert(family, audience=audience)
        refused = await supersede(world.ruth, for_all, replacement)
        assert pointers(refused) == ["/replacement/audience"]
    assert (await read(world.jonas, for_all))["version"] == for_all["version"]
    for_two = await ratified(world, family, audience=named(world, "police", "school"))
    for kinds, status in ((["police"], 422), (["police", "school"], 201)):
        replacement = an_alert(family, audience=named(world, *kinds))
        assert (await supersede(world.ruth, for_two, replacement)).status_code == status


async def test_what_it_replaces_is_named_to_those_who_may_read_that_as_well(
    world: World, rosa: Caller
) -> None:
    family = await shared_family(world)
    before = await ratified(world, family, audience=named(world, "school"))
    after = (await supersede(world.ruth, before, an_alert(family))).json()
    for who, origin in (
        (world.ruth, before["id"]),
        (world.tessa, before["id"]),
        (world.jonas, None),
    ):
        shown = {"kind": "replaces", "alert_id": origin}
        assert (await read(who, after))["origin"] == shown
        listed = (await who.get(f"/v1/families/{family['id']}/alerts")).json()["items"]
        assert listed[0]["origin"] == shown
    handed = await hand_over_alert(after, world.ruth, world.nadia)
    assert handed.status_code == 200
    agreed = await on_alert(world.nadia, handed.json(), "ratify", {})
    assert agreed.json()["origin"] == {"kind": "replaces", "alert_id": None}
    assert (await read(world.ruth, before))["status"] == "active"  # of another owner


async def test_who_reads_an_alert_again_before_its_replacement_keeps_it(
    world: World, rosa: Caller
) -> None:
    family = await shared_family(world)
    before = await ratified(world, family, audience=named(world, "police", "school"))
    assert (await leave(family, world.police_system)).status_code == 200
    replacement = an_alert(family, audience=named(world, "school"))
    after = (await supersede(world.ruth, before, replacement)).json()
    assert (await join(world, family, world.police_system)).status_code == 201
    problem(await on_alert(rosa, after, "ratify", {}), 409, "conflict")
    assert (await read(world.jonas, before))["status"] == "active"


async def test_a_replacement_replaced_before_anybody_ratified_it_leaves_nothing_behind(
    world: World, rosa: Caller
) -> None:
    family = await shared_family(world)
    first = await ratified(world, family)
    second = (await supersede(world.ruth, first, an_alert(family))).json()
    third = (await supersede(world.ruth, second, an_alert(family))).json()
    assert await on_banner(world.tessa, family) == {first["id"], second["id"], third["id"]}
    assert (await on_alert(rosa, third, "ratify", {})).status_code == 200
    for before in (first, second):
        assert (await read(world.tessa, before))["status"] == "superseded"
    assert await on_banner(world.tessa, family) == {third["id"]}


async def test_a_replacement_s_replacement_supersedes_also_where_the_first_has_lapsed(
    world: World, rosa: Caller
) -> None:
    family = await shared_family(world)
    first = await ratified(world, family)
    second = (await supersede(world.ruth, first, an_alert(family))).json()
    world.clock.advance(timedelta(hours=70))
    third = (await supersede(world.ruth, second, an_alert(family))).json()
    world.clock.advance(timedelta(hours=3))
    await pass_all_deadlines(world.worker)
    assert (await read(world.tessa, second))["status"] == "lapsed"
    assert (await on_alert(rosa, third, "ratify", {})).status_code == 200
    assert await on_banner(world.tessa, family) == {third["id"]}


async def test_who_wrote_what_a_correction_repeats_does_not_ratify_it(
    world: World, rosa: Caller
) -> None:
    wrong, right = await shared_family(world), await register(world)
    third = await another_manager(world, "health_visiting", "third")
    alert = await publish(world, wrong, rosa)
    moved = (
        await correct_subject(
            world.ruth,
            alert,
            family_id=right["id"],
            subject={"kind": "member", "member_id": right["members"][1]["id"]},
            child_impact={"known": False, "statement": "Nobody has asked yet."},
        )
    ).json()
    again = (await correct_subject(third, moved)).json()
    assert (await hand_over_lead(wrong, world.ruth, world.nadia)).status_code == 200
    assert (await leave(wrong, world.health_visiting_system)).status_code == 200
    for who in (rosa, world.ruth, third):
        problem(await on_alert(who, again, "ratify", {}), 409, "conflict")
    vera = await another_manager(world, "health_visiting", "vera-manager")
    assert (await on_alert(vera, again, "ratify", {})).status_code == 200


async def test_what_has_ended_is_corrected_no_more(world: World) -> None:
    family = await shared_family(world)
    alert = (await withdraw(await ratified(world, family), world.ruth)).json()
    for answer in (
        await supersede(world.ruth, alert, an_alert(family)),
        await enter_in_error(world.ruth, alert),
        await correct_subject(world.ruth, alert),
    ):
        assert problem(answer, 409, "conflict")["legal_acts"] == []


async def test_an_alert_entered_in_error_is_recalled_at_once(world: World) -> None:
    family = await shared_family(world)
    alert = await ratified(world, family)
    marks = await bookmarks(world)
    done = await enter_in_error(world.ruth, alert)
    assert (done.status_code, done.json()["status"]) == (200, "entered_in_error")
    assert await on_banner(world.tessa, family) == set()
    told = to_all("alert.entered_in_error")
    assert await heard(world, marks, alert["id"]) == told
    assert (await world.tessa.get(f"/v1/recalls/{alert['id']}")).status_code == 200


async def test_the_subject_is_corrected_and_the_wrong_one_recalled(world: World) -> None:
    family = await shared_family(world)
    before = await ratified(world, family)
    marks = await bookmarks(world)
    made = await correct_subject(world.ruth, before)
    assert made.status_code == 201, made.text
    after = made.json()
    assert after["subject"]["description"] == "The father's brother"
    for name in ("severity", "behaviours", "precautions", "grounds", "child_impact", "audience"):
        assert after[name] == before[name]
    assert (after["status"], after["origin"]) == (
        "provisional",
        {"kind": "corrects", "alert_id": before["id"]},
    )
    assert (await read(world.tessa, before))["status"] == "entered_in_error"
    assert await on_banner(world.tessa, family) == {after["id"]}
    assert await heard(world, marks, after["id"]) == to_all("alert.published")
    told = to_all("alert.entered_in_error")
    assert await heard(world, marks, before["id"]) == told


async def test_a_correction_keeps_the_named_audience(world: World) -> None:
    family = await shared_family(world)
    school = {"agency_id": str(world.agencies["school"].id), "reason": "Sees the child daily"}
    before = await ratified(world, family, audience={"kind": "agencies", "agencies": [school]})
    after = (await correct_subject(world.ruth, before)).json()
    assert (await world.tessa.get(f"/v1/alerts/{after['id']}")).status_code == 200
    assert (await world.jonas.get(f"/v1/alerts/{after['id']}")).status_code == 404


async def test_on_its_own_record_a_correction_names_no_audience(world: World) -> None:
    family = await shared_family(world)
    before = await ratified(world, family)
    given = {
        "family_id": family["id"],
        "child_impact": {"known": False, "statement": "Nobody has asked yet."},
    }
    named = {**given, "audience": {"kind": "involved"}}
    assert pointers(await correct_subject(world.ruth, before, **named)) == ["/audience"]
    assert (await read(world.ruth, before))["status"] == "active"
    assert (await correct_subject(world.ruth, before, **given)).status_code == 201


@pytest.mark.parametrize("how", ["superseded", "corrected"])
async def test_what_the_subject_is_not_told_stays_withheld_and_its_source_protected(
    world: World, how: str
) -> None:
    family = await shared_family(world)
    before = await ratified(world, family, protect_source=True)
    body = {"reason": "He reads all post.", "look_again_on": "2027-01-15"}
    withheld = await on_alert(world.ruth, before, "subject-notification/withhold", body)
    assert withheld.status_code == 200, withheld.text
    before = await read(world.ruth, before)
    if how == "superseded":
        made = await supersede(world.ruth, before, an_alert(family))
    else:
        made = await correct_subject(world.ruth, before)
    after = made.json()
    assert after["protect_source"] is True
    assert after["subject_notification"] == {"status": "withheld", "due_on": "2027-01-15"}
    letter = await world.ruth.get(f"/v1/alerts/{after['id']}/subject-notification/letter")
    problem(letter, 409, "notification_withheld")


async def test_an_alert_is_moved_to_the_family_it_is_about(world: World) -> None:
    wrong, right = await shared_family(world), await register(world)
    before = await ratified(world, wrong)
    subject = {"kind": "member", "member_id": right["members"][1]["id"]}
    impact = {"known": False, "statement": "Nobody has asked yet."}
    made = await correct_subject(
        world.ruth, before, family_id=right["id"], subject=subject, child_impact=impact
    )
    assert made.status_code == 201, made.text
    after = made.json()
    assert (after["family_id"], after["child_impact"]) == (right["id"], impact)
    assert after["origin"] == {"kind": "moves", "alert_id": None}  # on another record
    assert await on_banner(world.amina, right) == {after["id"]}
    assert await on_banner(world.tessa, wrong) == set()
    assert (await world.tessa.get(f"/v1/alerts/{after['id']}")).status_code == 404


async def test_a_correction_names_a_subject_and_a_family_that_the_owner_reads(
    world: World,
) -> None:
    family, other = await shared_family(world), await register(world)
    hidden = await world.probation_system.post("/v1/families", a_family())
    before = await ratified(world, family)
    member = {"kind": "member", "member_id": other["members"][1]["id"]}
    impact = {"known": False, "statement": "Nobody has asked yet."}
    absent = "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11"
    for given, pointer in (
        ({"subject": member}, "/subject"),
        ({"family_id": other["id"]}, "/child_impact"),
        ({"child_impact": impact}, ""),
        ({"family_id": absent, "child_impact": impact}, "/family_id"),
        ({"family_id": hidden.json()["id"], "child_impact": impact}, "/family_id"),
    ):
        assert pointers(await correct_subject(world.ruth, before, **given)) == [pointer]
    assert (await read(world.ruth, before))["status"] == "active"


@pytest.mark.parametrize("kind", ["member", "premises", "animal"])
async def test_a_subject_that_is_right_already_is_not_corrected(world: World, kind: str) -> None:
    family = await shared_family(world)
    named: dict[str, Any] = {
        "member": {"member_id": family["members"][1]["id"]},
        "premises": {"address_id": family["addresses"][0]["id"]},
        "animal": {"description": "A large grey dog"},
    }
    subject = {"kind": kind, **named[kind]}
    alert = await ratified(world, family, subject=subject)
    refused = await correct_subject(world.ruth, alert, subject=subject)
    assert pointers(refused) == ["/subject"]
    assert "already" in refused.text
    assert (await read(world.ruth, alert))["status"] == "active"
    if kind == "animal":
        other = {"kind": "animal", "description": "A small white dog"}
        assert (await correct_subject(world.ruth, alert, subject=other)).status_code == 201


async def test_only_managers_of_the_owner_correct(world: World) -> None:
    family = await shared_family(world)
    alert = await ratified(world, family)
    for who in (world.amina, world.health_visiting_system, world.nadia):
        problem(await supersede(who, alert, an_alert(family)), 403, "forbidden")
        problem(await enter_in_error(who, alert), 403, "forbidden")
        problem(await correct_subject(who, alert), 403, "forbidden")
    problem(await enter_in_error(world.victor, alert), 404, "not_found")


async def test_a_repeated_correction_makes_one_alert(world: World) -> None:
    family = await shared_family(world)
    alert, same = await ratified(world, family), key()
    body = {"reason": "Both", "replacement": an_alert(family)}
    answers = [await on_alert(world.ruth, alert, "supersede", body, **same) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    without = await on_alert(world.ruth, alert, "supersede", body)
    problem(without, 400, "idempotency_key_missing")
