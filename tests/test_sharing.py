"""Sharing decisions: one for every agency involved, each taken, none forgotten."""

from datetime import timedelta

import pytest

from tests.hostility import (
    close,
    correct,
    decide,
    decide_how_to_go_on,
    decisions_of,
    not_shared_with,
    pass_time,
    record,
    shared_with,
    try_to_record,
)
from tests.involving import about, bookmark, leave, news, pointers, problem, withdraw
from tests.posting import courier_of, deliver, subscribed
from tests.receivers import receiver
from tests.world import World, an_alert, etag, join, key, publish, register, shared_family

pytestmark = pytest.mark.anyio


async def test_what_is_shared_is_read_by_that_agency_and_no_other(world: World) -> None:
    family = await shared_family(world)
    incident = await record(world, family, injury={"injured": True, "reportable": True})
    marks = [await bookmark(who) for who in (world.police_system, world.school_system)]
    decided = await decide(incident, world.amina, shared_with(world.police_system))
    assert decided.status_code == 200, decided.text
    shown = await world.police_system.get(f"/v1/incidents/{incident['id']}")
    assert (shown.status_code, shown.json()["injury"], shown.json()["outstanding"]) == (
        200, None, None,
    )  # fmt: skip
    assert shown.json()["version"] == 1  # a decision about others is no news of the content
    assert shown.headers["ETag"] == '"1"'
    problem(await world.school_system.get(f"/v1/incidents/{incident['id']}"), 404, "not_found")
    heard = [
        about(await news(who, mark), incident["id"])
        for who, mark in zip((world.police_system, world.school_system), marks, strict=True)
    ]
    assert heard == [["incident.shared"], []]


async def test_a_webhook_tells_of_it_when_it_is_shared(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.police_system, there, ["incident.*"], courier=courier),
    ):
        incident = await record(world, family)
        await deliver(world, courier)
        assert there.events == []
        assert (await decide(incident, world.amina, shared_with(world.jonas))).status_code == 200
        await deliver(world, courier)
        assert [each.type for each in there.events] == ["incident.shared"]


async def test_the_decisions_are_the_deciding_agencys_alone(world: World) -> None:
    family = await shared_family(world)
    incident = await record(world, family)
    decided = await decide(incident, world.amina, shared_with(world.police_system))
    path = f"/v1/incidents/{incident['id']}"
    for what in ("sharing-decisions", "versions"):
        problem(await world.jonas.get(f"{path}/{what}"), 403, "forbidden")
        problem(await world.tessa.get(f"{path}/{what}"), 404, "not_found")
    shown = (await world.jonas.get(path)).json()
    problem(await decide(shown, world.jonas, shared_with(world.school_system)), 403, "forbidden")
    problem(await correct(shown, world.jonas, what_happened="Nothing."), 403, "forbidden")
    assert decided.json()["items"][0]["decided_by_name"] == "Amina"


async def test_not_to_share_is_judged_in_person_with_its_reason(world: World) -> None:
    family = await shared_family(world)
    incident = await record(world, family)
    no = not_shared_with(world.police_system)
    by_system = await decide(
        incident, world.health_visiting_system, no, practitioner={"staff_id": "staff-amina"}
    )
    problem(by_system, 403, "forbidden")
    without = not_shared_with(world.police_system, reason=None)
    assert pointers(await decide(incident, world.amina, without)) == ["/decisions/0"]
    assert (await decide(incident, world.amina, no)).status_code == 200
    decided = (await decisions_of(incident, world.amina))["items"]
    assert {each["outcome"] for each in decided} == {"not_shared", "undecided"}
    problem(await world.police_system.get(f"/v1/incidents/{incident['id']}"), 404, "not_found")


