"""`doorstep demo`: the database, the API and the worker under one roof, until Ctrl-C."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
from rich.console import Console

from api.commands.context import embedded_folder
from api.demo import partnership, story
from api.demo.telling import StoryFailed, Teller
from api.foundation.embedded import EmbeddedServer, die_with_parent, running_cluster
from api.journal.unit_of_work import UnitOfWork
from api.main import build_runtime
from api.server import listen
from api.settings import Settings, UnsafeSettings

START_SECONDS = 30
STOP_SECONDS = 10
ROLES = ("doorstep_api", "doorstep_worker", "doorstep_owner")

Prepare = Callable[[Settings, str], Coroutine[Any, Any, None]]


def demo(settings: Settings, prepare: Prepare) -> None:
    """Starts everything, plays the story unless DOORSTEP_DEMO is 0, and stays up."""
    console = Console()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    listen(settings.host, settings.port).close()  # a taken port is found before anything starts
    server = _embedded(settings)
    children: list[subprocess.Popen[bytes]] = []
    try:
        urls = _database_urls(settings, server)
        asyncio.run(prepare(settings, urls["doorstep_owner"]))
        made = asyncio.run(_partnership(settings, urls["doorstep_api"]))
        children = [_child(each, settings, urls) for each in ("serve", "worker")]
        _await_ready(settings, children, stopped)
        _tell(settings, made, console)
        console.print(f"\nDoorstep answers at [bold]{settings.base_url}[/bold]; read /docs.")
        console.print("Ctrl-C stops everything; the data is kept.")
        while not stopped.wait(0.5):
            _check_alive(children)
    except _Interrupted:
        pass
    finally:
        for child in children:
            child.terminate()
        for child in children:
            _wait(child)
        if server is not None:
            server.stop()


class _Interrupted(Exception):
    """Ctrl-C before everything was up."""


def _embedded(settings: Settings) -> EmbeddedServer | None:
    if settings.database_url is not None:
        return None
    if running_cluster(embedded_folder(settings)) is not None:
        raise UnsafeSettings(f"Another `make run` uses {settings.home}: stop it first.")
    return EmbeddedServer(embedded_folder(settings))


def _database_urls(settings: Settings, server: EmbeddedServer | None) -> dict[str, str]:
    if server is not None:
        cluster = server.start()
        return {role: cluster.url(role) for role in ROLES}
    given = (settings.database_url, settings.worker_database_url, settings.owner_database_url)
    if not all(given):
        raise UnsafeSettings(
            "With DOORSTEP_DATABASE_URL set, the demo needs DOORSTEP_WORKER_DATABASE_URL and "
            "DOORSTEP_OWNER_DATABASE_URL too."
        )
    return {role: url.get_secret_value() for role, url in zip(ROLES, given, strict=True) if url}


async def _partnership(settings: Settings, url: str) -> dict[str, Any]:
    runtime, _ = build_runtime(settings, url)
    try:
        async with runtime.database.session() as session:
            work = UnitOfWork(runtime, session, None)
            path = settings.home / "demo.json"
            made = await partnership.make(work, path, settings.base_url)
            await work.commit()
            return made
    finally:
        await runtime.database.close()


def _child(command: str, settings: Settings, urls: dict[str, str]) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "DOORSTEP_DATABASE_URL": urls["doorstep_api"],
        "DOORSTEP_WORKER_DATABASE_URL": urls["doorstep_worker"],
        "DOORSTEP_ALLOW_LOOPBACK_WEBHOOKS": "true",
        "DOORSTEP_LOG_LEVEL": os.environ.get("DOORSTEP_LOG_LEVEL", "error"),
        "DOORSTEP_HOME": str(settings.home.absolute()),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "api", command],
        env=environment,
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )


def _await_ready(
    settings: Settings, children: "list[subprocess.Popen[bytes]]", stopped: threading.Event
) -> None:
    deadline = time.monotonic() + START_SECONDS
    local = f"http://{settings.host}:{settings.port}/readyz"
    while time.monotonic() < deadline:
        _check_alive(children)
        if stopped.wait(0.1):
            raise _Interrupted
        try:
            if httpx.get(local, timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            continue
    raise UnsafeSettings(f"The API did not answer within {START_SECONDS} seconds.")


def _check_alive(children: "list[subprocess.Popen[bytes]]") -> None:
    if any(child.poll() is not None for child in children):
        raise UnsafeSettings("A process has stopped; what it said stands above.")


def _tell(settings: Settings, made: dict[str, Any], console: Console) -> None:
    played = os.environ.get("DOORSTEP_DEMO", "1") != "0"
    teller = Teller(made, console, quiet=not played)
    try:
        made["family"] = story.ensure_family(teller)
        partnership.save(settings.home / "demo.json", made)
        if played:
            story.play(teller, made["family"], console)
    except StoryFailed as failed:
        raise UnsafeSettings(str(failed)) from None
    finally:
        teller.close()


def _wait(child: "subprocess.Popen[bytes]") -> None:
    try:
        child.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
