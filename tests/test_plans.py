"""Plans: drawn up by a meeting, read by those who have them, reviewed, shared, handed over."""

from datetime import timedelta
from typing import Any

import pytest

from api.foundation.errors import Invalid
from tests.assigning import (
    a_risk_plan,
    a_sharing_plan,
    agency,
    day,
    done,
    draw_up,
    held_meeting,
    on_plan,
    planned,
    review,
)
from tests.involving import bookmarks, heard, pointers, problem
from tests.world import Caller, World, publish, shared_family

pytestmark = pytest.mark.anyio


async def read(who: Caller, plan: dict[str, Any]) -> dict[str, Any]:
    return done(await who.get(f"/v1/plans/{plan['id']}"))


async def refused(world: World, meeting: dict[str, Any], kind: str, **changes: Any) -> str:
    with pytest.raises(Invalid) as caught:
        await draw_up(world, meeting, kind, **changes)
    [error] = caught.value.errors
    return error.pointer.removeprefix(f"/{kind}_plan")


async def test_a_plan_is_read_by_those_who_were_given_it(world: World) -> None:
    family = await shared_family(world)
    marks = await bookmarks(world)
    meeting = await held_meeting(world, family)
    plan = await draw_up(world, meeting, readers=[world.jonas], repeat_days=42)
    assert plan == {
        "id": plan["id"],
        "family_id": family["id"],
        "agency_id": agency(world.owen),
        "meeting_id": meeting["id"],
        "kind": "risk_reduction",
        "status": "current",
        "drawn_up_at": plan["drawn_up_at"],
        "family_sharing": None,
        "risk_reduction": {
            "measures": [
                {
                    "precaution": {
                        "code": "joint_visit_with_police",
                        "label": "Visit together with the police",
                    },
                    "words": None,
                    "who": "Health visiting",
                    "from_on": day(world),
                },
                {
                    "precaution": None,
                    "words": "Ring the school before and after.",
                    "who": "All agencies",
                    "from_on": day(world),
                },
            ],
            "child_seen_how": None,
            "alert_ids": [],
        },
        "review_due": day(world, 40),
        "review_overdue": False,
        "repeat_days": 42,
        "recipients": plan["recipients"],
        "version": 1,
        "content_version": 1,
    }
    reasons = {each["agency_id"]: each["reason"] for each in plan["recipients"]}
    assert reasons == {
        agency(world.owen): "draws up the plan",
        agency(world.jonas): "visits the family",
    }
    assert await read(world.jonas, plan) == plan
    told = ["plan.drawn_up"]
    assert await heard(world, marks, plan["id"]) == {"police": told, "school": told}
    for who in (world.amina, world.lena):
        for more in ("", "/versions", "/reviews"):
            problem(await who.get(f"/v1/plans/{plan['id']}{more}"), 404, "not_found")
        given = {"agency_id": agency(world.lena), "reason": "x"}
        problem(await on_plan(who, plan, "share", **given), 404, "not_found")


async def test_the_meeting_is_named_to_who_was_invited_alone(world: World) -> None:
    police = {"agency_id": agency(world.jonas), "reason": "Was called out."}
    meeting = await held_meeting(world, invited=[police])
    plan = await draw_up(world, meeting, readers=[world.amina])
    assert (await read(world.amina, plan))["meeting_id"] is None
    problem(await world.jonas.get(f"/v1/plans/{plan['id']}"), 404, "not_found")


async def test_what_the_family_is_told_is_looked_at_on_that_day(world: World) -> None:
    meeting = await held_meeting(world)
    plan = await draw_up(world, meeting, "family_sharing")
    assert plan["family_sharing"] == {**a_sharing_plan(world), "not_yet": None}
    assert plan["review_due"] == day(world, 5)
    before = a_sharing_plan(world)["sharing"] | {"on": day(world, -1)}
    told = await draw_up(world, meeting, "family_sharing", sharing=before)
    assert (told["review_due"], told["review_overdue"]) == (day(world), False)
    later = {"why": "He would find her.", "look_again_on": day(world, 20)}
    not_yet = await draw_up(world, meeting, "family_sharing", sharing=None, not_yet=later)
    assert not_yet["family_sharing"] == {"sharing": None, "not_yet": later}
    assert not_yet["review_due"] == day(world, 20)


