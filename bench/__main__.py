"""`python -m bench`: everything, in a folder of its own that is removed at the end."""

import argparse
import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

from api.foundation import logs
from bench import data, delivery, http, lateness, outage, report
from bench.effort import FULL, QUICK, Effort
from bench.partnership import Partnership, open_partnership, process
from bench.receiving import receiving
from bench.subscriptions import WORKER


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only shows that everything runs")
    parser.add_argument("--families", type=int, nargs="+", help="default: 1000 100000")
    parser.add_argument("--seconds", type=float, help="of one round")
    parser.add_argument("--save", type=Path, help="the page whose tables are replaced")
    given = parser.parse_args()
    logs.configure("warning")
    effort = QUICK if given.quick else FULL
    if given.seconds:
        effort = replace(effort, seconds=given.seconds)
    sizes = given.families or ([1000] if given.quick else [1000, 100_000])
    found = report.Found()
    with (
        tempfile.TemporaryDirectory(prefix="doorstep-bench-") as home,
        open_partnership(Path(home)) as partnership,
    ):
        filled = 0
        for families in sizes:
            asyncio.run(_fill(partnership, filled, families))
            filled = families
            found.rows += http.measure(partnership, families, effort)
            last = families == sizes[-1]
            asyncio.run(_measure_webhooks(partnership, families, effort, found, last=last))
    report.show(found)
    if given.save:
        report.save(given.save, found)


async def _measure_webhooks(
    partnership: Partnership, families: int, effort: Effort, found: report.Found, *, last: bool
) -> None:
    """By one worker from the beginning to the end. The way back from an outage is the same
    however many families there are, and measured with the most."""
    log = partnership.home / "bench.log"
    superuser = await partnership.superuser()
    async with receiving() as receiver:
        with process(WORKER, partnership.environment, log):
            given = (partnership, superuser, receiver, families, effort)
            found.rows += await delivery.measure(*given)
            found.latencies += await lateness.measure(*given)
            if last:
                found.drains.append(await outage.measure(*given))
    await superuser.close()


async def _fill(partnership: Partnership, first: int, last: int) -> None:
    connection = await partnership.superuser()
    await data.fill(connection, partnership.agencies, first, last)
    await connection.close()


if __name__ == "__main__":
    main()
