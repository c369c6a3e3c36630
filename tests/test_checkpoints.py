"""Once a London day the worker signs where the chain stands, and every agency is told."""

import asyncio
import itertools
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from joserfc import jws
from joserfc.jwk import ECKey
from structlog.testing import capture_logs

from api.audit import keys
from api.audit.service import make_checkpoint
from api.foundation import metrics
from api.main import build_runtime
from tests.involving import bookmark, news, problem
from tests.locks import COUNTER, held, waiters
from tests.tampering import seal_all
from tests.witnessing import DAY, all_kept, at, checkpoint, kept, something_sealed
from tests.world import BASE_URL, World

pytestmark = pytest.mark.anyio

ACTIVE = ("health_visiting", "police", "school", "probation")


async def count(superuser: Any, table: str, where: str = "true") -> int:
    found: int = await superuser.fetchval(f"SELECT count(*) FROM {table} WHERE {where}")
    return found


async def test_nothing_sealed_is_nothing_to_sign(world: World, superuser: Any) -> None:
    """Runs first: in a database of its own nothing was sealed yet."""
    assert await count(superuser, "audit_seals") == 0
    assert await make_checkpoint(world.worker) is None
    assert await count(superuser, "audit_checkpoints") == 0


async def test_a_checkpoint_says_where_the_chain_stands_and_which_one_was_before(
    world: World, superuser: Any
) -> None:
    first = await checkpoint(world)
    second = await checkpoint(world)
    last = await superuser.fetchrow("SELECT * FROM audit_seals ORDER BY number DESC LIMIT 1")
    assert (second["number"], second["digest"]) == (last["number"], last["digest"].hex())
    assert second["previous"] == first["id"]
    assert first["previous"] is None
    assert second["made_at"] == world.clock.now().isoformat().replace("+00:00", "Z")
    assert metrics.CHECKPOINTED._value.get() == world.clock.now().timestamp()


async def test_its_signature_is_verified_by_another_library_with_the_key_beside_it(
    world: World,
) -> None:
    found = await checkpoint(world)
    key = ECKey.import_key(found["public_jwk"])
    assert key.thumbprint() == found["public_jwk"]["kid"]
    signed = jws.deserialize_compact(found["jws"], key, algorithms=["ES256"])
    assert signed.headers() == {
        "alg": "ES256",
        "typ": "doorstep-checkpoint+jwt",
        "kid": found["public_jwk"]["kid"],
    }
    payload = (
        f'{{"iss":"{BASE_URL}","number":{found["number"]},"digest":"{found["digest"]}",'
        f'"made_at":"{world.clock.now().isoformat().replace("+00:00", "Z")}",'
        f'"previous":"{found["previous"]}"}}'
    )
    assert signed.payload.decode() == payload


async def test_every_active_agency_is_told_once_and_of_the_id_alone(
    world: World, superuser: Any
) -> None:
    marks = {kind: await bookmark(world.people[f"{kind}_system"]) for kind in ACTIVE}
    agency = world.agencies["probation"]
    await superuser.execute("UPDATE agencies SET status = 'suspended' WHERE id = $1", agency.id)
    found = await checkpoint(world)
    told = await superuser.fetch(
        "SELECT agency_id FROM inbox WHERE type = 'audit.checkpoint' AND resource_id = $1",
        found["id"],
    )
    await superuser.execute("UPDATE agencies SET status = 'active' WHERE id = $1", agency.id)
    active = {each.id for each in world.agencies.values()} - {agency.id}
    assert sorted(row["agency_id"] for row in told) == sorted(active)
    for kind in ("health_visiting", "police", "school"):
        events = await news(world.people[f"{kind}_system"], marks[kind])
        [event] = [each for each in events if each["type"] == "audit.checkpoint"]
        assert event["data"]["priority"] == "routine"
        assert event["data"]["resource"] == {
            "type": "checkpoint",
            "id": found["id"],
            "version": None,
            "url": f"{BASE_URL}/v1/audit/checkpoints/{found['id']}",
        }
        assert event["data"]["family_id"] is None


