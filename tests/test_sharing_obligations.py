"""The obligation that follows from a yes: to whom it is owed, until when, and who sees it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.engagement.sharing_checks.obligations import rules
from api.engagement.sharing_checks.obligations.rules import ObligationStatus
from tests.checking import (
    REASON,
    a_check,
    answered,
    discharge,
    discharged,
    ids_of,
    later,
    obligation_of,
    obliged,
    to_named,
)
from tests.conformance.scene import employ
from tests.involving import (
    about,
    bookmark,
    bookmarks,
    heard,
    involvement_of,
    leave,
    news,
    problem,
)
from tests.world import World, join, publish, register, shared_family

pytestmark = pytest.mark.anyio


async def test_it_says_to_whom_and_until_when_and_nothing_that_was_answered(world: World) -> None:
    family = await shared_family(world)
    marks = await bookmarks(world)
    check = await answered(world.amina, family, "less_than_honest", note="Canary note")
    for who in (world.amina, world.ruth, world.health_visiting_system):
        shown = await obligation_of(who, check)
        assert (shown["status"], shown["overdue"], shown["discharge"]) == ("open", False, None)
        assert shown["recipients"] == shown["outstanding"] == ids_of(world, "police", "school")
        due = datetime.fromisoformat(shown["due_at"]) - world.clock.now()
        assert due == timedelta(hours=24)
        for word in ("Canary", "Amina", check["id"]):
            assert word not in str(shown)
    told = {"health_visiting": ["sharing_check.obliged"]}
    assert await heard(world, marks, check["obligation_id"]) == told
    assert await heard(world, marks, check["id"]) == {}


async def test_it_is_for_the_agency_that_owes_it_alone(world: World) -> None:
    family = await shared_family(world)
    obligation = await obliged(world.amina, family)
    for who in (world.jonas, world.nadia, world.owen, world.police_system, world.lena):
        path = f"/v1/sharing-obligations/{obligation['id']}"
        problem(await who.get(path), 404, "not_found")
        assert obligation["id"] not in (await who.get("/v1/sharing-obligations?limit=200")).text
    for who in (world.nadia, world.jonas, world.victor):
        refused = await discharge(who, obligation, "reason", reason=REASON)
        problem(refused, 404, "not_found")


async def test_they_are_listed_by_status_and_page_by_page(world: World) -> None:
    path, kind = "/v1/sharing-obligations", "police"
    family = await shared_family(world)
    made = [await obliged(world.jonas, family) for _ in range(3)]
    done = await discharged(world.nadia, made[1], "reason", reason=REASON)
    for status, expected in (
        (["open"], [made[2], made[0]]),
        (["discharged"], [done]),
        (["open", "discharged"], [made[2], done, made[0]]),
    ):
        page = await world.people[f"{kind}_system"].get(path, params={"status": status})
        assert page.json()["items"] == expected
    seen, cursor = [], None
    while True:
        given_ = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = await world.jonas.get(path, params=given_)
        seen += page.json()["items"]
        cursor = page.json()["next"]
        if cursor is None:
            break
        assert 'rel="next"' in page.headers["Link"]
    assert seen == [made[2], done, made[0]]
    assert (await world.jonas.get(path, params={"status": "late"})).status_code == 400


async def test_who_joins_while_it_is_open_must_be_told_as_well(world: World) -> None:
    family = await register(world)
    assert (await join(world, family, world.police_system)).status_code == 201
    obligation = await obliged(world.amina, family)
    alert = await publish(world, family, audience=to_named(world, "police"))
    assert (await join(world, family, world.school_system)).status_code == 201
    now = await obligation_of(world.amina, {"obligation_id": obligation["id"]})
    assert now["recipients"] == ids_of(world, "police")
    assert now["outstanding"] == ids_of(world, "police", "school")
    refused = await discharge(world.amina, now, "alert", alert_id=alert["id"])
    assert problem(refused, 409, "recipients_not_reached")["not_reached"] == ids_of(world, "school")


async def test_overdue_it_is_told_of_once_to_who_owes_it(world: World) -> None:
    family = await shared_family(world)
    obligation = await obliged(world.amina, family)
    marks = await bookmarks(world)
    await later(world, hours=23, minutes=59)
    assert await heard(world, marks, obligation["id"]) == {}
    await later(world, minutes=1)
    await later(world, hours=30)
    told = {"health_visiting": ["sharing_check.overdue"]}
    assert await heard(world, marks, obligation["id"]) == told
    now = await obligation_of(world.amina, {"obligation_id": obligation["id"]})
    assert now["overdue"] is True
    assert now["version"] == obligation["version"]
    done = await discharged(world.ruth, now, "reason", reason=REASON)
    assert done["overdue"] is False


async def test_what_was_discharged_in_time_is_never_overdue(world: World) -> None:
    family = await shared_family(world)
    obligation = await obliged(world.amina, family)
    await discharged(world.ruth, obligation, "reason", reason=REASON)
    mark = await bookmark(world.amina)
    await later(world, days=3)
    assert about(await news(world.amina, mark), obligation["id"]) == []


async def test_with_nobody_to_share_with_the_clock_starts_when_somebody_joins(
    world: World,
) -> None:
    family = await register(world)
    mark = await bookmark(world.amina)
    obligation = await obliged(world.amina, family)
    assert (obligation["status"], obligation["due_at"]) == ("open", None)
    assert (obligation["recipients"], obligation["outstanding"]) == ([], [])
    await later(world, days=7)
    assert about(await news(world.amina, mark), obligation["id"]) == []
    assert (await join(world, family, world.police_system)).status_code == 201
    await later(world, minutes=1)
    now = await obligation_of(world.amina, {"obligation_id": obligation["id"]})
    due = datetime.fromisoformat(now["due_at"]) - world.clock.now()
    assert due == timedelta(hours=24)
    assert now["version"] == obligation["version"] + 1
    assert now["outstanding"] == ids_of(world, "police")
    await later(world, hours=25)
    told = about(await news(world.amina, mark), obligation["id"])
    assert told == ["sharing_check.obliged", "sharing_check.overdue"]


async def test_who_is_alone_may_leave_and_who_owes_others_may_not(world: World) -> None:
    alone, family = await register(world), await shared_family(world)
    waiting, owed = await obliged(world.amina, alone), await obliged(world.jonas, family)
    assert waiting["status"] == "open"
    assert (await leave(alone, world.health_visiting_system)).status_code == 200
    refused = problem(await leave(family, world.police_system), 409, "duties_remain")
    assert refused["duties"] == [{"type": "sharing_obligation", "id": owed["id"]}]
    await discharged(world.nadia, owed, "reason", reason=REASON)
    assert (await leave(family, world.police_system)).status_code == 200


async def test_an_involvement_that_others_end_closes_what_it_owed(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    owed, kept = await obliged(world.jonas, family), await obliged(world.amina, family)
    police = await involvement_of(family, world.police_system, world.amina)
    path = f"/v1/families/{family['id']}"
    contest = await world.tessa.post(
        f"{path}/involvements/{police['id']}/contests", {"reason": "No case."}
    )
    decision = {"outcome": "upheld", "reason": "It has none."}
    ended = await world.ruth.post(f"{path}/contests/{contest.json()['id']}/decision", decision)
    assert ended.status_code == 200, ended.text
    where = f"/v1/sharing-obligations/{owed['id']}"
    problem(await world.jonas.get(where), 404, "not_found")
    assert (await obligation_of(world.amina, {"obligation_id": kept["id"]}))["status"] == "open"
    assert (await join(world, family, world.police_system)).status_code == 201
    now = (await world.jonas.get(where)).json()
    assert now["status"] == "discharged"
    assert (now["discharge"]["by"], now["discharge"]["person"]) == ("involvement_ended", None)
    assert now["discharge"]["told"] == []


async def test_it_stands_in_the_chronology_of_who_owes_it_alone(world: World) -> None:
    family = await shared_family(world)
    check = await answered(world.amina, family, "fearful_of_response", note="Canary")
    obligation = await obligation_of(world.ruth, check)
    await later(world, minutes=5)
    await discharged(world.ruth, obligation, "reason", reason=REASON)
    path = f"/v1/families/{family['id']}/chronology"
    shown = await world.health_visiting_system.get(path, params={"order": "asc"})
    entries = [each for each in shown.json()["items"] if each["type"].startswith("sharing_check.")]
    assert [each["type"] for each in entries] == [
        "sharing_check.obliged",
        "sharing_check.discharged",
    ]
    assert [(each["by"] or {}).get("name") for each in entries] == [None, "Ruth"]
    assert [each["note"] for each in entries] == [None, REASON]
    assert {each["resource"]["url"] for each in entries} == {
        f"/v1/sharing-obligations/{obligation['id']}"
    }
    for who in (world.jonas, world.owen):
        assert "sharing" not in (await who.get(path)).text
    for word in ("Canary", "Amina", check["id"]):
        assert word not in str(entries)


async def test_who_reads_it_shows_to_the_own_agency_alone(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    check = await answered(world.amina, family, "would_want_to_know")
    await obligation_of(world.ruth, check)
    await world.ruth.get(f"/v1/sharing-checks/{check['id']}")
    path = f"/v1/families/{family['id']}/accesses"
    own = (await world.amina.get(path)).text
    assert check["obligation_id"] in own
    assert check["id"] not in own
    assert "sharing_check." not in own
    for who in (world.jonas, world.owen):
        shown = (await who.get(path)).text
        assert "sharing" not in shown


async def test_who_answers_and_leaves_at_once_does_one_of_both(world: World) -> None:
    for _ in range(6):
        family = await shared_family(world)
        made, left = await asyncio.gather(
            world.jonas.post(
                f"/v1/families/{family['id']}/sharing-checks", a_check("would_want_to_know")
            ),
            leave(family, world.police_system),
        )
        assert (made.status_code, left.status_code) in {(201, 409), (404, 200)}


async def test_a_chair_and_information_governance_see_that_it_is_owed(world: World) -> None:
    family = await shared_family(world)
    obligation = await obliged(world.amina, family)
    for name, role in (("isla", "information_governance"), ("carl", "chair")):
        who = await employ(world, "health_visiting", name, [role])
        assert (await obligation_of(who, {"obligation_id": obligation["id"]})) == obligation
        refused = await discharge(who, obligation, "reason", reason=REASON)
        problem(refused, 403, "forbidden")


@given(
    status=st.sampled_from(ObligationStatus),
    owed=st.sets(st.integers(0, 5)),
    reached=st.sets(st.integers(0, 5)),
    hours=st.integers(1, 168),
    passed=st.integers(-500, 500),
)
def test_the_rules_of_an_obligation(
    status: ObligationStatus, owed: set[int], reached: set[int], hours: int, passed: int
) -> None:
    opened_at = datetime(2026, 11, 23, tzinfo=UTC)
    due = rules.due_at(opened_at, owed, hours)
    assert (due is None) is (not owed)
    now = opened_at + timedelta(hours=passed)
    late = rules.is_overdue(status, due, owed, now)
    assert late is (status is ObligationStatus.OPEN and bool(owed) and passed >= hours)
    assert not rules.is_overdue(status, opened_at, set(), now)
    assert set(rules.not_reached(sorted(owed), reached)) == owed - reached
