"""What the documentation says is what the code has: tables, names, links, decisions."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click
import pytest
import typer
from prometheus_client import REGISTRY
from pydantic.fields import FieldInfo
from sqlalchemy import Text

from api.access.roles import MATRIX, Permission, Role
from api.cli import app as command_line
from api.deadlines import Deadlines
from api.foundation.errors import problem_types
from api.journal.event_types import EVENT_TYPES
from api.journal.models import Event, Inbox
from api.main import create_app
from api.settings import Settings
from api.webhooks import retry
from tests.service import ROOT

pytestmark = pytest.mark.anyio

README = (ROOT / "README.md").read_text()
INTEGRATING = (ROOT / "docs/integrating.md").read_text()
OPERATING = (ROOT / "docs/operating.md").read_text()
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
DECISIONS = sorted((ROOT / "docs/adr").glob("0*.md"))


@pytest.fixture(scope="module", autouse=True)
def _every_domain_is_imported() -> None:
    """So that each has declared its event types and errors."""
    create_app(Settings(), "postgresql://localhost/unused")


def rows_after(page: str, words: str) -> list[str]:
    """The rows of the first table after these words, without its head."""
    table = page.partition(words)[2].partition("\n|")[2].partition("\n\n")[0]
    return table.splitlines()[2:]


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("settings: tests/test_docs.py", Settings.model_fields.keys() - Deadlines.model_fields),
        ("deadlines: tests/test_docs.py", Deadlines.model_fields.keys()),
    ],
)
def test_every_setting_is_documented_with_its_default_and_limits(
    words: str, fields: set[str]
) -> None:
    assert rows_after(OPERATING, words) == [
        f"| `DOORSTEP_{name.upper()}` | {shown(field.default)} | {limits(field)} | "
        f"{field.description} |"
        for name, field in Settings.model_fields.items()
        if name in fields
    ]


def limits(field: FieldInfo) -> str:
    """What a setting accepts, as far as it is a number or one of a few words."""
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{each}`" for each in get_args(field.annotation))
    known = [(name, each) for each in field.metadata for name in ("ge", "gt", "le")]
    bounds = {name: getattr(each, name) for name, each in known if hasattr(each, name)}
    if "gt" in bounds:
        return f"more than {bounds['gt']}, at most {bounds['le']}"
    if "le" in bounds:
        return f"{bounds['ge']} to {bounds['le']}"
    return f"{bounds['ge']} or more" if "ge" in bounds else ""


def shown(default: object) -> str:
    if default is None:
        return "unset"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_every_event_type_is_documented_with_its_entitlement() -> None:
    assert rows_after(INTEGRATING, "events: tests/test_docs.py") == [
        f"| `{each.name}` | `{each.entitlement}` | {each.description} |"
        for _, each in sorted(EVENT_TYPES.items())
    ]


def test_every_permission_is_documented_with_the_roles_that_hold_it() -> None:
    assert rows_after(INTEGRATING, "permissions: tests/test_docs.py") == [
        f"| `{each}` | " + " | ".join("✓" if each in MATRIX[role] else "" for role in Role) + " |"
        for each in Permission
    ]


def test_every_problem_is_documented_with_its_status_and_meaning() -> None:
    assert rows_after(INTEGRATING, "problems: tests/test_docs.py") == [
        f"| `{each.code}` | {each.status} | {' '.join((each.__doc__ or '').split())} |"
        for each in problem_types()
        if each.__module__.startswith("api.")
    ]


def test_the_schedules_of_the_documentation_are_those_that_are_kept() -> None:
    *most, last = (str(seconds) for seconds in retry.URGENT[1:])
    words = " ".join(INTEGRATING.split())
    assert f"after {', '.join(most)} and {last} seconds, then hourly for 72 hours" in words
    assert retry.URGENT_FOR.total_seconds() / 3600 == 72
    hours = [f"{seconds // 3600} h" for seconds in retry.ROUTINE[4:]]
    assert retry.ROUTINE[1:4] == (5, 300, 1800)
    assert f"after 5 s, 5 min, 30 min, {', '.join(hours[:-1])} and {hours[-1]}" in words


def test_the_quotas_of_the_documentation_are_the_defaults() -> None:
    settings = Settings()
    assert f"| `client` | {settings.requests_per_minute:,} a minute |" in INTEGRATING
    assert f"| `publish` | {settings.publishes_per_minute:,} a minute |" in INTEGRATING
    assert f"| `match` | {settings.matches_per_hour} an hour |" in INTEGRATING


def commands(group: click.Command, path: str) -> Iterator[str]:
    children: dict[str, Any] = getattr(group, "commands", {})
    if not children:
        yield path
    for name, child in children.items():
        yield from commands(child, f"{path} {name}")


def test_every_command_is_documented() -> None:
    documented = set()
    for row in rows_after(OPERATING, "## What runs"):
        first, *siblings = re.findall(r"`([^`]+)`", row.split("|")[1])
        documented |= {first, *(f"{first.rsplit(' ', 1)[0]} {each}" for each in siblings)}
    assert documented == set(commands(typer.main.get_command(command_line), "doorstep"))


def test_every_metric_is_documented() -> None:
    ours = {
        each.name + ("_total" if each.type == "counter" else "")
        for each in REGISTRY.collect()
        if each.name.startswith("doorstep_")
    }
    documented = {row.split("`")[1] for row in rows_after(OPERATING, "- `GET /metrics`")}
    assert documented == ours


def slug(heading: str) -> str:
    """As GitHub makes an anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text()):
        place = (page.parent / target).resolve() if target else page
        assert place.exists(), f"{page.name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", place.read_text(), re.MULTILINE)
            assert anchor in {slug(each) for each in headings}, f"{page.name} links to #{anchor}"


