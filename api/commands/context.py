"""What the commands share: settings, the database they work on, and how they fail."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table
from sqlalchemy import select

from api.agencies.models import Agency
from api.foundation.embedded import Cluster, running_cluster
from api.foundation.errors import DoorstepError
from api.journal.unit_of_work import UnitOfWork
from api.main import build_runtime
from api.settings import Settings, load_settings

Result = TypeVar("Result")

console = Console(emoji=False)
errors = Console(stderr=True, emoji=False)


def fail(message: str) -> typer.Exit:
    """One line for the person, and a status for the script."""
    errors.print(f"[red]doorstep:[/red] {escape(message)}", highlight=False, soft_wrap=True)
    return typer.Exit(1)


def embedded_folder(settings: Settings) -> Path:
    return settings.home / "postgres"


def database_url(settings: Settings, role: str) -> str:
    """The URL of this role: as set, or of the embedded server that is running here."""
    given = {
        "doorstep_api": settings.database_url,
        "doorstep_worker": settings.worker_database_url,
        "doorstep_owner": settings.owner_database_url,
    }[role]
    if given is not None:
        return given.get_secret_value()
    if settings.database_url or settings.worker_database_url or settings.owner_database_url:
        raise fail(f"The database URL of {role} is not set: see docs/operating.md.")
    cluster: Cluster | None = running_cluster(embedded_folder(settings))
    if cluster is None:
        raise fail(
            "No database is running here. Start one with `make run`, or set DOORSTEP_DATABASE_URL."
        )
    return cluster.url(role)


@asynccontextmanager
async def unit_of_work(role: str = "doorstep_api") -> AsyncIterator[UnitOfWork]:
    """A unit of work of the operator, who has no token: journalled like any other."""
    settings = load_settings()
    runtime, _ = build_runtime(settings, database_url(settings, role))
    try:
        async with runtime.database.session() as session:
            work = UnitOfWork(runtime, session, None)
            yield work
            await work.commit()
    finally:
        await runtime.database.close()


def run(step: Callable[[UnitOfWork], Awaitable[Result]], *, role: str = "doorstep_api") -> Result:
    """Runs one step in a unit of work. A refusal is one clear line."""

    async def go() -> Result:
        async with unit_of_work(role) as work:
            return await step(work)

    try:
        return asyncio.run(go())
    except DoorstepError as error:
        details = "; ".join(f"{each.pointer or '/'}: {each.detail}" for each in error.errors)
        raise fail(details or error.detail) from None


async def find_agency(work: UnitOfWork, named: str) -> Agency:
    """By id or by name. Ends the command when there is none."""
    condition = Agency.name == named
    with contextlib.suppress(ValueError):
        condition = Agency.id == UUID(named)
    found = await work.session.scalar(select(Agency).where(condition))
    if found is None:
        raise fail("No agency has this id or name.")
    return found


def show(title: str, columns: list[str], rows: list[list[str]]) -> None:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, no_wrap=column == "id", min_width=36 if column == "id" else None)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    if console.is_terminal:
        console.print(table)
        return
    # Whatever reads it wants each row whole, and on one line.
    wide = Measurement.get(console, console.options.update(width=10_000), table).maximum
    Console(width=wide, emoji=False).print(table)
