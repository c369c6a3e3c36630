"""The tables: for people, and for the page that keeps them."""

import os
import platform
import re
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

START, END = "<!-- bench: start -->", "<!-- bench: end -->"


@dataclass(frozen=True)
class Row:
    """One line: what was measured, beside what it is compared with."""

    families: int
    work: str
    service: float
    floor: float
    goal: float | None
    p50_ms: float | None
    p99_ms: float | None
    statements: str
    refused: int = 0
    """Answers 503 of the service, over all rounds: no connection or lock came free in time."""

    @property
    def ratio(self) -> float:
        return self.service / self.floor

    def cells(self) -> list[str]:
        return [
            f"{self.families:,}",
            self.work,
            f"{self.service:,.0f}",
            f"{self.floor:,.0f}",
            f"{self.ratio:.2f}",
            "" if self.goal is None else f"{self.goal:.1f}",
            _milliseconds(self.p50_ms),
            _milliseconds(self.p99_ms),
            self.statements,
            str(self.refused),
        ]


@dataclass(frozen=True)
class Latency:
    """From the commit of an alert to its healthy receivers; `beside` whom."""

    families: int
    per_second: int
    beside: str
    messages: int
    p50_ms: float
    p99_ms: float
    goal: str

    def cells(self) -> list[str]:
        return [
            f"{self.families:,}",
            f"{self.per_second} alerts/s",
            self.beside,
            f"{self.messages:,}",
            f"{self.p50_ms:.1f}",
            f"{self.p99_ms:.1f}",
            self.goal,
        ]


@dataclass(frozen=True)
class Drain:
    """Of what had waited for receivers that were away: seconds since they were back."""

    families: int
    waiting: int
    urgent: int
    urgent_seconds: float
    all_seconds: float

    def cells(self) -> list[str]:
        return [
            f"{self.families:,}",
            f"{self.waiting:,}",
            f"{self.urgent:,}",
            f"{self.urgent_seconds:.1f}",
            f"{self.all_seconds:.1f}",
            f"{self.waiting / self.all_seconds:,.0f}",
        ]


@dataclass
class Found:
    """Everything that one run has measured."""

    rows: list[Row] = field(default_factory=list)
    latencies: list[Latency] = field(default_factory=list)
    drains: list[Drain] = field(default_factory=list)

    def tables(self) -> list[tuple[str, list[str], list[list[str]]]]:
        return [
            ("The service beside its floor", ROW_HEADS, [each.cells() for each in self.rows]),
            ("How late a message is", LATENCY_HEADS, [each.cells() for each in self.latencies]),
            ("After an outage of an hour", DRAIN_HEADS, [each.cells() for each in self.drains]),
        ]


def _milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


ROW_HEADS = ["families", "work", "service/s", "floor/s", "ratio", "goal"]
ROW_HEADS += ["p50 ms", "p99 ms", "statements", "503s"]
LATENCY_HEADS = ["families", "commit → receiver", "beside", "messages"]
LATENCY_HEADS += ["p50 ms", "p99 ms", "goal ms"]
DRAIN_HEADS = ["families", "waiting", "urgent of them", "urgent through, s", "all through, s"]
DRAIN_HEADS += ["per second"]


def machine() -> list[str]:
    return [
        f"Python {platform.python_version()} ({Path(sys.executable).resolve()}), "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores: {_processor()}",
        f"measured on {datetime.now(UTC):%d %B %Y} with "
        f"`{' '.join(['python -m bench', *sys.argv[1:]])}`",
    ]


def _processor() -> str:
    try:
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        return platform.processor()
    return found.group(1) if found else platform.processor()


def show(found: Found) -> None:
    console = Console(width=max(120, Console().width))
    for title, heads, cells in found.tables():
        table = Table(title=title, title_justify="left")
        for head in heads:
            table.add_column(head, justify="left" if head == "work" else "right")
        for each in cells:
            table.add_row(*each)
        console.print(table)
    for line in machine():
        console.print(line, highlight=False)


def save(page: Path, found: Found) -> None:
    """Replaces what stands between the marks of the page."""
    tables = [_markdown(heads, cells) for _, heads, cells in found.tables()]
    text = page.read_text()
    before, after = text.split(START)[0], text.split(END)[1]
    measured = "\n\n".join([*tables, "  \n".join(machine())])
    page.write_text(f"{before}{START}\n{measured}\n{END}{after}")


def _markdown(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
