"""Reviewing: what is weighed, by whom, and what becomes of the alert."""

import asyncio
from typing import Any

import pytest

from tests.governing import (
    CALM,
    another_manager,
    begin_review,
    ending,
    on_alert,
    ratified,
    read,
    renew,
    renewal,
    to_all,
)
from tests.involving import bookmarks, heard, pointers, problem
from tests.world import Caller, World, etag, publish, shared_family

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rosa(world: World) -> Caller:
    """A second manager of health visiting."""
    return await another_manager(world, "health_visiting", "rosa")


async def test_a_review_begins_and_is_concluded_with_a_renewal(world: World, rosa: Caller) -> None:
    alert = await ratified(world)
    marks = await bookmarks(world)
    begun = await begin_review(rosa, alert)
    assert (begun.status_code, begun.json()["status"]) == (200, "under_review")
    done = await renew(world.ruth, begun.json(), expires_on="2027-10-01")
    assert done.status_code == 201, done.text
    review = done.json()
    assert (review["begun_by_name"], review["reviewer_name"]) == ("Rosa", "Ruth")
    assert review["weighed"] == CALM
    now = await read(world.tessa, alert)
    assert (now["status"], now["review_due"], now["expires_on"]) == (
        "active",
        "2027-04-01",
        "2027-10-01",
    )
    assert done.headers["ETag"] == f'"{now["version"]}"'
    assert now["content_version"] == alert["content_version"]
    told = await heard(world, marks, alert["id"])
    assert told == to_all("alert.review_begun", "alert.renewed")


async def test_what_was_weighed_and_every_step_is_on_record_for_all_readers(
    world: World, rosa: Caller
) -> None:
    alert = await ratified(world)
    begun = (await begin_review(rosa, alert)).json()
    await renew(rosa, begun)
    listed = await world.tessa.get(f"/v1/alerts/{alert['id']}/reviews")
    assert [each["outcome"] for each in listed.json()["items"]] == ["renewed"]
    moves = (await world.tessa.get(f"/v1/alerts/{alert['id']}/transitions")).json()["items"]
    assert [(each["to_status"], each["by_name"], each["reason"]) for each in moves[1:]] == [
        ("active", "Ruth", None),
        ("under_review", "Rosa", "Three calm visits."),
        ("active", "Rosa", "The risk is as it was."),
    ]
    assert (await world.lena.get(f"/v1/alerts/{alert['id']}/reviews")).status_code == 404


async def test_a_review_that_finds_no_risk_withdraws_and_recalls(
    world: World, rosa: Caller
) -> None:
    alert = await ratified(world)
    marks = await bookmarks(world)
    done = await on_alert(rosa, alert, "reviews", ending())
    assert (done.status_code, done.json()["outcome"]) == (201, "withdrawn")
    assert (await read(world.amina, alert))["status"] == "withdrawn"
    assert await heard(world, marks, alert["id"]) == to_all("alert.withdrawn")
    recall = await world.school_system.get(f"/v1/recalls/{alert['id']}")
    assert recall.json()["kind"] == "withdrawn"


async def test_who_ratified_a_severe_alert_does_not_review_it_alone(
    world: World, rosa: Caller
) -> None:
    alert = await ratified(world)
    for body in (renewal(), ending()):
        problem(await on_alert(world.ruth, alert, "reviews", body), 409, "conflict")
    begun = (await begin_review(world.ruth, alert)).json()
    problem(await renew(world.ruth, begun), 409, "conflict")
    assert (await renew(rosa, begun)).status_code == 201


async def test_a_caution_may_be_reviewed_by_who_ratified_it(world: World) -> None:
    alert = await ratified(world, severity="caution")
    assert (await renew(world.ruth, alert)).status_code == 201


async def test_the_author_reviews_nothing(world: World, rosa: Caller) -> None:
    family = await shared_family(world)
    alert = await publish(world, family, rosa, severity="caution")
    active = (await on_alert(world.ruth, alert, "ratify", {})).json()
    problem(await renew(rosa, active), 409, "conflict")
    problem(await begin_review(rosa, active), 409, "conflict")
    assert (await read(world.ruth, active))["status"] == "active"