async def test_several_are_decided_together_or_none_is(world: World) -> None:
    family = await shared_family(world)
    incident = await record(world, family)
    outsider = shared_with(world.probation_system)
    refused = await decide(incident, world.amina, shared_with(world.police_system), outsider)
    assert pointers(refused) == ["/decisions/1/agency_id"]
    twice = [shared_with(world.police_system)] * 2
    assert pointers(await decide(incident, world.amina, *twice)) == ["/decisions"]
    itself = shared_with(world.amina)
    assert pointers(await decide(incident, world.amina, itself)) == ["/decisions/0/agency_id"]
    now = await decisions_of(incident, world.amina)
    assert {each["outcome"] for each in now["items"]} == {"undecided"}
    problem(await world.police_system.get(f"/v1/incidents/{incident['id']}"), 404, "not_found")


async def test_an_alert_shares_it_with_those_that_read_the_alert(world: World) -> None:
    family = await shared_family(world)
    incident = await record(world, family)
    school = {"agency_id": str(world.agencies["school"].id), "reason": "Sees the child daily"}
    alert = await publish(world, family, audience={"kind": "agencies", "agencies": [school]})
    by_alert = {"how": "alert", "alert_id": alert["id"]}
    refused = await decide(incident, world.amina, shared_with(world.police_system, **by_alert))
    assert pointers(refused) == ["/decisions/0/alert_id"]
    unnamed = shared_with(world.school_system, how="alert")
    assert pointers(await decide(incident, world.amina, unnamed)) == ["/decisions/0/alert_id"]
    decided = await decide(incident, world.amina, shared_with(world.school_system, **by_alert))
    assert decided.status_code == 200, decided.text
    problem(await world.school_system.get(f"/v1/incidents/{incident['id']}"), 404, "not_found")


async def test_an_alert_that_has_ended_shares_nothing(world: World) -> None:
    family = await shared_family(world)
    incident, alert = await record(world, family), await publish(world, family)
    assert (await withdraw(alert, world.ruth)).status_code == 200
    by_alert = shared_with(world.police_system, how="alert", alert_id=alert["id"])
    refused = await decide(incident, world.amina, by_alert)
    assert pointers(refused) == ["/decisions/0/alert_id"]


async def test_given_again_it_stays_given_from_the_first_time(world: World) -> None:
    family = await shared_family(world)
    incident = await record(world, family)
    given = shared_with(world.police_system)
    now = (await decide(incident, world.amina, given)).json()
    mark = await bookmark(world.police_system)
    world.clock.advance(timedelta(minutes=1))
    now = (await decide({**incident, **now}, world.ruth, given)).json()
    police = next(each for each in now["items"] if each["outcome"] == "shared")
    assert police["decided_by_name"] == "Amina"
    assert await news(world.police_system, mark) == []


async def test_a_chronology_in_small_pages_names_everybody_it_was_shared_with(
    world: World,
) -> None:
    family = await shared_family(world)
    incident = await record(world, family)
    both = (shared_with(world.police_system), shared_with(world.school_system))
    assert (await decide(incident, world.amina, *both)).status_code == 200
    path, found = f"/v1/families/{family['id']}/chronology", []
    asked: dict[str, object] = {"limit": 1, "type": "incident.shared"}
    while asked:
        page = (await world.amina.get(path, params=asked)).json()
        found += [each["agency_id"] for each in page["items"]]
        asked = {**asked, "cursor": page["next"]} if page["next"] else {}
    assert set(found) == {str(who.agency.id) for who in (world.jonas, world.tessa)}
    own = (await world.jonas.get(path, params={"type": "incident.shared"})).json()["items"]
    assert [each["agency_id"] for each in own] == [str(world.jonas.agency.id)]


async def test_a_closed_incident_still_lists_what_is_outstanding(world: World) -> None:
    family = await register(world)
    incident = await record(world, family)
    decided = (await decide_how_to_go_on(incident, world.ruth)).json()
    closed = (await close(decided, world.ruth)).json()
    assert closed["outstanding"] == decided["outstanding"] != []
    mark = await bookmark(world.health_visiting_system)
    await pass_time(world, timedelta(days=9))
    assert about(await news(world.health_visiting_system, mark), incident["id"]) == []
    added = await correct(closed, world.amina, scope="universal")
    parts = [each["part"] for each in added.json()["outstanding"]]
    assert "scope" not in parts
    assert "cause" in parts


