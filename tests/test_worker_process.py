"""`doorstep worker` as a process: it serves its metrics, warns of loopback, and stops when told."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.posting import eventually
from tests.service import ROOT, clean_environment, free_port
from tests.world import World

pytestmark = pytest.mark.anyio

STOP_SECONDS = 60


@contextmanager
def worker_process(world: World, **settings: str) -> Iterator["subprocess.Popen[str]"]:
    key = world.runtime.settings.encryption_key
    assert key is not None
    given = {
        "WORKER_DATABASE_URL": world.urls["doorstep_worker"],
        "ENCRYPTION_KEY": key.get_secret_value(),
        **settings,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "worker"],
        cwd=ROOT,
        env=clean_environment() | {f"DOORSTEP_{name}": value for name, value in given.items()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=STOP_SECONDS)


async def listens(superuser: Any) -> bool:
    """Whether a worker has started its tasks: the bell among them."""
    return bool(
        await superuser.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND usename = 'doorstep_worker' AND query LIKE 'LISTEN%'"
        )
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_worker_stops_cleanly_when_it_is_told(
    world: World, superuser: Any, number: signal.Signals
) -> None:
    with worker_process(world) as process:
        await eventually(lambda: listens(superuser))
        process.send_signal(number)
        out, err = process.communicate(timeout=STOP_SECONDS)
    assert (process.returncode, out, err) == (0, "", "")


async def test_a_worker_serves_its_metrics_and_says_loudly_that_loopback_is_allowed(
    world: World, superuser: Any
) -> None:
    port = free_port()
    settings = {"WORKER_METRICS_PORT": str(port), "ALLOW_LOOPBACK_WEBHOOKS": "true"}
    with worker_process(world, **settings) as process:
        await eventually(lambda: listens(superuser))
        async with httpx.AsyncClient(trust_env=False) as http:
            shown = await http.get(f"http://127.0.0.1:{port}/metrics")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=STOP_SECONDS)
    assert "doorstep_delivery_attempts_total" in shown.text
    lines = [json.loads(line) for line in err.splitlines()]
    assert [(each["event"], each["level"]) for each in lines] == [
        ("loopback_webhooks_allowed", "warning")
    ]
