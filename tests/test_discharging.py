"""An obligation to share is discharged by an alert, by an incident shared, or by a reason."""

import asyncio
from uuid import UUID

import pytest

from api.access.actor import Named
from api.engagement.sharing_checks.obligations import rules
from api.foundation.ids import new_id
from tests.checking import (
    REASON,
    discharge,
    discharged,
    ids_of,
    incident_of,
    obligation_of,
    obliged,
    to_named,
)
from tests.governing import another_manager
from tests.involving import (
    about,
    bookmark,
    leave,
    news,
    pointers,
    problem,
    withdraw,
)
from tests.merging import decided, proposed, two_records
from tests.world import World, join, publish, register, shared_family

pytestmark = pytest.mark.anyio


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


def test_who_answered_does_not_say_why_it_is_not_shared() -> None:
    amina = Named(UUID(int=1), "Amina Patel")
    assert rules.reason_refusal(Named(None, "amina  PATEL"), amina) is not None
    assert rules.reason_refusal(Named(UUID(int=2), "Ruth"), amina) is None
