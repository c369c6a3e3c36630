"""How late a message is, alone and beside a hundred receivers that hang."""

import asyncio
import time
from typing import Any

import aiohttp
import orjson

from bench import report
from bench.cases import CASES
from bench.data import AGENCIES, involved
from bench.effort import Effort, percentile
from bench.partnership import Partnership, await_port, process
from bench.receiving import Receiver, hanging
from bench.subscriptions import remove, subscribe

ALERTS_PER_SECOND = 30
HUNG_EACH = 5


async def measure(
    partnership: Partnership, superuser: Any, receiver: Receiver, families: int, effort: Effort
) -> list[report.Latency]:
    """By the real API and the worker that runs."""
    environment, log = partnership.environment, partnership.home / "bench.log"
    hung = f"{HUNG_EACH * AGENCIES} receivers that hang"
    print(f"{families:,} families: lateness …", flush=True)
    await subscribe(partnership, superuser, receiver.url)
    with process(["-m", "api", "serve"], environment, log):
        await_port(partnership.settings.port)
        course = _Course(partnership, superuser, receiver, families)
        await course.run(1.0)  # until everything is warm
        alone = await course.run(effort.publishing_seconds)
        async with hanging() as url:
            await subscribe(partnership, superuser, url, HUNG_EACH)
            beside = await course.run(effort.hung_seconds)
    await remove(superuser)
    return [
        _latency(families, "nobody", alone, "6 / 20"),
        _latency(families, hung, beside, "– / 1000"),
    ]


def _latency(families: int, beside: str, late: list[float], goal: str) -> report.Latency:
    """`late` are milliseconds, the least first."""
    p50, p99 = (percentile(late, share) for share in (0.5, 0.99))
    return report.Latency(families, ALERTS_PER_SECOND, beside, len(late), p50, p99, goal)


class _Course:
    """Publishes for a while, and says how late each message came."""

    def __init__(
        self, partnership: Partnership, superuser: Any, receiver: Receiver, families: int
    ) -> None:
        self._partnership = partnership
        self._superuser = superuser
        self._receiver = receiver
        self._families = families

    async def run(self, seconds: float) -> list[float]:
        self._receiver.arrivals.clear()
        abouts = [self._about(number) for number in range(int(seconds * ALERTS_PER_SECOND))]
        await self._publish(abouts)
        await self._receiver.await_messages(sum(involved(each) for each in abouts))
        return await self._lateness()

    def _about(self, number: int) -> int:
        """The family of an alert: not one that has many."""
        return AGENCIES + number % (self._families - AGENCIES)

    async def _publish(self, abouts: list[int]) -> None:
        """At an even pace, whatever the answers take."""
        case = next(case for case in CASES if case.name == "publish")
        tokens = await self._partnership.tokens()
        async with aiohttp.ClientSession(self._partnership.settings.base_url) as http:

            async def post(about: int) -> None:
                request = case.make(about, self._partnership.epoch, self._families)
                headers = dict(request.headers) | {"content-type": "application/json"}
                headers["authorization"] = f"Bearer {tokens[request.number % AGENCIES]}"
                async with http.post(request.path, data=request.body, headers=headers) as answer:
                    answer.raise_for_status()

            started = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for number, about in enumerate(abouts):
                    wait = started + number / ALERTS_PER_SECOND - time.perf_counter()
                    await asyncio.sleep(max(0, wait))
                    group.create_task(post(about))

    async def _lateness(self) -> list[float]:
        """Milliseconds since the commit, which PostgreSQL dates before it is durable."""
        arrivals = self._receiver.arrivals
        found = [(at, orjson.loads(body)["data"]["event_id"]) for at, body in arrivals]
        rows = await self._superuser.fetch(
            "SELECT id, pg_xact_commit_timestamp(xmin) AS at FROM events WHERE id = ANY ($1)",
            [event_id for _, event_id in found],
        )
        commits = {str(row["id"]): row["at"].timestamp() for row in rows}
        return sorted((at - commits[event_id]) * 1000 for at, event_id in found)