async def test_dates_measures_and_alerts_that_make_no_sense_are_refused(world: World) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    sharing = a_sharing_plan(world)["sharing"]
    later = {"why": "x", "look_again_on": day(world)}
    for changes, pointer in (
        ({"sharing": {**sharing, "on": day(world, 200)}}, "/sharing/on"),
        ({"sharing": {**sharing, "on": day(world, -400)}}, "/sharing/on"),
        ({"sharing": None, "not_yet": later}, "/not_yet/look_again_on"),
        ({"sharing": None}, "/sharing"),
        ({"not_yet": later}, "/sharing"),
    ):
        assert await refused(world, meeting, "family_sharing", **changes) == pointer
    first, second = a_risk_plan(world)["measures"]
    away = {**first, "precaution": "no_home_visits"}
    police = {"agency_id": agency(world.jonas), "reason": "Attends."}
    hidden = await publish(world, family, audience={"kind": "agencies", "agencies": [police]})
    alert = await publish(world, family)
    for changes, pointer in (
        ({"review_due": day(world)}, "/review_due"),
        ({"review_due": day(world, 100)}, "/review_due"),
        ({"repeat_days": 120}, "/repeat_days"),
        ({"measures": [second, {**first, "from_on": day(world, 367)}]}, "/measures/1/from_on"),
        ({"measures": [first, first]}, "/measures/1/precaution"),
        ({"measures": [away]}, "/child_seen_how"),
        ({"measures": [{**second, "words": None}]}, "/measures/0/words"),
        ({"measures": [{**first, "precaution": "other"}]}, "/measures/0/words"),
        ({"alert_ids": [alert["id"], hidden["id"]]}, "/alert_ids/1"),
        ({"alert_ids": [alert["id"], alert["id"]]}, "/alert_ids/1"),
    ):
        assert await refused(world, meeting, "risk_reduction", **changes) == pointer
    seen = {"measures": [away], "child_seen_how": "At school, every day."}
    done_so = await draw_up(world, meeting, **seen)
    assert done_so["risk_reduction"]["child_seen_how"] == "At school, every day."


async def test_an_alert_that_a_plan_names_is_seen_by_its_readers(world: World) -> None:
    family = await shared_family(world)
    school = {"agency_id": agency(world.owen), "reason": "Sees him daily."}
    alert = await publish(world, family, audience={"kind": "agencies", "agencies": [school]})
    plan = await planned(world, family, alert_ids=[alert["id"]])
    assert plan["risk_reduction"]["alert_ids"] == [alert["id"]]
    assert (await read(world.amina, plan))["risk_reduction"]["alert_ids"] == [alert["id"]]
    assert (await read(world.jonas, plan))["risk_reduction"]["alert_ids"] == []
    [version] = done(await world.jonas.get(f"/v1/plans/{plan['id']}/versions"))["items"]
    assert version["risk_reduction"]["alert_ids"] == []


async def test_a_new_plan_supersedes_and_leaves_nobody_without(world: World) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    former = await draw_up(world, meeting)
    sharing = await draw_up(world, meeting, "family_sharing")
    beside = await draw_up(world, meeting, readers=[world.jonas])
    assert (await read(world.amina, former))["status"] == "current"
    marks = await bookmarks(world)
    now = await draw_up(world, meeting)
    assert (await read(world.jonas, beside))["status"] == "superseded"
    superseded = await read(world.jonas, former)
    assert (superseded["status"], superseded["version"]) == ("superseded", 2)
    assert (await read(world.owen, sharing))["status"] == "current"
    told = {kind: ["plan.superseded"] for kind in ("health_visiting", "police", "school")}
    assert await heard(world, marks, former["id"]) == told
    refusal = problem(await review(world.owen, superseded), 409, "conflict")
    assert (refusal["plan_status"], refusal["legal_acts"]) == ("superseded", [])
    path = f"/v1/families/{family['id']}/plans"
    for query, plans in (
        ({}, [now, beside, sharing, former]),
        ({"status": "current"}, [now, sharing]),
        ({"kind": "risk_reduction"}, [now, beside, former]),
        ({"status": ["superseded", "ended"]}, [beside, former]),
    ):
        page = done(await world.jonas.get(path, params=query))
        assert [each["id"] for each in page["items"]] == [each["id"] for each in plans]
    page = await world.jonas.get(path, params={"limit": 2, "status": ["current", "superseded"]})
    following = page.links["next"]["url"]
    rest = [each["id"] for each in done(await world.jonas.get(following))["items"]]
    assert rest == [sharing["id"], former["id"]]
    problem(await world.lena.get(path), 404, "not_found")


