"""`doorstep mail test`, as an operator types it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from tests.command_line import CommandLine
from tests.mailboxes import Mailbox, mailbox
from tests.servers import temporary_folder

TO = "integration@school.example.org"


@pytest.fixture
def doorstep() -> Iterator[CommandLine]:
    """No database: none is needed."""
    with temporary_folder() as folder:
        yield CommandLine(Path(folder))


@contextmanager
def mailbox_beside() -> Iterator[Mailbox]:
    """In a thread of its own: a command has an event loop of its own."""
    loop, opened = asyncio.new_event_loop(), mailbox()
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(opened.__aenter__(), loop).result(20)
    finally:
        closing = opened.__aexit__(None, None, None)
        asyncio.run_coroutine_threadsafe(closing, loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def settings_of(there: Mailbox) -> dict[str, str]:
    url = f"smtp+plain://127.0.0.1:{there.port}"
    return {"SMTP_URL": url, "MAIL_FROM": "doorstep@example.org"}


def test_a_test_is_sent_with_the_settings_of_the_worker(doorstep: CommandLine) -> None:
    with mailbox_beside() as there:
        said = doorstep.succeed("mail", "test", "--to", TO, **settings_of(there))
        assert said.out.strip() == "sent"
        [letter] = there.letters
        assert (letter.to, letter.message["From"]) == (TO, "doorstep@example.org")
        assert letter.message["Auto-Submitted"] == "auto-generated"


def test_a_refusal_is_one_line_that_says_which(doorstep: CommandLine) -> None:
    with mailbox_beside() as there:
        there.answers["RCPT"] = "550 nobody here"
        settings = settings_of(there)
        refused = doorstep.fail("mail", "test", "--to", TO, **settings)
        assert refused.startswith("Not sent: refused.")
    assert "Not sent: connect_error." in doorstep.fail("mail", "test", "--to", TO, **settings)


def test_what_cannot_be_sent_is_not_tried(doorstep: CommandLine) -> None:
    assert "DOORSTEP_SMTP_URL" in doorstep.fail("mail", "test", "--to", TO)
    with mailbox_beside() as there:
        wrong = doorstep.fail("mail", "test", "--to", "nobody", **settings_of(there))
        assert wrong == "This is no mail address."
        assert there.connections == 0
