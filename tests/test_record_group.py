"""Which records are one family, as far as an agency reads them; and who is told by webhook."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.types import Uuid

from api.alerts.access import readable_by
from api.alerts.models import Alert
from api.families.merging.queries import record_group
from api.journal.event_types import RESOURCES
from api.journal.unit_of_work import CALLER
from tests.involving import PRACTITIONER, a_child, hand_over_lead, leave, registered
from tests.merging import decided, merged, proposed, two_records
from tests.world import Caller, World, join, publish, register

pytestmark = pytest.mark.anyio

ALERTS = select(Alert.id).where(
    Alert.family_id.in_(record_group(bindparam("family", type_=Uuid()), CALLER)),
    readable_by(CALLER),
)


async def rows(world: World, who: Caller, query: Any, **given: Any) -> set[str]:
    """What a query of the service finds in the context of an agency."""
    agency = who.agency.id
    async with world.runtime.database.session() as session:
        await session.execute(
            text("SELECT set_config('doorstep.agency', :agency, true)"), {"agency": str(agency)}
        )
        found = await session.scalars(query, {"caller": agency, **given})
        return {str(each) for each in found}


async def group(world: World, who: Caller, family: dict[str, Any]) -> set[str]:
    query = record_group(bindparam("family", type_=Uuid()), CALLER)
    return await rows(world, who, query, family=UUID(family["id"]))


async def test_who_reads_both_records_has_both_from_either_side(world: World) -> None:
    survivor, away, _ = await merged(world)
    both = {survivor["id"], away["id"]}
    for family in (survivor, away):
        assert await group(world, world.tessa, family) == both
    assert await group(world, world.amina, survivor) == {survivor["id"]}
    assert await group(world, world.jonas, away) == {away["id"]}
    assert await group(world, world.amina, away) == set()
    assert await group(world, world.lena, survivor) == set()


async def test_a_record_that_is_not_merged_is_its_own_group(world: World) -> None:
    family, other = await register(world), await register(world)
    assert await group(world, world.amina, family) == {family["id"]}
    assert await group(world, world.amina, other) == {other["id"]}


async def test_records_that_are_merged_into_one_are_one_family(world: World) -> None:
    survivor, away, _ = await merged(world)
    third = await registered(world.probation_system, a_child())
    assert (await join(world, third, world.school_system)).status_code == 201
    await decided(await proposed(survivor, third, world.ruth), "agree", world.victor)
    everything = {survivor["id"], away["id"], third["id"]}
    for family in (survivor, away, third):
        assert await group(world, world.tessa, family) == everything
    assert (await leave(survivor, world.school_system)).status_code == 200
    for family in (away, third):  # though it no longer reads the one that holds them together
        assert await group(world, world.tessa, family) == {away["id"], third["id"]}


async def test_undoing_parts_the_group(world: World) -> None:
    survivor, away, merge = await merged(world)
    await decided(merge, "undo", world.nadia)
    for family in (survivor, away):
        assert await group(world, world.tessa, family) == {family["id"]}


async def test_the_alerts_of_both_are_found_by_who_may_read_them(world: World) -> None:
    one, other = await two_records(world)
    here = await publish(world, one)
    there = await publish(world, other, world.jonas, author=PRACTITIONER)
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Attends"}
    await publish(
        world,
        other,
        world.jonas,
        author=PRACTITIONER,
        audience={"kind": "agencies", "agencies": [police]},
    )
    await decided(await proposed(one, other, world.ruth), "agree", world.nadia)
    for family in (one, other):
        found = await rows(world, world.tessa, ALERTS, family=UUID(family["id"]))
        assert found == {here["id"], there["id"]}
    found = await rows(world, world.amina, ALERTS, family=UUID(one["id"]))
    assert found == {here["id"]}


async def test_the_worker_knows_who_may_be_told_of_a_merge(world: World) -> None:
    _, away, merge = await merged(world)

    async def told() -> set[str]:
        async with world.worker.database.session() as session:
            return {
                kind
                for kind, agency in world.agencies.items()
                if await session.scalar(
                    select(RESOURCES["merge"].readable(agency.id, UUID(merge["id"])))
                )
            }

    assert await told() == {"health_visiting", "police"}
    assert (await hand_over_lead(away, world.nadia, world.owen)).status_code == 200
    assert await told() == {"health_visiting", "school"}
