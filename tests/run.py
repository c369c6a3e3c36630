"""`make test`: the whole suite under coverage, and what the coverage must be.

Extra arguments go to pytest: `python -m tests.run -k feed` runs some tests without the bars.
"""

import fnmatch
import json
import os
import subprocess
import sys
from pathlib import Path

OVERALL = 95.0
COMPLETE = ("api/access/*", "api/*/rules.py", "api/journal/*", "api/webhooks/*")
REPORT = Path(".coverage-report.json")  # not a name that coverage would combine


def coverage(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "coverage", *arguments], check=False).returncode


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
    status = coverage("run", "-m", "pytest", "-n", workers, "--dist", "loadfile", *selected)
    if status or selected:
        return status
    coverage("combine", "--quiet")
    coverage("json", "--quiet", "-o", str(REPORT))
    missed = unmet()
    for each in missed:
        print(f"coverage: {each}")
    coverage("report", "--format=total")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
