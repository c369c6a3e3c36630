"""A 403 says who may: of what the caller reads anyway, and so reveals nothing."""

import pytest

from tests.breaking import end, opened
from tests.governing import another_manager, challenge, decision, on_challenge, ratified
from tests.involving import hand_over_lead, involvement_of, problem, ratify
from tests.merging import decide, proposed, two_records
from tests.world import Caller, World, etag, publish, register, shared_family

pytestmark = pytest.mark.anyio

IN_PERSON = "A practitioner's own token is needed."
BY_ROLE = "The caller's role does not permit this."


async def test_a_system_is_told_that_a_person_is_needed_and_a_person_that_it_is_the_role(
    world: World,
) -> None:
    alert = await publish(world, await shared_family(world))
    for who, detail in (
        (world.health_visiting_system, IN_PERSON),
        (world.amina, BY_ROLE),
        (world.nadia, "Only the agency that answers for the alert does this."),
    ):
        assert problem(await ratify(alert, who), 403, "forbidden")["detail"] == detail
    problem(await ratify(alert, world.victor), 404, "not_found")
    refused = problem(await world.operator_system.get("/v1/families"), 403, "forbidden")
    assert refused["detail"] == BY_ROLE  # a system's role has it, but not the operator's


async def test_an_answer_and_an_appeal_are_of_one_party_each(world: World) -> None:
    alert = await ratified(world)
    made = (await challenge(world.jonas, alert)).json()
    theirs = await on_challenge(world.nadia, made, "answer", decision())
    assert "answers for the alert" in problem(theirs, 403, "forbidden")["detail"]
    answered = (await on_challenge(world.ruth, made, "answer", decision())).json()
    appealed = await on_challenge(world.ruth, answered, "appeal", {"reason": "No."})
    assert "made the challenge" in problem(appealed, 403, "forbidden")["detail"]


async def test_the_other_lead_agrees_to_a_merge(world: World) -> None:
    one, other = await two_records(world)
    merge = await proposed(one, other, world.ruth)
    own = problem(await decide(merge, "agree", world.ruth), 403, "forbidden")
    assert own["detail"] == "The agency that leads the other record agrees."
    manager = await another_manager(world, "school", "sam")
    body = {"family_id": other["id"], "survives": "this", "reason": "One family."}
    refused = await manager.post(f"/v1/families/{one['id']}/merges", body)
    led = problem(refused, 403, "forbidden")
    assert led["detail"] == "Only the agency that leads the record does this."


async def test_only_the_lead_hands_the_lead_over_and_only_oneself_leaves(world: World) -> None:
    family = await shared_family(world)
    refused = problem(await hand_over_lead(family, world.nadia, world.ruth), 403, "forbidden")
    assert refused["detail"] == "Only the agency that leads hands the lead over."
    theirs = await involvement_of(family, world.tessa, world.jonas)
    path = f"/v1/families/{family['id']}/involvements/{theirs['id']}/leave"
    left = await world.jonas.post(path, {"reason": "Over"}, headers=etag(theirs))
    assert "leaves" in problem(left, 403, "forbidden")["detail"]


async def test_only_the_reader_ends_a_break_glass(world: World) -> None:
    grant = await opened(world.lena, await register(world))
    body = {
        "staff_id": "staff-quinn",
        "name": "Quinn",
        "job_title": "officer",
        "roles": ["practitioner", "information_governance"],
    }
    probation = world.agencies["probation"]
    made = await world.ada.post(f"/v1/agencies/{probation.id}/practitioners", body)
    assert made.status_code == 201, made.text
    quinn = Caller(world, probation, "staff-quinn")
    refused = problem(await end(grant, quinn), 403, "forbidden")
    assert refused["detail"] == "Only who opened a break-glass ends it."


async def test_an_agency_is_managed_by_its_own_administrator(world: World) -> None:
    refused = await world.owen.get(f"/v1/agencies/{world.agencies['police'].id}/clients")
    assert "own administrator" in problem(refused, 403, "forbidden")["detail"]


async def test_who_may_decide_a_contest_is_said(world: World) -> None:
    family = await shared_family(world)
    theirs = await involvement_of(family, world.police_system, world.tessa)
    path = f"/v1/families/{family['id']}/involvements/{theirs['id']}/contests"
    contest = (await world.tessa.post(path, {"reason": "Works with nobody there."})).json()
    where = f"/v1/families/{family['id']}/contests/{contest['id']}/decision"
    body = {"outcome": "dismissed", "reason": "It does."}
    refused = await world.nadia.post(where, body)
    assert "manager of the lead decides" in problem(refused, 403, "forbidden")["detail"]
