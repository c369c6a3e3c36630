"""Keys are rotated, and a subscription is revoked, while what has failed waits to be sent again."""

import asyncio
import random
import time
from uuid import UUID

import pytest

from tests.faults.deliveries import check_deliveries, check_signatures
from tests.faults.history import History, publish
from tests.faults.service import Service, seed
from tests.faults.subscribers import Key, Subscriber, settled, subscriber
from tests.faults.workers import working
from tests.posting import eventually, revoke
from tests.receivers import Request, answering, response, take

pytestmark = pytest.mark.anyio

OF_STATUS = "SELECT count(*) FROM deliveries WHERE subscription_id = $1 AND status = $2"


async def rotate(told: Subscriber, overlap_days: int) -> None:
    path = f"/v1/webhooks/{told.id}"
    version = (await told.who.get(path)).headers["etag"]
    since, body = time.time(), {"overlap_days": overlap_days}
    answer = await told.who.post(f"{path}/keys", body, headers={"If-Match": version})
    assert answer.status_code == 201, answer.text
    if overlap_days == 0:
        for key in told.keys:
            key.until = time.time()
    told.keys.append(Key.shown(answer.json(), since))


async def in_state(service: Service, told: Subscriber, status: str) -> int:
    async with service.superuser() as connection:
        return int(await connection.fetchval(OF_STATUS, UUID(told.id), status))


async def all_failed(service: Service, told: Subscriber, history: History, count: int) -> None:
    """So many alerts, each of which was refused once."""
    told.receiving.behaviour = answering(500)
    sent = len(told.messages)
    for _ in range(count):
        await publish(service, told.who, service.families[1], history)
    await told.receiving.until(lambda _: len(told.messages) == sent + count)

    async def recorded() -> bool:
        return await in_state(service, told, "sending") == 0

    await eventually(recorded)


@pytest.mark.parametrize("number", [1, 2])
async def test_what_is_sent_again_is_signed_by_the_keys_of_that_moment(
    service: Service, history: History, number: int
) -> None:
    chance = random.Random(seed())
    async with working(service), subscriber(service, "police") as told:
        await settled(service, [told])
        for overlap_days, live in ((chance.randrange(1, 8), 2), (0, 1)):
            await all_failed(service, told, history, chance.randrange(1, 4))
            before = len(told.messages)
            await rotate(told, overlap_days)
            told.receiving.behaviour = take
            await settled(service, [told], hurried=True)
            for message in told.messages[before:]:
                assert [key.signed(message) for key in told.keys[-live:]] == [True] * live
        await check_deliveries(service, history.published, [told])


@pytest.mark.parametrize("in_flight", [False, True])
async def test_nothing_is_sent_again_to_who_was_revoked_meanwhile(
    service: Service, history: History, in_flight: bool
) -> None:
    answer = asyncio.Event()

    async def refuse_late(request: Request, writer: asyncio.StreamWriter) -> None:
        await answer.wait()
        writer.write(response(500))

    async with (
        working(service),
        subscriber(service, "police") as revoked,
        subscriber(service, "police") as other,
    ):
        await settled(service, [revoked, other])
        if in_flight:
            revoked.receiving.behaviour = refuse_late
            before = len(revoked.messages)
            await publish(service, revoked.who, service.families[1], history)
            await revoked.receiving.until(lambda _: len(revoked.messages) > before)
        else:
            await all_failed(service, revoked, history, 2)
        received = list(revoked.receiving.requests)
        await revoke(revoked.who, {"id": revoked.id})
        answer.set()
        await publish(service, revoked.who, service.families[1], history)
        await settled(service, [other])
        await nothing_waits(service, revoked)
        assert revoked.receiving.requests == received
        check_signatures(revoked)
        await check_deliveries(service, history.published, [other])


async def nothing_waits(service: Service, told: Subscriber) -> None:
    async def ended() -> bool:
        return not sum([await in_state(service, told, each) for each in ("pending", "sending")])

    await eventually(ended)
