"""The TypeScript of the documentation is typed strictly, and runs by having its types removed."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.node import NODE
from tests.service import ROOT

INSTALLED = Path(sys.prefix) / "typescript" / "node_modules"
OPTIONS = {
    "strict": True,
    "noEmit": True,
    "target": "esnext",
    "module": "nodenext",
    "erasableSyntaxOnly": True,
    "verbatimModuleSyntax": True,
    "noUnusedLocals": True,
    "typeRoots": [str(INSTALLED / "@types")],
    "types": ["node"],
}


def check(folder: Path, program: str) -> str:
    """What the compiler says; nothing where all is well."""
    (folder / "program.mts").write_text(program)
    config = {"compilerOptions": OPTIONS, "files": ["program.mts"]}
    (folder / "tsconfig.json").write_text(json.dumps(config))
    compiler = INSTALLED / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        [str(NODE), str(compiler), "--project", str(folder), "--pretty", "false"],
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert (done.returncode == 0) == (said == ""), said
    return said


@pytest.mark.parametrize("page", ["integrating", "webhooks"])
def test_the_typescript_of_a_page_has_no_error(page: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text()
    program = "\n".join(re.findall(r"^```typescript\n(.*?)^```", text, re.M | re.S))
    assert "createServer" in program
    assert check(tmp_path, program) == ""


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("export const one: number = 'one';", "TS2322"),
        ("export function echo(given) { return given; }", "TS7006"),
        ("export enum Kind { One }", "TS1294"),
        ("import { nothing } from 'node:crypto'; nothing();", "TS2305"),
    ],
)
def test_an_error_would_be_seen(program: str, error: str, tmp_path: Path) -> None:
    assert error in check(tmp_path, program)
