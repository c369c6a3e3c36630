"""`make test`: the whole suite, most of it under coverage, and what the coverage must be.

The walk over all routes asks the same code thousands of times: it runs without coverage, which
would make it take twice as long and show nothing new. Extra arguments go to pytest:
`python -m tests.run -k feed` runs some tests without the bars.
"""

import fnmatch
import json
import os
import subprocess
import sys
from pathlib import Path

WALK = "tests/conformance"
OVERALL = 95.0
COMPLETE = ("api/access/*", "api/*/rules.py", "api/journal/*", "api/webhooks/*")
REPORT = Path(".coverage-report.json")  # not a name that coverage would combine


def coverage(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "coverage", *arguments], check=False).returncode


def pytest(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode


def unmet() -> list[str]:
    """Every bar that the coverage does not reach."""
    report = json.loads(REPORT.read_text())
    missed = []
    if report["totals"]["percent_covered"] < OVERALL:
        missed.append(f"overall {report['totals']['percent_covered']:.2f} % < {OVERALL} %")
    for path, file in report["files"].items():
        complete = any(fnmatch.fnmatch(path, pattern) for pattern in COMPLETE)
        percent = file["summary"]["percent_covered"]
        if complete and percent < 100:
            lines, branches = file["missing_lines"], file.get("missing_branches", [])
            missed.append(f"{path} {percent:.1f} % < 100 %: lines {lines}, branches {branches}")
    return missed


def main() -> int:
    selected = sys.argv[1:]
    coverage("erase")
    workers = os.environ.get("DOORSTEP_TEST_PROCESSES", str(min(os.cpu_count() or 2, 4)))
    how = ("-n", workers, "--dist", "loadfile")
    if selected:
        return pytest(*how, *selected)
    failed = pytest(*how, WALK)
    failed |= coverage("run", "-m", "pytest", *how, f"--ignore={WALK}")
    if failed:
        return failed
    coverage("combine", "--quiet")
    coverage("json", "--quiet", "-o", str(REPORT))
    missed = unmet()
    for each in missed:
        print(f"coverage: {each}")
    coverage("report", "--format=total")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
