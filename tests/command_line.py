"""`doorstep` as an operator types it.

Commands that stay up configure the whole process, so they get one of their own; the others run
in this one, which spares each the second that its imports take.
"""

import contextlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from api import cli
from tests.service import ROOT, clean_environment

STAY_UP = {"serve", "worker"}


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    def value(self, name: str) -> str:
        """What follows this word at the start of a line."""
        [found] = [
            line.removeprefix(name).strip()
            for line in self.out.splitlines()
            if line.startswith(f"{name} ")
        ]
        return found


@dataclass
class CommandLine:
    home: Path
    settings: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, **settings: str) -> Said:
        if arguments[0] in STAY_UP:
            return self.in_a_process(*arguments, **settings)
        out, err, status = io.StringIO(), io.StringIO(), 0
        with (
            mock.patch.dict(os.environ, self._environment(settings), clear=True),
            mock.patch.object(sys, "argv", ["doorstep", *arguments]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                cli.main()
            except SystemExit as ended:
                status = int(ended.code or 0)
        return Said(status, out.getvalue(), err.getvalue())

    def _environment(self, settings: dict[str, str]) -> dict[str, str]:
        given = {f"DOORSTEP_{name}": value for name, value in (self.settings | settings).items()}
        return clean_environment() | {"DOORSTEP_HOME": str(self.home)} | given

    def in_a_process(self, *arguments: str, **settings: str) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "api", *arguments],
            cwd=ROOT,
            env=self._environment(settings),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def succeed(self, *arguments: str, **settings: str) -> Said:
        said = self(*arguments, **settings)
        assert (said.status, said.err) == (0, ""), said
        return said

    def fail(self, *arguments: str, **settings: str) -> str:
        """The one line that it says when it refuses."""
        said = self(*arguments, **settings)
        assert said.status == 1, said
        assert said.err.startswith("doorstep: "), said
        assert said.err.count("\n") == 1, said
        assert "Traceback" not in said.out + said.err
        return said.err.removeprefix("doorstep: ").strip()
