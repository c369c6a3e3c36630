"""The banner: what to know before knocking, in plain words, of what the reader may read."""

import itertools
import json
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from api.alerts.deadlines import pass_deadlines
from api.overview import rules
from tests.involving import leave, problem, ratify, withdraw
from tests.world import Caller, World, a_family, etag, join, publish, register, shared_family

pytestmark = pytest.mark.anyio


async def banner(who: Caller, family: dict[str, Any]) -> dict[str, Any]:
    answer = await who.get(f"/v1/families/{family['id']}/banner")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_family_without_alerts_has_an_empty_banner(world: World) -> None:
    family = await shared_family(world)
    assert await banner(world.tessa, family) == {
        "family_id": family["id"],
        "merged_into": None,
        "level": "none",
        "lines": [],
        "alerts": [],
        "last_incident": None,
        "assessment_constraints": [],
        "plans": [],
    }


async def test_an_alert_is_shown_in_plain_words_and_codes(world: World) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    shown = await banner(world.tessa, family)
    assert shown["level"] == "serious"
    [item] = shown["alerts"]
    assert item["lines"] == [
        "Serious: a member of the family.",
        "What was met: Shouting (actual); Animals used as a threat (threatened, veiled).",
        "When: After drinking alcohol.",
        "Before you go: Visit together with another agency; Have animals secured first.",
        "Its subject has not been told of it yet.",
        "Not yet ratified by a manager; in force all the same.",
    ]
    assert item["precautions"] == [
        {
            "code": "joint_visit_with_other_agency",
            "label": "Visit together with another agency",
        },
        {"code": "animals_secured_first", "label": "Have animals secured first"},
    ]
    assert [each["code"] for each in item["behaviours"]] == ["shouting", "animals_as_threat"]
    assert (item["id"], item["status"]) == (alert["id"], "provisional")
    assert item["review_overdue"] is False
    assert item["content_version"] == 1


async def test_a_description_and_a_note_are_shown_as_written(world: World) -> None:
    family = await register(world)
    alert = await publish(
        world,
        family,
        subject={"kind": "animal", "description": "A large grey dog"},
        circumstances=["none_specific"],
        precautions=["daylight_only", "other"],
        precaution_note="Ring twice and wait",
        severity="caution",
    )
    assert (await ratify(alert, world.ruth)).status_code == 200
    [item] = (await banner(world.amina, family))["alerts"]
    assert item["lines"][0] == "Caution: A large grey dog."
    assert "Before you go: Visit in daylight only; Ring twice and wait." in item["lines"]
    assert not any(line.startswith("When:") for line in item["lines"])


async def test_the_gravest_comes_first_and_gives_the_level(world: World) -> None:
    family = await register(world)
    for severity in ("caution", "immediate_danger", "serious"):
        await publish(world, family, severity=severity)
    shown = await banner(world.amina, family)
    assert shown["level"] == "immediate_danger"
    grave = [each["severity"] for each in shown["alerts"]]
    assert grave == ["immediate_danger", "serious", "caution"]


async def test_only_what_is_in_force_and_readable_is_shown(world: World) -> None:
    family = await shared_family(world)
    over = await publish(world, family)
    assert (await withdraw(over, world.ruth)).status_code == 200
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Attends with us"}
    named = await publish(
        world,
        family,
        severity="immediate_danger",
        audience={"kind": "agencies", "agencies": [police]},
    )
    assert [each["id"] for each in (await banner(world.jonas, family))["alerts"]] == [named["id"]]
    assert (await banner(world.tessa, family))["level"] == "none"
    answer = await world.lena.get(f"/v1/families/{family['id']}/banner")
    problem(answer, 404, "not_found")


async def test_whom_to_ring_is_the_agency_that_answers_for_the_alert(world: World) -> None:
    own = f"/v1/agencies/{world.agencies['school'].id}"
    before = await world.owen.get(own)
    contact = {"name": "Duty desk", "telephone": "+44 1472 000000"}
    changed = await world.owen.patch(
        own, {"emergency_contact": contact}, headers={"If-Match": before.headers["ETag"]}
    )
    assert changed.status_code == 200, changed.text
    family = await shared_family(world)
    await publish(world, family, world.tessa)
    [item] = (await banner(world.jonas, family))["alerts"]
    assert item["contact"]["agency_id"] == str(world.agencies["school"].id)
    assert item["contact"]["agency"] == "school agency"
    assert item["contact"]["emergency_contact"] == changed.json()["emergency_contact"]
    assert item["contact"]["emergency_contact"]["telephone"] == contact["telephone"]