async def test_a_review_that_its_author_began_is_concluded_by_others(
    world: World, rosa: Caller, superuser: Any
) -> None:
    """Such a step stands on record from before authors were kept from beginning a review."""
    family = await shared_family(world)
    alert = await publish(world, family, rosa, severity="caution")
    active = (await on_alert(world.ruth, alert, "ratify", {})).json()
    begun = (await begin_review(world.ruth, active)).json()
    await superuser.execute(
        "UPDATE alert_transitions SET by_name = 'Rosa', by_practitioner_id = "
        "(SELECT author_id FROM alerts WHERE id = $1) WHERE alert_id = $1 AND act = 'review'",
        alert["id"],
    )
    problem(await renew(rosa, begun), 409, "conflict")
    assert (await renew(world.ruth, begun)).status_code == 201


async def test_a_renewal_needs_grounds_what_was_weighed_and_dates_in_time(
    world: World, rosa: Caller
) -> None:
    alert = await ratified(world)
    body = renewal()
    for changes, pointer in (
        ({"grounds": None}, "/grounds"),
        ({"grounds": " "}, "/grounds"),
        ({"weighed": {**CALM, "time_since": ""}}, "/weighed/time_since"),
        ({"weighed": {**CALM, "one_off_stress": {"likely": True}}}, None),
        ({"weighed": None}, "/weighed"),
        ({"review_due": None}, ""),
        ({"review_due": "2026-11-23"}, "/review_due"),
        ({"review_due": "2027-05-24"}, "/review_due"),
        ({"expires_on": "2027-03-31"}, "/expires_on"),
        ({"expires_on": "2027-11-24"}, "/expires_on"),
        ({"review_due": "2027-05-10"}, "/expires_on"),  # after the present expiry
        ({"outcome": "kept"}, "/outcome"),
    ):
        refused = pointers(await on_alert(rosa, alert, "reviews", body | changes))
        assert refused == [pointer or "/weighed/one_off_stress/statement"] or pointer == ""
    problem(await on_alert(rosa, alert, "reviews", ending(review_due="2027-03-01")), 422, "invalid")
    assert (await read(rosa, alert))["version"] == alert["version"]
    listed = await rosa.get(f"/v1/alerts/{alert['id']}/reviews")
    assert listed.json()["items"] == []


async def test_only_an_active_alert_is_reviewed(world: World, rosa: Caller) -> None:
    alert = await publish(world, await shared_family(world))
    refused = problem(await begin_review(rosa, alert), 409, "conflict")
    assert "ratify" in refused["legal_acts"]
    problem(await renew(rosa, alert), 409, "conflict")
    active = (await on_alert(world.ruth, alert, "ratify", {})).json()
    begun = (await begin_review(rosa, active)).json()
    problem(await begin_review(world.ruth, begun), 409, "conflict")


async def test_only_a_manager_of_the_owner_reviews(world: World, rosa: Caller) -> None:
    alert = await ratified(world)
    for who in (world.amina, world.health_visiting_system, world.nadia, world.owen):
        problem(await begin_review(who, alert), 403, "forbidden")
        problem(await renew(who, alert), 403, "forbidden")
    problem(await begin_review(world.victor, alert), 404, "not_found")
    path = f"/v1/alerts/{alert['id']}/reviews"
    anonymous = await world.http.post(path, json=renewal(), headers=etag(alert))
    assert anonymous.status_code == 401


async def test_of_two_reviewers_at_once_one_concludes(world: World, rosa: Caller) -> None:
    alert = await ratified(world, severity="caution")
    answers = await asyncio.gather(
        renew(rosa, alert), renew(world.ruth, alert), on_alert(rosa, alert, "reviews", ending())
    )
    assert sorted(each.status_code for each in answers) == [201, 412, 412]
    listed = await rosa.get(f"/v1/alerts/{alert['id']}/reviews")
    assert len(listed.json()["items"]) == 1


async def test_a_review_stores_no_word_in_events_or_the_audit(
    world: World, rosa: Caller, superuser: Any
) -> None:
    alert = await ratified(world)
    assert (await renew(rosa, alert, grounds="Canary grounds")).status_code == 201
    for table in ("audit_entries", "events", "inbox"):
        rows = await superuser.fetch(f"SELECT each::text FROM {table} AS each")
        assert any("alert.renewed" in row[0] for row in rows), table
        assert not any("Canary" in row[0] for row in rows)
