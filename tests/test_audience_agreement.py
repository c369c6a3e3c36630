"""The audience of an alert, asked by its publisher, by each reader and by the worker: the same."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, select, text

from api.alerts import events
from api.journal.audiences import recipients_of
from api.journal.event_types import readable_now
from api.journal.models import Inbox
from api.journal.runtime import Runtime
from tests.world import World, join, publish, shared_family

pytestmark = pytest.mark.anyio

OWNER = "health_visiting"
OTHERS = ("police", "school", "probation")
AGENCIES = (OWNER, *OTHERS)
subsets = st.sets(st.sampled_from(OTHERS))


@pytest.fixture(scope="module")
async def alert(world: World) -> dict[str, Any]:
    """An alert that four agencies were told of; what they may see is then varied."""
    family = await shared_family(world)
    assert (await join(world, family, world.probation_system)).status_code == 201
    return await publish(world, family)


async def set_state(
    superuser: Any, world: World, alert: dict[str, Any], involved: set[str], named: set[str] | None
) -> None:
    """`named` None: the audience is everybody involved."""
    alert_id, family_id = UUID(alert["id"]), UUID(alert["family_id"])
    ids = [world.agencies[each].id for each in {*involved, OWNER}]
    await superuser.execute(
        """
        UPDATE involvements SET until_at = CASE WHEN agency_id = ANY ($2) THEN NULL ELSE now() END
         WHERE family_id = $1
        """,
        family_id,
        ids,
    )
    kind = "involved" if named is None else "agencies"
    await superuser.execute("UPDATE alerts SET audience_kind = $2 WHERE id = $1", alert_id, kind)
    await superuser.execute("DELETE FROM alert_recipients WHERE alert_id = $1", alert_id)
    rows = [(alert_id, world.agencies[each].id, family_id) for each in named or ()]
    await superuser.executemany(
        "INSERT INTO alert_recipients (alert_id, agency_id, family_id, reason) "
        "VALUES ($1, $2, $3, 'visits')",
        rows,
    )


async def seen_by(runtime: Runtime, agency: Any, reader: Any, alert: dict[str, Any]) -> set[UUID]:
    """Agencies whose copy of the event shows the whole of it, in the context of one of them."""
    readable = readable_now(reader, Inbox.type, Inbox.resource_type, Inbox.resource_id)
    query = select(Inbox.agency_id).where(
        Inbox.resource_id == UUID(alert["id"]), Inbox.type == "alert.published", readable
    )
    async with runtime.database.session() as session:
        await enter(session, agency)
        return set(await session.scalars(query))


async def enter(session: Any, agency: UUID | None) -> None:
    await session.execute(
        text("SELECT set_config('doorstep.agency', :agency, true)"), {"agency": str(agency or "")}
    )


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(involved=subsets, named=st.none() | subsets)
async def test_who_is_told_is_who_may_see_it(
    world: World, superuser: Any, alert: dict[str, Any], involved: set[str], named: set[str] | None
) -> None:
    await set_state(superuser, world, alert, involved, named)
    ids = {name: world.agencies[name].id for name in AGENCIES}
    entitled = {OWNER} | (involved if named is None else involved & named)
    expected = {ids[name] for name in entitled}

    async with world.runtime.database.session() as session:
        await enter(session, ids[OWNER])
        assert await recipients_of(session, events.PUBLISHED, UUID(alert["id"])) == expected
    for name in AGENCIES:
        async with world.runtime.database.session() as session:
            await enter(session, ids[name])
            found = await session.scalars(text("SELECT fellow_readers(:id)"), {"id": alert["id"]})
            assert set(found) == (expected if ids[name] in expected else set())
    async with world.worker.database.session() as session:
        assert await recipients_of(session, events.LAPSED, UUID(alert["id"])) == set(ids.values())

    assert await seen_by(world.worker, None, Inbox.agency_id, alert) == expected
    for name in AGENCIES:
        own = {ids[name]} & expected
        assert await seen_by(world.runtime, ids[name], literal(ids[name]), alert) == own