async def test_one_call_records_decides_and_publishes(world: World) -> None:
    family = await shared_family(world)
    marks = [await bookmark(who) for who in (world.police_system, world.school_system)]
    sharing = {
        "alert": an_alert(family),
        "decisions": [
            shared_with(world.police_system),
            shared_with(world.school_system, how="alert"),
        ],
    }
    incident = await record(world, family, sharing=sharing)
    heard = [
        [each["type"] for each in await news(who, mark)]
        for who, mark in zip((world.police_system, world.school_system), marks, strict=True)
    ]
    assert sorted(heard[0]) == ["alert.published", "incident.shared"]
    assert heard[1] == ["alert.published"]
    listed = (await world.police_system.get(f"/v1/families/{family['id']}/alerts")).json()
    assert listed["items"][0]["grounds"]["incident_ids"] == [incident["id"]]
    listed = (await world.school_system.get(f"/v1/families/{family['id']}/alerts")).json()
    assert listed["items"][0]["grounds"]["incident_ids"] == []


async def test_a_refused_part_of_one_call_leaves_nothing(world: World) -> None:
    family = await shared_family(world)
    marks = [await bookmark(world.police_system), await bookmark(world.health_visiting_system)]
    late = {"alert": an_alert(family, review_due="2029-01-01"), "decisions": []}
    refused = await try_to_record(world, family, sharing=late)
    assert pointers(refused) == ["/sharing/alert/review_due"]
    outside = {"alert": an_alert(family), "decisions": [shared_with(world.probation_system)]}
    refused = await try_to_record(world, family, sharing=outside)
    assert pointers(refused) == ["/sharing/decisions/0/agency_id"]
    for what in ("incidents", "alerts"):
        listed = await world.amina.get(f"/v1/families/{family['id']}/{what}")
        assert listed.json()["items"] == []
    assert await news(world.police_system, marks[0]) == []
    assert await news(world.health_visiting_system, marks[1]) == []


async def test_grounds_name_incidents_that_the_author_reads(world: World) -> None:
    family, other = await shared_family(world), await register(world)
    incident, elsewhere = await record(world, family), await record(world, other)

    async def grounded(who: object, incident_id: str) -> object:
        grounds = an_alert(family)["grounds"] | {"incident_ids": [incident_id]}
        body = an_alert(family, grounds=grounds, author={"name": "A", "job_title": "b"})
        path = f"/v1/families/{family['id']}/alerts"
        return await who.post(path, body, headers=key())  # type: ignore[attr-defined]

    for who, named in ((world.police_system, incident), (world.health_visiting_system, elsewhere)):
        assert pointers(await grounded(who, named["id"])) == ["/grounds/incident_ids"]
    made = await grounded(world.health_visiting_system, incident["id"])
    assert made.json()["grounds"]["incident_ids"] == [incident["id"]]


async def test_an_incident_is_closed_once_everybody_is_considered(world: World) -> None:
    family = await shared_family(world)
    incident = await record(world, family)
    body = problem(await close(incident, world.ruth), 409, "conflict")
    assert (len(body["undecided"]), body["decision_missing"]) == (2, True)
    both = (shared_with(world.police_system), not_shared_with(world.school_system))
    assert (await decide(incident, world.amina, *both)).status_code == 200
    incident = (await world.amina.get(f"/v1/incidents/{incident['id']}")).json()
    decided = await decide_how_to_go_on(incident, world.ruth)
    assert decided.json()["decision"]["decided_by"]["name"] == "Ruth"
    mark = await bookmark(world.police_system)
    closed = await close(decided.json(), world.ruth)
    assert closed.json()["status"] == "closed"
    assert about(await news(world.police_system, mark), incident["id"]) == ["incident.closed"]
    body = problem(await close(closed.json(), world.ruth), 409, "conflict")
    assert body["legal_acts"] == ["correct", "share", "decide", "enter_in_error"]


