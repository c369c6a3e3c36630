"""`doorstep mail`: whether the mail server takes what the worker would hand in."""

import asyncio
import re
from typing import Annotated

import typer

from api.commands.context import console, fail
from api.foundation.clock import SystemClock
from api.foundation.ids import new_id
from api.settings import MAIL_ADDRESS, load_settings
from api.webhooks.mails.sending import SENT, mailer_of
from api.webhooks.mails.writing import envelope

mail = typer.Typer(help="Mail about webhooks.", no_args_is_help=True)

TEXT = """\
This is a test of Doorstep's mail, sent by its operator. There is nothing to do.
"""


@mail.callback()
def _group() -> None:
    """Keeps `test` a command of its own, though it is the only one."""


@mail.command()
def test(to: Annotated[str, typer.Option(help="Whom it goes to.")]) -> None:
    """Sends a mail with the settings of the worker, in the same way, once."""
    settings = load_settings()
    mailer = mailer_of(settings)
    if mailer is None:
        raise fail("No mail server is set: see DOORSTEP_SMTP_URL in docs/operating.md.")
    if not re.fullmatch(MAIL_ADDRESS, to):
        raise fail("This is no mail address.")
    message = envelope(
        new_id(),
        "Doorstep: a test of its mail",
        TEXT,
        sender=mailer.sender,
        to=to,
        now=SystemClock().now(),
    )
    outcome = asyncio.run(mailer.send(message))
    if outcome != SENT:
        raise fail(f"Not sent: {outcome}. docs/operating.md says what this means.")
    console.print("sent")
