"""`make bench`, in a small way: everything runs, and every row of the tables is there."""

import subprocess
import sys
from pathlib import Path

from bench.cases import CASES

ROOT = Path(__file__).parents[1]
WEBHOOKS = [
    "deliveries of one worker",
    "deliveries of two workers",
    "30 alerts/s",
    "nobody",
    "100 receivers that hang",
    "After an outage of an hour",
]


def test_the_bench_runs_and_prints_every_row() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for title in [*(case.title for case in CASES), *WEBHOOKS]:
        assert title in done.stdout
