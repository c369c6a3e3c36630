"""Two and four workers at once, killed and started at random: nothing is lost, and no receiver has
more in flight than it is promised."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.faults.deliveries import check_deliveries
from tests.faults.history import History, publish_many
from tests.faults.service import Service, seed
from tests.faults.subscribers import Subscriber, settled, subscriber
from tests.faults.workers import Worker, abandoned_soon, working
from tests.posting import until
from tests.receivers import Request, take

pytestmark = pytest.mark.anyio

KILLS = 3
KINDS = ("health_visiting", "police", "school")


class Crowd:
    """Takes everything after a while, and counts how many are inside at once."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._inside: Counter[str] = Counter()
        self.most = self.most_routine = 0

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        lane = request.data.get("priority", "urgent")
        self._inside[lane] += 1
        self.most = max(self.most, self._inside.total())
        self.most_routine = max(self.most_routine, self._inside["routine"])
        await asyncio.sleep(self._chance.uniform(0, 0.03))
        await take(request, writer)
        self._inside[lane] -= 1


@pytest.mark.parametrize("count", [2, 4])
async def test_workers_killed_at_random_lose_nothing_and_crowd_nobody(
    service: Service, history: History, count: int
) -> None:
    chance = random.Random(seed())
    crowds = [Crowd(chance) for _ in KINDS]
    async with (
        working(service, count) as workers,
        subscriber(service, KINDS[0], crowds[0]) as first,
        subscriber(service, KINDS[1], crowds[1]) as second,
        subscriber(service, KINDS[2], crowds[2]) as third,
    ):
        told = [first, second, third]
        async with abandoned_soon(service):
            async with asyncio.TaskGroup() as group:
                group.create_task(publish_many(service, history, chance, each=6))
                group.create_task(kill_some(workers, told, chance))
            await settled(service, told)
        await check_deliveries(service, history.published, told)
    assert 1 < max(each.most for each in crowds) <= 4
    assert max(each.most_routine for each in crowds) <= 3


async def kill_some(
    workers: list[Worker], told: Sequence[Subscriber], chance: random.Random
) -> None:
    """At random moments; another one starts at once, or only after the next has been killed."""
    missing: list[Worker] = []
    for count in sorted(chance.sample(range(5, 40), KILLS)):
        await until(lambda count=count: sum(len(each.messages) for each in told) >= count)
        killed = chance.choice([each for each in workers if each not in missing])
        killed.kill()
        while missing:
            missing.pop().start()
        if len(workers) > 2 and chance.random() < 0.5:
            missing.append(killed)
        else:
            killed.start()
    for each in missing:
        each.start()
