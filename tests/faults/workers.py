"""Workers as real processes that start at once, so that a test can kill many of them.

`python -m api worker` imports for seconds. Here each is forked from a process that has imported
everything already, and runs the same command.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

from api.cli import main
from api.foundation.embedded import die_with_parent
from tests.faults.service import PATIENCE_SECONDS, WORKERS, Service

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.faults.workers"])

# What was claimed so long ago, and is still in flight, is of a worker that was killed: receivers
# here answer within a moment.
ABANDONED_SECONDS = 5


def _work(environment: Mapping[str, str], log: Path) -> None:
    tie = die_with_parent(signal.SIGKILL)
    if tie is not None:
        tie()
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as said:
        for standard in (1, 2):
            os.dup2(said.fileno(), standard)
    sys.argv = ["doorstep", "worker"]
    main()


class Worker:
    """`doorstep worker`, which a test may kill, and stop for a while as if it had no CPU."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._arguments = (dict(environment), log)
        self._running: BaseProcess | None = None

    def start(self) -> None:
        self._running = _FORKING.Process(target=_work, args=self._arguments, daemon=True)
        self._running.start()

    @property
    def _process(self) -> BaseProcess:
        assert self._running is not None
        return self._running

    @property
    def _pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def kill(self) -> None:
        """As a crash or the kernel would: no handler runs."""
        self._process.kill()
        self._process.join()

    def pause(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self._pid, signal.SIGCONT)


@asynccontextmanager
async def working(
    service: Service, count: int = 1, port: int | None = None
) -> AsyncIterator[list[Worker]]:
    """So many workers; their database is at another port, if one is given. None is left in the
    end, nor any connection of theirs."""
    environment = dict(service.worker.environment)
    if port is not None:
        url = service.cluster.url("doorstep_worker")
        environment["DOORSTEP_WORKER_DATABASE_URL"] = url.replace(
            f":{service.cluster.port}/", f":{port}/"
        )
    workers = [Worker(environment, service.worker.log) for _ in range(count)]
    for each in workers:
        each.start()
    try:
        yield workers
    finally:
        for each in workers:
            each.kill()


async def nobody_works(service: Service) -> None:
    """What a killed worker sent last may still be committed; not after this."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    async with service.superuser() as connection:
        while await connection.fetchval(WORKERS):
            assert time.monotonic() < deadline, "a killed worker is still connected"
            await asyncio.sleep(0.01)


@asynccontextmanager
async def abandoned_soon(service: Service) -> AsyncIterator[None]:
    """Leases last 5 seconds instead of 30, so that what the killed have claimed is soon due."""

    async def end() -> None:
        async with service.superuser() as connection:
            while True:
                await connection.execute(
                    "UPDATE deliveries SET lease_until = now() WHERE status = 'sending' "
                    "AND lease_until < now() + make_interval(secs => $1)",
                    30 - ABANDONED_SECONDS,
                )
                await asyncio.sleep(0.2)

    ending = asyncio.create_task(end())
    try:
        yield
    finally:
        ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)
