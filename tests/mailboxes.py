"""A mail server on this machine, as a plain socket, so that it can misbehave at will."""

import asyncio
import base64
import contextlib
import email
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP

from api.settings import MailServer

PATIENCE_SECONDS = 60  # a process that is to send has to start first
ANSWERS = {
    "CONNECT": "220 mail.example.org ready",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    "TEXT": "250 taken",
    "AUTH": "235 welcome",
    "STARTTLS": "220 go on",
    "QUIT": "221 bye",
}


@dataclass(frozen=True)
class Letter:
    to: str
    encrypted: bool
    message: EmailMessage

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"])

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return self.message.get_content()


@dataclass
class Mailbox:
    """`answers` differ from the usual ones, by verb; `hangs` are verbs that are not
    answered before `release`.
    `letters` is everything that was taken, whether or not the sender got to hear of it."""

    tls: ssl.SSLContext | None = None
    offers: tuple[str, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)
    hangs: set[str] = field(default_factory=set)
    letters: list[Letter] = field(default_factory=list)
    connections: int = 0
    verbs: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    port: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _released: asyncio.Event = field(default_factory=asyncio.Event)
    _serving: set["asyncio.Task[None]"] = field(default_factory=set)

    def address(self, scheme: str = "smtp+plain", **credentials: str) -> MailServer:
        return MailServer(scheme, "127.0.0.1", self.port, **credentials)

    @property
    def subjects(self) -> list[str]:
        return [each.subject for each in self.letters]

    async def until(self, verb: str, times: int = 1) -> None:
        """Waits for a verb to have come so often; fails when it does not."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.verbs.count(verb) < times:
                self._changed.clear()
                await self._changed.wait()

    def release(self) -> None:
        self._released.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await self._talk(reader, writer)
        except asyncio.CancelledError:
            pass  # the server is closed
        finally:
            self._serving.discard(task)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._answer("CONNECT", writer)
        to = ""
        while True:
            line = (await reader.readuntil(b"\r\n")).decode().strip()
            verb = line.split(" ")[0].upper()
            if verb in ("EHLO", "HELO"):
                await self._greet(writer)
                continue
            if verb == "AUTH":
                self.logins.append(base64.b64decode(line.split(" ")[-1]).decode())
            if verb == "RCPT":
                to = line.partition("<")[2].partition(">")[0]
            goes_on = await self._answer(verb, writer)
            if verb == "STARTTLS" and goes_on:
                assert self.tls is not None
                await writer.start_tls(self.tls)
            if verb == "DATA" and goes_on:
                await self._take(to, await reader.readuntil(b"\r\n.\r\n"), writer)
            if verb == "QUIT":
                return

    async def _greet(self, writer: asyncio.StreamWriter) -> None:
        lines = ["mail.example.org", *self.offers]
        for each in lines[:-1]:
            writer.write(f"250-{each}\r\n".encode())
        writer.write(f"250 {lines[-1]}\r\n".encode())

    async def _take(self, to: str, text: bytes, writer: asyncio.StreamWriter) -> None:
        answer = self.answers.get("TEXT", ANSWERS["TEXT"])
        if answer.startswith("2"):
            message = email.message_from_bytes(text.removesuffix(b".\r\n"), policy=SMTP)
            assert isinstance(message, EmailMessage)
            encrypted = writer.get_extra_info("sslcontext") is not None
            self.letters.append(Letter(to, encrypted, message))
        await self._answer("TEXT", writer)

    async def _answer(self, verb: str, writer: asyncio.StreamWriter) -> bool:
        """Whether the sender may go on."""
        self.verbs.append(verb)
        self._changed.set()
        if verb in self.hangs:
            await self._released.wait()
        answer = self.answers.get(verb, ANSWERS.get(verb, "500 what?"))
        writer.write(f"{answer}\r\n".encode())
        await writer.drain()
        return answer[0] in "23"

    async def close(self) -> None:
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


@asynccontextmanager
async def mailbox(
    *offers: str, tls: ssl.SSLContext | None = None, implicit: bool = False
) -> AsyncIterator[Mailbox]:
    """A server that takes everything, unless it is told otherwise."""
    made = Mailbox(tls, offers)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls if implicit else None)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.close()
        await server.wait_closed()
