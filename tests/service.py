"""The whole service as an operator runs it: real processes, a real port, a home of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers import remove_server

ROOT = Path(__file__).parents[1]
STOP_SECONDS = 60
READY = "Ctrl-C stops everything"


@dataclass(frozen=True)
class RunningService:
    base_url: str
    home: Path
    demo: dict[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs to speak to this service."""
        return clean_environment() | {
            "DOORSTEP_HOME": str(self.home),
            "DOORSTEP_BASE_URL": self.base_url,
        }

    def agency(self, kind: str) -> dict[str, Any]:
        return next(each for each in self.demo["agencies"] if each["kind"] == kind)


def clean_environment() -> dict[str, str]:
    """Without settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_service(home: Path) -> Iterator[RunningService]:
    """`doorstep demo` without its story: database, API and worker, and four agencies."""
    port = free_port()
    settings = {
        "DOORSTEP_HOME": str(home),
        "DOORSTEP_PORT": str(port),
        "DOORSTEP_DEMO": "0",
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "demo"],
        cwd=ROOT,
        env=clean_environment() | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        _await_ready(process)
        demo = json.loads((home / "demo.json").read_text())
        yield RunningService(f"http://127.0.0.1:{port}", home, demo)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=STOP_SECONDS)
        remove_server(home / "postgres")


def _await_ready(process: "subprocess.Popen[str]") -> None:
    """Reads what it says until it is up; it ends with a clear line if it cannot start."""
    said = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if READY in line:
            return
    raise AssertionError(f"the service did not start: {''.join(said)}")
