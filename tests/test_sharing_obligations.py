"""The obligation that follows from a yes: owed to everybody involved, until it is discharged."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.actor import Named
from api.engagement.sharing_checks.obligations import rules
from api.engagement.sharing_checks.obligations.rules import ObligationStatus
from api.foundation.database import Database
from api.foundation.ids import new_id
from api.incidents.models import Incident
from api.incidents.sharing.models import SharingDecision
from api.worker import pass_all_deadlines
from tests.checking import a_check, answered, discharge, obligation_of, obliged
from tests.conformance.scene import employ
from tests.governing import another_manager
from tests.involving import (
    about,
    bookmark,
    bookmarks,
    heard,
    involvement_of,
    leave,
    news,
    pointers,
    problem,
    withdraw,
)
from tests.merging import decided, proposed, two_records
from tests.world import START, World, join, publish, register, shared_family

pytestmark = pytest.mark.anyio

REASON = "Everybody was told in person at the core group."


def ids_of(world: World, *kinds: str) -> list[str]:
    return [str(world.agencies[kind].id) for kind in kinds]


def to_named(world: World, *kinds: str) -> dict[str, Any]:
    """An audience of these agencies."""
    named = [{"agency_id": each, "reason": "Visits"} for each in ids_of(world, *kinds)]
    return {"kind": "agencies", "agencies": named}


async def incident_of(
    world: World, family: dict[str, Any], status: str = "open", **outcomes: str
) -> str:
    """An incident of health visiting, decided so for each agency."""
    owner, database = (
        world.agencies["health_visiting"].id,
        Database(world.urls["postgres"], pool_size=1, wait_seconds=5),
    )
    incident = Incident(
        id=new_id(),
        family_id=UUID(family["id"]),
        agency_id=owner,
        author_name="Amina",
        author_job_title="health visitor",
        status=status,
        occurred_at=START,
        recorded_at=START,
        late=False,
        behaved=[],
        behaviours=[],
        towards=[],
        uncooperativeness_types=[],
        circumstances=[],
        hate_elements=[],
        account={},
        version=1,
        content_version=1,
    )
    async with database.session() as session:
        session.add(incident)
        await session.flush()
        for kind, outcome in outcomes.items():
            shared, undecided = outcome == "shared", outcome == "undecided"
            session.add(
                SharingDecision(
                    incident_id=incident.id,
                    agency_id=world.agencies[kind].id,
                    family_id=incident.family_id,
                    owner_id=owner,
                    outcome=outcome,
                    how="incident" if shared else None,
                    reason_code=None if shared or undecided else "other",
                    decided_at=None if undecided else START,
                )
            )
        await session.commit()
    await database.close()
    return str(incident.id)


async def later(world: World, **delta: float) -> None:
    world.clock.advance(timedelta(**delta))
    await pass_all_deadlines(world.worker)


async def discharged(who: Any, obligation: dict[str, Any], by: str, **given_: Any) -> Any:
    answer = await discharge(who, obligation, by, **given_)
    assert answer.status_code == 200, answer.text
    return answer.json()


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


async def test_an_alert_that_everybody_reads_discharges_it(world: World) -> None:
    family = await shared_family(world)
    obligation, mark = await obliged(world.amina, family), await bookmark(world.amina)
    alert = await publish(world, family)
    done = await discharged(world.amina, obligation, "alert", alert_id=alert["id"])
    assert (done["status"], done["outstanding"]) == ("discharged", [])
    assert done["discharge"] == {
        "by": "alert",
        "alert_id": alert["id"],
        "incident_id": None,
        "reason": None,
        "told": ids_of(world, "police", "school"),
        "at": done["discharge"]["at"],
        "person": {"name": "Amina", "job_title": "practitioner"},
    }
    assert about(await news(world.amina, mark), obligation["id"]) == ["sharing_check.discharged"]
    again = await discharge(world.amina, done, "alert", alert_id=alert["id"])
    assert problem(again, 409, "conflict")["obligation_status"] == "discharged"


async def test_an_alert_that_some_do_not_read_does_not(world: World) -> None:
    family = await shared_family(world)
    obligation = await obliged(world.amina, family)
    alert = await publish(world, family, audience=to_named(world, "police"))
    answer = await discharge(world.amina, obligation, "alert", alert_id=alert["id"])
    refused = problem(answer, 409, "recipients_not_reached")
    assert refused["not_reached"] == ids_of(world, "school")
    assert (await leave(family, world.school_system)).status_code == 200
    now = await discharged(world.amina, obligation, "alert", alert_id=alert["id"])
    assert now["discharge"]["told"] == ids_of(world, "police")
    assert now["recipients"] == ids_of(world, "police", "school")


async def test_only_a_live_alert_of_one_s_own_on_this_family_does(world: World) -> None:
    family, other = await shared_family(world), await shared_family(world)
    obligation = await obliged(world.amina, family)
    ended, theirs = await publish(world, family), await publish(world, family, world.jonas)
    assert (await withdraw(ended, world.ruth)).status_code == 200
    elsewhere = await publish(world, other)
    for alert in (ended["id"], theirs["id"], elsewhere["id"], str(new_id())):
        refused = await discharge(world.amina, obligation, "alert", alert_id=alert)
        assert pointers(refused) == ["/alert_id"]
    assert (await obligation_of(world.amina, {"obligation_id": obligation["id"]})) == obligation


async def test_an_incident_shared_with_everybody_discharges_it(world: World) -> None:
    family = await shared_family(world)
    obligation = await obliged(world.amina, family)
    for outcome in ("undecided", "not_shared"):
        incident = await incident_of(world, family, police="shared", school=outcome)
        answer = await discharge(world.amina, obligation, "incident", incident_id=incident)
        refused = problem(answer, 409, "recipients_not_reached")
        assert refused["not_reached"] == ids_of(world, "school")
    incident = await incident_of(world, family, police="shared", school="shared")
    done = await discharged(world.amina, obligation, "incident", incident_id=incident)
    assert done["discharge"]["incident_id"] == incident
    assert done["discharge"]["told"] == ids_of(world, "police", "school")


async def test_only_an_incident_of_one_s_own_that_stands_does(world: World) -> None:
    family, other = await shared_family(world), await shared_family(world)
    shared = {"police": "shared", "school": "shared"}
    taken_back = await incident_of(world, family, "entered_in_error", **shared)
    elsewhere, standing = (
        await incident_of(world, other, **shared),
        await incident_of(world, family, **shared),
    )
    own, theirs = await obliged(world.amina, family), await obliged(world.jonas, family)
    for incident in (taken_back, elsewhere, str(new_id())):
        refused = await discharge(world.amina, own, "incident", incident_id=incident)
        assert pointers(refused) == ["/incident_id"]
    # The police read it, but it is not theirs.
    refused = await discharge(world.jonas, theirs, "incident", incident_id=standing)
    assert pointers(refused) == ["/incident_id"]


async def test_a_manager_who_did_not_answer_says_why_it_is_not_shared(world: World) -> None:
    family = await shared_family(world)
    of_ruth, of_amina = await obliged(world.ruth, family), await obliged(world.amina, family)
    refused = await discharge(world.amina, of_amina, "reason", reason=REASON)
    problem(refused, 403, "forbidden")
    refused = await discharge(world.health_visiting_system, of_amina, "reason", reason=REASON)
    problem(refused, 403, "forbidden")
    problem(await discharge(world.ruth, of_ruth, "reason", reason=REASON), 409, "conflict")
    rosa = await another_manager(world, "health_visiting", "rosa")
    for who, obligation in ((world.ruth, of_amina), (rosa, of_ruth)):
        done = await discharged(who, obligation, "reason", reason=REASON)
        assert done["discharge"]["reason"] == REASON
        assert done["discharge"]["told"] == []
        assert done["discharge"]["person"]["name"] == who.name


async def test_it_is_discharged_as_it_was_last_read_and_in_one_way(world: World) -> None:
    family = await shared_family(world)
    obligation, some = await obliged(world.amina, family), str(new_id())
    path = f"/v1/sharing-obligations/{obligation['id']}/discharge"
    body = {"by": "reason", "reason": REASON}
    problem(await world.ruth.post(path, body), 428, "precondition_required")
    stale = {"If-Match": '"7"'}
    problem(await world.ruth.post(path, body, headers=stale), 412, "precondition_failed")
    for wrong in (
        {"by": "reason"},
        {"by": "alert", "incident_id": some},
        {"by": "incident", "incident_id": some, "reason": REASON},
    ):
        assert pointers(await discharge(world.ruth, obligation, **wrong)) == [""]
    refused = await discharge(world.ruth, obligation, "involvement_ended")
    assert pointers(refused) == ["/by"]


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


async def test_on_a_record_that_is_merged_away_it_is_still_discharged(world: World) -> None:
    one, other = await two_records(world)
    assert (await join(world, one, world.police_system)).status_code == 201
    by_alert, by_reason = [await obliged(world.jonas, other) for _ in range(2)]
    merge = await proposed(one, other, world.ruth)
    await decided(merge, "agree", world.nadia)
    done = await discharged(world.nadia, by_reason, "reason", reason=REASON)
    assert done["family_id"] == other["id"]
    alert = await publish(world, one, world.jonas, audience=to_named(world, "school"))
    done = await discharged(world.jonas, by_alert, "alert", alert_id=alert["id"])
    assert done["discharge"]["told"] == ids_of(world, "school")


async def test_discharged_twice_at_once_it_is_discharged_once(world: World) -> None:
    family = await shared_family(world)
    rosa = await another_manager(world, "health_visiting", "rosa")
    for _ in range(4):
        obligation, mark = await obliged(world.amina, family), await bookmark(world.amina)
        both = await asyncio.gather(
            discharge(world.ruth, obligation, "reason", reason=REASON),
            discharge(rosa, obligation, "reason", reason=REASON),
        )
        assert sorted(each.status_code for each in both) == [200, 412]
        told = about(await news(world.amina, mark), obligation["id"])
        assert told == ["sharing_check.discharged"]


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


async def test_who_joins_while_it_is_discharged_comes_before_or_after(world: World) -> None:
    """Before: the alert for named agencies does not reach it. After: it is nobody's debt."""
    for _ in range(4):
        family = await register(world)
        assert (await join(world, family, world.police_system)).status_code == 201
        obligation = await obliged(world.amina, family)
        alert = await publish(world, family, audience=to_named(world, "police"))
        done, joined = await asyncio.gather(
            discharge(world.amina, obligation, "alert", alert_id=alert["id"]),
            join(world, family, world.school_system),
        )
        assert joined.status_code == 201
        now = await obligation_of(world.amina, {"obligation_id": obligation["id"]})
        if done.status_code == 200:
            assert now["discharge"]["told"] == ids_of(world, "police")
        else:
            problem(done, 409, "recipients_not_reached")
            assert now["outstanding"] == ids_of(world, "police", "school")


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


def test_who_answered_does_not_say_why_it_is_not_shared() -> None:
    amina = Named(UUID(int=1), "Amina Patel")
    assert rules.reason_refusal(Named(None, "amina  PATEL"), amina) is not None
    assert rules.reason_refusal(Named(UUID(int=2), "Ruth"), amina) is None
