"""Recording an outcome at the very moment at which something else is done; and in how many
statements."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from api.foundation import statements
from tests.concluding import (
    a_draft,
    an_action,
    at,
    finalise,
    held_meeting,
    recorded_meeting,
    respond,
    save,
    sections,
    try_to_finalise,
    try_to_save,
)
from tests.involving import leave
from tests.locks import held, waiters
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio

ROUNDS = 4


async def test_of_two_who_record_it_at_once_one_does(world: World, superuser: Any) -> None:
    for _ in range(ROUNDS):
        meeting = await held_meeting(world, await shared_family(world))
        action = an_action(world.agencies["police"].id)
        draft = await save(world, meeting, a_draft(meeting, actions=[action]))
        both = [try_to_finalise(world.owen, meeting, draft) for _ in range(2)]
        answers = await asyncio.gather(*both)
        assert sorted(each.status_code for each in answers) == [201, 409]
        for table in ("meeting_actions", "plans", "outcome_versions"):
            count = f"SELECT count(*) FROM {table} WHERE meeting_id = $1"
            assert await superuser.fetchval(count, UUID(meeting["id"])) == 1, table


async def test_who_saves_and_records_at_once_records_what_was_read(world: World) -> None:
    for _ in range(ROUNDS):
        meeting = await held_meeting(world, await shared_family(world))
        draft = await save(world, meeting)
        decisions = [{"decision": "Another.", "reasons": "Later."}]
        saving = try_to_save(world.owen, meeting, a_draft(meeting, decisions=decisions), 1)
        recorded, saved = await asyncio.gather(try_to_finalise(world.owen, meeting, draft), saving)
        assert (recorded.status_code, saved.status_code) in {(201, 409), (412, 200)}
        if recorded.is_success:
            assert recorded.json()["decisions"] == draft["outcome"]["decisions"]


async def test_an_agency_that_leaves_at_once_is_given_nothing_or_stays(
    world: World, superuser: Any
) -> None:
    for _ in range(ROUNDS):
        family = await shared_family(world)
        meeting = await held_meeting(world, family)
        action = an_action(world.agencies["police"].id)
        draft = await save(world, meeting, a_draft(meeting, actions=[action]))
        recorded, left = await asyncio.gather(
            try_to_finalise(world.owen, meeting, draft), leave(family, world.police_system)
        )
        outcome = (recorded.status_code, left.status_code)
        assert outcome in {(201, 409), (422, 200)}, (recorded.text, left.text)
        if recorded.status_code == 422:
            assert set(sections(recorded)) == {"/actions/0/agency_id"}


async def test_an_agency_that_has_left_just_before_is_given_nothing(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    action = an_action(world.agencies["police"].id)
    draft = await save(world, meeting, a_draft(meeting, actions=[action]))
    left = (
        "WITH family AS (SELECT id FROM families WHERE id = $1 FOR UPDATE) UPDATE involvements "
        "SET until_at = now() FROM family WHERE family_id = family.id AND agency_id = $2"
    )
    given = UUID(family["id"]), world.agencies["police"].id
    async with held(world.urls["postgres"], left, *given):
        recording = asyncio.create_task(try_to_finalise(world.owen, meeting, draft))
        await waiters(superuser, 1)
    assert set(sections(await recording)) == {"/actions/0/agency_id"}
    assert (await world.owen.get(at(meeting))).status_code == 404


async def test_a_chair_who_leaves_just_before_records_nothing(world: World, superuser: Any) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    draft = await save(world, meeting)
    left = (
        "WITH family AS (SELECT id FROM families WHERE id = $1 FOR UPDATE) UPDATE involvements "
        "SET until_at = now() FROM family WHERE family_id = family.id AND agency_id = $2"
    )
    given = UUID(family["id"]), world.agencies["school"].id
    async with held(world.urls["postgres"], left, *given):
        recording = asyncio.create_task(try_to_finalise(world.owen, meeting, draft))
        await waiters(superuser, 1)
    assert (await recording).status_code == 404


async def test_of_two_who_confirm_for_one_agency_at_once_one_does(world: World) -> None:
    for _ in range(ROUNDS):
        _, outcome = await recorded_meeting(world, await shared_family(world))
        answers = await asyncio.gather(respond(world.jonas, outcome), respond(world.nadia, outcome))
        assert sorted(each.status_code for each in answers) == [201, 409]


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """Every statement that the service sends meanwhile: through SQLAlchemy, and past it."""
    seen: list[str] = []
    run = statements.run

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    async def noted(connection: Any, statement: Any, values: Any) -> Any:
        seen.append(str(statement))
        return await run(connection, statement, values)

    engine = world.runtime.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(statements, "run", noted)
        yield seen
    event.remove(engine, "before_cursor_execute", note)


async def test_the_statements_do_not_grow_with_what_the_outcome_holds(world: World) -> None:
    counts = []
    police = world.agencies["police"].id
    for size in (1, 20):
        meeting = await held_meeting(world, await shared_family(world))
        who = {"name": "A", "job_title": "b"}
        body = {
            "actions": [an_action(police) for _ in range(size)],
            "information": [{"agency_id": str(police), "said": "x"} for _ in range(size)],
            "dissent": [
                {"agency_id": str(police), "who": who, "about": "x", "why": "x"}
                for _ in range(size)
            ],
        }
        await finalise(world, meeting, **body)  # the first of its kind prepares statements
        meeting = await held_meeting(world, await shared_family(world))
        draft = await save(world, meeting, a_draft(meeting, **body))
        await world.owen.token()
        with counted(world) as seen:
            assert (await try_to_finalise(world.owen, meeting, draft)).status_code == 201
        counts.append(len(seen))
    assert counts[0] == counts[1], counts


async def test_an_alert_that_changes_at_that_moment_is_read_again_first(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    by = {"author": {"staff_id": "staff-tessa"}}
    alert = await publish(world, family, world.school_system, **by)
    meeting = await held_meeting(world, family)
    decided = {"alert_id": alert["id"], "decision": "withdrawn", "reasons": "x", "version": 1}
    draft = await save(world, meeting, a_draft(meeting, alerts=[decided]))
    changed = "UPDATE alerts SET version = version + 1 WHERE id = $1"
    async with held(world.urls["postgres"], changed, UUID(alert["id"])):
        recording = asyncio.create_task(try_to_finalise(world.owen, meeting, draft))
        await waiters(superuser, 1)
    refused = await recording
    assert (refused.status_code, refused.json()["alert_id"]) == (409, alert["id"])
    found = sections(await try_to_finalise(world.owen, meeting, draft))
    assert set(found) == {"/alerts/0/version"}