async def test_a_banner_shown_is_audited_with_the_alerts_on_it(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    await banner(world.tessa, family)
    entry = await superuser.fetchrow("SELECT * FROM audit_entries ORDER BY id DESC LIMIT 1")
    assert (entry["action"], str(entry["family_id"])) == ("banner.read", family["id"])
    assert alert["id"] in entry["details"]


async def test_an_overdue_review_is_said_and_protects_all_the_same(world: World) -> None:
    family = await register(world)
    today = world.clock.now().date()
    review, end = today + timedelta(days=2), today + timedelta(days=30)
    alert = await publish(world, family, review_due=str(review), expires_on=str(end))
    assert (await ratify(alert, world.ruth)).status_code == 200
    world.clock.advance(timedelta(days=3))
    await pass_deadlines(world.worker)
    [item] = (await banner(world.amina, family))["alerts"]
    assert item["review_overdue"] is True
    assert item["lines"][-1] == "Its review is overdue; it protects all the same."


async def test_what_a_visitor_must_not_say_and_must_know_of_the_child(world: World) -> None:
    family = await shared_family(world)
    house = {"kind": "premises", "address_id": family["addresses"][0]["id"]}
    seen = "At school, by Ms Birch, every Tuesday."
    given = {"precautions": ["no_home_visits"], "child_seen_how": seen, "subject": house}
    alert = await publish(world, family, **given)
    reason = {"reason": "He reads all post.", "look_again_on": "2027-01-15"}
    path = f"/v1/alerts/{alert['id']}/subject-notification/withhold"
    assert (await world.ruth.post(path, reason, headers=etag(alert))).status_code == 200
    moved = {"lines": ["3 Cross Street"], "postcode": "DN32 7AB"}
    await world.tessa.post(f"/v1/families/{family['id']}/addresses", moved)
    [item] = (await banner(world.tessa, family))["alerts"]
    assert (item["subject_told"], item["unconfirmed"]) == (False, True)
    assert item["lines"][-4:-1] == [
        f"How the child is still seen: {seen}",
        "Its subject is not to be told of it for now: do not mention it.",
        "The family has moved since; nobody has confirmed yet that it still holds.",
    ]
    assert "He reads" not in str(item)


def test_a_disputed_alert_says_so_and_grounds_of_concern_show_no_behaviour() -> None:
    today = date(2026, 11, 23)
    alert = SimpleNamespace(
        severity="caution",
        subject_kind="premises",
        subject_description=None,
        address_lines=None,
        on_address=False,
        behaviours=[],
        circumstances=[],
        precautions=["daylight_only"],
        precaution_note=None,
        child_seen_how=None,
        notification="sent",
        unconfirmed=False,
        status="active",
        disputed=True,
        review_due=today,
    )
    assert rules.lines(alert, today) == [
        "Caution: the premises.",
        "Before you go: Visit in daylight only.",
        "This alert is disputed.",
    ]


HOME = {"lines": ["12 Fish Dock Road", "Grimsby"], "postcode": "DN31 3NB"}
_doors = itertools.count(100_000_001)


def at_the_door(number: int, **changes: Any) -> list[dict[str, Any]]:
    return [{**HOME, "identifiers": [{"system": "uprn", "value": str(number)}], **changes}]


def on_premises(family: dict[str, Any]) -> dict[str, Any]:
    return {"subject": {"kind": "premises", "address_id": family["addresses"][0]["id"]}}


async def neighbours(world: World, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two families of health visiting behind one door; `changes` are to the first one's."""
    number = next(_doors)
    here = await register(world, a_family(addresses=at_the_door(number, **changes)))
    there = await register(world, a_family(addresses=at_the_door(number)))
    return here, there


async def test_premises_are_shown_with_their_address_and_a_member_by_id(world: World) -> None:
    family = await register(world, a_family(addresses=at_the_door(next(_doors))))
    await publish(world, family, **on_premises(family))
    await publish(world, family, severity="caution")
    premises, person = (await banner(world.amina, family))["alerts"]
    assert premises["subject"] == {
        "kind": "premises",
        "member_id": None,
        "address_id": family["addresses"][0]["id"],
        "description": None,
        "address": "12 Fish Dock Road, Grimsby, DN31 3NB",
    }
    assert premises["lines"][0] == "Serious: the premises, 12 Fish Dock Road, Grimsby, DN31 3NB."
    assert (premises["on_address"], premises["provisional"]) == (False, True)
    assert person["subject"]["member_id"] == family["members"][1]["id"]
    assert person["subject"]["address"] is None


async def test_a_ratified_alert_is_not_provisional(world: World) -> None:
    family = await register(world)
    alert = await publish(world, family)
    assert (await ratify(alert, world.ruth)).status_code == 200
    [item] = (await banner(world.amina, family))["alerts"]
    assert item["provisional"] is False


async def test_an_alert_on_the_address_is_shown_on_whoever_lives_there(
    world: World, superuser: Any
) -> None:
    here, there = await neighbours(world)
    alert = await publish(world, there, severity="immediate_danger", **on_premises(there))
    await publish(world, there)  # on a person: says nothing of the address
    own = await publish(world, here, severity="immediate_danger")
    shown = await banner(world.amina, here)
    assert [(each["id"], each["on_address"]) for each in shown["alerts"]] == [
        (own["id"], False),
        (alert["id"], True),
    ]
    assert shown["alerts"][1]["lines"][1] == (
        "This alert is about the address. It was published on another family's record."
    )
    entry = await superuser.fetchrow("SELECT * FROM audit_entries ORDER BY id DESC LIMIT 1")
    noted = json.loads(entry["details"])
    assert ({*noted["alerts"]}, noted["elsewhere"]) == ({own["id"], alert["id"]}, [alert["id"]])
    assert all(not each["on_address"] for each in (await banner(world.amina, there))["alerts"])


async def test_an_alert_on_the_address_is_shown_to_who_reads_both_records_alone(
    world: World,
) -> None:
    here, there = await neighbours(world)
    await publish(world, there, **on_premises(there))
    assert (await join(world, here, world.police_system)).status_code == 201
    assert (await banner(world.jonas, here))["level"] == "none"
    assert (await join(world, there, world.police_system)).status_code == 201
    assert (await banner(world.jonas, here))["level"] == "serious"
    assert (await leave(there, world.police_system)).status_code == 200
    assert (await banner(world.jonas, here))["level"] == "none"


async def test_an_alert_on_the_address_keeps_its_own_audience(world: World) -> None:
    here, there = await neighbours(world)
    for family in (here, there):
        for who in (world.police_system, world.school_system):
            assert (await join(world, family, who)).status_code == 201
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Attends with us"}
    audience = {"kind": "agencies", "agencies": [police]}
    await publish(world, there, audience=audience, **on_premises(there))
    assert (await banner(world.jonas, here))["level"] == "serious"
    assert (await banner(world.tessa, here))["level"] == "none"


async def test_an_address_that_the_family_has_left_is_no_door_of_theirs(world: World) -> None:
    left, there = await neighbours(world, until_date="2026-11-22")
    await publish(world, there, **on_premises(there))
    assert (await banner(world.amina, left))["level"] == "none"
    leaving, there = await neighbours(world, until_date="2026-11-30")
    await publish(world, there, **on_premises(there))
    assert (await banner(world.amina, leaving))["level"] == "serious"


async def test_a_door_named_twice_shows_its_alert_once_and_an_ended_one_not_at_all(
    world: World,
) -> None:
    number = next(_doors)
    twice = at_the_door(number) + at_the_door(number, from_date="2026-12-01")
    here = await register(world, a_family(addresses=twice))
    there = await register(world, a_family(addresses=at_the_door(number)))
    alert = await publish(world, there, **on_premises(there))
    assert [each["id"] for each in (await banner(world.amina, here))["alerts"]] == [alert["id"]]
    assert (await withdraw(alert, world.ruth)).status_code == 200
    assert (await banner(world.amina, here))["level"] == "none"
