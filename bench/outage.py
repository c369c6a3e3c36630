"""How what has waited for an hour leaves when its receivers come back."""

import time
from typing import Any

import orjson

from bench import report
from bench.data import AGENCIES
from bench.effort import Effort
from bench.partnership import Partnership
from bench.receiving import Receiver
from bench.subscriptions import go_back, remove, settled, subscribe, until

URGENT_IN = 10
_AWAY = """
UPDATE endpoint_health SET failures_in_row = 5, probes = 3, allowed = 1,
    degraded_at = now() - interval '1 hour', open_until = now() + interval '1 hour'
"""
_ALL_WAIT = "SELECT count(*) = $1 FROM deliveries WHERE status = 'pending'"
_MOSTLY_ROUTINE = "UPDATE deliveries SET priority = 'routine' WHERE position % $1 > 0"
_BACK = "UPDATE endpoint_health SET open_until = now()"


async def measure(
    partnership: Partnership, superuser: Any, receiver: Receiver, families: int, effort: Effort
) -> report.Drain:
    """By the worker that runs, which finds that the receivers are back by a probe to each. One
    message in ten is urgent."""
    count = effort.waiting * AGENCIES
    print(f"{families:,} families: after an outage …", flush=True)
    await subscribe(partnership, superuser, receiver.url)
    await superuser.execute("UPDATE subscriptions SET status = 'degraded'")
    await superuser.execute(_AWAY)
    receiver.arrivals.clear()
    await go_back(superuser, effort.waiting)
    await until(superuser, _ALL_WAIT, count)
    await superuser.execute(_MOSTLY_ROUTINE, URGENT_IN)
    started = time.time()
    await superuser.execute(_BACK)
    await receiver.await_messages(count)
    await settled(superuser)
    await remove(superuser)
    return _drain(families, started, receiver)


def _drain(families: int, started: float, receiver: Receiver) -> report.Drain:
    urgent = [at for at, body in receiver.arrivals if _priority(body) == "urgent"]
    last = receiver.arrivals[-1][0]
    return report.Drain(
        families, len(receiver.arrivals), len(urgent), urgent[-1] - started, last - started
    )


def _priority(body: bytes) -> Any:
    return orjson.loads(body)["data"]["priority"]
