"""The change, its audit, its event, its positions and its answer: all of them, or nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.agencies import events as agency_events
from api.agencies.models import Agency, Practitioner, UsedAssertion
from api.foundation.database import Database
from api.journal.unit_of_work import Subject, UnitOfWork, UnrecordedChange
from tests.world import START, World, an_alert, key, publish, shared_family

pytestmark = pytest.mark.anyio

TABLES = (
    "alerts", "alert_transitions", "audit_entries", "audit_pending", "events", "inbox",
    "idempotency_keys",
)  # fmt: skip


async def saved(superuser: Any) -> dict[str, int]:
    """How much of everything there is."""
    counts = {each: await superuser.fetchval(f"SELECT count(*) FROM {each}") for each in TABLES}
    counts["positions"] = await superuser.fetchval("SELECT sum(last_position) FROM inbox_counters")
    return counts


@asynccontextmanager
async def failing(superuser: Any, timing: str, state: str = "P0001") -> AsyncIterator[None]:
    """The database refuses an insert or update: at once, or only when it is committed."""
    kind = "CONSTRAINT TRIGGER" if "DEFERRED" in timing else "TRIGGER"
    await superuser.execute(
        f"""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END $$;
        CREATE {kind} refuse {timing} FOR EACH ROW EXECUTE FUNCTION refuse()
        """
    )
    try:
        yield
    finally:
        await superuser.execute("DROP FUNCTION refuse() CASCADE")


@asynccontextmanager
async def revoked(superuser: Any, privilege: str, grantee: str) -> AsyncIterator[None]:
    await superuser.execute(f"REVOKE {privilege} FROM {grantee}")
    try:
        yield
    finally:
        await superuser.execute(f"GRANT {privilege} TO {grantee}")


AT_COMMIT = "AFTER INSERT ON alerts DEFERRABLE INITIALLY DEFERRED"


@pytest.mark.parametrize(
    ("state", "status"), [("P0001", 500), ("23514", 500), ("23505", 409), ("40001", 503)]
)
async def test_a_commit_that_fails_after_the_handler_is_never_answered_2xx(
    world: World, superuser: Any, state: str, status: int
) -> None:
    family, _ = await shared_family(world), await world.amina.token()
    before, same_key = await saved(superuser), key()
    path, body = f"/v1/families/{family['id']}/alerts", an_alert(family)
    async with failing(superuser, AT_COMMIT, state):
        refused = await world.amina.post(path, body, headers=same_key)
    assert (refused.status_code, refused.json()["status"]) == (status, status)
    assert await saved(superuser) == before

    retried = await world.amina.post(path, body, headers=same_key)
    assert retried.status_code == 201
    assert "Idempotency-Replayed" not in retried.headers


BROKEN_PIECES = {
    "the audit entry": "REVOKE INSERT ON audit_entries FROM doorstep_api",
    "the answer": "REVOKE INSERT ON idempotency_keys FROM doorstep_api",
    "the door to the inbox": "REVOKE EXECUTE ON FUNCTION post_events FROM doorstep_api",
    "the event": "BEFORE INSERT ON events",
    "a position": "BEFORE INSERT ON inbox",
    "a counter": "BEFORE UPDATE ON inbox_counters",
    "what waits for its seal": "BEFORE INSERT ON audit_pending",
}


def breaking(superuser: Any, how: str) -> Any:
    if not how.startswith("REVOKE"):
        return failing(superuser, how)
    privilege, grantee = how.removeprefix("REVOKE ").split(" FROM ")
    return revoked(superuser, privilege, grantee)


@pytest.mark.parametrize("piece", BROKEN_PIECES)
async def test_when_one_piece_cannot_be_written_none_is(
    world: World, superuser: Any, piece: str
) -> None:
    family, _ = await shared_family(world), await world.amina.token()
    before, same_key = await saved(superuser), key()
    path, body = f"/v1/families/{family['id']}/alerts", an_alert(family)
    async with breaking(superuser, BROKEN_PIECES[piece]):
        assert (await world.amina.post(path, body, headers=same_key)).status_code == 500
    assert await saved(superuser) == before

    assert (await world.amina.post(path, body, headers=same_key)).status_code == 201
    after = await saved(superuser)
    assert {name: after[name] - before[name] for name in after} == {
        "alerts": 1,
        "alert_transitions": 1,
        "audit_entries": 1,
        "audit_pending": 1,
        "events": 1,
        "inbox": 3,
        "idempotency_keys": 1,
        "positions": 3,
    }


async def test_what_an_event_is_about_is_the_same_in_the_audit_the_event_and_the_inbox(
    world: World, superuser: Any
) -> None:
    alert = await publish(world, await shared_family(world), world.amina)
    about = (UUID(alert["id"]), UUID(alert["family_id"]), 1)
    columns = "resource_id, family_id, resource_version"
    audited = await superuser.fetchrow(
        f"SELECT {columns}, action, outcome, agency_id FROM audit_entries WHERE resource_id = $1",
        about[0],
    )
    event = await superuser.fetchrow(
        f"SELECT {columns} FROM events WHERE resource_id = $1", *about[:1]
    )
    placed = await superuser.fetch(
        f"SELECT {columns} FROM inbox WHERE resource_id = $1", *about[:1]
    )
    agency = world.agencies["health_visiting"].id
    assert tuple(audited) == (*about, "alert.published", "allowed", agency)
    assert tuple(event) == about
    assert {tuple(row) for row in placed} == {about}


async def test_without_an_audit_no_route_gives_data_and_none_tells_who_may_read(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    paths = [
        "/v1/families",
        f"/v1/families/{family['id']}",
        f"/v1/families/{family['id']}/involvements",
        f"/v1/families/{family['id']}/contests",
        f"/v1/families/{family['id']}/alerts",
        f"/v1/families/{family['id']}/banner",
        "/v1/invitations",
        "/v1/alerts",
        f"/v1/alerts/{alert['id']}",
        f"/v1/alerts/{alert['id']}/transitions",
        f"/v1/alerts/{alert['id']}/acknowledgements",
        "/v1/events",
    ]
    await world.probation_system.token()
    async with revoked(superuser, "INSERT ON audit_entries", "doorstep_api"):
        for path in paths:
            answer = await world.school_system.get(path)
            assert answer.status_code == 500, path
            assert answer.json()["code"] == "internal_error"
            assert family["id"] not in answer.text
        outsider = await world.probation_system.get(f"/v1/families/{family['id']}")
        assert outsider.status_code == 500
    for path in paths:
        assert (await world.school_system.get(path)).status_code == 200, path


async def test_a_denial_is_audited_in_a_transaction_of_its_own(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    await publish(world, family)
    entries = "SELECT action, outcome, agency_id, details FROM audit_entries ORDER BY id DESC"
    hidden = await world.lena.get(f"/v1/families/{family['id']}")
    assert hidden.status_code == 404
    probation = world.agencies["probation"].id
    row = await superuser.fetchrow(entries)
    assert tuple(row) == (
        "GET /v1/families/{family_id}", "denied", probation, '{"reason": "not_found"}',
    )  # fmt: skip
    refused = await world.amina.post("/v1/webhooks", {"url": "https://x.example/hook"})
    assert refused.status_code == 403
    row = await superuser.fetchrow(entries)
    assert (row["action"], row["details"]) == ("POST /v1/webhooks", '{"reason": "forbidden"}')


async def test_what_was_done_before_a_denial_is_rolled_back(world: World, superuser: Any) -> None:
    jti = str(uuid4())
    async with world.runtime.database.session() as session:
        work = UnitOfWork(world.runtime, session, None)
        await session.execute(insert(UsedAssertion).values(**used_assertion(jti)))
        work.note("was.allowed", None)
        await work.commit_denial("was.denied", {"reason": "not_found"})
    assert await superuser.fetchval("SELECT count(*) FROM used_assertions WHERE jti = $1", jti) == 0
    actions = {row["action"] for row in await superuser.fetch("SELECT action FROM audit_entries")}
    assert "was.denied" in actions
    assert "was.allowed" not in actions


def used_assertion(jti: str) -> dict[str, Any]:
    return {"key_id": uuid4(), "jti": jti, "expires_at": START}


async def silent_flush(work: UnitOfWork, agency: Agency) -> None:
    agency.name = "Changed in silence"


async def silent_new_row(work: UnitOfWork, agency: Agency) -> None:
    work.add(Practitioner(**a_practitioner(agency)))


async def silent_bulk_update(work: UnitOfWork, agency: Agency) -> None:
    await work.session.execute(update(Agency).values(conduct_statement_url="https://x.example"))


async def silent_bulk_insert(work: UnitOfWork, agency: Agency) -> None:
    await work.session.execute(insert(Practitioner), [a_practitioner(agency)])


async def silent_table_insert(work: UnitOfWork, agency: Agency) -> None:
    await work.session.execute(insert(Practitioner.__table__), [a_practitioner(agency)])


async def silent_table_update(work: UnitOfWork, agency: Agency) -> None:
    await work.session.execute(
        update(Agency.__table__).values(conduct_statement_url="https://x.example")
    )


def a_practitioner(agency: Agency) -> dict[str, Any]:
    return {
        "id": uuid4(), "agency_id": agency.id, "staff_id": str(uuid4()), "name": "Nobody",
        "job_title": "nobody", "roles": [], "status": "active", "version": 1, "created_at": START,
    }  # fmt: skip


SILENT = [
    silent_flush, silent_new_row, silent_bulk_update, silent_bulk_insert, silent_table_insert,
    silent_table_update,
]  # fmt: skip


@pytest.mark.parametrize("change", SILENT)
@pytest.mark.parametrize("disclosed", [False, True])
async def test_a_change_that_nobody_recorded_is_refused(
    world: World, superuser: Any, change: Any, disclosed: bool
) -> None:
    states = "SELECT count(*), max(name), min(name) FROM {} WHERE true"
    before = [await superuser.fetchrow(states.format(t)) for t in ("agencies", "practitioners")]
    with pytest.raises(UnrecordedChange):
        await commit_change(world, change, disclosed=disclosed)
    after = [await superuser.fetchrow(states.format(t)) for t in ("agencies", "practitioners")]
    assert after == before


async def commit_change(world: World, change: Any, *, disclosed: bool) -> None:
    async with world.work() as work:
        agency = await work.session.get(Agency, world.agencies["school"].id)
        await change(work, agency)
        if disclosed:
            work.disclosed(Subject("agency", agency.id))


async def delete_row(session: AsyncSession) -> None:
    await session.delete(await session.scalar(select(Practitioner).limit(1)))


async def delete_in_bulk(session: AsyncSession) -> None:
    await session.execute(delete(Practitioner).where(Practitioner.staff_id == "staff-lena"))


@pytest.mark.parametrize("removal", [delete_row, delete_in_bulk])
async def test_removing_in_silence_is_refused_as_well(
    world: World, superuser: Any, removal: Any
) -> None:
    count = "SELECT count(*) FROM practitioners"
    before = await superuser.fetchval(count)
    database = Database(world.urls["doorstep_owner"], pool_size=1, wait_seconds=5)
    async with database.session() as session:
        work = UnitOfWork(world.runtime, session, None)
        await removal(session)
        with pytest.raises(UnrecordedChange, match="practitioners"):
            await work.commit()
    await database.close()
    assert await superuser.fetchval(count) == before


async def test_looking_is_no_change_and_neither_is_setting_what_was_so(world: World) -> None:
    async with world.work() as work:
        agency = await work.session.get(Agency, world.agencies["school"].id)
        agency.name = str(agency.name)
        await work.session.execute(text("SELECT 1"))


async def test_what_is_nobodys_record_needs_no_entry(world: World, superuser: Any) -> None:
    jti = str(uuid4())
    async with world.work() as work:
        await work.session.execute(insert(UsedAssertion).values(**used_assertion(jti)))
    assert await superuser.fetchval("SELECT count(*) FROM used_assertions WHERE jti = $1", jti) == 1


async def test_an_event_of_an_agencys_own_affairs_is_addressed_or_refused(
    world: World, superuser: Any
) -> None:
    before = await saved(superuser)
    subject = Subject("agency", world.agencies["school"].id)
    with pytest.raises(ValueError, match="addressed by name"):
        async with world.work() as work:
            work.record(agency_events.UPDATED, subject)
    assert await saved(superuser) == before
    async with world.work() as work:
        work.record(agency_events.UPDATED, subject, to=[subject.id])
    told = await world.school_system.events()
    assert told[-1]["type"] == "agency.updated"


async def test_a_unit_of_work_without_a_caller_has_no_actor(world: World) -> None:
    with pytest.raises(RuntimeError, match="no caller"):
        async with world.work() as work:
            str(work.agency_id)
