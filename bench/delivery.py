"""One worker and two beside a bare loop of signed POSTs, and the statements of a delivery."""

import statistics
from typing import Any

from bench import report
from bench.counting import counting
from bench.data import AGENCIES
from bench.effort import Effort
from bench.partnership import Partnership, process
from bench.receiving import Receiver
from bench.subscriptions import WORKER, go_back, remove, settled, subscribe, until

GOAL = 0.8
_CAME = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE usename = 'doorstep_worker'
    AND backend_start > $1)
"""


async def measure(
    partnership: Partnership, superuser: Any, receiver: Receiver, families: int, effort: Effort
) -> list[report.Row]:
    """Of the worker that runs, then of another beside it; all of them warm. The receivers are
    healthy, and as many as there are agencies."""
    environment, log = partnership.environment, partnership.home / "bench.log"
    count = effort.messages * AGENCIES
    print(f"{families:,} families: deliveries …", flush=True)
    await subscribe(partnership, superuser, receiver.url)
    await _round(superuser, receiver, effort.messages)
    async with counting(partnership, superuser) as said:
        await _round(superuser, receiver, effort.messages)
    one = await _rounds(partnership, superuser, receiver, effort)
    now = await superuser.fetchval("SELECT now()")
    with process(WORKER, environment, log):
        await until(superuser, _CAME, now)
        await _round(superuser, receiver, effort.messages)
        two = await _rounds(partnership, superuser, receiver, effort)
    await remove(superuser)
    each = f"{said.count / count:.2f}"
    return [
        report.Row(families, "deliveries of one worker", *one, GOAL, None, None, each),
        report.Row(families, "deliveries of two workers", *two, None, None, None, ""),
    ]


async def _rounds(
    partnership: Partnership, superuser: Any, receiver: Receiver, effort: Effort
) -> tuple[float, float]:
    """Deliveries per second of the workers that run, and of the floor."""
    pairs = []
    for _ in range(effort.rounds):
        workers = await _round(superuser, receiver, effort.messages)
        bare = await _bare_round(partnership, receiver, effort.messages * AGENCIES)
        pairs.append((workers, bare))
    service, floor = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    return service, floor


async def _round(superuser: Any, receiver: Receiver, each: int) -> float:
    receiver.arrivals.clear()
    await go_back(superuser, each)
    await receiver.await_messages(each * AGENCIES)
    await settled(superuser)
    return receiver.per_second


async def _bare_round(partnership: Partnership, receiver: Receiver, count: int) -> float:
    body = max((body for _, body in receiver.arrivals), key=len)
    receiver.arrivals.clear()
    command = ["-m", "bench.bare", receiver.url, str(count), body.decode()]
    with process(command, partnership.environment, partnership.home / "bench.log"):
        await receiver.await_messages(count)
    return receiver.per_second