async def test_a_second_one_on_the_same_day_is_not_made(world: World, superuser: Any) -> None:
    await checkpoint(world)
    before = await count(superuser, "audit_checkpoints")
    await something_sealed(world)
    for _ in range(3):
        assert await make_checkpoint(world.worker) is None
    assert await count(superuser, "audit_checkpoints") == before


async def test_a_day_on_which_nothing_was_sealed_has_none(world: World, superuser: Any) -> None:
    await checkpoint(world)
    await superuser.execute("DELETE FROM audit_pending")  # also its own entry: nothing at all
    world.clock.advance(DAY)
    assert await make_checkpoint(world.worker) is None
    world.clock.advance(DAY)
    await something_sealed(world)
    assert await make_checkpoint(world.worker) is not None


async def test_its_own_entry_is_sealed_so_that_a_quiet_day_has_one_too(world: World) -> None:
    await checkpoint(world)
    world.clock.advance(DAY)
    assert await seal_all(world) >= 1
    assert await make_checkpoint(world.worker) is not None


MIDNIGHTS = [
    ((2027, 1, 15), (2027, 1, 14, 23, 59, 59), (2027, 1, 15, 0, 0, 0)),
    ((2027, 3, 28), (2027, 3, 27, 23, 59, 59), (2027, 3, 28, 0, 0, 0)),  # clocks go forward
    ((2027, 3, 29), (2027, 3, 28, 22, 59, 59), (2027, 3, 28, 23, 0, 0)),
    ((2027, 7, 1), (2027, 6, 30, 22, 59, 59), (2027, 6, 30, 23, 0, 0)),
    ((2027, 10, 31), (2027, 10, 30, 22, 59, 59), (2027, 10, 30, 23, 0, 0)),  # and back
    ((2027, 11, 1), (2027, 10, 31, 23, 59, 59), (2027, 11, 1, 0, 0, 0)),
]


@pytest.mark.parametrize(("day", "before", "after"), MIDNIGHTS)
async def test_the_day_begins_at_midnight_in_london(
    world: World, superuser: Any, day: Any, before: Any, after: Any
) -> None:
    at(world, *before)
    await something_sealed(world)
    await make_checkpoint(world.worker)  # of the day that ends
    await something_sealed(world)
    assert await make_checkpoint(world.worker) is None
    at(world, *after)
    made = await make_checkpoint(world.worker)
    assert made is not None
    found = await superuser.fetchval("SELECT day FROM audit_checkpoints WHERE id = $1", made)
    assert (found.year, found.month, found.day) == day


async def test_of_workers_that_race_one_makes_it(world: World, superuser: Any) -> None:
    settings = world.worker.settings
    others = [
        build_runtime(settings, world.urls["doorstep_worker"], clock=world.clock)[0]
        for _ in range(3)
    ]
    for _ in range(5):
        world.clock.advance(DAY)
        await something_sealed(world)
        before = await count(superuser, "audit_checkpoints")
        made = await asyncio.gather(
            *(make_checkpoint(each) for each in (world.worker, *others) for _ in range(2))
        )
        [winner] = [each for each in made if each is not None]
        assert await count(superuser, "audit_checkpoints") == before + 1
        told = await count(superuser, "inbox", f"resource_id = '{winner}'")
        assert told == len(world.agencies)
        assert await count(superuser, "audit_entries", f"resource_id = '{winner}'") == 1
    for each in others:
        await each.database.close()


async def test_the_day_is_unique_even_for_who_passes_the_lock(world: World, superuser: Any) -> None:
    await checkpoint(world)
    again = (
        "INSERT INTO audit_checkpoints SELECT gen_random_uuid(), number - 1, day, digest, "
        "made_at, NULL, kid, jws FROM audit_checkpoints ORDER BY number DESC LIMIT 1"
    )
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_audit_checkpoints_day"):
        await superuser.execute(again)


async def test_a_worker_that_dies_in_between_leaves_no_half(world: World, superuser: Any) -> None:
    world.clock.advance(DAY)
    await something_sealed(world)
    before = [
        await count(superuser, each) for each in ("audit_checkpoints", "events", "audit_entries")
    ]
    counter = (world.urls["postgres"], COUNTER, world.agencies["school"].id)
    async with held(*counter):
        dying = asyncio.create_task(make_checkpoint(world.worker))
        await waiters(superuser, 1)
        assert await make_checkpoint(world.worker) is None  # another waits for its next round
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        with pytest.raises(Exception, match=r"terminat|closed"):
            await dying
    after = [
        await count(superuser, each) for each in ("audit_checkpoints", "events", "audit_entries")
    ]
    assert after == before
    assert await make_checkpoint(world.worker) is not None