async def test_a_review_goes_on_changes_or_ends_it(world: World) -> None:
    plan = await planned(world, repeat_days=42)
    marks = await bookmarks(world)
    world.clock.advance(timedelta(days=10))
    held = day(world, -3)
    again = await review(world.owen, plan, held_on=held, review_due=None)
    now = done(again)
    assert (now["review_due"], now["version"]) == (day(world, 39), 2)
    now = done(await review(world.owen, now, review_due=day(world, 20)))
    assert now["review_due"] == day(world, 20)
    new = a_risk_plan(world, repeat_days=None, review_due=day(world, 15))
    changing = {"outcome": "change", "review_due": None, "risk_reduction": new}
    now = done(await review(world.owen, now, **changing, note="The dog has gone."))
    assert (now["content_version"], now["repeat_days"]) == (2, None)
    assert now["review_due"] == day(world, 15)
    over = done(await review(world.owen, now, outcome="end", review_due=None))
    assert (over["status"], over["version"]) == ("ended", 5)
    versions = done(await world.amina.get(f"/v1/plans/{plan['id']}/versions"))["items"]
    assert [each["reason"] for each in versions] == [None, "The dog has gone."]
    assert versions[0]["risk_reduction"] == plan["risk_reduction"]
    reviews = done(await world.amina.get(f"/v1/plans/{plan['id']}/reviews"))["items"]
    kept = [(each["version"], each["outcome"]) for each in reviews]
    assert kept == [(2, "continue"), (3, "continue"), (4, "change"), (5, "end")]
    assert (reviews[0]["held_on"], reviews[0]["by"]["name"]) == (held, "Owen")
    assert reviews[3]["review_due"] is None
    told = ["plan.reviewed"] * 4 + ["plan.ended"]
    heard_by = await heard(world, marks, plan["id"])
    assert set(heard_by) == {"health_visiting", "police", "school"}
    assert all(each == told for each in heard_by.values())


async def test_a_review_says_what_belongs_to_its_outcome(world: World) -> None:
    plan = await planned(world)
    sharing = await planned(world, kind="family_sharing")
    new = a_risk_plan(world)
    for changes, pointer in (
        ({"held_on": day(world, -1)}, "/held_on"),
        ({"held_on": day(world, 1)}, "/held_on"),
        ({"review_due": None}, "/review_due"),
        ({"review_due": day(world)}, "/review_due"),
        ({"outcome": "end"}, "/review_due"),
        ({"outcome": "change", "review_due": None}, "/risk_reduction"),
        ({"outcome": "change", "risk_reduction": new}, "/review_due"),
        ({"risk_reduction": new}, "/risk_reduction"),
        ({"family_sharing": a_sharing_plan(world)}, "/family_sharing"),
        (
            {
                "outcome": "change",
                "review_due": None,
                "risk_reduction": {**new, "review_due": day(world)},
            },
            "/risk_reduction/review_due",
        ),
    ):
        on = sharing if pointer.startswith("/held") else plan
        assert pointers(await review(world.owen, on, **changes)) == [pointer]
    later = {"not_yet": {"why": "Not safe.", "look_again_on": day(world, 9)}}
    changing = {"outcome": "change", "review_due": None, "family_sharing": later}
    now = done(await review(world.owen, sharing, **changing))
    assert (now["review_due"], now["content_version"]) == (day(world, 9), 2)


async def test_its_owner_alone_reviews_and_in_person(world: World) -> None:
    plan = await planned(world)
    for who in (world.jonas, world.school_system):
        problem(await review(who, plan), 403, "forbidden")
    problem(await review(world.lena, plan), 404, "not_found")
    now = done(await review(world.owen, plan))
    problem(await review(world.owen, plan), 412, "precondition_failed")
    done(await review(world.owen, now))


async def test_a_plan_is_given_to_another_that_is_involved(world: World) -> None:
    plan = await planned(world, readers=[world.jonas])
    marks = await bookmarks(world)
    given = {"agency_id": agency(world.amina), "reason": "Will weigh the baby."}
    problem(await on_plan(world.jonas, plan, "share", **given), 403, "forbidden")
    outside = {**given, "agency_id": agency(world.lena)}
    assert pointers(await on_plan(world.owen, plan, "share", **outside)) == ["/agency_id"]
    now = done(await on_plan(world.owen, plan, "share", **given))
    assert (now["version"], len(now["recipients"])) == (2, 3)
    problem(await on_plan(world.owen, now, "share", **given), 409, "conflict")
    assert await heard(world, marks, plan["id"]) == {"health_visiting": ["plan.shared"]}
    assert await read(world.amina, plan) == now


async def test_another_reader_takes_it_over(world: World) -> None:
    plan = await planned(world, readers=[world.jonas])
    marks = await bookmarks(world)
    for taker in (world.lena, world.amina):
        answer = await on_plan(world.owen, plan, "hand-over", agency_id=agency(taker))
        assert pointers(answer) == ["/agency_id"]
    own = await on_plan(world.owen, plan, "hand-over", agency_id=agency(world.owen))
    problem(own, 409, "conflict")
    now = done(await on_plan(world.owen, plan, "hand-over", agency_id=agency(world.jonas)))
    assert now["agency_id"] == agency(world.jonas)
    told = ["plan.handed_over"]
    assert await heard(world, marks, plan["id"]) == {"police": told, "school": told}
    problem(await review(world.owen, now), 403, "forbidden")
    over = done(await review(world.jonas, now, outcome="end", review_due=None))
    problem(
        await on_plan(world.jonas, over, "hand-over", agency_id=agency(world.owen)),
        409,
        "conflict",
    )
