"""A request that is repeated with its Idempotency-Key is done once and answered the same."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api.worker import housekeeping
from tests.locks import COUNTER, held, waiters
from tests.world import Caller, World, a_family, an_alert, etag, join, key, publish, register
from tests.world import shared_family as a_shared_family

pytestmark = pytest.mark.anyio

VARIES = {"x-request-id", "idempotency-replayed", "ratelimit", "date"}


def settled(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """What must be the same whenever an answer is given again."""
    headers = {name: value for name, value in answer.headers.items() if name not in VARIES}
    return answer.status_code, answer.content, headers


def replayed(answer: httpx.Response) -> bool:
    return answer.headers.get("Idempotency-Replayed") == "true"


async def count(superuser: Any, family: dict[str, Any]) -> int:
    query = "SELECT count(*) FROM alerts WHERE family_id = $1"
    return int(await superuser.fetchval(query, UUID(family["id"])))


def path_of(family: dict[str, Any]) -> str:
    return f"/v1/families/{family['id']}/alerts"


async def test_the_same_request_gets_the_same_answer_byte_for_byte(
    world: World, superuser: Any
) -> None:
    family, same_key = await a_shared_family(world), key()
    body = an_alert(family)
    first = await world.amina.post(path_of(family), body, headers=same_key)
    again = await world.amina.post(path_of(family), body, headers=same_key)
    assert settled(again) == settled(first)
    assert (first.status_code, replayed(first), replayed(again)) == (201, False, True)
    assert again.headers["Location"] == f"/v1/alerts/{first.json()['id']}"
    assert again.headers["ETag"] == '"1"'
    assert await count(superuser, family) == 1
    told = [each["type"] for each in await world.police_system.events()]
    assert told.count("alert.published") == 1


async def test_an_answer_given_again_is_audited(world: World, superuser: Any) -> None:
    family, same_key = await a_shared_family(world), key()
    for _ in range(2):
        await world.amina.post(path_of(family), an_alert(family), headers=same_key)
    action = await superuser.fetchval("SELECT action FROM audit_entries ORDER BY id DESC LIMIT 1")
    assert action == "request.replayed"


async def test_every_creating_post_takes_a_key(world: World, superuser: Any) -> None:
    same_key, body = key(), a_family()
    first = await world.health_visiting_system.post("/v1/families", body, headers=same_key)
    again = await world.health_visiting_system.post("/v1/families", body, headers=same_key)
    assert settled(again) == settled(first)
    assert replayed(again)
    wanted = {"members": [{"identifiers": body["members"][0]["identifiers"]}]}
    for _ in range(2):
        found = await world.police_system.post("/v1/families/match", wanted, headers=same_key)
        assert found.json()["items"][0]["family_id"] == first.json()["id"]
    assert replayed(found)


async def test_a_decision_that_is_repeated_is_answered_as_it_was_decided(world: World) -> None:
    alert = await publish(world, await a_shared_family(world))
    headers = key() | etag(alert)
    path = f"/v1/alerts/{alert['id']}/ratify"
    first = await world.ruth.post(path, {}, headers=headers)
    again = await world.ruth.post(path, {}, headers=headers)
    assert (first.status_code, replayed(again)) == (200, True)
    assert settled(again) == settled(first)


async def test_a_key_used_for_another_body_is_refused(world: World, superuser: Any) -> None:
    family, same_key = await a_shared_family(world), key()
    await world.amina.post(path_of(family), an_alert(family), headers=same_key)
    other = an_alert(family, severity="caution")
    refused = await world.amina.post(path_of(family), other, headers=same_key)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert await count(superuser, family) == 1


async def test_a_key_is_spent_per_address(world: World) -> None:
    one, two, same_key = await a_shared_family(world), await a_shared_family(world), key()
    for family in (one, two):
        made = await world.amina.post(path_of(family), an_alert(family), headers=same_key)
        assert (made.status_code, replayed(made)) == (201, False)


async def test_a_repetition_while_the_first_still_runs_is_told_to_wait(
    world: World, superuser: Any
) -> None:
    family, same_key = await a_shared_family(world), key()
    body = an_alert(family)
    await world.amina.token()
    async with held(world.urls["postgres"], COUNTER, world.agencies["police"].id):
        first = asyncio.create_task(world.amina.post(path_of(family), body, headers=same_key))
        await waiters(superuser, 1)
        second = await world.amina.post(path_of(family), body, headers=same_key)
    assert (second.status_code, second.json()["code"]) == (409, "idempotency_in_progress")
    assert second.headers["Retry-After"] == "1"
    assert (await first).status_code == 201
    third = await world.amina.post(path_of(family), body, headers=same_key)
    assert settled(third) == settled(await first)


async def test_sixteen_posts_of_one_key_at_once_make_one_alert(
    world: World, superuser: Any
) -> None:
    family, same_key = await a_shared_family(world), key()
    body = an_alert(family)
    await world.amina.token()

    async def until_answered() -> httpx.Response:
        while True:
            answer = await world.amina.post(path_of(family), body, headers=same_key)
            if answer.status_code not in {409, 503}:
                return answer

    answers = await asyncio.gather(*(until_answered() for _ in range(16)))
    assert all(settled(each) == settled(answers[0]) for each in answers)
    assert sum(not replayed(each) for each in answers) == 1
    assert await count(superuser, family) == 1


async def test_an_answer_stored_unseen_by_the_lock_is_a_request_still_running(
    world: World, superuser: Any
) -> None:
    """The primary key is the last guard, should two ever pass the lock."""
    family, same_key = await a_shared_family(world), key()
    await superuser.execute(
        """
        INSERT INTO idempotency_keys (client_id, method, path, key, agency_id, body_hash,
                                      created_at, status, headers, body)
        VALUES ($1, 'POST', $2, $3, $4, '', now(), 201, '{}', '')
        """,
        world.agencies["health_visiting"].client_id,
        path_of(family),
        same_key["Idempotency-Key"],
        uuid4(),
    )
    refused = await world.amina.post(path_of(family), an_alert(family), headers=same_key)
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_in_progress")
    assert await count(superuser, family) == 0


async def test_the_key_of_another_client_is_another_key(world: World, superuser: Any) -> None:
    family, same_key = await a_shared_family(world), key()
    body = an_alert(family)
    for who in (world.amina, world.jonas):
        made = await who.post(path_of(family), body, headers=same_key)
        assert (made.status_code, replayed(made)) == (201, False)
    assert await count(superuser, family) == 2


async def test_a_key_spent_by_one_practitioner_is_none_for_another(
    world: World, superuser: Any
) -> None:
    family, same_key = await a_shared_family(world), key()
    body = an_alert(family)
    assert (await world.amina.post(path_of(family), body, headers=same_key)).status_code == 201
    for who in (world.ruth, world.health_visiting_system):
        refused = await who.post(path_of(family), body, headers=same_key)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert await count(superuser, family) == 1


async def leave(world: World, family: dict[str, Any], who: Caller, manager: Caller) -> None:
    listed = await who.get(f"/v1/families/{family['id']}/involvements")
    own = next(each for each in listed.json()["items"] if each["agency_id"] == str(who.agency.id))
    path = f"/v1/families/{family['id']}/involvements/{own['id']}/leave"
    left = await manager.post(path, {"reason": "Moved away"}, headers=etag(own))
    assert left.status_code == 200, left.text


async def test_who_may_no_longer_read_is_not_given_the_answer_again(world: World) -> None:
    family = await register(world)
    assert (await join(world, family, world.police_system)).status_code == 201
    alert = await publish(world, family)
    same_key = key()
    path = f"/v1/alerts/{alert['id']}/acknowledgements"
    body = {"practitioner": {"name": "J. Wood", "job_title": "police officer"}}
    assert (await world.police_system.post(path, body, headers=same_key)).status_code == 201
    assert replayed(await world.police_system.post(path, body, headers=same_key))
    await leave(world, family, world.police_system, world.nadia)
    refused = await world.police_system.post(path, body, headers=same_key)
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


async def test_who_has_left_a_family_is_not_given_its_record_by_an_old_key(world: World) -> None:
    family, same_key = await a_shared_family(world), key()
    path = f"/v1/families/{family['id']}"
    version = etag((await world.ruth.get(path)).json())
    body = {"agency_id": str(world.agencies["police"].id)}
    handed = await world.ruth.post(f"{path}/lead", body, headers=same_key | version)
    assert handed.status_code == 200, handed.text
    assert "Okafor" in handed.text
    await leave(world, family, world.health_visiting_system, world.ruth)
    refused = await world.ruth.post(f"{path}/lead", body, headers=same_key | version)
    assert refused.status_code == 404
    assert "Okafor" not in refused.text


async def test_who_lost_the_role_is_not_given_the_answer_again(
    world: World, superuser: Any
) -> None:
    alert = await publish(world, await a_shared_family(world))
    headers = key() | etag(alert)
    path = f"/v1/alerts/{alert['id']}/ratify"
    assert (await world.ruth.post(path, {}, headers=headers)).status_code == 200
    roles = "UPDATE practitioners SET roles = $1 WHERE staff_id = 'staff-ruth'"
    await superuser.execute(roles, ["practitioner"])
    refused = await world.ruth.post(path, {}, headers=headers)
    await superuser.execute(roles, ["manager"])
    assert refused.status_code == 403
    assert replayed(await world.ruth.post(path, {}, headers=headers))


@pytest.mark.parametrize(
    "bad", ["", "short", "x" * 101, "with space", 'a"quote-within', "umläut-ä"]
)
async def test_a_key_that_is_none_is_refused(world: World, superuser: Any, bad: str) -> None:
    family = await register(world)
    headers = {"Idempotency-Key": bad.encode("latin-1")}
    refused = await world.amina.post(path_of(family), an_alert(family), headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_request")
    assert await count(superuser, family) == 0


async def test_a_key_in_quotes_is_the_same_key(world: World) -> None:
    family, bare = await register(world), str(uuid4())
    for spelled in (bare, f'"{bare}"'):
        headers = {"Idempotency-Key": spelled}
        made = await world.amina.post(path_of(family), an_alert(family), headers=headers)
        assert made.status_code == 201
    assert replayed(made)


async def test_publishing_needs_a_key(world: World, superuser: Any) -> None:
    family = await register(world)
    refused = await world.amina.post(path_of(family), an_alert(family))
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_missing")
    assert await count(superuser, family) == 0


async def test_an_error_is_not_kept_so_the_key_still_serves_the_mended_request(
    world: World, superuser: Any
) -> None:
    family, same_key = await register(world), key()
    wrong = an_alert(family, review_due="2020-01-01")
    refused = await world.amina.post(path_of(family), wrong, headers=same_key)
    assert refused.status_code == 422
    mended = await world.amina.post(path_of(family), an_alert(family), headers=same_key)
    assert (mended.status_code, replayed(mended)) == (201, False)
    assert await count(superuser, family) == 1


async def test_a_key_on_a_read_means_nothing(world: World) -> None:
    family, same_key = await register(world), key()
    path = f"/v1/families/{family['id']}"
    for _ in range(2):
        read = await world.amina.get(path, headers=same_key)
        assert (read.status_code, replayed(read)) == (200, False)


async def test_secrets_are_not_kept_in_the_clear_with_the_answer(
    world: World, superuser: Any
) -> None:
    same_key = key()
    body = {"url": "http://127.0.0.1:9/hook"}
    made = await world.owen.post("/v1/webhooks", body, headers=same_key)
    assert made.status_code == 201, made.text
    again = await world.owen.post("/v1/webhooks", body, headers=same_key)
    assert settled(again) == settled(made)
    stored = await superuser.fetchval(
        "SELECT body FROM idempotency_keys WHERE key = $1", same_key["Idempotency-Key"]
    )
    assert made.json()["secret"].encode() not in stored


async def test_answers_are_kept_for_seven_days(world: World, superuser: Any) -> None:
    family, same_key = await register(world), key()
    body = an_alert(family)
    await world.amina.post(path_of(family), body, headers=same_key)
    world.clock.advance(timedelta(days=7))
    await housekeeping(world.worker)
    assert replayed(await world.amina.post(path_of(family), body, headers=same_key))
    world.clock.advance(timedelta(seconds=1))
    await housekeeping(world.worker)
    kept = "SELECT count(*) FROM idempotency_keys WHERE key = $1"
    assert await superuser.fetchval(kept, same_key["Idempotency-Key"]) == 0
