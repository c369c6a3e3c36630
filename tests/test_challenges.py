"""Challenges: recorded, acknowledged in 30 days, answered by somebody else, appealed once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.actor import Named
from api.alerts.challenges import rules
from api.alerts.challenges.rules import OPEN, Act, Status
from api.worker import pass_all_deadlines
from tests.governing import another_manager, challenge, decision, on_challenge, ratified, read
from tests.involving import bookmark, bookmarks, heard, news, pointers, problem, types, withdraw
from tests.locks import held, waiters
from tests.world import Caller, World, publish, shared_family

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rosa(world: World) -> Caller:
    """A second manager of health visiting."""
    return await another_manager(world, "health_visiting", "rosa")


async def challenged(world: World, who: Caller | None = None, **changes: Any) -> tuple[Any, Any]:
    alert = await ratified(world)
    made = await challenge(who or world.jonas, alert, **changes)
    assert made.status_code == 201, made.text
    return alert, made.json()


async def after(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_challenged_alert_is_disputed_wherever_it_shows(world: World) -> None:
    alert = await ratified(world)
    marks = await bookmarks(world)
    made = (await challenge(world.jonas, alert, raised_by="subject")).json()
    assert (made["status"], made["acknowledge_by"]) == ("received", "2026-12-23")
    now = await read(world.tessa, alert)
    assert (now["disputed"], now["status"]) == (True, "active")
    assert now["version"] == alert["version"] + 1
    banner = await world.tessa.get(f"/v1/families/{alert['family_id']}/banner")
    [shown] = banner.json()["alerts"]
    assert shown["disputed"] is True
    assert await heard(world, marks, alert["id"]) == {
        kind: ["alert.disputed"] for kind in ("health_visiting", "police", "school")
    }
    told = {kind: ["challenge.received"] for kind in ("health_visiting", "police")}
    assert await heard(world, marks, made["id"]) == told


async def test_challenges_at_once_do_not_wait_for_each_other(world: World, superuser: Any) -> None:
    """Nor does what the owner does with the alert meanwhile."""
    alert = await ratified(world)
    await world.ruth.token()
    challengers = (world.jonas, world.tessa)
    for who in challengers:
        await who.token()
    lock = "SELECT FROM alerts WHERE id = $1 FOR NO KEY UPDATE"
    async with held(world.urls["postgres"], lock, alert["id"]):
        made = [asyncio.create_task(challenge(each, alert)) for each in challengers]
        await waiters(superuser, 2)
        withdrawing = asyncio.create_task(withdraw(alert, world.ruth))
        await waiters(superuser, 3)
    answers = [await each for each in made]
    assert {each.status_code for each in answers} == {201}, [each.text for each in answers]
    assert (await withdrawing).status_code == 412


async def test_its_words_are_for_its_two_parties(world: World) -> None:
    alert, made = await challenged(world, statement="Canary objection")
    for who, listed in ((world.ruth, 1), (world.jonas, 1), (world.tessa, 0)):
        page = await who.get(f"/v1/alerts/{alert['id']}/challenges")
        assert len(page.json()["items"]) == listed
    assert (await world.ruth.get(f"/v1/challenges/{made['id']}")).status_code == 200
    for who in (world.tessa, world.lena):
        problem(await who.get(f"/v1/challenges/{made['id']}"), 404, "not_found")
    assert (await world.lena.get("/v1/challenges")).json()["items"] == []
    for who in (world.ruth, world.jonas):
        page = await who.get("/v1/challenges", params={"status": "received", "limit": 1})
        assert [each["id"] for each in page.json()["items"]] == [made["id"]]


async def test_it_is_acknowledged_answered_and_the_mark_goes(world: World) -> None:
    alert, made = await challenged(world)
    acknowledged = await after(await on_challenge(world.ruth, made, "acknowledge", None))
    assert acknowledged["status"] == "acknowledged"
    marks = await bookmarks(world)
    answered = await after(
        await on_challenge(world.ruth, acknowledged, "answer", decision("partly_upheld"))
    )
    assert answered["answer"]["outcome"] == "partly_upheld"
    assert answered["answer"]["by_name"] == "Ruth"
    now = await read(world.tessa, alert)
    assert (now["disputed"], now["status"]) == (False, "active")
    assert (await heard(world, marks, alert["id"]))["school"] == ["alert.dispute_ended"]
    assert (await heard(world, marks, made["id"]))["police"] == ["challenge.answered"]


async def test_an_appeal_is_decided_by_yet_another(world: World, rosa: Caller) -> None:
    alert, made = await challenged(world)
    answered = await after(await on_challenge(world.ruth, made, "answer", decision()))
    problem(await on_challenge(world.ruth, answered, "appeal", {"reason": "No."}), 403, "forbidden")
    appealed = await after(
        await on_challenge(world.jonas, answered, "appeal", {"reason": "He was away."})
    )
    assert (await read(world.tessa, alert))["disputed"] is True
    same = await on_challenge(world.ruth, appealed, "appeal/decision", decision())
    problem(same, 409, "conflict")
    closed = await after(await on_challenge(rosa, appealed, "appeal/decision", decision("upheld")))
    assert (closed["status"], closed["appeal_answer"]["outcome"]) == ("closed", "upheld")
    assert (await read(world.tessa, alert))["disputed"] is False
    for verb, body in (("answer", decision()), ("appeal", {"reason": "Again."})):
        who = rosa if verb == "answer" else world.jonas
        refused = problem(await on_challenge(who, closed, verb, body), 409, "conflict")
        assert refused["legal_acts"] == []


async def test_who_appealed_does_not_decide_the_appeal(world: World, rosa: Caller) -> None:
    third = await another_manager(world, "health_visiting", "third")
    alert = await ratified(world)
    made = (await challenge(third, alert, raised_by="subject")).json()
    answered = await after(await on_challenge(world.ruth, made, "answer", decision()))
    appealed = await after(await on_challenge(rosa, answered, "appeal", {"reason": "Again."}))
    assert (answered["appealed_by"], appealed["appealed_by"]) == (None, "Rosa")
    problem(await on_challenge(rosa, appealed, "appeal/decision", decision()), 409, "conflict")
    vera = await another_manager(world, "health_visiting", "vera", roles=["information_governance"])
    closed = await after(await on_challenge(vera, appealed, "appeal/decision", decision()))
    assert closed["appealed_by"] == "Rosa"


async def test_neither_the_author_nor_who_recorded_it_answers(world: World, rosa: Caller) -> None:
    own = await publish(world, await shared_family(world), rosa)
    made = (await challenge(world.ruth, own, raised_by="subject")).json()
    problem(await on_challenge(rosa, made, "answer", decision()), 409, "conflict")
    problem(await on_challenge(world.ruth, made, "answer", decision()), 409, "conflict")
    vera = await another_manager(world, "health_visiting", "vera", roles=["information_governance"])
    assert (await on_challenge(vera, made, "answer", decision())).status_code == 200


async def test_only_the_owner_s_judges_decide(world: World) -> None:
    _, made = await challenged(world)
    for who in (world.amina, world.health_visiting_system):
        problem(await on_challenge(who, made, "answer", decision()), 403, "forbidden")
        problem(await on_challenge(who, made, "acknowledge", None), 403, "forbidden")
    problem(await on_challenge(world.nadia, made, "answer", decision()), 403, "forbidden")
    problem(await on_challenge(world.owen, made, "answer", decision()), 404, "not_found")
    problem(await on_challenge(world.victor, made, "answer", decision()), 404, "not_found")


async def test_a_system_makes_no_challenge_and_an_outsider_finds_nothing(world: World) -> None:
    alert = await ratified(world)
    problem(await challenge(world.police_system, alert), 403, "forbidden")
    problem(await challenge(world.lena, alert), 404, "not_found")
    anonymous = await world.http.post(f"/v1/alerts/{alert['id']}/challenges", json={})
    assert anonymous.status_code == 401


async def test_an_objection_has_words_and_was_received_since_the_alert_was_published(
    world: World,
) -> None:
    alert = await ratified(world)
    for changes, pointer in (
        ({"statement": ""}, "/statement"),
        ({"raised_by": "family"}, "/raised_by"),
        ({"received_on": "2026-11-24"}, "/received_on"),
        ({"received_on": "2026-11-22"}, "/received_on"),
    ):
        assert pointers(await challenge(world.jonas, alert, **changes)) == [pointer]
    world.clock.advance(timedelta(days=20))
    made = await challenge(world.jonas, alert, received_on="2026-11-23")
    assert made.json()["acknowledge_by"] == "2026-12-23"


async def test_an_alert_that_has_ended_is_challenged_no_more(world: World) -> None:
    alert = (await withdraw(await ratified(world), world.ruth)).json()
    problem(await challenge(world.jonas, alert), 409, "conflict")


async def test_an_appeal_against_what_has_ended_is_refused(world: World) -> None:
    alert, made = await challenged(world)
    answered = await after(await on_challenge(world.ruth, made, "answer", decision()))
    ended = await withdraw(await read(world.ruth, alert), world.ruth)
    assert ended.status_code == 200
    refused = await on_challenge(world.jonas, answered, "appeal", {"reason": "No."})
    problem(refused, 409, "conflict")


async def test_two_challenges_answered_at_once_leave_no_mark(world: World, rosa: Caller) -> None:
    alert = await ratified(world)
    first = (await challenge(world.jonas, alert)).json()
    second = (await challenge(world.tessa, alert)).json()
    await world.ruth.token()
    await rosa.token()
    both = await asyncio.gather(
        on_challenge(world.ruth, first, "answer", decision()),
        on_challenge(rosa, second, "answer", decision()),
    )
    assert [each.status_code for each in both] == [200, 200]
    assert (await read(world.tessa, alert))["disputed"] is False


async def test_the_mark_stays_until_the_last_challenge_is_answered(world: World) -> None:
    alert = await ratified(world)
    first = (await challenge(world.jonas, alert)).json()
    second = (await challenge(world.tessa, alert)).json()
    await on_challenge(world.ruth, first, "answer", decision())
    assert (await read(world.tessa, alert))["disputed"] is True
    await on_challenge(world.ruth, second, "answer", decision())
    assert (await read(world.tessa, alert))["disputed"] is False


async def test_both_parties_are_told_once_when_nobody_acknowledges_in_30_days(
    world: World,
) -> None:
    today = world.clock.now().date()
    alert = await ratified(
        world,
        review_due=(today + timedelta(days=100)).isoformat(),
        expires_on=(today + timedelta(days=200)).isoformat(),
    )
    made = (await challenge(world.jonas, alert)).json()
    marks = await bookmarks(world)
    for days, told in ((30, {}), (1, ["challenge.overdue"]), (9, ["challenge.overdue"])):
        world.clock.advance(timedelta(days=days))
        await pass_all_deadlines(world.worker)
        expected = dict.fromkeys(("health_visiting", "police"), told) if told else {}
        assert await heard(world, marks, made["id"]) == expected


async def test_no_word_of_a_challenge_is_in_an_event(world: World) -> None:
    mark = await bookmark(world.health_visiting_system)
    await challenged(world, statement="Canary objection")
    told = await news(world.health_visiting_system, mark)
    assert "challenge.received" in types(told)
    assert "Canary" not in str(told)


@given(st.lists(st.sampled_from(list(Act)), max_size=12))
def test_a_challenge_is_answered_once_and_appealed_once(acts: list[Act]) -> None:
    status, done = Status.RECEIVED, []
    for act in acts:
        following = rules.after(act, status)
        assert (act in rules.legal_acts(status)) is (following is not None)
        if following is not None:
            done.append(act)
            status = following
    for act in Act:
        assert done.count(act) <= 1
    if Act.APPEAL in done:
        assert Act.ANSWER in done[: done.index(Act.APPEAL)]
    answered = Act.ANSWER in done
    settled = answered and (Act.APPEAL in done) is (Act.DECIDE_APPEAL in done)
    assert (status in OPEN) is not settled


def test_nobody_answers_in_their_own_cause() -> None:
    amina, ruth = Named(None, "Amina"), Named(None, "Ruth")
    assert rules.answer_refusal(ruth, [amina]) is None
    assert rules.answer_refusal(amina, [ruth, amina]) is not None
