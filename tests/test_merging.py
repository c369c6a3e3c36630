"""Merging two records that are one family, and undoing it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from api.journal.event_types import RESOURCES
from tests.conformance.scene import employ
from tests.involving import (
    PRACTITIONER,
    a_child,
    acknowledge,
    an_adult,
    bookmarks,
    hand_over_lead,
    heard,
    joining,
    leave,
    pointers,
    problem,
    ratify,
    registered,
    token_for,
    withdraw,
)
from tests.merging import REASON, decide, decided, merged, propose, proposed, two_records
from tests.world import Caller, World, a_family, an_alert, etag, key, publish, register

pytestmark = pytest.mark.anyio


async def test_a_merge_is_proposed_by_one_lead_and_told_to_both(world: World) -> None:
    one, other = await two_records(world)
    marks = await bookmarks(world)
    answer = await propose(one, other, world.ruth)
    assert answer.status_code == 201, answer.text
    merge = answer.json()
    assert answer.headers["Location"] == f"/v1/merges/{merge['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert merge["author"] == {"name": "Ruth", "job_title": "practitioner"}
    given = {name: merge[name] for name in ("family_id", "other_family_id", "survivor_id")}
    assert given == {
        "family_id": one["id"],
        "other_family_id": other["id"],
        "survivor_id": one["id"],
    }
    assert (merge["status"], merge["reason"]) == ("proposed", REASON["reason"])
    told = ["family.merge_proposed"]
    assert await heard(world, marks, merge["id"]) == {"health_visiting": told, "police": told}
    for family in (one, other):
        assert (await world.tessa.get(f"/v1/families/{family['id']}")).json()["merged_into"] is None


async def test_each_lead_is_told_on_the_record_that_it_leads(world: World, superuser: Any) -> None:
    one, other = await two_records(world)
    merge = await proposed(one, other, world.ruth)
    rows = await superuser.fetch(
        "SELECT agency_id, family_id FROM inbox WHERE resource_id = $1", UUID(merge["id"])
    )
    assert {(each["agency_id"], str(each["family_id"])) for each in rows} == {
        (world.agencies["health_visiting"].id, one["id"]),
        (world.agencies["police"].id, other["id"]),
    }


@pytest.mark.parametrize("survives", ["this", "other"])
async def test_on_agreement_one_record_points_at_the_other_and_all_are_told(
    world: World, survives: str
) -> None:
    one, other = await two_records(world)
    merge = await proposed(one, other, world.ruth, survives)
    marks = await bookmarks(world)
    answer = await decide(merge, "agree", world.nadia)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.headers["ETag"]) == ("agreed", '"2"')
    survivor, away = (one, other) if survives == "this" else (other, one)
    shown = (await world.tessa.get(f"/v1/families/{away['id']}")).json()
    assert (shown["merged_into"], shown["version"]) == (survivor["id"], away["version"] + 1)
    kept = (await world.tessa.get(f"/v1/families/{survivor['id']}")).json()
    assert (kept["merged_into"], kept["version"]) == (None, survivor["version"])
    told = ["family.merged"]
    assert await heard(world, marks, one["id"]) == {"health_visiting": told, "school": told}
    assert await heard(world, marks, other["id"]) == {"police": told, "school": told}


async def test_nothing_moves_and_nobody_gains_anything(world: World) -> None:
    survivor, away, _ = await merged(world)
    alert = await publish(world, survivor)
    police = world.police_system
    before = {"members": away["members"], "addresses": away["addresses"]}
    shown = (await police.get(f"/v1/families/{away['id']}")).json()
    assert {name: shown[name] for name in before} == before
    assert len(shown["involvements"]) == 2
    for path in (f"/v1/families/{survivor['id']}", f"/v1/alerts/{alert['id']}"):
        problem(await police.get(path), 404, "not_found")
    assert (await police.get(f"/v1/families/{away['id']}/banner")).json()["alerts"] == []


async def test_a_match_answers_the_survivor_which_is_then_joined(world: World) -> None:
    survivor, away, _ = await merged(world)
    wanted = [{"identifiers": [{"system": "nhs_number", "value": number(away)}]}]
    for who in (world.police_system, world.probation_system):
        found = await who.post("/v1/families/match", {"members": wanted})
        assert [each["family_id"] for each in found.json()["items"]] == [survivor["id"]]
        ground = {"join_token": found.json()["items"][0]["join_token"]}
        path = f"/v1/families/{survivor['id']}/involvements"
        answer = await who.post(path, joining(ground, f"SURVIVOR-{uuid4()}"))
        assert answer.status_code == 201, answer.text
    people = (await world.amina.get(f"/v1/families/{survivor['id']}")).json()["involvements"]
    assert len(people) == 4


def number(family: dict[str, Any]) -> str:
    return str(family["members"][0]["identifiers"][0]["value"])


async def test_a_match_of_both_records_answers_the_survivor_once(world: World) -> None:
    survivor, away, _ = await merged(world)
    wanted = [
        {"identifiers": [{"system": "nhs_number", "value": number(each)}]}
        for each in (survivor, away)
    ]
    found = await world.lena.post("/v1/families/match", {"members": wanted})
    assert [each["family_id"] for each in found.json()["items"]] == [survivor["id"]]


async def test_a_child_of_the_merged_away_record_is_registered_with_the_survivor(
    world: World,
) -> None:
    survivor, away, _ = await merged(world)
    body = a_family(members=[a_child(identifiers=[identifier(away)])])
    answer = await world.probation_system.post("/v1/families", body)
    assert problem(answer, 409, "family_exists")["family_id"] == survivor["id"]


def identifier(family: dict[str, Any]) -> dict[str, str]:
    return {"system": "nhs_number", "value": number(family)}


async def writings(world: World, family: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    """What would be new on a record, each by a caller who is involved with it."""
    member = {"member_id": family["members"][0]["id"], "system": "local_id", "value": str(uuid4())}
    probation = {"agency_id": str(world.agencies["probation"].id), "reason": "Knows the father"}
    return {
        "members": ("members", an_adult()),
        "addresses": ("addresses", {"lines": ["2 Quay"], "postcode": "DN31 1AA"}),
        "identifiers": ("identifiers", member),
        "invitations": ("invitations", probation),
        "alerts": ("alerts", an_alert(family, author=PRACTITIONER)),
    }


@pytest.mark.parametrize("what", ["members", "addresses", "identifiers", "invitations", "alerts"])
async def test_nothing_new_is_written_on_a_record_that_is_merged_away(
    world: World, what: str
) -> None:
    survivor, away, _ = await merged(world)
    part, body = (await writings(world, away))[what]
    path = f"/v1/families/{away['id']}/{part}"
    refusal = problem(await world.jonas.post(path, body, headers=key()), 409, "family_merged")
    assert refusal["family_id"] == survivor["id"]
    ground = {"join_token": refusal["join_token"]}
    joined = await world.police_system.post(
        f"/v1/families/{survivor['id']}/involvements", joining(ground, f"MERGED-{uuid4()}")
    )
    assert joined.status_code == 201, joined.text
    problem(await world.lena.post(path, body, headers=key()), 404, "not_found")


@pytest.mark.parametrize("what", ["members", "addresses", "identifiers", "invitations", "alerts"])
async def test_the_survivor_is_written_on_as_before(world: World, what: str) -> None:
    survivor, _, _ = await merged(world)
    part, body = (await writings(world, survivor))[what]
    answer = await world.tessa.post(f"/v1/families/{survivor['id']}/{part}", body, headers=key())
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("ground", ["join_token", "invitation_id"])
async def test_whoever_was_about_to_join_the_record_is_led_to_the_survivor(
    world: World, ground: str, superuser: Any
) -> None:
    one, other = await two_records(world)
    probation = world.probation_system
    token = await token_for(other, probation)
    body = {"agency_id": str(world.agencies["probation"].id), "reason": "Knows the father"}
    invitation = await world.jonas.post(f"/v1/families/{other['id']}/invitations", body)
    given = {"join_token": token, "invitation_id": invitation.json()["id"]}[ground]
    await decided(await proposed(one, other, world.ruth), "agree", world.nadia)
    path = f"/v1/families/{other['id']}/involvements"
    local_id = f"LED-{uuid4()}"
    refusal = problem(
        await probation.post(path, joining({ground: given}, local_id)), 409, "family_merged"
    )
    assert refusal["family_id"] == one["id"]
    joined = await probation.post(
        f"/v1/families/{one['id']}/involvements",
        joining({"join_token": refusal["join_token"]}, local_id),
    )
    assert joined.status_code == 201, joined.text
    count = "SELECT count(*) FROM involvements WHERE family_id = $1 AND agency_id = $2"
    agency = world.agencies["probation"].id
    assert await superuser.fetchval(count, UUID(other["id"]), agency) == 0


async def test_what_stood_on_the_record_before_is_ended_as_ever(world: World) -> None:
    one, other = await two_records(world)
    first = await publish(world, other, world.jonas, author=PRACTITIONER)
    second = await publish(world, other, world.jonas, author=PRACTITIONER)
    await decided(await proposed(one, other, world.ruth), "agree", world.nadia)
    assert (await acknowledge(first, world.school_system)).status_code == 201
    assert (await ratify(first, world.nadia)).status_code == 200
    assert (await withdraw(second, world.nadia)).status_code == 200
    address = other["addresses"][0]
    now = (await world.jonas.get(f"/v1/families/{other['id']}")).json()
    ended = await world.jonas.post(
        f"/v1/families/{other['id']}/addresses/{address['id']}/end",
        {"until_date": "2026-11-23"},
        headers=etag(now),
    )
    assert ended.status_code == 200, ended.text
    assert (await leave(other, world.school_system)).status_code == 200


async def test_a_merge_is_undone_by_either_lead_and_all_are_told(world: World) -> None:
    for who in (world.ruth, world.nadia):
        survivor, away, merge = await merged(world)
        alert = await publish(world, survivor)
        marks = await bookmarks(world)
        undone = await decided(merge, "undo", who)
        assert (undone["status"], undone["undo_reason"]) == ("undone", REASON["reason"])
        assert undone["decision_reason"] == REASON["reason"]
        shown = (await world.tessa.get(f"/v1/families/{away['id']}")).json()
        assert (shown["merged_into"], shown["version"]) == (None, away["version"] + 2)
        told = ["family.merge_undone"]
        assert await heard(world, marks, survivor["id"]) == {
            "health_visiting": told,
            "school": told,
        }
        assert await heard(world, marks, away["id"]) == {"police": told, "school": told}
        stays = (await world.tessa.get(f"/v1/alerts/{alert['id']}")).json()
        assert stays["family_id"] == survivor["id"]
        answer = await world.jonas.post(f"/v1/families/{away['id']}/members", an_adult())
        assert answer.status_code == 201, answer.text
        again = await proposed(survivor, away, world.ruth)
        assert again["status"] == "proposed"


async def test_a_declined_merge_changes_nothing_and_may_be_proposed_anew(world: World) -> None:
    for who in (world.nadia, world.ruth):
        one, other = await two_records(world)
        merge = await proposed(one, other, world.ruth)
        marks = await bookmarks(world)
        assert (await decided(merge, "decline", who))["status"] == "declined"
        told = ["family.merge_declined"]
        heard_of = await heard(world, marks, merge["id"])
        assert heard_of == {"health_visiting": told, "police": told}
        for family in (one, other):
            shown = (await world.tessa.get(f"/v1/families/{family['id']}")).json()
            assert shown["merged_into"] is None
            assert await heard(world, marks, family["id"]) == {}
        assert (await proposed(other, one, world.nadia))["status"] == "proposed"


async def test_the_merges_of_an_agency_are_listed_while_they_stand(world: World) -> None:
    one, other = await two_records(world)
    declined = await proposed(one, other, world.ruth)
    await decided(declined, "decline", world.nadia)
    standing = await proposed(one, other, world.ruth)
    for who in (world.amina, world.health_visiting_system, world.jonas):
        listed = (await who.get("/v1/merges")).json()["items"]
        assert listed[0] == standing
        assert declined["id"] not in {each["id"] for each in listed}
        shown = await who.get(f"/v1/merges/{standing['id']}")
        assert (shown.json(), shown.headers["ETag"]) == (standing, '"1"')
    listed = (await world.jonas.get("/v1/merges")).json()["items"]
    ids = [each["id"] for each in listed]
    assert ids == sorted(ids, reverse=True)
    found, path = [], "/v1/merges?limit=2"
    while path:
        page = await world.jonas.get(path)
        found += page.json()["items"]
        path = page.headers.get("Link", "").removeprefix("<").partition(">")[0]
    assert found == listed
    assert len(found) > 2


async def test_only_the_leads_read_a_merge(world: World) -> None:
    one, other = await two_records(world)
    merge = await proposed(one, other, world.ruth)
    for who in (world.owen, world.victor):
        problem(await who.get(f"/v1/merges/{merge['id']}"), 404, "not_found")
        assert (await who.get("/v1/merges")).json()["items"] == []
        for act in ("agree", "decline", "undo"):
            problem(await decide(merge, act, who), 404, "not_found")
    assert (await hand_over_lead(other, world.nadia, world.owen)).status_code == 200
    problem(await world.nadia.get(f"/v1/merges/{merge['id']}"), 404, "not_found")
    assert (await world.owen.get(f"/v1/merges/{merge['id']}")).json() == merge
    told = await heard(world, await bookmarks(world), merge["id"])
    assert told == {}
    assert (await decide(merge, "agree", world.owen)).status_code == 200


async def test_only_a_manager_merges(world: World) -> None:
    one, other = await two_records(world)
    for who in (world.amina, world.health_visiting_system):
        problem(await propose(one, other, who), 403, "forbidden")
    merge = await proposed(one, other, world.ruth)
    for who in (world.jonas, world.police_system):
        for act in ("agree", "decline", "undo"):
            problem(await decide(merge, act, who), 403, "forbidden")


async def test_only_the_lead_proposes_and_only_the_other_lead_agrees(world: World) -> None:
    one, other = await two_records(world)
    problem(await propose(one, other, world.owen), 403, "forbidden")
    problem(await propose(one, other, world.victor), 404, "not_found")
    merge = await proposed(one, other, world.ruth)
    problem(await decide(merge, "agree", world.ruth), 403, "forbidden")


async def test_another_record_is_named_by_a_token_or_by_the_id_of_one_that_is_read(
    world: World,
) -> None:
    one, other = await two_records(world)
    path = f"/v1/families/{one['id']}/merges"
    token = await token_for(other, world.victor)
    for body in (
        {"family_id": str(uuid4())},
        {"family_id": other["id"]},
    ):
        refused = await world.ruth.post(path, {**body, "survives": "this", **REASON})
        assert pointers(refused) == ["/family_id"]
        assert refused.json()["errors"][0]["code"] == "unknown_family"
    for forged in (token, "AAAA" * 20, f"{token[:-2]}AA"):
        refused = await world.ruth.post(path, {"join_token": forged, "survives": "this", **REASON})
        assert pointers(refused) == ["/join_token"]
        assert refused.json()["errors"][0]["code"] == "unknown_family"
    assert (await hand_over_lead(one, world.ruth, world.owen)).status_code == 200
    body = {"family_id": other["id"], "survives": "other", **REASON}
    answer = await world.owen.post(path, body)  # the school is involved with both
    assert answer.status_code == 201, answer.text


async def test_a_token_proves_for_fifteen_minutes(world: World) -> None:
    one, other = await two_records(world)
    token = await token_for(other, world.ruth)
    world.clock.advance(timedelta(minutes=15))
    path = f"/v1/families/{one['id']}/merges"
    refused = await world.ruth.post(path, {"join_token": token, "survives": "this", **REASON})
    assert refused.json()["errors"][0] == {
        "pointer": "/join_token",
        "code": "expired",
        "detail": "The join token has expired: match again.",
    }


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"join_token": None}, ""),
        ({"family_id": "019ab5a0-5f0e-7c3b-9a52-0d8f5a4e3c11"}, ""),
        ({"survives": "both"}, "/survives"),
        ({"reason": ""}, "/reason"),
    ],
)
async def test_a_proposal_that_makes_no_sense_names_its_field(
    world: World, changes: dict[str, Any], pointer: str
) -> None:
    one, other = await two_records(world)
    token = await token_for(other, world.ruth)
    body = {"join_token": token, "survives": "this", **REASON, **changes}
    answer = await world.ruth.post(f"/v1/families/{one['id']}/merges", body)
    assert pointers(answer) == [pointer]


async def test_a_record_is_not_merged_with_itself(world: World) -> None:
    one, _ = await two_records(world)
    body = {"family_id": one["id"], "survives": "this", **REASON}
    answer = await world.ruth.post(f"/v1/families/{one['id']}/merges", body)
    assert answer.json()["errors"][0]["code"] == "same_family"


async def test_a_record_is_part_of_one_open_proposal_at_a_time(world: World) -> None:
    one, other = await two_records(world)
    third = await registered(world.probation_system, a_child())
    await proposed(one, other, world.ruth)
    for refused in (
        await propose(one, other, world.ruth),
        await propose(other, one, world.nadia),
        await propose(third, one, world.victor),
        await propose(other, third, world.nadia),
    ):
        assert "open proposal" in problem(refused, 409, "conflict")["detail"]


async def test_depth_stays_one(world: World) -> None:
    survivor, away, _ = await merged(world)
    third = await registered(world.probation_system, a_child())
    refused = await propose(survivor, third, world.ruth, survives="other")
    assert "Others are merged into" in problem(refused, 409, "conflict")["detail"]
    path = f"/v1/families/{away['id']}/merges"
    token = await token_for(third, world.nadia)
    for survives, words in (("this", "merged away itself"), ("other", "merged away already")):
        body = {"join_token": token, "survives": survives, **REASON}
        assert words in problem(await world.nadia.post(path, body), 409, "conflict")["detail"]
    merge = await proposed(survivor, third, world.ruth)
    await decided(merge, "agree", world.victor)
    found = await world.lena.get(f"/v1/families/{third['id']}")
    assert found.json()["merged_into"] == survivor["id"]


async def test_a_record_that_became_a_survivor_meanwhile_is_not_merged_away(world: World) -> None:
    one, other = await two_records(world)
    third = await registered(world.probation_system, a_child())
    first = await proposed(one, other, world.ruth, "other")
    await decided(first, "decline", world.ruth)
    await decided(await proposed(third, one, world.victor, "other"), "agree", world.ruth)
    refused = await propose(one, other, world.ruth, "other")
    assert "Others are merged into" in problem(refused, 409, "conflict")["detail"]


async def test_nobody_is_asked_about_a_record_with_which_nobody_is_involved(world: World) -> None:
    one = await register(world)
    other = await registered(world.police_system, a_child())
    assert (await leave(other, world.police_system)).status_code == 200
    refused = await propose(one, other, world.ruth)
    assert "join it instead" in problem(refused, 409, "conflict")["detail"]


async def test_one_agency_that_leads_both_needs_two_of_its_people(world: World) -> None:
    one, other = await register(world), await register(world)
    second = await employ(world, "health_visiting", f"second-{uuid4().hex[:6]}", ["manager"])
    body = {"family_id": other["id"], "survives": "this", **REASON}
    answer = await world.ruth.post(f"/v1/families/{one['id']}/merges", body)
    assert answer.status_code == 201, answer.text
    refused = await decide(answer.json(), "agree", world.ruth)
    assert "Who proposed" in problem(refused, 409, "conflict")["detail"]
    assert (await decided(answer.json(), "agree", second))["status"] == "agreed"


async def test_a_namesake_of_who_proposed_finds_a_colleague(world: World) -> None:
    one, other = await two_records(world)
    merge = await proposed(one, other, world.ruth)
    namesake = await employ(world, "police", "ruth", ["manager"])
    world.people["ruth"] = Caller(world, world.agencies["health_visiting"], "staff-ruth", "Ruth")
    refused = await decide(merge, "agree", namesake)
    assert "Who proposed" in problem(refused, 409, "conflict")["detail"]


async def test_a_proposal_of_an_agency_that_leads_no_more_is_declined_and_made_anew(
    world: World,
) -> None:
    one, other = await two_records(world)
    merge = await proposed(one, other, world.ruth)
    assert (await hand_over_lead(one, world.ruth, world.owen)).status_code == 200
    assert (await leave(one, world.health_visiting_system)).status_code == 200
    refused = await decide(merge, "agree", world.nadia)
    assert "propose anew" in problem(refused, 409, "conflict")["detail"]
    assert (await decided(merge, "decline", world.owen))["status"] == "declined"
    await decided(await proposed(one, other, world.owen), "agree", world.nadia)


async def test_a_proposal_survives_that_nobody_is_involved_with_its_record(world: World) -> None:
    one = await register(world)
    other = await registered(world.police_system, a_child())
    merge = await proposed(one, other, world.ruth)
    assert (await leave(one, world.health_visiting_system)).status_code == 200
    problem(await decide(merge, "agree", world.nadia), 409, "conflict")
    marks = await bookmarks(world)
    assert (await decided(merge, "decline", world.nadia))["status"] == "declined"
    told = {"police": ["family.merge_declined"]}
    assert await heard(world, marks, merge["id"]) == told


@pytest.mark.parametrize(
    ("past", "act", "legal"),
    [
        ([], "undo", ["agree", "decline"]),
        (["decline"], "agree", []),
        (["decline"], "decline", []),
        (["decline"], "undo", []),
        (["agree"], "agree", ["undo"]),
        (["agree"], "decline", ["undo"]),
        (["agree", "undo"], "agree", []),
        (["agree", "undo"], "decline", []),
        (["agree", "undo"], "undo", []),
    ],
)
async def test_an_illegal_act_names_the_legal_ones(
    world: World, past: list[str], act: str, legal: list[str]
) -> None:
    one, other = await two_records(world)
    merge = await proposed(one, other, world.ruth)
    for each in past:
        merge = await decided(merge, each, world.nadia)
    refused = problem(await decide(merge, act, world.nadia), 409, "conflict")
    assert (refused["merge_status"], refused["legal_acts"]) == (merge["status"], legal)


@pytest.mark.parametrize("act", ["agree", "decline", "undo"])
async def test_a_decision_names_the_version_it_is_based_on(world: World, act: str) -> None:
    one, other = await two_records(world)
    merge = await proposed(one, other, world.ruth)
    path = f"/v1/merges/{merge['id']}/{act}"
    problem(await world.nadia.post(path, REASON), 428, "precondition_required")
    stale = {"If-Match": '"7"'}
    problem(await world.nadia.post(path, REASON, headers=stale), 412, "precondition_failed")


async def test_a_proposal_is_answered_again_to_who_still_leads(world: World) -> None:
    one, other = await two_records(world)
    token = await token_for(other, world.ruth)
    body, same = {"join_token": token, "survives": "this", **REASON}, key()
    path = f"/v1/families/{one['id']}/merges"
    first = await world.ruth.post(path, body, headers=same)
    again = await world.ruth.post(path, body, headers=same)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await hand_over_lead(one, world.ruth, world.owen)).status_code == 200
    problem(await world.ruth.post(path, body, headers=same), 404, "not_found")


async def test_reading_a_merge_is_audited_on_the_reader_s_own_record(
    world: World, superuser: Any
) -> None:
    one, other = await two_records(world)
    merge = await proposed(one, other, world.ruth)
    for who, family in ((world.amina, one), (world.jonas, other)):
        answer = await who.get(f"/v1/merges/{merge['id']}")
        entry = await superuser.fetchrow(
            "SELECT * FROM audit_entries WHERE request_id = $1",
            UUID(answer.headers["X-Request-ID"]),
        )
        assert (entry["action"], str(entry["family_id"])) == ("merge.read", family["id"])


async def test_no_words_of_a_merge_are_in_the_audit_or_in_an_event(
    world: World, superuser: Any
) -> None:
    words = f"Zq{uuid4().hex}"
    one, other = await two_records(world)
    token = await token_for(other, world.ruth)
    body = {"join_token": token, "survives": "this", "reason": words}
    merge = (await world.ruth.post(f"/v1/families/{one['id']}/merges", body)).json()
    path = f"/v1/merges/{merge['id']}"
    for version, act in ((1, "agree"), (2, "undo")):
        given = {"If-Match": f'"{version}"'}
        answer = await world.nadia.post(f"{path}/{act}", {"reason": words}, headers=given)
        assert answer.status_code == 200, answer.text
    for table in ("audit_entries", "events", "inbox"):
        found = f"SELECT count(*) FROM {table} t WHERE to_jsonb(t)::text LIKE $1"
        assert await superuser.fetchval(found, f"%{words}%") == 0


async def test_an_adult_on_both_records_of_one_family_is_no_possible_link(world: World) -> None:
    adult = an_adult()
    one = await registered(world.health_visiting_system, a_child(), adult)
    other = await registered(world.police_system, a_child())
    await decided(await proposed(one, other, world.ruth, "other"), "agree", world.nadia)
    marks = await bookmarks(world)
    answer = await world.jonas.post(f"/v1/families/{other['id']}/members", adult)
    assert answer.status_code == 201, answer.text
    assert await heard(world, marks, other["id"]) == {"police": ["family.updated"]}
    assert await heard(world, marks, one["id"]) == {}


async def test_the_worker_knows_who_may_be_told_of_a_merge(world: World) -> None:
    _, away, merge = await merged(world)

    async def told() -> set[str]:
        async with world.worker.database.session() as session:
            return {
                kind
                for kind, agency in world.agencies.items()
                if await session.scalar(
                    select(RESOURCES["merge"].readable(agency.id, UUID(merge["id"])))
                )
            }

    assert await told() == {"health_visiting", "police"}
    assert (await hand_over_lead(away, world.nadia, world.owen)).status_code == 200
    assert await told() == {"health_visiting", "school"}
