"""`make bench`, in a small way: everything runs, and every row of the tables is there."""

import subprocess
import sys
from pathlib import Path

from bench.cases import CASES

ROOT = Path(__file__).parents[1]


def test_the_bench_runs_and_prints_every_row() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for title in [*(case.title for case in CASES), "deliveries of one worker", "alerts/s"]:
        assert title in done.stdout