async def test_who_recorded_it_does_not_decide_how_to_go_on(world: World) -> None:
    family = await register(world)
    incident = await record(world, family, recorder={"staff_id": "staff-ruth"})
    problem(await decide_how_to_go_on(incident, world.ruth), 409, "conflict")
    problem(await decide_how_to_go_on(incident, world.amina), 403, "forbidden")


async def test_what_was_shared_is_not_unshared(world: World) -> None:
    family = await shared_family(world)
    incident = await record(world, family)
    now = (await decide(incident, world.amina, shared_with(world.police_system))).json()
    refused = await decide({**incident, **now}, world.amina, not_shared_with(world.police_system))
    problem(refused, 409, "conflict")
    alert = await publish(world, family)
    by_alert = shared_with(world.school_system, how="alert", alert_id=alert["id"])
    now = (await decide({**incident, **now}, world.amina, by_alert)).json()
    refused = await decide({**incident, **now}, world.amina, not_shared_with(world.school_system))
    problem(refused, 409, "conflict")
    more = await decide({**incident, **now}, world.amina, shared_with(world.school_system))
    assert more.status_code == 200, more.text


async def test_an_error_is_told_to_everybody_who_read_it(world: World) -> None:
    family = await shared_family(world)
    incident = await record(world, family)
    await decide(incident, world.amina, shared_with(world.police_system))
    incident = (await world.amina.get(f"/v1/incidents/{incident['id']}")).json()
    mark = await bookmark(world.police_system)
    path = f"/v1/incidents/{incident['id']}/enter-in-error"
    body = {"reason": "Of another family."}
    problem(await world.amina.post(path, body, headers=etag(incident)), 403, "forbidden")
    answer = await world.ruth.post(path, body, headers=etag(incident))
    assert (answer.status_code, answer.json()["outstanding"]) == (200, [])
    heard = about(await news(world.police_system, mark), incident["id"])
    assert heard == ["incident.entered_in_error"]
    shown = (await world.jonas.get(f"/v1/incidents/{incident['id']}")).json()
    assert shown["status"] == "entered_in_error"
    problem(await correct(answer.json(), world.amina, place="office"), 409, "conflict")


async def test_who_joins_meanwhile_is_considered_and_who_leaves_is_not(world: World) -> None:
    family = await shared_family(world)
    incident = await record(world, family)
    mark = await bookmark(world.health_visiting_system)
    joined = await join(world, family, world.probation_system)
    assert incident["id"] not in joined.text
    assert (await leave(family, world.school_system)).status_code == 200
    listed = (await decisions_of(incident, world.amina))["items"]
    considered = {each["agency_id"] for each in listed}
    assert considered == {str(world.agencies[kind].id) for kind in ("police", "probation")}
    await pass_time(world, timedelta(seconds=1))
    heard = about(await news(world.health_visiting_system, mark), incident["id"])
    assert heard == ["incident.to_decide"]


async def test_whoever_has_not_decided_in_time_is_urged_once(world: World) -> None:
    family = await shared_family(world)
    incident = await record(world, family)
    mark = await bookmark(world.health_visiting_system)
    await pass_time(world, timedelta(hours=23))
    assert about(await news(world.health_visiting_system, mark), incident["id"]) == []
    await pass_time(world, timedelta(hours=1))
    await pass_time(world, timedelta(hours=1))
    heard = about(await news(world.health_visiting_system, mark), incident["id"])
    assert sorted(heard) == ["incident.incomplete", *["incident.undecided"] * 2]


async def test_the_agency_closes_its_incidents_before_it_leaves(world: World) -> None:
    family = await shared_family(world)
    incident = await record(
        world, family, world.police_system, recorder={"name": "J", "job_title": "p"}
    )
    body = problem(await leave(family, world.police_system), 409, "duties_remain")
    assert {"type": "incident", "id": incident["id"]} in body["duties"]