def test_the_tree_of_the_readme_exists_and_leaves_no_domain_out() -> None:
    tree = README.partition("## Where things are")[2].split("```")[1]
    named = re.findall(r"^(├ |└ )?([\w./]+) ", tree, re.MULTILINE)
    paths = [f"api/{name}" if branch else name for branch, name in named]
    assert [each for each in paths if not (ROOT / each).exists()] == []
    domains = {f"api/{each.parent.name}/" for each in (ROOT / "api").glob("*/__init__.py")}
    assert domains - set(paths) == {"api/commands/"}
    assert "commands/" in tree


def test_the_layers_of_the_architecture_page_are_those_that_lint_holds() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    drawn = page.partition("## Layers")[2].split("```")[1]
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = contracts["contracts"][0]["layers"]
    held = [re.findall(r"api\.(\w+)", each) for each in layers if each != "api.__main__"]
    assert [re.findall(r"\w+", each) for each in drawn.split("→")] == held


def test_no_event_has_room_for_a_name_or_a_text() -> None:
    for model in (Event, Inbox):
        texts = {each.name for each in model.__table__.columns if isinstance(each.type, Text)}
        assert texts == {"type", "priority", "resource_type"}


async def test_every_door_through_row_level_security_is_listed(superuser: Any) -> None:
    page = (ROOT / "docs/adr/0007-row-level-security.md").read_text()
    rows = rows_after(page, "the doors:")
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    doors = await superuser.fetch(
        "SELECT proname, proconfig FROM pg_proc WHERE prosecdef "
        "AND pronamespace = 'public'::regnamespace"
    )
    assert {each["proname"] for each in doors} == listed
    for each in doors:
        assert any(part.startswith("search_path=pg_catalog") for part in each["proconfig"])


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_names_the_test_or_check_that_holds_it(decision: Path) -> None:
    number, title = re.findall(r"^# (\d+)\. (.+)$", decision.read_text(), re.MULTILINE)[0]
    index = (ROOT / "docs/adr/README.md").read_text()
    assert f"{number}. [{title}]({decision.name})" in index
    held = decision.read_text().partition("**Held by:**")[2]
    tests = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", held)
    targets = re.findall(r"`make (\w+)`", held)
    assert tests or targets
    for path, name in tests:
        source = (ROOT / path).read_text()
        assert f"def {name}(" in source if name else "def test_" in source, f"{path}::{name}"
    for target in targets:
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_the_readme_names_the_commands_that_ci_runs() -> None:
    assert "\nTest: `make test`\n" in README
    run = (ROOT / ".ci/run").read_text().splitlines()
    assert "make test" in run
    assert "make lint" in run
