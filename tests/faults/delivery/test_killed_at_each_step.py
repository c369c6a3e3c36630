"""`kill -9` of the worker at each step of a delivery: nothing is lost, and what was recorded is
never sent again."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import pytest

from tests.faults.deliveries import check_deliveries, check_order
from tests.faults.history import History, publish_many
from tests.faults.proxy import Proxy, Where, proxy
from tests.faults.service import Service, seed
from tests.faults.subscribers import Subscriber, settled, subscriber
from tests.faults.workers import Worker, nobody_works, working
from tests.receivers import Request, hang, take

pytestmark = pytest.mark.anyio

RECORD = '"slow_for"'  # in the values of a record alone
OF_STATUS = """
    SELECT subscription_id, position FROM deliveries
     WHERE subscription_id = ANY ($1) AND status = $2 AND position IS NOT NULL
"""

Place = tuple[UUID, int]
Step = Callable[[Proxy, Subscriber, int], Awaitable[None]]


def at_claim(where: Where) -> Step:
    async def step(between: Proxy, told: Subscriber, skip: int) -> None:
        between.arm(told.receiving.url, where, skip=skip)  # the database names it to who claims
        await between.held.wait()

    return step


def at_record(where: Where) -> Step:
    async def step(between: Proxy, told: Subscriber, skip: int) -> None:
        between.arm(RECORD, where, skip=skip)
        await between.held.wait()

    return step


async def at_request(between: Proxy, told: Subscriber, skip: int) -> None:
    """The receiver has it and has not answered."""
    held = asyncio.Event()

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal skip
        skip -= 1
        if skip == -1:
            held.set()
            await hang(request, writer)
        await take(request, writer)

    told.receiving.behaviour = behave
    await held.wait()


STEPS: dict[str, Step] = {
    "claim_not_committed": at_claim("before"),
    "claimed": at_claim("after"),
    "sent": at_request,
    "answered": at_record("statement"),
    "record_not_committed": at_record("before"),
    "recorded": at_record("after"),
}


@pytest.mark.parametrize("number", [1, 2])
async def test_a_killed_worker_loses_nothing_and_repeats_nothing_recorded(
    service: Service, history: History, number: int
) -> None:
    chance = random.Random(seed())
    async with (
        proxy(service.cluster.port) as (between, port),
        working(service, port=port) as (worker,),
        subscriber(service, "police") as told,
        subscriber(service, "school") as other,
    ):
        for name in chance.sample(list(STEPS), len(STEPS)):
            print(name)
            reached = asyncio.create_task(STEPS[name](between, told, chance.randrange(2)))
            publishing = asyncio.create_task(publish_many(service, history, chance, each=1))
            async with asyncio.timeout(60):
                await reached
            await kill(service, name, worker, between, [told, other])
            await publishing
        await settled(service, [told, other])
        await check_deliveries(service, history.published, [told, other])
        await check_order(service, told)


async def kill(
    service: Service, name: str, worker: Worker, between: Proxy, told: Sequence[Subscriber]
) -> None:
    """And start another, which does what is due from here, and no more."""
    worker.kill()
    between.cut()
    await nobody_works(service)
    before, sending = times_sent(told), await places(service, told, "sending")
    recorded = await places(service, told, "delivered")
    received = before.keys() & sending
    match name:
        case "claim_not_committed":
            assert sending == received
        case "claimed":
            assert sending - received
        case "recorded":
            assert recorded
        case _:
            assert received
    await service.end_leases()
    worker.start()
    await settled(service, told)
    after = times_sent(told)
    assert all(after[each] == before[each] for each in recorded)
    assert all(after[each] == before[each] + 1 for each in sending)


async def places(service: Service, told: Sequence[Subscriber], status: str) -> set[Place]:
    async with service.superuser() as connection:
        rows = await connection.fetch(OF_STATUS, [UUID(each.id) for each in told], status)
    return {(row["subscription_id"], row["position"]) for row in rows}


def times_sent(told: Sequence[Subscriber]) -> Counter[Place]:
    return Counter(
        (UUID(each.id), message.data["position"]) for each in told for message in each.messages
    )
