"""The receivers of docs/webhooks.md as processes, and the way by which messages come to them."""

import asyncio
import json
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from api.webhooks.sending import Answer, Sender
from tests.node import NODE
from tests.service import ROOT, clean_environment
from tests.world import Caller, World

PAGE = (ROOT / "docs" / "webhooks.md").read_text()

_PYTHON = """
import json, socket, sys
import uvicorn

given = json.loads(sys.argv[1])
real, started = time.time, time.time()
time.time = lambda: given["now"] + real() - started


async def bearer():
    return given["token"]


async def take(event):
    print(json.dumps({"took": event}), flush=True)


receiver = Receiver(
    given["base_url"], given["secrets"], bearer, take, patience=given["patience"]
)
hear = receiver.hear


async def heard(message):
    await hear(message)
    now = receiver.progress
    said = {"epoch": now.epoch, "missing": now.known - now.position, "ahead": len(now.ahead)}
    print(json.dumps(said), flush=True)


receiver.hear = heard
listening = socket.create_server(("127.0.0.1", 0))
print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
uvicorn.Server(uvicorn.Config(app_of(receiver), log_level="error")).run(sockets=[listening])
"""
_TYPESCRIPT = """
const given = JSON.parse(process.argv[2]!);
const [real, started] = [Date.now, Date.now()];
Date.now = () => given.now * 1000 + real() - started;
const say = (said: unknown) => console.log(JSON.stringify(said));
const receiver = new Receiver({
  baseUrl: given.base_url,
  secrets: given.secrets,
  bearer: async () => given.token,
  take: async (event) => say({ took: event }),
  patience: given.patience,
});
const hear = receiver.hear.bind(receiver);
receiver.hear = async (message) => {
  await hear(message);
  const { epoch, known, position, ahead } = receiver.progress;
  say({ epoch, missing: known - position, ahead: ahead.size });
};
const server = serverOf(receiver);
server.listen(0, "127.0.0.1", () => say({ port: (server.address() as { port: number }).port }));
"""
LANGUAGES = {
    "python": ([sys.executable], "py", _PYTHON),
    "typescript": ([str(NODE)], "ts", _TYPESCRIPT),
}


def block(language: str) -> str:
    [found] = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)
    return str(found)


@dataclass
class Served:
    """The application over HTTP, and how often its feed was asked."""

    base_url: str = ""
    feed_reads: int = 0


@asynccontextmanager
async def served(world: World) -> AsyncIterator[Served]:
    made = Served()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        made.feed_reads += scope["path"] == "/v1/events"
        await world.app(scope, receive, send)

    listening = socket.create_server(("127.0.0.1", 0))
    made.base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    server.capture_signals = nullcontext  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield made
    finally:
        server.should_exit = True
        await serving
        listening.close()


@dataclass
class Process:
    """A receiver that runs, and what it has said: `took` of each event, its progress after each
    message."""

    url: str
    took: list[dict[str, Any]] = field(default_factory=list)
    progress: list[dict[str, Any]] = field(default_factory=list)

    @property
    def alerts(self) -> list[str]:
        """The alerts whose publication it took, in that order."""
        published = [each for each in self.took if each["type"] == "alert.published"]
        return [each["data"]["resource"]["id"] for each in published]

    async def listen(self, said: asyncio.StreamReader) -> None:
        async for line in said:
            read = json.loads(line)
            if "took" in read:
                self.took.append(read["took"])
            else:
                self.progress.append(read)


@asynccontextmanager
async def running(
    language: str, folder: Path, by: Served, who: Caller, secrets: list[str], patience: float
) -> AsyncIterator[Process]:
    """The receiver of one agency. Its clock is that of the partnership, and goes on from there."""
    command, suffix, main = LANGUAGES[language]
    program = folder / f"receiver.{suffix}"
    program.write_text(f"{block(language)}\n{main}")
    given = {
        "base_url": by.base_url,
        "token": await who.token(),
        "secrets": secrets,
        "patience": patience,
        "now": who.world.clock.now().timestamp(),
    }
    process = await asyncio.create_subprocess_exec(
        *command,
        str(program),
        json.dumps(given),
        env=clean_environment(),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        port = json.loads(await process.stdout.readline())["port"]
    made = Process(f"http://127.0.0.1:{port}/hook")
    listening = asyncio.create_task(made.listen(process.stdout))
    try:
        yield made
    finally:
        process.kill()
        await process.wait()
        await listening


class Way(Sender):
    """Posts to whichever receiver it is told, over HTTP. It can lose what it is given, hold it
    back, or bring it twice; the service never knows."""

    def __init__(self) -> None:
        super().__init__(loopback_allowed=True)
        self.to = ""
        self.does = "bring"
        self.held: list[tuple[bytes, dict[str, str]]] = []
        self.statuses: list[int | None] = []

    async def post(self, _url: str, body: bytes, headers: dict[str, str]) -> Answer:
        if self.does == "lose":
            return Answer("delivered", 200)
        if self.does == "hold":
            self.held.append((body, headers))
            return Answer("delivered", 200)
        for _ in range(2 if self.does == "bring twice" else 1):
            answer = await super().post(self.to, body, headers)
            self.statuses.append(answer.status)
        return answer

    async def release(self) -> None:
        while self.held:
            body, headers = self.held.pop(0)
            answer = await super().post(self.to, body, headers)
            self.statuses.append(answer.status)