async def test_a_rewritten_history_gets_no_new_signature(world: World, superuser: Any) -> None:
    await checkpoint(world)
    forge = "UPDATE audit_seals SET digest = sha256(digest) WHERE number = $1"
    number = (await all_kept(world))[0]["number"]
    genuine = await superuser.fetchval("SELECT digest FROM audit_seals WHERE number = $1", number)
    world.clock.advance(DAY)
    await something_sealed(world)
    await superuser.execute(forge, number)
    with capture_logs() as logs:
        assert await make_checkpoint(world.worker) is None
    assert [each["event"] for each in logs] == ["checkpoint_contradicted"]
    back = "UPDATE audit_seals SET digest = $2 WHERE number = $1"
    await superuser.execute(back, number, genuine)
    assert await make_checkpoint(world.worker) is not None


async def test_a_new_key_signs_from_now_on_and_the_old_one_still_verifies(world: World) -> None:
    before = await checkpoint(world)
    owner, _ = build_runtime(world.worker.settings, world.urls["doorstep_owner"])
    async with owner.database.session() as session:
        new = await keys.rotate(session, owner.keyring, world.clock.now())
        await session.commit()
    await owner.database.close()
    after = await checkpoint(world)
    assert after["public_jwk"]["kid"] == new != before["public_jwk"]["kid"]
    again = await kept(world, before["id"])
    assert again == before
    for each in (again, after):
        assert keys.read_signed(each["jws"], each["public_jwk"]).number == each["number"]
    published = await world.http.get("/.well-known/jwks.json")
    assert new not in {each["kid"] for each in published.json()["keys"]}


async def test_a_checkpoint_is_no_access_token(world: World) -> None:
    found = await checkpoint(world)
    bearer = {"Authorization": f"Bearer {found['jws']}"}
    answer = await world.http.get("/v1/audit/checkpoints", headers=bearer)
    assert answer.status_code == 401


async def test_without_a_key_the_worker_says_what_to_run(world: World, superuser: Any) -> None:
    world.clock.advance(DAY)
    await something_sealed(world)
    retired = "UPDATE checkpoint_keys SET retired_at = now() WHERE retired_at IS NULL RETURNING kid"
    kid = await superuser.fetchval(retired)
    with pytest.raises(RuntimeError, match="run `doorstep migrate`"):
        await make_checkpoint(world.worker)
    await superuser.execute("UPDATE checkpoint_keys SET retired_at = NULL WHERE kid = $1", kid)
    assert await make_checkpoint(world.worker) is not None


async def test_checkpoints_are_listed_newest_first_page_by_page(world: World) -> None:
    for _ in range(3):
        await checkpoint(world)
    whole = await all_kept(world)
    numbers = [each["number"] for each in whole]
    assert numbers == sorted(numbers, reverse=True)
    for newer, older in itertools.pairwise(whole):
        assert newer["previous"] == older["id"]
    found: list[Any] = []
    path: str | None = "/v1/audit/checkpoints?limit=2"
    while path is not None:
        page = await world.police_system.get(path)
        found += page.json()["items"]
        path = page.links["next"]["url"] if page.json()["next"] else None
    assert found == whole


async def test_who_keeps_checkpoints_and_who_does_not(world: World) -> None:
    found = await checkpoint(world)
    paths = ["/v1/audit/checkpoints", f"/v1/audit/checkpoints/{found['id']}"]
    for who, status in (
        (world.probation_system, 200),
        (world.owen, 200),
        (world.jonas, 403),
        (world.nadia, 403),
        (world.ada, 403),
    ):
        assert {(await who.get(path)).status_code for path in paths} == {status}
    absent = f"/v1/audit/checkpoints/{uuid4()}"
    problem(await world.police_system.get(absent), 404, "not_found")
