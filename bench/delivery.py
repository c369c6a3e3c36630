"""One worker beside a bare loop of signed POSTs, and how late a message is."""

import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import aiohttp
import orjson

from api.foundation.crypto import Keyring
from api.foundation.sealing import row_of
from api.webhooks.breaker import Health
from api.webhooks.delivery import IN_FLIGHT
from api.webhooks.models import SubscriptionKey
from api.webhooks.sending import Sender
from api.webhooks.signing import Keys, Signer
from bench import report
from bench.cases import CASES
from bench.data import AGENCIES, INVOLVED
from bench.effort import Effort, percentile
from bench.partnership import Partnership, await_port, process
from bench.receiving import Receiver, receiving

GOAL = 0.8
EVENTS_PER_SECOND = 30
WORKER = ["-m", "api", "worker"]
_SUBSCRIBE = """
WITH made AS (
    INSERT INTO subscriptions (id, agency_id, client_id, url, event_types, status,
        heartbeat_seconds, scanned_position, last_matched, version, created_at)
    VALUES ($1, $2, $3, $4, '{}', 'active', 900, 0, 0, 1, now())
    RETURNING id, agency_id
), healthy AS (
    INSERT INTO endpoint_health (subscription_id, agency_id, failures_in_row, probes, allowed,
        heartbeat_at)
    SELECT id, agency_id, 0, 0, $8, now() + interval '15 minutes' FROM made
)
INSERT INTO subscription_keys (id, subscription_id, agency_id, sealed_secret, sealed_private_key,
    public_key, created_at)
SELECT gen_random_uuid(), id, agency_id, $5, $6, $7, now() FROM made
"""
_EMPTY = """
TRUNCATE deliveries, attempts, subscription_keys, endpoint_health, replay_jobs, url_changes,
    subscriptions
"""
_START_AT = """
UPDATE subscriptions s SET scanned_position = c.last_position - $1, last_matched = 0
  FROM inbox_counters c WHERE c.agency_id = s.agency_id
"""


async def measure(
    partnership: Partnership, families: int, effort: Effort
) -> tuple[report.Row, report.Latency]:
    """The receivers are healthy, and as many as there are agencies."""
    superuser = await partnership.superuser()
    async with receiving() as receiver:
        await _subscribe(partnership, superuser, receiver.url)
        pairs = []
        for _ in range(effort.rounds):
            worker = await _worker_round(partnership, superuser, receiver, effort.messages)
            bare = await _bare_round(partnership, receiver, effort.messages * AGENCIES)
            pairs.append((worker, bare))
        latency = await _latency(partnership, superuser, receiver, families, effort.seconds)
        await superuser.execute(_EMPTY)
    await superuser.close()
    service, floor = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    row = report.Row(families, "deliveries of one worker", service, floor, GOAL, None, None, "")
    return row, latency


async def _subscribe(partnership: Partnership, superuser: Any, url: str) -> None:
    ring = Keyring(*partnership.settings.master_keys)
    for agency in partnership.agencies:
        own, keys = uuid4(), Keys.new()
        columns = (SubscriptionKey.sealed_secret, SubscriptionKey.sealed_private_key)
        secret_row, private_row = (row_of(each, subscription_id=own) for each in columns)
        sealed = ring.encrypt(keys.secret, secret_row)
        private = ring.encrypt(keys.private_key, private_row)
        of = (own, agency.id, agency.client_id, url)
        given = (sealed, private, keys.public_key, Health().allowed)
        await superuser.execute(_SUBSCRIBE, *of, *given)


async def _worker_round(
    partnership: Partnership, superuser: Any, receiver: Receiver, each: int
) -> float:
    await superuser.execute("TRUNCATE deliveries, attempts")
    await superuser.execute(_START_AT, each)
    receiver.arrivals.clear()
    with process(WORKER, partnership.environment, partnership.home / "bench.log"):
        await receiver.await_messages(each * AGENCIES)
    return receiver.per_second


async def _bare_round(partnership: Partnership, receiver: Receiver, count: int) -> float:
    body = max((body for _, body in receiver.arrivals), key=len)
    receiver.arrivals.clear()
    command = ["-m", "bench.delivery", receiver.url, str(count), body.decode()]
    with process(command, partnership.environment, partnership.home / "bench.log"):
        await receiver.await_messages(count)
    return receiver.per_second


async def _latency(
    partnership: Partnership, superuser: Any, receiver: Receiver, families: int, seconds: float
) -> report.Latency:
    await superuser.execute("TRUNCATE deliveries, attempts")
    await superuser.execute(_START_AT, 0)
    receiver.arrivals.clear()
    environment, log = partnership.environment, partnership.home / "bench.log"
    with process(["-m", "api", "serve"], environment, log), process(WORKER, environment, log):
        await_port(partnership.settings.port)
        await _publish(partnership, families, 1.0)  # until everything is warm
        await receiver.await_messages(EVENTS_PER_SECOND * INVOLVED)
        receiver.arrivals.clear()
        count = await _publish(partnership, families, seconds)
        await receiver.await_messages(count * INVOLVED)
    late = await _lateness(superuser, receiver.arrivals)
    return report.Latency(
        families, EVENTS_PER_SECOND, len(late), percentile(late, 0.5), percentile(late, 0.99)
    )


async def _publish(partnership: Partnership, families: int, seconds: float) -> int:
    """At an even pace, whatever the answers take. Returns how many alerts."""
    case = next(case for case in CASES if case.name == "publish")
    tokens, count = await partnership.tokens(), int(seconds * EVENTS_PER_SECOND)
    async with aiohttp.ClientSession(partnership.settings.base_url) as http:

        async def post(number: int) -> None:
            about = AGENCIES + number % (families - AGENCIES)
            request = case.make(about, partnership.epoch, families)
            headers = dict(request.headers) | {"content-type": "application/json"}
            headers["authorization"] = f"Bearer {tokens[request.number % AGENCIES]}"
            async with http.post(request.path, data=request.body, headers=headers) as answer:
                answer.raise_for_status()

        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                wait = started + number / EVENTS_PER_SECOND - time.perf_counter()
                await asyncio.sleep(max(0, wait))
                group.create_task(post(number))
    return count


async def _lateness(superuser: Any, arrivals: Sequence[tuple[float, bytes]]) -> list[float]:
    """Milliseconds since the commit, which PostgreSQL dates before it is durable."""
    found = [(at, orjson.loads(body)["data"]["event_id"]) for at, body in arrivals]
    rows = await superuser.fetch(
        "SELECT id, pg_xact_commit_timestamp(xmin) AS at FROM events WHERE id = ANY ($1)",
        [event_id for _, event_id in found],
    )
    commits = {str(row["id"]): row["at"].timestamp() for row in rows}
    return sorted((at - commits[event_id]) * 1000 for at, event_id in found)


async def _bare(url: str, count: int, body: bytes) -> None:
    sender, signer = Sender(loopback_allowed=True), Signer([Keys.new()])
    numbers = iter(range(count))

    async def send() -> None:
        for _ in numbers:
            headers = signer.headers(str(uuid4()), int(time.time()), body)
            await sender.post(url, body, headers)

    await asyncio.gather(*(send() for _ in range(IN_FLIGHT)))
    await sender.close()


if __name__ == "__main__":
    asyncio.run(_bare(sys.argv[1], int(sys.argv[2]), sys.argv[3].encode()))
